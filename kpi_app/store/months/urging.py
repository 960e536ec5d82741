"""催办: asking whoever is responsible, by hand, for what is still to be done. Once a day for each matter.

HR asks for what stands on a month's checklist, a head asks their own people for what is overdue. Whoever may do it
finds it under what waits today, for :data:`DAYS_SHOWN` days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts import posts
from kpi_app.store.database import Database
from kpi_app.store.disputes import objection_list
from kpi_app.store.months import checklist, snapshots
from kpi_app.store.months.checks import Place
from kpi_app.store.months.month_settings import ITEMS
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.period import Period

DAYS_SHOWN = 3
"""The day it was asked and the days after, so many in all."""

DONE_WITH: Mapping[str, Right] = {
    "complaints_ruled": Right.RULE,
    "other_complaints_ruled": Right.RULE,
    "appeals_answered": Right.LEAD,
    "manual_lines_approved": Right.APPROVE,
    "sign_offs": Right.SIGN_OFF,
}
"""Item of the checklist that others than HR see to → the right it takes."""
OWN = "own"
"""The matter of what a person has to do."""


@dataclass(frozen=True, kw_only=True)
class Urging:
    """Something somebody was asked to do: a person, or whoever has the right over a department or store."""

    urging_id: int
    day: date
    matter: str
    about: str
    store_id: str
    department: str | None
    person_id: str | None
    text: Text
    user_name: str
    at: datetime

    def as_json(self, lang: str) -> dict[str, Any]:
        kept = ("day", "matter", "about", "store_id", "department", "person_id", "user_name")
        return {**{name: getattr(self, name) for name in kept}, "text": self.text.said(lang)}


def urge(db: Database, who: access.Identity, period: Period, *, unit: str, item: str, about: str) -> Urging:
    """Ask whoever is responsible for an open place of a unit's checklist, as HR.

    Raises Forbidden without the right to prepare the unit, Problem for an item that is HR's own, for one that is not
    open, and where it was asked for today.
    """
    access.require(who, Right.PREPARE, posts=[Post(unit)])
    if item not in DONE_WITH:
        raise Problem(
            f"检查项 {item} 由编制人或管理员处理，不用催办；可催办 {'、'.join(DONE_WITH)}。",
            f"HR or an administrator sees to {item}; one may ask for {', '.join(DONE_WITH)}.",
        )
    with db.write() as conn:
        (state,) = snapshots.states(conn, period.label, {unit: unit})
        found = next((it for it in checklist.items(db, conn, period, [state]) if it.key == item), None)
        place = next((it for it in found.places if it.about == about), None) if found else None
        if place is None:
            raise Problem(
                f"{unit} {period.label} 没有待办的{ITEMS[item].zh} {about}；请刷新检查清单。",
                f"{ITEMS[item].en} {about} is not open in {unit} {period.label}; look at the checklist again.",
            )
        return _ask(
            db, conn, who, matter=item, about=f"{period.label}/{about}", store_id=unit,
            department=_department(db, conn, unit, item, place), person_id=None, text=place.text,
        )  # fmt: skip


def urge_person(db: Database, who: access.Identity, person_id: str, *, words: str) -> Urging:
    """Ask one of the people one leads for something overdue, in words; once a day.

    Raises Forbidden for who does not lead the person, Problem without words.
    """
    words = words.strip()
    if not words:
        raise Problem("请写明催办什么。", "Say what is asked for.")
    today = db.settings.today()
    with db.write() as conn:
        held = posts.posts_of(facts.of(db, facts.at(conn, contracts=["people", "stores"])), person_id, today)
        access.require(who, Right.LEAD, posts=held)
        return _ask(
            db, conn, who, matter=OWN, about=person_id, store_id=str(held[0].store_id), department=held[0].department,
            person_id=person_id, text=Text(words, words),
        )  # fmt: skip


def listing(db: Database, who: access.Identity, *, as_of: date) -> list[Urging]:
    """What ``who`` was asked to do in the last days, the newest first."""
    it = tables.urgings
    since = as_of - timedelta(days=DAYS_SHOWN - 1)
    query = sa.select(it).where(it.c.day.between(since, as_of)).order_by(it.c.urging_id.desc())
    with db.read() as conn:
        rows = conn.execute(query).all()
    return [_urging(db, row) for row in rows if _is_for(db, who, row)]


def _is_for(db: Database, who: access.Identity, row: sa.Row[Any]) -> bool:
    if row.person_id is not None:
        return bool(row.person_id == who.person_id)
    if row.matter == "appeals_answered":  # an objection goes its own way: to the ruler, the head, HR or an approver
        number = int(row.about.rpartition("/")[2])
        return any(one.objection_id == number for one in objection_list.to_answer(db, who))
    return access.may(who, DONE_WITH[row.matter], posts=[Post(row.store_id, row.department)])


def _ask(
    db: Database, conn: sa.Connection, who: access.Identity, *, matter: str, about: str, text: Text, **place: Any
) -> Urging:  # fmt: skip
    it, today = tables.urgings, db.settings.today()
    asked = {"day": today, "matter": matter, "about": about}
    before = conn.execute(sa.select(it.c.user_name).where(*(it.c[name] == value for name, value in asked.items())))
    if by := before.scalar():
        raise Problem(f"今天 {by} 已经催办过；明天可以再催。", f"{by} has asked for it today; ask again tomorrow.")
    row = {
        "urging_id": (conn.execute(sa.select(sa.func.max(it.c.urging_id))).scalar() or 0) + 1,
        **asked,
        **place,
        "text_zh": text.zh,
        "text_en": text.en,
        "user_name": who.name,
        "at": db.settings.now_utc(),
    }
    conn.execute(sa.insert(it).values(**row))
    audit.note(db, conn, who, "urge", **asked, **place)
    return _urging(db, conn.execute(sa.select(it).where(it.c.urging_id == row["urging_id"])).one())


def _urging(db: Database, row: sa.Row[Any]) -> Urging:
    kept = ("urging_id", "day", "matter", "about", "store_id", "department", "person_id", "user_name")
    return Urging(
        **{name: getattr(row, name) for name in kept},
        text=Text(row.text_zh, row.text_en),
        at=row.at.astimezone(db.settings.zone_info),
    )


def _department(db: Database, conn: sa.Connection, unit: str, item: str, place: Place) -> str | None:
    """The department whose director or head sees to a place; None where it is the store's or goes its own way."""
    match DONE_WITH[item]:
        case Right.RULE:
            complaints = facts.of(db, facts.at(conn, contracts=["complaints"]))["complaints"]
            found = complaints.filter(pl.col("complaint_id") == place.about).select("department").head(1).collect()
            return f"{unit}/{found.item()}"
        case Right.SIGN_OFF:
            return f"{unit}/{place.about}"
    return None
