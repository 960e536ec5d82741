"""Visits to a store and who invited them, and the deals that came of them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

import polars as pl
from polars import col

from metrics.credit import Facts
from metrics.events import Events, key_of, known, month_no
from metrics.limits import ALWAYS, Limit, Limits, in_force
from metrics.orders import Deals

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
class InvitedDeals(Events):
    """Deals with the person who invited the customer: that of the customer's latest invited visit to the store on the
    order's day or at most ``within_days`` before; null where there was none."""

    of: Deals = field(default_factory=Deals)
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
