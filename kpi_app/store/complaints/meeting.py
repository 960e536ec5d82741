"""The weekly complaint meeting: causes of the week, what keeps coming back, what is open and how old, what was agreed.

Complaints count as everywhere: valid ones, their first loop. A topic (department and cause) that comes up in several
weeks, or a customer who complains again, is a repeat; frequent topics become questions that every survey call must ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store.complaints import actions, questions, rulings
from kpi_app.store.complaints.actions import Action
from kpi_app.store.complaints.questions import Question
from kpi_app.store.database import Database
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.posts import person_names, store_names

NO_CAUSE = Text("未填", "not given")
CAUSES = {"服务": Text("服务", "service"), "用户": Text("用户", "customer"), "产品": Text("产品", "product")}
WEEKS = 4
"""So many weeks, the meeting's own the last, are looked through for what keeps coming back."""
REPEATS_IN_WEEKS = 3
"""A topic that comes up in so many of them is a repeat."""
LIMIT_HOURS = 72
AGES = (
    (24, Text("1 天内", "up to 1 day")),
    (LIMIT_HOURS, Text("1 至 3 天", "1 to 3 days")),
    (7 * 24, Text("3 至 7 天", "3 to 7 days")),
    (None, Text("7 天以上", "over 7 days")),
)
"""Hours below which an open complaint has that age."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A cause among the complaints of the week, with how many there were of it up to and with this one."""

    cause: Text
    complaints: int
    cumulative: int
    before: int


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A department and cause, or a customer, that keeps coming back."""

    store_id: str
    department: str
    cause: str | None
    customer_id: str | None
    complaints: int
    weeks: int
    person_ids: tuple[str, ...]
    is_asked: bool


@dataclass(frozen=True, kw_only=True)
class OpenComplaint:
    """A complaint whose customer was not satisfied at the end of the meeting's day."""

    complaint_id: str
    store_id: str
    department: str
    person_id: str | None
    person_name: str | None
    handler_id: str | None
    handler_name: str | None
    received_at: datetime
    hours: int
    age: Text
    is_over_limit: bool
    cause: str | None
    severity: str | None
    loops: int
    is_ruled: bool


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """What the meeting of a week has on its table, with the names of all stores by their ids."""

    week: Period
    as_of: date
    received: int
    received_before: int
    not_counted: int
    again_unhappy: int
    causes: tuple[Cause, ...]
    topics: tuple[Topic, ...]
    questions: tuple[Question, ...]
    open: tuple[OpenComplaint, ...]
    waiting: tuple[dict[str, Any], ...]
    ruled: tuple[dict[str, Any], ...]
    actions: tuple[Action, ...]
    stores: Mapping[str, str]

    def as_json(self, lang: str) -> dict[str, Any]:
        """The meeting as a document; texts in one language."""
        return {
            "week": self.week.label,
            "first": self.week.first.isoformat(),
            "last": self.week.last.isoformat(),
            "as_of": self.as_of.isoformat(),
            "received": self.received,
            "received_before": self.received_before,
            "not_counted": self.not_counted,
            "again_unhappy": self.again_unhappy,
            "causes": [_plain(one, lang) for one in self.causes],
            "topics": [_plain(one, lang) for one in self.topics],
            "questions": [_plain(one, lang) for one in self.questions],
            "open": [_plain(one, lang) for one in self.open],
            "waiting": list(self.waiting),
            "ruled": list(self.ruled),
            "actions": [one.as_json(lang) for one in self.actions],
        }


