"""Conversions: of the rows that asked for something, the share that it followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl
from polars import col

from metrics.attribution import LEAD_OWNER, Credit, decided, judged, owned, whole_of, winners
from metrics.credit import Facts
from metrics.events import Events, key_of
from metrics.kinds import Metric, base_rows, counted


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversion(Metric):
    """Of the base rows, the share that an event followed within some days.

    An event follows a base row of the same ``matched_on`` whose ``after`` (``base_at`` if not given) lies strictly
    before it, from the day of ``base_at`` to at most ``within_days`` calendar days later. ``named_by`` matches an event
    that has that column by it alone. Each event credits one such base row, by ``credit`` (``last``: the latest, ties:
    highest key), or ``each`` of them; a base row converts at most once. Split, a row has its part of every event, up to
    the whole; with ``lead_owner`` the base rows themselves are the lead's owner's, and the latest is credited. A base
    row that was recorded after the event, or less than ``recorded_minutes_before`` it, earns nothing from that event
    but stays in the base. An arrival that a head gave to a person credits a base row of theirs, recorded late or not;
    without one it converts nothing.
    """

    base: str | Events
    base_at: str
    base_where: pl.Expr
    credited_to: str
    event: str | Events
    event_at: str
    matched_on: Sequence[str]
    within_days: int
    recorded_at: str | None = None
    recorded_minutes_before: int = 0
    named_by: str | None = None
    after: str | None = None
    credit: Credit | Literal["each"] = "last"

    @property
    def whole(self) -> int:
        """The parts that a conversion has."""
        return whole_of(self.credit)

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per base row by its day; numerator 1 (or its parts of the whole) where it converted."""
        won = winners(self._found(facts, as_of), self.credit, ["key"])
        hits = won.group_by("key").agg(hit=col("share").sum().clip(upper_bound=self.whole))
        base, contract = self._base(facts, as_of)
        whole = pl.lit(self.whole)
        rows = counted(base.filter(self.base_where), contract, self.credited_to, numerator=pl.lit(0), denominator=whole)
        return rows.join(hits, on="key", how="left").select(
            pl.all().exclude("hit", "numerator"), numerator=col("hit").fill_null(0)
        )

    def candidates(self, facts: Facts, as_of: date) -> pl.DataFrame:
        """For each event its base rows in the window, the credited ones first, and why each other lost.

        Columns: event_key, event_at, key, base_at, person_id, recorded_at, share, is_credited, reason (a key of
        attribution.REASONS).
        """
        shown = ["event_key", "event_at", "key", "base_at", "person_id", "recorded_at", "share"]
        order = ["event_at", "event_key", "is_credited", "base_at", "key"]
        return (
            judged(self._found(facts, as_of), self.credit, ["key"])
            .select(*shown, "reason", is_credited=col("share") > 0)
            .collect()
            .sort(order, descending=[False, False, True, True, True])
        )

    def _base(self, facts: Facts, as_of: date) -> tuple[pl.LazyFrame, str]:
        rows, contract = base_rows(facts, self.base, self.base_at, as_of)
        if self.credit == LEAD_OWNER:
            rows = owned(rows, facts, contract, at=self.base_at, person=self.credited_to)
        return rows, contract

    def _found(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        """The candidates of every event, as attribution reads them."""
        on = list(self.matched_on)
        rows, contract = self._base(facts, as_of)
        base = rows.select(
            *{*on, *([self.named_by] if self.named_by else [])},
            key=key_of(contract),
            base_at=self.base_at,
            after=self.after or self.base_at,
            person_id=self.credited_to,
            recorded_at=self.recorded_at or pl.lit(None, pl.Datetime("us")),
            is_counted=self.base_where.fill_null(False),
        )
        event = self._events(facts, as_of)
        shown = ["event_key", "event_at", "key", "base_at", "after", "person_id", "recorded_at", "is_counted"]
        if self.named_by is None:
            matched = event.join(base, on=on).select(shown)
        else:
            is_named = col(self.named_by).is_not_null()
            named = event.filter(is_named).join(base, on=self.named_by).select(shown)
            matched = pl.concat([named, event.filter(~is_named).join(base, on=on).select(shown)])
        days = (col("event_at").dt.date() - col("base_at").dt.date()).dt.total_days()
        limit = col("event_at") - pl.duration(minutes=self.recorded_minutes_before)
        found = matched.filter(col("event_at") > col("after"), days.is_between(0, self.within_days)).with_columns(
            is_late=(col("recorded_at") > limit).fill_null(False), nth=pl.lit(0), is_decided=pl.lit(None, pl.Boolean)
        )
        if self.event != "store_visits" or self.credit == "each":
            return found
        arrived = facts["store_visits"].select(
            "customer_id", "store_id", event_key=key_of("store_visits"), _day=col("arrived_at").dt.date()
        )
        decisions = arrived.join(decided(facts), on=["customer_id", "store_id", "_day"]).select(
            "event_key", "assigned_to"
        )
        is_for = (col("person_id") == col("assigned_to")) & col("is_counted")
        return found.join(decisions, on="event_key", how="left").with_columns(
            is_decided=pl.when(col("assigned_to").is_not_null()).then(is_for)
        )

    def _events(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        rows, contract = base_rows(facts, self.event, self.event_at, as_of)
        wanted = [*self.matched_on, *([self.named_by] if self.named_by else [])]
        return rows.select(*dict.fromkeys(wanted), event_key=key_of(contract), event_at=self.event_at)
