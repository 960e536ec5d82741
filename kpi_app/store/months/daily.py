"""What the calendar does by itself, once a day: reminders, and publication when it is due.

Everything here is idempotent: asked again on the same day, nothing more is done. It runs from cron (``kpi month
tick``) and with the first page of a day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import calendar, month, month_settings, snapshots
from kpi_app.store.months.checks.of_data import unruled
from kpi_app.store.months.deadlines import entered, working_days_between
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.months.standing import sign_offs
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.period import Period

CALENDAR = access.Identity(user_id=None, name="日历")
"""Who publishes by the calendar: nobody in person."""
MONTHS_BACK = 2
"""So many months before today's are looked after."""
DAYS_BACK = 62
"""Complaints received longer ago are reminded of no more."""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that was due: a reminder, or a unit published."""

    store_id: str
    deed: str
    text: Text

    def as_json(self, lang: str) -> dict[str, Any]:
        return {"unit": self.store_id, "deed": self.deed, "text": self.text[1 if lang == "en" else 0]}


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """Something that waits for somebody, told once. ``kind`` is ruling, publication or lock."""

    kind: str
    about: str
    store_id: str
    department: str | None
    at: datetime | None
    text: Text

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "about": self.about,
            "unit": self.store_id,
            "department": self.department,
            "at": None if self.at is None else self.at.isoformat(timespec="minutes"),
            "text": self.text[1 if lang == "en" else 0],
        }


def tick(db: Database) -> list[Deed]:
    """Do what is due today; what was done."""
    today = db.settings.today()
    with db.read() as conn:
        stores = facts.of(db, facts.at(conn, contracts=["stores"]))["stores"].collect()
    if stores.is_empty():
        return []
    this = Period.containing(today, "month", db.settings.month_starts_on)
    done: list[Deed] = []
    for period in this.trailing(MONTHS_BACK + 1)[:-1]:
        done += _publish_what_is_due(db, period, today)
    with db.write() as conn:
        for it in _due(db, conn, this, today):
            if _tell(db, conn, it):
                done.append(Deed(store_id=it.store_id, deed="remind", text=it.text))
    return done


_ticked: dict[str, date] = {}


def first_of_the_day(db: Database) -> None:
    """:func:`tick`, unless this process has done it today; what cannot be done now is left to the next day."""
    place, today = str(db.engine.url), db.settings.today()
    if _ticked.get(place) != today:
        _ticked[place] = today
        tick(db)


def reminders(db: Database, who: access.Identity) -> list[Reminder]:
    """The reminders for ``who``: of rulings for who rules, of the month for who prepares it; newest first."""
    it = tables.reminders.c
    with db.read() as conn:
        rows = conn.execute(sa.select(tables.reminders).order_by(it.reminder_id.desc())).all()
    return [
        Reminder(
            kind=row.kind,
            about=row.about,
            store_id=row.store_id,
            department=row.department,
            at=row.at.astimezone(db.settings.zone_info),
            text=Text(row.text_zh, row.text_en),
        )
        for row in rows
        if any(
            access.may(who, right, posts=[Post(store_id=row.store_id, department=row.department)])
            for right in ((Right.RULE, Right.PREPARE) if row.kind == "ruling" else (Right.PREPARE,))
        )
    ]


def _publish_what_is_due(db: Database, period: Period, today: date) -> Iterator[Deed]:
    """Publish the computed units whose day of publication has come and whose departments have all signed off."""
    with db.read() as conn:
        due = []
        days = entered(db, conn)
        for state in _units(db, conn, period):
            settings = month_settings.of(conn, period.label, state.store_id)
            is_due = settings.publication and calendar.day_of(settings, period, "publish_on", days) <= today
            if state.status == "computed" and is_due and all(it.name for it in sign_offs(db, conn, state)):
                due.append(state)
    for state in due:
        try:
            month.publish(db, CALENDAR, period, unit=state.store_id)
        except Problem:
            continue  # somebody moved it on meanwhile, or its data did: HR is reminded below
        text = Text(f"{state.store_name} {period.label} 已公示", f"{state.store_name} {period.label} is published")
        yield Deed(store_id=state.store_id, deed="publish", text=text)


def _due(db: Database, conn: sa.Connection, this: Period, today: date) -> Iterator[Reminder]:
    for period in this.trailing(MONTHS_BACK + 1)[:-1]:
        for state in _units(db, conn, period):
            yield from _of_month(db, conn, period, state, today)
    yield from _of_rulings(db, conn, this, today)


def _of_month(db: Database, conn: sa.Connection, period: Period, state: UnitState, today: date) -> Iterator[Reminder]:
    """Publication or lock is due and not done. Months in which nothing was begun are left alone."""
    if state.snapshot_id is None:
        return
    for it in calendar.milestones(db, conn, period, state):
        if it.key in calendar.REACHED_WITH and not it.is_done and it.on <= today:
            yield Reminder(
                kind=calendar.REACHED_WITH[it.key],
                about=f"{period.label}/{state.store_id}",
                store_id=state.store_id,
                department=None,
                at=None,
                text=Text(
                    f"{state.store_name} {period.label} {it.name.zh}日为 {it.on}，还没有完成",
                    f"{state.store_name} {period.label}: {it.name.en} was due on {it.on}",
                ),
            )


def _of_rulings(db: Database, conn: sa.Connection, this: Period, today: date) -> Iterator[Reminder]:
    """Complaints without a ruling for longer than the setting allows."""
    rows = facts.of(db, facts.at(conn, contracts=["complaints", "complaint_rulings"]))
    limits: dict[str, int] = {}
    calendar_days = entered(db, conn)
    waiting = unruled(rows).filter(
        pl.col("person_id").is_not_null(), pl.col("day").is_between(today - pl.duration(days=DAYS_BACK), today)
    )
    for row in waiting.sort("received_at", "complaint_id").collect().to_dicts():
        store_id = row["store_id"]
        if store_id not in limits:
            limits[store_id] = month_settings.of(conn, this.label, store_id).ruling_days
        days = working_days_between(row["day"], today, calendar_days)
        if days > limits[store_id]:
            yield Reminder(
                kind="ruling",
                about=row["complaint_id"],
                store_id=store_id,
                department=f"{store_id}/{row['department']}",
                at=None,
                text=Text(
                    f"{store_id} {row['department']}抱怨 {row['complaint_id']} 于 {row['day']} 受理，"
                    f"已过 {days} 个工作日未判定",
                    f"Complaint {row['complaint_id']} of {store_id}, received {row['day']}, is not ruled on after "
                    f"{days} working days",
                ),
            )


def _units(db: Database, conn: sa.Connection, period: Period) -> Iterable[UnitState]:
    try:
        stores = reach(db, conn, CALENDAR, [Right.PREPARE], period, None)
    except Problem:
        return []  # no store was open in that month
    return snapshots.states(conn, period.label, stores)


def _tell(db: Database, conn: sa.Connection, it: Reminder) -> bool:
    """Keep a reminder that was not given yet."""
    of = tables.reminders
    if conn.execute(sa.select(of.c.reminder_id).where(of.c.kind == it.kind, of.c.about == it.about)).first():
        return False
    conn.execute(
        sa.insert(of).values(
            reminder_id=(conn.execute(sa.select(sa.func.max(of.c.reminder_id))).scalar() or 0) + 1,
            kind=it.kind,
            about=it.about,
            store_id=it.store_id,
            department=it.department,
            at=db.settings.now_utc(),
            text_zh=it.text.zh,
            text_en=it.text.en,
        )
    )
    audit.note(db, conn, CALENDAR, "remind", kind=it.kind, about=it.about, unit=it.store_id)
    return True
