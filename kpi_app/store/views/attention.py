"""What waits for somebody today: what they were asked for, follow-ups and answers due, complaints, rulings, suspicious
records, objections.

Every matter reaches as far as the rights of who asks: the people whose scores they see, the departments they lead or
rule on, the objections they answer.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from kpi_app.access import Forbidden, Identity, Right
from kpi_app.store.accounts import posts
from kpi_app.store.complaints import meeting, rulings
from kpi_app.store.database import Database
from kpi_app.store.disputes import objection_list
from kpi_app.store.months import urging
from kpi_app.store.months.deadlines import entered, working_days_between
from kpi_app.store.rows import facts as store_facts
from kpi_app.store.rows.facts import Shard
from kpi_app.store.views import figures, review
from metrics.catalogue import METRICS
from metrics.credit import Level
from metrics.measure import credited
from metrics.period import Period
from metrics.tasks import FollowUpTasks
from metrics.working_time import Entered

MATTERS = {
    "urged": Text("催办", "asked for"),
    "follow_ups": Text("逾期未跟进", "follow-ups overdue"),
    "leads": Text("超时未响应", "leads unanswered past the limit"),
    "complaints": Text("未闭环抱怨", "open complaints"),
    "rulings": Text("待判定", "waiting for a ruling"),
    "backfilled": Text("可疑补录", "records made after the fact"),
    "objections": Text("待我答复的异议", "objections for me to answer"),
}
"""What may wait, in the order people look at it."""

DAYS_BACK = 31
"""Follow-ups due, leads received and arrivals of so many days stand one by one; what was due before is counted."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits, ``about`` its number. ``days`` have passed since it was due or came; below 0, so many
    (of working days, where the deadline counts those) are left."""

    about: str
    store_id: str
    department: str | None
    person_id: str | None
    person_name: str | None
    on: date
    days: int
    is_late: bool
    text: Text

    def as_json(self, lang: str) -> dict[str, Any]:
        """The item as a row; texts in one language."""
        return {
            **{name: getattr(self, name) for name in ("about", "store_id", "department", "person_id", "person_name")},
            "on": self.on.isoformat(),
            "days": self.days,
            "is_late": self.is_late,
            "text": self.text.said(lang),
        }


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One kind of thing that waits, the most urgent item first; ``older`` ones are only counted."""

    key: str
    items: tuple[Item, ...]
    older: int = 0

    @property
    def name(self) -> Text:
        """What it is called."""
        return MATTERS[self.key]

    def as_json(self, lang: str) -> dict[str, Any]:
        """The matter as a document; texts in one language."""
        return {
            "matter": self.key,
            "name": self.name.said(lang),
            "count": len(self.items),
            "late": self.late,
            "older": self.older,
            "items": [item.as_json(lang) for item in self.items],
        }

    @property
    def late(self) -> int:
        """How many are past their limit."""
        return sum(item.is_late for item in self.items)

    @property
    def people(self) -> list[tuple[str, int]]:
        """Name and number of items of each person, the most first."""
        names = {item.person_id: item.person_name or item.person_id for item in self.items if item.person_id}
        counted = Counter(item.person_id for item in self.items if item.person_id)
        return [(names[it] or "", n) for it, n in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What a subject takes in: its people whose scores who asks sees, and its departments (None: all)."""

    people: dict[str, str]
    departments: Collection[str]
    is_department: bool

    def holds(self, store_id: str, department: str | None, person_id: str | None) -> bool:
        """Is something of that department, about that person, the subject's?"""
        if not self.is_department:
            return person_id in self.people
        return f"{store_id}/{department}" in self.departments


def today(db: Database, who: Identity, level: Level, subject_id: str, *, as_of: date) -> list[Matter]:
    """What waits in a subject at the end of a day; matters that ``who`` has nothing to do with are left out.

    Follow-ups that fall due on the day itself stand there with 0 days. Raises Forbidden for a subject out of reach.
    """
    with db.read() as conn:
        shards = tuple(store_facts.at(conn))
    facts = store_facts.of(db, shards)
    figures.required(who, facts, level, as_of, [subject_id])
    reach = figures.in_reach(who, facts, "person", as_of)
    roster = posts.roster(facts, as_of)
    if level != "group":
        roster = roster.filter(col(posts.column_of(level)) == subject_id)
    people = {
        row["person_id"]: row["person_name"]
        for row in roster.iter_rows(named=True)
        if reach is None or row["person_id"] in reach
    }
    place = _Place(
        people=people, departments=frozenset(roster["department"]), is_department=level not in ("team", "person")
    )
    starts_on = db.settings.month_starts_on
    found = [Matter(key="urged", items=tuple(_urged(db, who, as_of)))]
    since = as_of - timedelta(days=DAYS_BACK - 1)
    for key, listed in (("follow_ups", _follow_ups), ("leads", _leads)):
        rows = listed(db.home, shards, as_of, starts_on).filter(col("person_id").is_in(list(people)))
        recent = rows.filter(col("day") >= since)
        items = tuple(_of_person(row, people, as_of) for row in recent.iter_rows(named=True))
        found.append(Matter(key=key, items=items, older=rows.height - recent.height))
    others: tuple[tuple[str, Right | None, Callable[..., list[Item]]], ...] = (
        ("complaints", Right.LEAD, _complaints),
        ("rulings", Right.LEAD, _rulings),
        ("backfilled", Right.SCORES, _backfilled),
        ("objections", None, _objections),
    )
    for key, right, of in others:
        if right is None or right in who.rights:
            items = tuple(of(db, who, place, as_of))
            recent_ones = tuple(item for item in items if key != "rulings" or item.on >= since)
            found.append(Matter(key=key, items=recent_ones, older=len(items) - len(recent_ones)))
    return found


def _urged(db: Database, who: Identity, as_of: date) -> list[Item]:
    """What others asked ``who`` to do, wherever it is."""
    return [
        Item(
            about=one.about,
            store_id=one.store_id,
            department=one.department,
            person_id=None,
            person_name=None,
            on=one.day,
            days=(as_of - one.day).days,
            is_late=one.day < as_of,
            text=Text(f"{one.user_name} 催办：{one.text.zh}", f"{one.user_name} asks: {one.text.en}"),
        )
        for one in urging.listing(db, who, as_of=as_of)
    ]


def _of_person(row: dict[str, object], people: dict[str, str], as_of: date) -> Item:
    """A lead that its person has to contact."""
    on, person_id = row["day"], str(row["person_id"])
    assert isinstance(on, date)
    level = row["level"]
    of_level = (f"，{level} 级", f", level {level}") if level else ("", "")
    return Item(
        about=str(row["lead_id"]),
        store_id=str(row["store_id"]),
        department=None,
        person_id=person_id,
        person_name=people[person_id],
        on=on,
        days=(as_of - on).days,
        is_late=on < as_of or bool(row["is_late"]),
        text=Text(f"线索 {row['lead_id']}{of_level[0]}", f"lead {row['lead_id']}{of_level[1]}"),
    )


@lru_cache(maxsize=8)
def _follow_ups(home: Path, shards: tuple[Shard, ...], as_of: date, month_starts_on: int) -> pl.DataFrame:
    """The tasks not done and due, the longest due first: lead_id, store_id, person_id, day, level, is_late."""
    facts = {name: store_facts.scan(home, contract, shards) for name, contract in CONTRACTS.items()}
    tasks = FollowUpTasks().rows(facts, as_of, month_starts_on).filter(~col("is_punctual"), ~col("is_done"))
    shown = tasks.select("lead_id", "store_id", "person_id", "day", "level", is_late=col("day") < as_of)
    return shown.collect().sort("day", "lead_id")


@lru_cache(maxsize=8)
def _leads(home: Path, shards: tuple[Shard, ...], as_of: date, month_starts_on: int) -> pl.DataFrame:
    """The leads of the last days that nobody has contacted within the limit, the oldest first; columns as above."""
    facts = {name: store_facts.scan(home, contract, shards) for name, contract in CONTRACTS.items()}
    metric = METRICS["lead_response_punctuality_business"]
    period = Period.parse(f"{as_of - timedelta(days=DAYS_BACK - 1)}..{as_of}", month_starts_on)
    late = credited(metric, facts, as_of=as_of, month_starts_on=month_starts_on, period=period).filter(
        col("numerator") == 0
    )
    is_unanswered = col("first_contact_at").is_null() | (col("first_contact_at").dt.date() > as_of)
    is_over = col("status").is_in(["成交", "战败", "无效"]).fill_null(False)
    waiting = facts["leads"].filter(is_unanswered, ~is_over).select(
        "lead_id", level=pl.coalesce("first_intent_level", "intent_level")
    )  # fmt: skip
    found = late.lazy().join(waiting, left_on="key", right_on="lead_id")
    return (
        found.select(lead_id="key", store_id="store_id", person_id="person_id", day="day", level="level", is_late=True)
        .collect()
        .sort("day", "lead_id")
    )


def _complaints(db: Database, who: Identity, place: _Place, as_of: date) -> list[Item]:
    """Complaints whose customers are not satisfied, with their age; late from the limit on."""
    try:
        waiting = meeting.still_open(db, who, as_of=as_of)
    except Forbidden:
        return []
    return [
        Item(
            about=one.complaint_id,
            store_id=one.store_id,
            department=one.department,
            person_id=one.person_id,
            person_name=one.person_name,
            on=one.received_at.date(),
            days=(as_of - one.received_at.date()).days,
            is_late=one.is_over_limit,
            text=Text(
                f"抱怨 {one.complaint_id}，{one.cause or '原因未填'}，已 {one.age.zh}",
                f"complaint {one.complaint_id}, {meeting.CAUSES.get(one.cause or '', meeting.NO_CAUSE).en}, "
                f"{one.age.en}",
            ),
        )
        for one in waiting
        if place.holds(one.store_id, one.department, one.person_id)
    ]


def _rulings(db: Database, who: Identity, place: _Place, as_of: date) -> list[Item]:
    """Complaints that nobody has ruled on, by the day the ruling is due."""
    found, calendar_days = [], _calendar_days(db)
    for one in rulings.waiting(db, who, as_of=as_of):
        if not place.holds(one["unit"], one["department"], one["person_id"]):
            continue
        due = date.fromisoformat(one["due"])
        days = _working_days_late(due, as_of, calendar_days)
        found.append(
            Item(
                about=one["complaint_id"],
                store_id=one["unit"],
                department=one["department"],
                person_id=one["person_id"],
                person_name=one["person_name"],
                on=due,
                days=days,
                is_late=one["is_overdue"],
                text=countdown(days, due, as_of),
            )
        )
    return sorted(found, key=lambda item: (item.on, item.about))


def _calendar_days(db: Database) -> Entered:
    with db.read() as conn:
        return entered(db, conn)


def _working_days_late(due: date, as_of: date, calendar_days: Entered) -> int:
    """The working days since a day that has passed, or, below 0, until one to come."""
    return working_days_between(due, as_of, calendar_days) or -working_days_between(as_of, due, calendar_days)


def countdown(days: int, due: date, as_of: date) -> Text:
    """Working days since or until a deadline, in words; none may lie between it and a day off after it."""
    if days > 0:
        return Text(f"逾期 {days} 个工作日", f"{days} working day{'s' * (days > 1)} overdue")
    if days < 0:
        return Text(f"剩 {-days} 个工作日", f"{-days} working day{'s' * (days < -1)} left")
    if due < as_of:
        return Text("已过期限", "past its day")
    return Text("今天到期", "due today")


def _backfilled(db: Database, who: Identity, place: _Place, as_of: date) -> list[Item]:
    """Contacts recorded too late for the arrivals of the last days, the newest first."""
    period = Period.parse(f"{as_of - timedelta(days=DAYS_BACK - 1)}..{as_of}")
    rows = review.backfilled(db, who, period, as_of=as_of).filter(col("person_id").is_in(list(place.people)))
    return [
        Item(
            about=row["key"],
            store_id=row["store_id"],
            department=None,
            person_id=row["person_id"],
            person_name=place.people[row["person_id"]],
            on=row["day"],
            days=(as_of - row["day"]).days,
            is_late=False,
            text=Text(
                f"{CONTRACTS[row['contract']].title.zh} {row['key']}：到店 {row['event_at']:%m-%d %H:%M}，"
                f"录入 {row['recorded_at']:%m-%d %H:%M}",
                f"{CONTRACTS[row['contract']].title.en} {row['key']}: arrived {row['event_at']:%m-%d %H:%M}, "
                f"recorded {row['recorded_at']:%m-%d %H:%M}",
            ),
        )
        for row in rows.sort("event_at", "key", descending=[True, False]).iter_rows(named=True)
    ]


def _objections(db: Database, who: Identity, place: _Place, as_of: date) -> list[Item]:
    """The objections in the subject that ``who`` answers, the first due first."""
    found, calendar_days = [], _calendar_days(db)
    for one in objection_list.to_answer(db, who):
        if not place.holds(one.store_id, one.department, one.person_id):
            continue
        days = _working_days_late(one.answer_due, as_of, calendar_days)
        said = countdown(days, one.answer_due, as_of)
        found.append(
            Item(
                about=str(one.objection_id),
                store_id=one.store_id,
                department=one.department,
                person_id=one.person_id,
                person_name=one.person_name,
                on=one.answer_due,
                days=days,
                is_late=one.answer_due < as_of,
                text=Text(f"{one.period} {one.about.zh}，{said.zh}", f"{one.period} {one.about.en}, {said.en}"),
            )
        )
    return found
