"""What happened, where no single contract says it: visits and who invited them, deals, open prospects, tasks, verdicts.

An ``Events`` has the rows of one contract, by their keys and provenance, with ``day`` and whatever else metrics ask of
them. Its numbers are fields, so that a plan may vary them and a definition shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

import polars as pl
from polars import col

from data_contracts.catalogue import CONTRACTS
from metrics.credit import Facts
from metrics.limits import ALWAYS, Limit, Limits, in_force, in_force_by
from metrics.working_time import absent_days

PROVENANCE: Final = ("_import_id", "_file", "_sheet", "_row")


@dataclass(frozen=True, kw_only=True)
class Events:
    """Rows of a contract with more known about them. ``contract`` is the one their keys belong to."""

    @property
    def contract(self) -> str:
        """The contract whose rows these are."""
        raise NotImplementedError

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """The rows known by the end of ``as_of``."""
        raise NotImplementedError

    def once(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """The rows, worked out once for facts that remember."""
        if not isinstance(facts, Remembering):
            return self.rows(facts, as_of, month_starts_on)
        name = (repr(self), as_of, month_starts_on)
        if name not in facts.events:
            facts.events[name] = self.rows(facts, as_of, month_starts_on).collect()
        return facts.events[name].lazy()


class Remembering(dict[str, pl.LazyFrame]):
    """Facts that keep the events worked out from them: several metrics ask for the same ones."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.events: dict[tuple[str, date, int], pl.DataFrame] = {}


def known(facts: Facts, contract: str, at: str, as_of: date) -> pl.LazyFrame:
    """The rows whose column says that they happened by the end of ``as_of``, with ``day`` the day they did."""
    return facts[contract].with_columns(day=col(at).cast(pl.Date)).filter(col("day") <= as_of)


def key_of(contract: str) -> pl.Expr:
    """The contract's key as one text."""
    return pl.concat_str(*(col(name).cast(pl.String) for name in CONTRACTS[contract].key), separator="/")


def month_no(day: pl.Expr, month_starts_on: int) -> pl.Expr:
    """The pay month of a day as a number, one more for each month."""
    next_month = (day.dt.day() >= month_starts_on) & (month_starts_on > 1)
    return day.dt.year().cast(pl.Int32) * 12 + day.dt.month().cast(pl.Int32) + next_month.cast(pl.Int32)


_INVITED_WITHIN: Final = (Limit(value=30, since=ALWAYS, source="semantics: visit group"),)
_RECORDED_BEFORE: Final = (Limit(value=30, since=ALWAYS, source="semantics: backfilled credit"),)


