"""Who has the credit for what several people brought about.

``last`` and ``first`` give it to one candidate. ``split`` gives every person with a candidate the same share, on the
latest candidate of each: who calls more often gains nothing. ``lead_owner`` gives it to whoever holds the customer's
lead at the store at that moment, invited or not; without such a lead, or with nobody holding it, to the last.

Where a head of department has given the credit of an arrival to a person (credit_reassignments), that person has it,
whatever the credit. Like any late row a decision counts from its import on, for the day of the arrival.

A split credit is counted in whole parts, ``WHOLE`` of them: the parts of n people are ``WHOLE // n`` each, and what is
left over goes one by one to the latest, so that they total ``WHOLE`` exactly, whatever n. 1 to 16 people share alike.
"""

from collections.abc import Sequence
from typing import Final, Literal, get_args

import polars as pl
from polars import col

from data_contracts.contract import Text
from metrics.credit import Facts
from metrics.events import key_of

Credit = Literal["last", "first", "split", "lead_owner"]
LAST: Final = "last"
FIRST: Final = "first"
SPLIT: Final = "split"
LEAD_OWNER: Final = "lead_owner"
CREDITS: Final[tuple[Credit, ...]] = get_args(Credit)

CREDIT_NAMES: Final[dict[Credit, Text]] = {
    "last": Text("末次", "last"),
    "first": Text("首次", "first"),
    "split": Text("均分", "split"),
    "lead_owner": Text("线索归属人", "the lead's owner"),
}

WHOLE: Final = 720_720
"""The parts of a credit that is split: the least number that 1 to 16 divide."""

REASONS: Final = {
    "credited": Text("计入", "credited"),
    "reassigned": Text("部门负责人改定，计入", "credited by the head's decision"),
    "reassigned_away": Text("部门负责人改定归他人", "the head gave the credit to another"),
    "later_candidate": Text("之后还有更近的一次", "a later one took the credit"),
    "earlier_candidate": Text("之前已有更早的一次", "an earlier one took the credit"),
    "same_person": Text("本人之后还有更近的一次", "the same person's later one shares the credit"),
    "lead_owner": Text("计给了线索归属人", "the lead's owner has the credit"),
    "recorded_late": Text("补录：事后或临近时才录入", "recorded after the event or too shortly before it"),
    "not_counted": Text("不是有效记录", "not an effective row"),
}
"""Why a candidate won or lost."""


def whole_of(credit: str) -> int:
    """The parts that one credit has."""
    return WHOLE if credit == SPLIT else 1


def winners(found: pl.LazyFrame, credit: str, id_: Sequence[str]) -> pl.LazyFrame:
    """event_key, the candidate's ``id_`` and ``share``, its parts of the credit, of those that have any.

    ``found`` has event_key, base_at, nth (which of one moment goes first), key, person_id, is_counted, is_late and
    is_decided: whether a decision on the event is for this candidate, null where there is none. Ties go to the highest
    key, to the lowest under ``first``. A credit of ``each`` is given to every candidate.
    """
    is_last = credit != FIRST
    standing = found.filter(col("is_decided").fill_null(col("is_counted") & ~col("is_late"))).sort(
        "event_key", "base_at", "nth", "key", descending=[False, is_last, False, is_last]
    )
    per = {"each": ["event_key", *id_], SPLIT: ["event_key", "person_id"]}.get(credit, ["event_key"])
    won = standing.unique(per, keep="first", maintain_order=True)
    share = pl.lit(1, pl.Int64)
    if credit == SPLIT:
        people = pl.len().cast(pl.Int64).over("event_key")
        nth = pl.int_range(pl.len(), dtype=pl.Int64).over("event_key")
        share = WHOLE // people + (nth < WHOLE % people).cast(pl.Int64)
    return won.with_columns(share=share).select("event_key", *id_, "share")


def judged(found: pl.LazyFrame, credit: str, id_: Sequence[str]) -> pl.LazyFrame:
    """The candidates with ``share``, 0 for who lost, and ``reason``."""
    lost = {FIRST: "earlier_candidate", SPLIT: "same_person"}.get(credit, "later_candidate")
    shares = winners(found, credit, id_)
    return found.join(shares, on=["event_key", *id_], how="left").with_columns(
        col("share").fill_null(0),
        reason=pl.when(col("share") > 0, col("is_decided"))
        .then(pl.lit("reassigned"))
        .when(~col("is_decided"))
        .then(pl.lit("reassigned_away"))
        .when(col("share") > 0)
        .then(pl.lit("credited"))
        .when(~col("is_counted"))
        .then(pl.lit("not_counted"))
        .when(col("is_late"))
        .then(pl.lit("recorded_late"))
        .otherwise(pl.lit(lost)),
    )


def decided(facts: Facts) -> pl.LazyFrame:
    """The days of a customer at a store whose credit somebody decided on: customer_id, store_id, _day, visit_id (that
    the decision names), assigned_to, decided_at."""
    arrived = facts["store_visits"].select("visit_id", "customer_id", "store_id", _day=col("arrived_at").dt.date())
    return (
        facts["credit_reassignments"]
        .select("visit_id", "decided_at", assigned_to="person_id")
        .join(arrived, on="visit_id")
        .sort("decided_at", "visit_id", descending=True)
        .unique(["customer_id", "store_id", "_day"], keep="first", maintain_order=True)
    )


def owners(rows: pl.LazyFrame, facts: Facts, *, id_: str, at: str) -> pl.LazyFrame:
    """Who held the latest lead of a row's customer at its store at a moment: the id, lead_id, received_at, owner.

    The latest lead is that received last, not after the moment (ties: highest lead_id); its holder the latest
    assignment that covers the moment, else the lead's own person. Rows without either are left out.
    """
    leads = facts["leads"].select("customer_id", "store_id", "lead_id", "received_at", _own="person_id")
    latest = (
        rows.select(id_, "customer_id", "store_id", _at=at)
        .join(leads, on=["customer_id", "store_id"])
        .filter(col("received_at") <= col("_at"))
        .sort(id_, "received_at", "lead_id", descending=[False, True, True])
        .unique(id_, keep="first", maintain_order=True)
    )
    held = facts["lead_assignments"].select("lead_id", "since", "until", _holder="person_id")
    holders = (
        latest.select(id_, "lead_id", "_at")
        .join(held, on="lead_id")
        .filter(col("since") <= col("_at"), col("until").is_null() | (col("until") > col("_at")))
        .sort(id_, "since", "_holder", descending=[False, True, False])
        .unique(id_, keep="first", maintain_order=True)
        .select(id_, "_holder")
    )
    return (
        latest.join(holders, on=id_, how="left")
        .with_columns(owner=pl.coalesce("_holder", "_own"))
        .filter(col("owner").is_not_null())
        .select(id_, "lead_id", "received_at", "owner")
    )


def owned(rows: pl.LazyFrame, facts: Facts, contract: str, *, at: str, person: str) -> pl.LazyFrame:
    """The rows of a contract with the person of each replaced by the lead's owner at a moment, where there is one."""
    keyed = rows.with_columns(_id=key_of(contract))
    owner = owners(keyed, facts, id_="_id", at=at).select("_id", "owner")
    return keyed.join(owner, on="_id", how="left").with_columns(pl.coalesce("owner", person).alias(person)).drop(
        "_id", "owner"
    )  # fmt: skip
