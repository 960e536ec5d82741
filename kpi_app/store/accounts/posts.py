"""Who holds which post on a day, as the rights of others over them need it."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app.access import Post
from kpi_app.store.database import Database
from kpi_app.store.rows import facts as rows
from scorecards.posts import Roster


def roster(facts: Mapping[str, pl.LazyFrame], on: date) -> pl.DataFrame:
    """Everybody's posts on a day; for who has left, the post held last.

    Columns: person_id, person_name, role, team_id, department (``S01/售后部``), store_id, region, since, until.
    """
    posts = (
        facts["people"]
        .filter(pl.col("since") <= on)
        .join(facts["stores"].select("store_id", "region"), on="store_id", how="left")
        .select(
            "person_id",
            "person_name",
            "role",
            "team_id",
            pl.format("{}/{}", "store_id", "department").alias("department"),
            "store_id",
            "region",
            "since",
            "until",
        )
        .collect()
    )
    is_held = (pl.col("until").is_null() | (pl.col("until") > on)).alias("is_held")
    last = pl.col("until") == pl.col("until").max().over("person_id")
    anybody_held = is_held.any().over("person_id")
    return posts.filter(is_held | (~anybody_held & last)).sort("person_id", "since", "team_id", "role")


def everyone(db: Database, conn: sa.Connection) -> Roster:
    """Everybody's posts, past and to come, as the facts are now."""
    return Roster(rows.of(db, rows.at(conn, contracts=["people"]))["people"].collect())


def posts_of(facts: Mapping[str, pl.LazyFrame], person_id: str, on: date) -> list[Post]:
    """A person's posts on a day, or the last held. Raises Problem for an unknown 工号."""
    held = roster(facts, on).filter(pl.col("person_id") == person_id)
    if held.is_empty():
        raise Problem(
            f"{on} 没有工号 {person_id} 的任职记录；请核对工号，或先导入人员任职。",
            f"No post of {person_id} on {on}; check the id, or import people first.",
        )
    return [post(row) for row in held.to_dicts()]


def column_of(level: str) -> str:
    """The column of the roster that holds the subjects of a level."""
    return f"{level}_id" if level in ("person", "team", "store") else level


def post(row: Mapping[str, str]) -> Post:
    """A row of the roster as rights see it."""
    return Post(row["store_id"], row["department"], row["team_id"])