def weekly(
    db: Database,
    who: access.Identity,
    week: Period,
    *,
    as_of: date,
    store_id: str | None = None,
    department: str | None = None,
) -> Meeting:
    """The meeting of a week over the departments that ``who`` leads (one store or department of them).

    What is open is open at the end of the week, or of ``as_of`` if that is earlier. Raises Problem for what is no
    week, Forbidden for who leads nothing there.
    """
    if week.grain != "week":
        raise Problem(f"{week.label} 不是周；请写成 2026-W44。", f"{week.label} is no week; write 2026-W44.")
    rows = facts.load(db)
    on = min(week.last, as_of)
    complaints = _in_reach(who, rows["complaints"].collect(), store_id, department)
    names, ruled = person_names(rows), _ruled(rows)
    counted = complaints.filter(pl.col("validity") == "有效", pl.col("loop_no") == 1)
    this_week, before = _of(counted, week), _of(counted, week.previous())
    asked = [
        one for one in questions.listing(db, who, on=as_of)
        if store_id in (None, one.store_id) and department in (None, one.department)
    ]  # fmt: skip
    of_week = complaints.filter(pl.col("day").is_between(week.first, week.last))
    within = {(row["store_id"], row["department"]) for row in complaints.select("store_id", "department").to_dicts()}
    return Meeting(
        week=week,
        as_of=on,
        received=this_week.height,
        received_before=before.height,
        not_counted=of_week.filter(pl.col("validity") != "有效").height,
        again_unhappy=of_week.filter(pl.col("loop_no") > 1, pl.col("validity") == "有效").height,
        causes=_causes(this_week, before),
        topics=_topics(counted, week, asked),
        questions=tuple(asked),
        open=_open(complaints, on, names, ruled),
        waiting=tuple(one for one in rulings.waiting(db, who, as_of=on) if (one["unit"], one["department"]) in within),
        ruled=tuple(
            {**one, "person_name": names.get(one["person_id"])}
            for one in rulings.listing(db, who, week)
            if (one["unit"], one["department"]) in within
        ),
        actions=tuple(
            one
            for one in actions.listing(db, who, store_id=store_id, department=department)
            if one.state != "closed" or one.week in (week.label, week.previous().label)
        ),
        stores=store_names(rows),
    )


def still_open(db: Database, who: access.Identity, *, as_of: date) -> tuple[OpenComplaint, ...]:
    """The complaints of the departments that ``who`` leads whose customers are not satisfied, the oldest first.

    Raises Forbidden for who leads nothing.
    """
    rows = facts.load(db)
    complaints = _in_reach(who, rows["complaints"].collect(), None, None)
    return _open(complaints, as_of, person_names(rows), _ruled(rows))


def _ruled(rows: Mapping[str, pl.LazyFrame]) -> set[str]:
    return set(rows["complaint_rulings"].filter(pl.col("fault") != "未判定").collect()["complaint_id"])


def _in_reach(
    who: access.Identity, complaints: pl.DataFrame, store_id: str | None, department: str | None
) -> pl.DataFrame:
    """The complaints of the departments that ``who`` leads."""
    asked = complaints
    if store_id is not None:
        asked = asked.filter(pl.col("store_id") == store_id)
    if department is not None:
        asked = asked.filter(pl.col("department") == department)
    places = asked.select("store_id", "department").unique()
    led = [
        access.may(who, Right.LEAD, posts=[Post(row["store_id"], f"{row['store_id']}/{row['department']}")])
        for row in places.to_dicts()
    ]
    is_narrowed = store_id is not None or department is not None
    if not any(led) and ((is_narrowed and places.height) or Right.LEAD not in who.rights):
        raise access.Forbidden(Right.LEAD, who)
    return asked.join(places.filter(pl.Series(led, dtype=pl.Boolean)), on=["store_id", "department"], how="semi")


def _of(complaints: pl.DataFrame, week: Period) -> pl.DataFrame:
    return complaints.filter(pl.col("day").is_between(week.first, week.last))


def _causes(this_week: pl.DataFrame, before: pl.DataFrame) -> tuple[Cause, ...]:
    """The Pareto of the week: the most frequent cause first, those without one at the end."""
    now, then = (
        dict(rows.group_by(pl.col("cause").fill_null(NO_CAUSE.zh)).len().iter_rows()) for rows in (this_week, before)
    )
    order = sorted(now, key=lambda cause: (cause == NO_CAUSE.zh, -now[cause], cause))
    cumulative, found = 0, []
    for cause in order:
        cumulative += now[cause]
        name = CAUSES.get(cause, NO_CAUSE)
        found.append(Cause(cause=name, complaints=now[cause], cumulative=cumulative, before=then.get(cause, 0)))
    return tuple(found)


