"""Visits to a store and who invited them, and the deals that came of them."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import polars as pl
from polars import col

from metrics.attribution import CREDITS, LAST, LEAD_OWNER, Credit, decided, judged, owners, whole_of, winners
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
    before a follow-up before a call, then the highest key), or who ``credit`` says. What was recorded
    after the arrival, or less than ``recorded_minutes_before`` it, earns nothing. Whom a head gave the credit has it,
    invitation or not. ``has_deal`` says whether the customer ordered at the store on that day or later in the pay
    month, and did not cancel.
    """

    within_days: Limits = _INVITED_WITHIN
    recorded_minutes_before: Limits = _RECORDED_BEFORE
    credit: Credit = "last"

    @property
    def contract(self) -> str:
        """The first arrival stands for its group."""
        return "store_visits"

    @property
    def whole(self) -> int:
        """The parts of a group that several people share."""
        return whole_of(self.credit)

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a group, or one for each who shares it, with person_id, is_invited, share, has_deal."""
        shares = self._credited(facts, as_of)
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
            groups.join(shares, on="event_key", how="left")
            .join(closed, on="event_key", how="left")
            .with_columns(
                col("share").fill_null(self.whole),
                is_invited=col("person_id").is_not_null(),
                has_deal=col("has_deal").fill_null(False),
            )
        )

    def candidates(self, facts: Facts, as_of: date) -> pl.DataFrame:
        """For each group everything that could have invited it, the credited first, and why each other lost.

        Columns: event_key, event_at, contract, key, base_at, person_id, recorded_at, share, is_credited, reason (as
        Conversion's). The lead whose owner has the credit is one of them.
        """
        order = ["event_at", "event_key", "is_credited", "base_at", "nth", "key"]
        descending = [False, False, True, True, False, True]
        shown = ["event_key", "event_at", "contract", "key", "base_at", "nth", "person_id", "recorded_at", "share"]
        found = judged(self._found(facts, as_of), self.credit, _CANDIDATE).select(*shown, "reason", "is_decided")
        if self.credit == LEAD_OWNER:
            leads = self._owners(facts, as_of)
            moments = found.select("event_key", "event_at").unique()
            lead = leads.join(moments, on="event_key").select(
                "event_key",
                "event_at",
                contract=pl.lit("leads"),
                key="lead_id",
                base_at="received_at",
                nth=pl.lit(0),
                person_id="owner",
                recorded_at=pl.lit(None, pl.Datetime("us")),
                share=pl.lit(1, pl.Int64),
                reason=pl.lit("credited"),
                is_decided=pl.lit(None, pl.Boolean),
            )
            is_owned = (
                col("owner").is_not_null()
                & col("is_decided").is_null()
                & ((col("share") > 0) | (col("reason") == "later_candidate"))
            )
            found = (
                found.join(leads.select("event_key", "owner"), on="event_key", how="left")
                .with_columns(
                    share=pl.when(is_owned).then(0).otherwise("share"),
                    reason=pl.when(is_owned).then(pl.lit("lead_owner")).otherwise("reason"),
                )
                .drop("owner")
            )
            found = pl.concat([found, lead])
        listed = found.with_columns(is_credited=col("share") > 0).collect()
        return listed.sort(order, descending=descending).drop("nth", "is_decided")

    def explained(self, facts: Facts, as_of: date) -> pl.DataFrame:
        """The candidates with the outcome under every credit beside their own: ``reason_last``, ``share_last`` …

        Null where somebody is no candidate under it: a lead is one under its owner's credit alone.
        """
        whose = ["event_key", "event_at", "contract", "key", "base_at", "person_id", "recorded_at"]
        own = self.candidates(facts, as_of)
        for credit in CREDITS:
            other = own if credit == self.credit else replace(self, credit=credit).candidates(facts, as_of)
            judged_so = other.select(*whose, col("reason", "share").name.suffix(f"_{credit}"))
            own = own.join(judged_so, on=whose, how="full", coalesce=True, nulls_equal=True)
        order = ["event_at", "event_key", "is_credited", "base_at", "contract", "key"]
        return own.with_columns(col("is_credited").fill_null(False)).sort(
            order, descending=[False, False, True, True, False, True]
        )

    def _groups(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        return (
            known(facts, "store_visits", "arrived_at", as_of)
            .sort("arrived_at", "visit_id")
            .unique(["customer_id", "store_id", "day"], keep="first", maintain_order=True)
            .with_columns(event_key=key_of("store_visits"))
        )

    def _credited(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        """event_key, person_id and share of the groups that somebody invited."""
        found = self._found(facts, as_of)
        shares = winners(found, self.credit, [*_CANDIDATE, "person_id"]).select("event_key", "person_id", "share")
        if self.credit != LEAD_OWNER:
            return shares
        owner = self._owners(facts, as_of).select("event_key", "owner")
        return shares.join(owner, on="event_key", how="left").select(
            "event_key", "share", person_id=pl.coalesce("owner", "person_id")
        )

    def _owners(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        """Of the groups that somebody invited and nobody decided on: event_key, lead_id, received_at and owner, where
        there is one."""
        undecided = self._found(facts, as_of).filter(col("is_decided").is_null())
        invited = winners(undecided, LAST, _CANDIDATE).select("event_key")
        groups = self._groups(facts, as_of).join(invited, on="event_key", how="semi")
        return owners(groups, facts, id_="event_key", at="arrived_at")

    def _found(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        """The candidates of every group, as attribution reads them."""
        groups = self._groups(facts, as_of).select(
            "customer_id", "store_id", "event_key", event_at="arrived_at", _day="day"
        )
        days = (col("_day") - col("base_at").dt.date()).dt.total_days()
        minutes = in_force(self.recorded_minutes_before, col("base_at").dt.date())
        limit = col("event_at") - pl.duration(minutes=minutes)
        decisions = decided(facts).rename({"visit_id": "_named"})
        touched = (
            groups.join(_touches(facts, as_of), on=["customer_id", "store_id"])
            .filter(
                col("event_at") > col("base_at"),
                days <= in_force(self.within_days, col("base_at").dt.date()),
            )
            .join(decisions, on=["customer_id", "store_id", "_day"], how="left")
            .with_columns(
                is_late=(col("recorded_at") > limit).fill_null(False),
                is_decided=pl.when(col("assigned_to").is_not_null()).then(pl.lit(False)),
            )
        )
        given = groups.join(decisions, on=["customer_id", "store_id", "_day"]).select(
            *groups.collect_schema(),
            person_id="assigned_to",
            contract=pl.lit("credit_reassignments"),
            key="_named",
            base_at="decided_at",
            recorded_at=pl.lit(None, pl.Datetime("us")),
            is_counted=pl.lit(True),
            nth=pl.lit(0, pl.Int32),
            is_late=pl.lit(False),
            is_decided=pl.lit(True),
        )
        return pl.concat([touched.select(given.collect_schema().names()), given])


_CANDIDATE: Final = ("contract", "key")


def _touches(facts: Facts, as_of: date) -> pl.LazyFrame:
    """What may bring a customer to a store: customer_id, store_id, contract, key, base_at, person_id, recorded_at,
    is_counted and nth, the order among those of one moment."""
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
                nth=pl.lit(nth),
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

    @property
    def whole(self) -> int:
        """The parts of a deal that several inviters share."""
        return self.visits.whole

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row an order, or one for each who shares it; person_id is the inviter, visit_key the visit."""
        deals = self.of.once(facts, as_of, month_starts_on).drop("person_id").with_columns(
            _ordered=col("ordered_at").dt.date()
        )  # fmt: skip
        visits = (
            self.visits.once(facts, as_of, month_starts_on)
            .filter(col("is_invited"))
            .select("customer_id", "store_id", "event_key", _visited="day")
            .unique()
        )
        inviters = self.visits.once(facts, as_of, month_starts_on).select(
            "person_id", "share", visit_key="event_key"
        )  # fmt: skip
        days = (col("_ordered") - col("_visited")).dt.total_days()
        latest = (
            deals.select("order_id", "customer_id", "store_id", "_ordered")
            .join(visits, on=["customer_id", "store_id"])
            .filter(days >= 0, days <= in_force(self.within_days, col("_visited")))
            .sort("order_id", "_visited", descending=[False, True])
            .unique("order_id", keep="first", maintain_order=True)
            .select("order_id", visit_key="event_key")
            .join(inviters, on="visit_key")
        )
        return deals.join(latest, on="order_id", how="left").with_columns(col("share").fill_null(self.whole))


def backfilled(facts: Facts, as_of: date) -> pl.DataFrame:
    """What was recorded after the arrival that it could have had the credit for, or too shortly before it.

    Columns: store_id, day (of the arrival), event_key, event_at, contract, key, base_at, person_id, recorded_at; by
    arrival. It earned nothing from that arrival, and somebody should look at it.
    """
    late = VisitGroups().candidates(facts, as_of).filter(reason="recorded_late")
    stores = known(facts, "store_visits", "arrived_at", as_of).select(
        "store_id", "day", event_key=key_of("store_visits")
    )
    shown = ["event_key", "event_at", "contract", "key", "base_at", "person_id", "recorded_at"]
    found = late.lazy().join(stores, on="event_key").select("store_id", "day", *shown)
    return found.collect().sort("event_at", "event_key", "contract", "key")