@dataclass(frozen=True, kw_only=True)
class VisitGroups(Events):
    """Distinct customer, store and day, on the first arrival; ``person_id`` is who invited them, null for nobody.

    A group was invited by an effective invitation, a connected follow-up or an answered outbound call of that customer
    and store before the arrival and at most ``within_days`` before its day. The latest counts (ties: an invitation
    before a follow-up before a call, then the highest key), or the first. What was recorded after the arrival, or less
    than ``recorded_minutes_before`` it, earns nothing. ``has_deal`` says whether the customer ordered at the store on
    that day or later in the pay month, and did not cancel.
    """

    within_days: Limits = _INVITED_WITHIN
    recorded_minutes_before: Limits = _RECORDED_BEFORE
    credit: Literal["last", "first"] = "last"

    @property
    def contract(self) -> str:
        """The first arrival stands for its group."""
        return "store_visits"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a group with person_id, is_invited, invited_by (contract), invited_key, has_deal."""
        credited = (
            self._candidates(facts, as_of)
            .filter(col("is_credited"))
            .select(event_key="event_key", person_id="person_id", invited_by="contract", invited_key="key")
        )
        deals = (
            Deals().once(facts, as_of, month_starts_on).select("customer_id", "store_id", _ordered="day")
        )  # fmt: skip
        groups = self._groups(facts, as_of)
        same_month = month_no(col("_ordered"), month_starts_on) == month_no(col("day"), month_starts_on)
        closed = (
            groups.select("event_key", "customer_id", "store_id", "day")
            .join(deals, on=["customer_id", "store_id"])
            .filter(col("_ordered") >= col("day"), same_month)
            .select("event_key", has_deal=pl.lit(True))
            .unique()
        )
        return (
            groups.join(credited, on="event_key", how="left")
            .join(closed, on="event_key", how="left")
            .with_columns(is_invited=col("person_id").is_not_null(), has_deal=col("has_deal").fill_null(False))
        )

    def candidates(self, facts: Facts, as_of: date) -> pl.DataFrame:
        """For each group everything that could have invited it, the credited one first, and why each other lost.

        Columns: event_key, event_at, contract, key, base_at, person_id, is_credited, reason (as Conversion's).
        """
        order = ["event_at", "event_key", "is_credited", "base_at", "_nth", "key"]
        descending = [False, False, True, True, False, True]
        return self._candidates(facts, as_of).collect().sort(order, descending=descending).drop("_nth")

    def _groups(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        return (
            known(facts, "store_visits", "arrived_at", as_of)
            .sort("arrived_at", "visit_id")
            .unique(["customer_id", "store_id", "day"], keep="first", maintain_order=True)
            .with_columns(event_key=key_of("store_visits"))
        )

    def _candidates(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        groups = self._groups(facts, as_of).select(
            "customer_id", "store_id", "event_key", event_at="arrived_at", _day="day"
        )
        days = (col("_day") - col("base_at").dt.date()).dt.total_days()
        minutes = in_force(self.recorded_minutes_before, col("base_at").dt.date())
        limit = col("event_at") - pl.duration(minutes=minutes)
        found = (
            groups.join(_touches(facts, as_of), on=["customer_id", "store_id"])
            .filter(
                col("event_at") > col("base_at"),
                days <= in_force(self.within_days, col("base_at").dt.date()),
            )
            .with_columns(is_late=(col("recorded_at") > limit).fill_null(False))
        )
        is_first = self.credit == "first"
        order = ["event_key", "base_at", "_nth", "key"]
        descending = [False, not is_first, False, not is_first]
        credited = (
            found.filter(col("is_counted"), ~col("is_late"))
            .sort(order, descending=descending)
            .unique("event_key", keep="first", maintain_order=True)
            .select("event_key", "contract", "key", is_credited=pl.lit(True))
        )
        lost = pl.lit("earlier_candidate" if is_first else "later_candidate")
        return found.join(credited, on=["event_key", "contract", "key"], how="left").select(
            "event_key",
            "event_at",
            "contract",
            "key",
            "base_at",
            "person_id",
            "_nth",
            col("is_credited").fill_null(False),
            reason=pl.when(col("is_credited").fill_null(False))
            .then(pl.lit("credited"))
            .when(~col("is_counted"))
            .then(pl.lit("not_counted"))
            .when(col("is_late"))
            .then(pl.lit("recorded_late"))
            .otherwise(lost),
        )


def _touches(facts: Facts, as_of: date) -> pl.LazyFrame:
    """What may bring a customer to a store: customer_id, store_id, contract, key, base_at, person_id, recorded_at,
    is_counted and _nth, the order among those of one moment."""
    leads = facts["leads"].select("lead_id", "customer_id", "store_id")
    follow_ups = known(facts, "follow_ups", "done_at", as_of).join(leads, on="lead_id")
    calls = known(facts, "call_logs", "started_at", as_of).filter(
        col("direction") == "呼出", col("customer_id").is_not_null()
    )
    calls = calls.with_columns(recorded_at=pl.lit(None, pl.Datetime("us")))
    sources = [
        ("invitations", known(facts, "invitations", "invited_at", as_of), "invited_at", "is_effective"),
        ("follow_ups", follow_ups, "done_at", "is_connected"),
        ("call_logs", calls, "started_at", "is_answered"),
    ]
    return pl.concat(
        [
            rows.select(
                "customer_id",
                "store_id",
                "person_id",
                contract=pl.lit(name),
                key=key_of(name),
                base_at=at,
                recorded_at="recorded_at",
                is_counted=col(counts).fill_null(False),
                _nth=pl.lit(nth),
            )
            for nth, (name, rows, at, counts) in enumerate(sources)
        ]
    )


_DEAL_AFTER_VISIT: Final = (Limit(value=30, since=ALWAYS, source="[infer] as the window of the invitation"),)


@dataclass(frozen=True, kw_only=True)
class Deals(Events):
    """Orders that came to ``event``, on its day, and were not cancelled by ``as_of``."""

    event: Literal["ordered", "invoiced", "delivered"] = "ordered"

    @property
    def contract(self) -> str:
        """An order each."""
        return "orders"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row an order; person_id is the sales consultant."""
        is_cancelled = (col("cancelled_at").dt.date() <= as_of).fill_null(False)
        return known(facts, "orders", f"{self.event}_at", as_of).filter(~is_cancelled)


@dataclass(frozen=True, kw_only=True)
class InvitedDeals(Events):
    """Deals with the person who invited the customer: that of the customer's latest invited visit to the store on the
    order's day or at most ``within_days`` before; null where there was none."""

    of: Deals = Deals()
    visits: VisitGroups = VisitGroups()
    within_days: Limits = _DEAL_AFTER_VISIT

    @property
    def contract(self) -> str:
        """An order each."""
        return self.of.contract

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row an order; person_id is the inviter, visit_key the visit."""
        deals = self.of.once(facts, as_of, month_starts_on).drop("person_id").with_columns(
            _ordered=col("ordered_at").dt.date()
        )  # fmt: skip
        visits = (
            self.visits.once(facts, as_of, month_starts_on)
            .filter(col("is_invited"))
            .select("customer_id", "store_id", "person_id", visit_key="event_key", _visited="day")
        )
        days = (col("_ordered") - col("_visited")).dt.total_days()
        latest = (
            deals.select("order_id", "customer_id", "store_id", "_ordered")
            .join(visits, on=["customer_id", "store_id"])
            .filter(days >= 0, days <= in_force(self.within_days, col("_visited")))
            .sort("order_id", "_visited", descending=[False, True])
            .unique("order_id", keep="first", maintain_order=True)
            .select("order_id", "person_id", "visit_key")
        )
        return deals.join(latest, on="order_id", how="left")


def is_invalid() -> pl.Expr:
    """Whether a lead is invalid for good: marked so, and approved where the export has reviews."""
    mark = pl.coalesce("validity", pl.when(col("status") == "无效").then(pl.lit("无效"))) == "无效"
    return mark.fill_null(False) & (col("validity_review").is_null() | (col("validity_review") == "通过"))


def is_valid() -> pl.Expr:
    """Whether a lead counts as valid: marked so, or marked invalid without approval."""
    return ((col("validity") == "有效") | ((col("validity") == "无效") & ~is_invalid())).fill_null(False)


_LOST_AT: Final = pl.when(col("lost_review").is_null()).then(col("lost_at")).when(col("lost_review") == "通过").then(
    pl.coalesce("lost_reviewed_at", "lost_at")
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Defeats(Events):
    """Leads given up for good, on the day that was approved; without reviews in the export, the day of the loss."""

    @property
    def contract(self) -> str:
        """A lead each."""
        return "leads"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a lead."""
        return facts["leads"].with_columns(day=_LOST_AT.dt.date()).filter(col("day") <= as_of)


def _closings(facts: Facts, as_of: date) -> pl.LazyFrame:
    """What ends the work on a lead: lead_id and at, for each order not cancelled and each approved defeat.

    An order belongs to the lead it names, else to every lead that its customer and store had by then.
    """
    leads = facts["leads"]
    orders = Deals().once(facts, as_of, 1)
    named = orders.filter(col("lead_id").is_not_null()).select("lead_id", at="ordered_at")
    unnamed = (
        orders.filter(col("lead_id").is_null())
        .select("customer_id", "store_id", at="ordered_at")
        .join(leads.select("lead_id", "customer_id", "store_id", "received_at"), on=["customer_id", "store_id"])
        .filter(col("received_at") <= col("at"))
        .select("lead_id", "at")
    )
    own = leads.select("lead_id", at="ordered_at")
    lost = leads.select("lead_id", at=_LOST_AT)
    return pl.concat([named, unnamed, own, lost]).filter(col("at").dt.date() <= as_of).unique()


@dataclass(frozen=True, kw_only=True)
class OpenProspects(Events):
    """Stretches of days at whose start a prospect was open: ``day`` to ``until``, both included.

    Open at the start of a day is a lead carded before it and not invalid, without an order or approved defeat before
    it, or reactivated since.
    """

    @property
    def contract(self) -> str:
        """A lead each; one that was reactivated has two stretches."""
        return "leads"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a stretch."""
        leads = facts["leads"].filter(~is_invalid(), col("carded_at").dt.date() <= as_of)
        ends = _closings(facts, as_of).join(leads.select("lead_id", again="reactivated_at"), on="lead_id")
        ends = ends.group_by("lead_id").agg(
            _end=col("at").min().dt.date(),
            _second_end=col("at").filter(col("at") >= col("again")).min().dt.date(),
        )
        forever = pl.lit(date.max)
        leads = leads.join(ends, on="lead_id", how="left").with_columns(
            _start=col("carded_at").dt.date().dt.offset_by("1d"),
            _end=col("_end").fill_null(forever),
            _second_end=col("_second_end").fill_null(forever),
        )
        first = leads.with_columns(day=col("_start"), until=col("_end"))
        again = leads.filter(col("reactivated_at").is_not_null()).with_columns(
            day=pl.max_horizontal(
                "_start",
                col("reactivated_at").dt.date().dt.offset_by("1d"),
                # The day after the first stretch; one without an end has no second.
                pl.when(col("_end") < forever).then(col("_end").dt.offset_by("1d")).otherwise(forever),
            ),
            until=col("_second_end"),
        )
        spans = pl.concat([first, again.filter(col("_end") < forever)])
        return spans.filter(col("day") <= col("until")).drop("_start", "_end", "_second_end")


_HANDED_OVER: Final = ("转派", "离职交接", "回收")
_NOBODYS: Final = (Limit(value=3, since=ALWAYS, source="semantics: follow-up due"),)
_INTERVALS: Final[Mapping[str, Limits]] = {
    level: (Limit(value=days, since=ALWAYS, source="domain/metrics.md 2.3 [infer]"),)
    for level, days in {"H": 2, "A": 4, "B": 7, "C": 15, "O": 7, "N": 15}.items()
}
"""Intent level → the days within which the next contact is due."""


@dataclass(frozen=True, kw_only=True)
class FollowUpTasks(Events):
    """What each contact with a lead left to do: the next contact, due on the agreed day, else after the level's
    interval; done by the next follow-up of anybody, connected or not.

    ``person_id`` is the holder on the due day, else the person of that contact; their stand-in where they are absent
    on it and have one. The holder's days of absence stop the clock. There is no task where the lead is invalid, or
    closed by an order or approved defeat on the due day or before it and not reactivated since. What was not done in
    time and fell due within ``nobodys_days`` after a hand-over is nobody's lateness, and left out; so is what is
    neither done nor overdue at the end of ``as_of``.
    """

    interval_days: Mapping[str, Limits] = field(default_factory=lambda: _INTERVALS)
    nobodys_days: Limits = _NOBODYS

    @property
    def contract(self) -> str:
        """The contact that left the task."""
        return "follow_ups"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a task: day it was due, level, is_punctual, store_id of the lead."""
        tasks = self._owned(self._due(facts, as_of), facts)
        # Undone at the end of as_of, it can be done on the next day at the earliest.
        until = pl.coalesce(col("_next").dt.date(), pl.lit(as_of + timedelta(days=1)))
        timed = absent_days(tasks, facts, after="_done", until=until, person="person_id")
        taken = (until - col("_done")).dt.total_days() - col("_absent_days")
        allowed = (col("day") - col("_done")).dt.total_days()
        is_late = taken > allowed
        is_punctual = col("_next").is_not_null() & ~is_late
        return timed.filter(is_punctual | (is_late & ~col("_is_nobodys"))).with_columns(is_punctual=is_punctual)

    def _due(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        """The tasks of leads that are open on the due day, with _done and _next, the contact before and after."""
        leads = facts["leads"].select(
            "lead_id",
            "store_id",
            "reactivated_at",
            _invalid=is_invalid(),
            _first_level=pl.coalesce("first_intent_level", "intent_level"),
        )
        order = ["done_at", "follow_up_id"]
        level = pl.coalesce(col("intent_level").forward_fill().over("lead_id", order_by=order), "_first_level")
        contacts = (
            known(facts, "follow_ups", "done_at", as_of)
            .join(leads, on="lead_id")
            .with_columns(_next=col("done_at").shift(-1).over("lead_id", order_by=order), level=level, _done=col("day"))
            .filter(~col("_invalid"))
        )
        days = in_force_by(self.interval_days, col("level"), col("_done"))
        due = pl.coalesce(col("next_contact_at").dt.date(), col("_done") + pl.duration(days=days))
        tasks = contacts.with_columns(day=due).filter(col("day").is_not_null())
        closed = (
            tasks.select("follow_up_id", "lead_id", "day", "reactivated_at")
            .join(_closings(facts, as_of), on="lead_id")
            .filter(col("at").dt.date() <= col("day"))
            .group_by("follow_up_id")
            .agg(_closed=col("at").max())
        )
        is_reactivated = (col("reactivated_at") > col("_closed")) & (col("reactivated_at").dt.date() <= col("day"))
        return tasks.join(closed, on="follow_up_id", how="left").filter(
            col("_closed").is_null() | is_reactivated.fill_null(False)
        )

    def _owned(self, tasks: pl.LazyFrame, facts: Facts) -> pl.LazyFrame:
        """The tasks with their owner on the due day and whether that day follows a hand-over closely."""
        held = facts["lead_assignments"].select(
            "lead_id",
            "until",
            "reason",
            holder="person_id",
            since="since",
            is_first=col("since") == col("since").min().over("lead_id"),
        )
        found = (
            tasks.select("follow_up_id", "lead_id", "day")
            .join(held, on="lead_id")
            .filter(col("since").dt.date() <= col("day"))
        )
        is_held = col("until").is_null() | (col("until").dt.date() >= col("day"))
        holders = (
            found.filter(is_held)
            .sort("follow_up_id", "since", descending=[False, True])
            .unique("follow_up_id", keep="first", maintain_order=True)
            .select("follow_up_id", "holder")
        )
        is_handed_over = ~col("is_first") | col("reason").is_in(_HANDED_OVER).fill_null(False)
        days = (col("day") - col("since").dt.date()).dt.total_days()
        nobodys = (
            found.filter(is_handed_over, days <= in_force(self.nobodys_days, col("since").dt.date()))
            .select("follow_up_id", _is_nobodys=pl.lit(True))
            .unique()
        )
        stand_ins = facts["absences"].filter(col("covered_by").is_not_null()).select(
            "from_on", "to_on", "covered_by", person_id="person_id"
        )  # fmt: skip
        owned = (
            tasks.join(holders, on="follow_up_id", how="left")
            .with_columns(person_id=pl.coalesce("holder", "person_id"))
            .join(nobodys, on="follow_up_id", how="left")
            .with_columns(col("_is_nobodys").fill_null(False))
        )
        covered = (
            owned.select("follow_up_id", "person_id", "day")
            .join(stand_ins, on="person_id")
            .filter(col("day").is_between("from_on", "to_on"))
            .sort("follow_up_id", "from_on", descending=[False, True])
            .unique("follow_up_id", keep="first", maintain_order=True)
            .select("follow_up_id", "covered_by")
        )
        return owned.join(covered, on="follow_up_id", how="left").with_columns(
            person_id=pl.coalesce("covered_by", "person_id")
        )


@dataclass(frozen=True, kw_only=True)
class Verdicts(Events):
    """Rulings of one kind on valid complaints, on the day they were made, with the complaint's store and department."""

    kind: str

    @property
    def contract(self) -> str:
        """A ruling each."""
        return "complaint_rulings"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a ruling; person_id is the person judged."""
        cases = (
            facts["complaints"]
            .filter(col("validity") == "有效")
            .sort("complaint_id", "loop_no")
            .unique("complaint_id", keep="first", maintain_order=True)
            .select("complaint_id", "store_id", "department")
        )
        judged = known(facts, "complaint_rulings", "judged_at", as_of).filter(col("kind") == self.kind)
        return judged.join(cases, on="complaint_id")


_OVERDUE_AFTER: Final = (Limit(value=72 * 3600, since=ALWAYS, source="plan F2"),)


@dataclass(frozen=True, kw_only=True)
class OverdueComplaints(Events):
    """Stretches of days at whose end a complaint was ``after_seconds`` old or more and not satisfied."""

    after_seconds: Limits = _OVERDUE_AFTER

    @property
    def contract(self) -> str:
        """A complaint and loop each."""
        return "complaints"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a complaint; ``day`` to ``until``, both included."""
        limit = pl.duration(seconds=in_force(self.after_seconds, col("received_at").dt.date()))
        # At the end of a day means the midnight after it, which an age reached at midnight has reached.
        first = (col("received_at") + limit - pl.duration(microseconds=1)).dt.date()
        until = col("satisfied_at").dt.date().dt.offset_by("-1d").fill_null(date.max)
        rows = facts["complaints"].with_columns(day=first, until=until)
        return rows.filter(col("day") <= col("until"))