def _topics(counted: pl.DataFrame, week: Period, asked: Sequence[Question]) -> tuple[Topic, ...]:
    """What came up in several of the last weeks and still does, and customers who complained again this week."""
    first = week.trailing(WEEKS)[0].first
    recent = counted.filter(pl.col("day").is_between(first, week.last)).with_columns(
        week=pl.col("day").dt.strftime("%G-W%V")
    )
    in_use = {(one.store_id, one.department, one.cause) for one in asked}
    found = []
    for key, customer in (
        (["store_id", "department", "cause"], False),
        (["store_id", "department", "customer_id"], True),
    ):
        grouped = (
            recent.drop_nulls(key)
            .group_by(key)
            .agg(
                pl.len().alias("complaints"),
                pl.col("week").n_unique().alias("weeks"),
                (pl.col("day") >= week.first).any().alias("is_now"),
                pl.col("person_id").drop_nulls().unique().sort().alias("person_ids"),
                pl.col("cause").first().alias("a_cause"),
            )
            .filter(pl.col("is_now"), (pl.col("complaints") > 1) if customer else (pl.col("weeks") >= REPEATS_IN_WEEKS))
            .sort("complaints", *key, descending=[True, False, False, False])
        )
        for row in grouped.to_dicts():
            cause = row["a_cause"]
            found.append(
                Topic(
                    store_id=row["store_id"],
                    department=row["department"],
                    cause=cause,
                    customer_id=row["customer_id"] if customer else None,
                    complaints=row["complaints"],
                    weeks=row["weeks"],
                    person_ids=tuple(row["person_ids"]),
                    is_asked=(row["store_id"], row["department"], cause) in in_use,
                )
            )
    return tuple(found)


def _open(complaints: pl.DataFrame, on: date, names: dict[str, str], ruled: set[str]) -> tuple[OpenComplaint, ...]:
    """The valid complaints whose last loop had not satisfied the customer at the end of a day, the oldest first."""
    end = datetime.combine(on + timedelta(days=1), time.min)
    known = complaints.filter(pl.col("validity") == "有效", pl.col("received_at") < end)
    first = known.filter(pl.col("loop_no") == 1).select("complaint_id", began_at="received_at")
    last = (
        known.sort("complaint_id", "loop_no")
        .unique("complaint_id", keep="last", maintain_order=True)
        .filter(pl.col("satisfied_at").is_null() | (pl.col("satisfied_at") >= end))
        .join(first, on="complaint_id")
        .sort("began_at", "complaint_id")
    )
    found = []
    for row in last.to_dicts():
        hours = int((end - row["began_at"]).total_seconds()) // 3600
        age = next(name for limit, name in AGES if limit is None or hours < limit)
        found.append(
            OpenComplaint(
                **{name: row[name] for name in _AS_REPORTED},
                person_name=names.get(row["person_id"]),
                handler_name=names.get(row["handler_id"]),
                received_at=row["began_at"],
                hours=hours,
                age=age,
                is_over_limit=hours >= LIMIT_HOURS,
                loops=row["loop_no"],
                is_ruled=row["complaint_id"] in ruled,
            )
        )
    return tuple(found)


_AS_REPORTED = ("complaint_id", "store_id", "department", "person_id", "handler_id", "cause", "severity")


def _plain(one: Any, lang: str) -> dict[str, Any]:
    """A part of the meeting as JSON takes it."""
    said: dict[str, Any] = {}
    for field in fields(one):
        value = getattr(one, field.name)
        if isinstance(value, Text):
            said[field.name] = value.said(lang)
        elif isinstance(value, datetime):
            said[field.name] = value.isoformat(sep=" ", timespec="minutes")
        else:
            said[field.name] = value.isoformat() if isinstance(value, date) else value
    return said
