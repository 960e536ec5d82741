"""Whom a row counts for on its day: person, team, department, store, region, group.

A row belongs to the person named on it. Of that person's posts active on the day (from ``since``, before ``until``,
not after ``left_on``), the one counts whose role the metric lists; else the one in the row's store; else the one with
the largest share (ties: earliest since, then team, then role). Team and role come from that post; store and region
from the row; the department from the row, else from the post. Without a post the person is credited and the team is
null, so the teams' sums may be less than the store's.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import dataframely as dy
import polars as pl
from polars import col

Facts = Mapping[str, pl.LazyFrame]
"""Contract name → its typed rows, with ``day`` where the contract is dated, and ``_import_id _file _sheet _row``."""

Level = Literal["person", "team", "department", "store", "region", "group"]

GROUP: Final = "group"
"""The subject id of the whole group."""


class Credited(dy.Schema):
    """The rows that a metric counts, one by one: what each adds, whom it counts for, where it was read.

    ``part`` is ``of`` or ``per`` where a metric divides one count by another, else ``row``. ``item`` names what a row
    counts for where a metric has several, else it is empty. A row that several people share, or several items count,
    stands there once for each, numbered by ``nth``. ``numerator`` is null where a time is unknown.
    """

    day = dy.Date()
    store_id = dy.String(nullable=True)
    region = dy.String(nullable=True)
    department = dy.String(nullable=True)
    team_id = dy.String(nullable=True)
    role = dy.String(nullable=True)
    person_id = dy.String(nullable=True)
    has_post = dy.Bool()
    numerator = dy.Int64(nullable=True)
    denominator = dy.Int64()
    item = dy.String()
    part = dy.String(primary_key=True)
    nth = dy.Int64(primary_key=True, min=1)
    contract = dy.String(primary_key=True)
    key = dy.String(primary_key=True)
    import_id = dy.Int64(alias="_import_id")
    file = dy.String(alias="_file")
    sheet = dy.String(alias="_sheet", nullable=True)
    row = dy.Int64(alias="_row")


def subject_id(level: Level) -> pl.Expr:
    """The subject that a credited row or a post counts for at a level; null where it counts for none."""
    match level:
        case "person":
            return col("person_id")
        case "team":
            return col("team_id")
        case "department":
            return pl.concat_str("store_id", "department", separator="/")
        case "store":
            return col("store_id")
        case "region":
            return col("region")
        case "group":
            return pl.lit(GROUP)


def attach(rows: pl.LazyFrame, facts: Facts, roles: Sequence[str]) -> pl.LazyFrame:
    """Add region (unless the rows bring their own), team_id, role and has_post to rows of store_id, person_id,
    department and day; fill department."""
    owner = ["person_id", "store_id", "day"]
    posts = facts["people"].select(
        "person_id", "team_id", "role", "share_bp", *_SPAN, post_store="store_id", post_department="department"
    )
    counting = (
        rows.select(owner)
        .unique()
        .join(posts, on="person_id")
        .filter(_is_active(col("day"), col("day")))
        .sort(
            ~col("role").is_in(list(roles)),
            col("post_store") != col("store_id"),
            -col("share_bp"),
            "since",
            "team_id",
            "role",
        )
        .unique(owner, keep="first", maintain_order=True)
        .select(*owner, "team_id", "role", "post_department")
    )
    return (
        rows.join(counting, on=owner, how="left")
        .join(facts["stores"].select("store_id", store_region="region"), on="store_id", how="left")
        .with_columns(
            region=pl.coalesce(col("^region$"), "store_region"),  # none or one column
            department=pl.coalesce("department", "post_department"),
            has_post=col("team_id").is_not_null(),
        )
        .drop("post_department", "store_region")
    )


def in_post(facts: Facts, roles: Sequence[str], level: Level, periods: pl.LazyFrame) -> pl.LazyFrame:
    """Subjects with a post of those roles in a period: subject_id and period_no, once each.

    ``periods`` has period_no, first and last.
    """
    return (
        facts["people"]
        .filter(col("role").is_in(list(roles)))
        .join(facts["stores"].select("store_id", "region"), on="store_id", how="left")
        .join(periods, how="cross")
        .filter(_is_active(col("first"), col("last")))
        .select("period_no", subject_id=subject_id(level))
        .drop_nulls()
        .unique()
    )


_SPAN: Final = ("since", "until", "left_on")


def _is_active(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Whether a post covers a day between ``first`` and ``last``."""
    return (
        (col("since") <= last)
        & (col("until").is_null() | (first < col("until")))
        & (col("left_on").is_null() | (first <= col("left_on")))
    )
