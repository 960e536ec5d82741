"""A unit's calendar: what ends on which working day after the month, how long that is, what a cut-off keeps out.

Working days are China's; in years whose make-up days are not published yet, Monday to Friday, and marked as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Text
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import month_settings, snapshots
from kpi_app.store.months.deadlines import entered, working_days_after, working_days_between
from kpi_app.store.months.month_settings import MonthSettings
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.months.units import reach
from kpi_app.store.rows import facts
from metrics.period import Period
from metrics.working_time import Entered, known_until
from scorecards.sheet import STATUS_NAMES

MILESTONES = {
    "data_cutoff": Text("数据截止", "data cut-off"),
    "ruling_cutoff": Text("判定截止", "ruling cut-off"),
    "publish_on": Text("公示", "publication"),
    "objections_until": Text("异议截止", "objections end"),
    "lock_by": Text("封账", "lock"),
    "pay_day": Text("发薪", "pay day"),
}
"""What the calendar names, in order → how it is called."""
OF_PUBLICATION = ("publish_on", "objections_until")
REACHED_WITH = {"publish_on": "published", "lock_by": "locked"}
"""Milestone → the status with which it is done."""


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A day of a unit's calendar as it stands today. ``working_days`` to go are negative once it is past, and so are
    ``calendar_days``: they tell the day itself from a day off beside it."""

    store_id: str
    store_name: str
    key: str
    name: Text
    on: date
    is_certain: bool
    is_done: bool
    working_days: int
    calendar_days: int = 0

    @property
    def is_past(self) -> bool:
        """Is the day over?"""
        return self.working_days < 0 or self.calendar_days < 0

    @property
    def countdown(self) -> Text:
        """How long it is, in words."""
        if self.is_done:
            return Text("已完成", "done")
        days = abs(self.working_days)
        if not days and self.calendar_days:
            return Text("已过截止日", "past its day") if self.is_past else Text("截止在休息日", "ends on a day off")
        if not days:
            return Text("今天截止", "today")
        if self.working_days > 0:
            return Text(f"还剩 {days} 个工作日", f"{days} working day{'s' * (days > 1)} left")
        if self.key in REACHED_WITH:
            return Text(f"已逾期 {days} 个工作日", f"{days} working day{'s' * (days > 1)} overdue")
        return Text(f"已过 {days} 个工作日", f"{days} working day{'s' * (days > 1)} ago")

    def as_json(self, lang: str) -> dict[str, Any]:
        pick = 1 if lang == "en" else 0
        return {
            "unit": self.store_id,
            "store_name": self.store_name,
            "milestone": self.key,
            "name": self.name[pick],
            "on": self.on.isoformat(),
            "is_certain": self.is_certain,
            "is_done": self.is_done,
            "working_days": self.working_days,
            "countdown": self.countdown[pick],
        }


@dataclass(frozen=True)
class Cutoff:
    """The imports that a unit's month reads up to: of rulings, and of all other facts; None for all there are."""

    data: int | None = None
    rulings: int | None = None

    def shards(self, conn: sa.Connection) -> list[facts.Shard]:
        """The facts of the month."""
        if self.data is None:
            return facts.at(conn)
        rulings = facts.at(conn, self.rulings, contracts=[RULINGS])
        return sorted([shard for shard in facts.at(conn, self.data) if shard.contract != RULINGS] + rulings)


RULINGS = "complaint_rulings"
LATE = "late_facts"
"""The answer by which HR takes facts imported after the cut-off into the month: about the import, with the reason."""


def of(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[Milestone]:
    """The calendar of the units in reach, as it stands today."""
    with db.read() as conn:
        stores = reach(db, conn, who, (Right.PAY, Right.PREPARE, Right.APPROVE, Right.SIGN_OFF), period, unit)
        return [
            milestone
            for state in snapshots.states(conn, period.label, stores)
            for milestone in milestones(db, conn, period, state)
        ]


def milestones(db: Database, conn: sa.Connection, period: Period, state: UnitState) -> list[Milestone]:
    """The days of one unit's calendar."""
    settings, today = month_settings.of(conn, period.label, state.store_id), db.settings.today()
    days = entered(db, conn)
    reached = list(STATUS_NAMES).index(state.status)
    made = []
    for key, name in MILESTONES.items():
        if key in OF_PUBLICATION and not settings.publication:
            continue
        on = day_of(settings, period, key, days)
        done = REACHED_WITH.get(key)
        made.append(
            Milestone(
                store_id=state.store_id,
                store_name=state.store_name,
                key=key,
                name=name,
                on=on,
                is_certain=on.year <= known_until(days),
                is_done=done is not None and reached >= list(STATUS_NAMES).index(done),
                working_days=working_days_between(today, on, days) or -working_days_between(on, today, days),
                calendar_days=(on - today).days,
            )
        )
    return made


def day_of(settings: MonthSettings, period: Period, key: str, days: Entered) -> date:
    """The day of a milestone: so many working days after the month's last day."""
    return working_days_after(period.last, getattr(settings, key), days)


def pay_day(db: Database, conn: sa.Connection, period: Period, store_id: str) -> date:
    """The day on which a unit's month is paid out."""
    return day_of(month_settings.of(conn, period.label, store_id), period, "pay_day", entered(db, conn))


def cutoff(db: Database, conn: sa.Connection, period: Period, store_id: str) -> Cutoff:
    """Which imports a unit's month reads. All, until the cut-off is passed and where the setting leaves it open.

    An import that HR answered for as a late one brings in everything up to it.
    """
    settings, today = month_settings.of(conn, period.label, store_id), db.settings.today()
    days = entered(db, conn)
    if not settings.cutoff or today <= day_of(settings, period, "data_cutoff", days):
        return Cutoff()
    it = tables.month_answers.c
    taken_in = conn.execute(
        sa.select(it.about).where(
            it.period == period.label, it.store_id == store_id, it.item == LATE, it.choice == "accept"
        )
    ).scalars()
    late = max(map(int, taken_in), default=0)
    data = max(late, _last_import(db, conn, day_of(settings, period, "data_cutoff", days)))
    ends = day_of(settings, period, "ruling_cutoff", days)
    return Cutoff(data, None if today <= ends else max(data, _last_import(db, conn, ends)))


def late_imports(db: Database, conn: sa.Connection, period: Period, store_id: str) -> Sequence[int]:
    """The imports after a unit's cut-off, which its month does not read."""
    until = cutoff(db, conn, period, store_id)
    if until.data is None:
        return []
    it = tables.manifest.c
    late = sa.and_(it.since_import > until.data, it.contract != RULINGS)
    if until.rulings is not None:
        late = sa.or_(late, sa.and_(it.since_import > until.rulings, it.contract == RULINGS))
    query = sa.select(it.since_import).where(late).distinct().order_by(it.since_import)
    return conn.execute(query).scalars().all()


def _last_import(db: Database, conn: sa.Connection, day: date) -> int:
    """The newest import at the end of a day of the office; 0 before the first."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=db.settings.zone_info)
    it = tables.imports.c
    return conn.execute(sa.select(sa.func.max(it.import_id)).where(it.at < midnight)).scalar() or 0
