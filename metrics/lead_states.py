"""What a lead is: a duplicate, invalid, lost, closed, an open prospect."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl
from polars import col

from metrics.credit import Facts
from metrics.events import Events, known
from metrics.limits import ALWAYS, Limit, Limits, in_force
from metrics.orders import Deals


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


_DUPLICATE_WITHIN: Final = (Limit(value=30, since=ALWAYS, source="[infer] semantics: duplicate leads; no source"),)


def first_leads(facts: Facts, within_days: Limits = _DUPLICATE_WITHIN) -> pl.LazyFrame:
    """Each lead_id with ``first_lead_id``, the lead that it is a duplicate of, else itself.

    A duplicate was received within some days (of its own day) after another lead of the same customer at the same
    store that is not invalid for good; of two received at one moment the higher id. What the agent marked is not asked.
    A third is a duplicate of the first, where each followed the one before closely.
    """
    whom, order = ["customer_id", "store_id"], ["received_at", "lead_id"]
    day = col("received_at").dt.date()
    earlier = pl.when(~is_invalid()).then(day).shift(1).forward_fill().over(whom, order_by=order)
    days = (day - earlier).dt.total_days()
    is_duplicate = (days <= in_force(within_days, day)).fill_null(False)
    return (
        facts["leads"]
        .with_columns(_is_duplicate=is_duplicate)
        .with_columns(
            first_lead_id=pl.when(~col("_is_duplicate")).then("lead_id").forward_fill().over(whom, order_by=order)
        )
        .select("lead_id", "first_lead_id")
    )


def duplicates(facts: Facts, as_of: date) -> pl.DataFrame:
    """The leads that are not counted because they repeat another.

    Columns: store_id, day, lead_id, first_lead_id, customer_id, person_id, validity, received_at; in that order.
    """
    first = first_leads(facts).filter(col("lead_id") != col("first_lead_id"))
    shown = ["store_id", "day", "lead_id", "first_lead_id", "customer_id", "person_id", "validity", "received_at"]
    found = known(facts, "leads", "received_at", as_of).join(first, on="lead_id").select(shown)
    return found.collect().sort("received_at", "lead_id")


@dataclass(frozen=True, kw_only=True)
class Leads(Events):
    """Leads by the day of ``at``, each customer's once: without duplicates, as ``first_leads`` recognises them."""

    at: str = "received_at"
    duplicate_within_days: Limits = _DUPLICATE_WITHIN

    @property
    def contract(self) -> str:
        """A lead each."""
        return "leads"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a lead."""
        return _once(known(facts, "leads", self.at, as_of), facts, self.duplicate_within_days)


def _once(leads: pl.LazyFrame, facts: Facts, within_days: Limits) -> pl.LazyFrame:
    """The leads that are no duplicates."""
    first = first_leads(facts, within_days).filter(col("lead_id") == col("first_lead_id"))
    return leads.join(first, on="lead_id", how="semi")


@dataclass(frozen=True, kw_only=True)
class LeadDeals(Events):
    """Deals, the lead that each names replaced by the one that is counted where it is a duplicate."""

    of: Deals = field(default_factory=Deals)
    duplicate_within_days: Limits = _DUPLICATE_WITHIN

    @property
    def contract(self) -> str:
        """An order each."""
        return self.of.contract

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row an order."""
        deals = self.of.once(facts, as_of, month_starts_on)
        first = first_leads(facts, self.duplicate_within_days)
        return deals.join(first, on="lead_id", how="left").with_columns(
            lead_id=pl.coalesce("first_lead_id", "lead_id")
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Defeats(Events):
    """Leads given up for good, on the day that was approved; without reviews in the export, the day of the loss.

    Duplicates are not counted.
    """

    duplicate_within_days: Limits = _DUPLICATE_WITHIN

    @property
    def contract(self) -> str:
        """A lead each."""
        return "leads"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a lead."""
        lost = facts["leads"].with_columns(day=_LOST_AT.dt.date()).filter(col("day") <= as_of)
        return _once(lost, facts, self.duplicate_within_days)


def closings(facts: Facts, as_of: date) -> pl.LazyFrame:
    """What ends the work on a lead: lead_id and at, for each order not cancelled and each approved defeat.

    An order belongs to the lead it names and those that are duplicates with it, else to every lead that its customer
    and store had by then.
    """
    leads = facts["leads"]
    orders = Deals().once(facts, as_of, 1)
    first = first_leads(facts)
    named = (
        orders.filter(col("lead_id").is_not_null())
        .select("lead_id", at="ordered_at")
        .join(first, on="lead_id")
        .select("first_lead_id", "at")
        .join(first, on="first_lead_id")
        .select("lead_id", "at")
    )
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
    it, or reactivated since. A duplicate is no prospect of its own.
    """

    duplicate_within_days: Limits = _DUPLICATE_WITHIN

    @property
    def contract(self) -> str:
        """A lead each; one that was reactivated has two stretches."""
        return "leads"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a stretch."""
        leads = facts["leads"].filter(~is_invalid(), col("carded_at").dt.date() <= as_of)
        leads = _once(leads, facts, self.duplicate_within_days)
        ends = closings(facts, as_of).join(leads.select("lead_id", again="reactivated_at"), on="lead_id")
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
