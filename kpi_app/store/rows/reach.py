"""Whose rows somebody may bring, change and take back: those of the places that the scopes reach."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from data_contracts.contract import Contract
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store.accounts import posts

PLACES = (
    ("store_id", "department", "team_id"),
    ("complaint_id",),
    ("lead_id",),
    ("level", "subject_id"),
    ("person_id",),
)
"""What places a row: the first of these that its contract has. A row with none holds for every store."""


def is_bound(who: access.Identity) -> bool:
    """May ``who`` bring rows of their scopes alone?"""
    return not (who.covers() or Right.IMPORT_ALL in who.rights)


def is_limited(who: access.Identity, contract: Contract) -> bool:
    """Are there rows of the contract that ``who`` may not bring? Pay is nobody's beyond the scopes."""
    return is_bound(who) or (contract.is_confidential and not who.covers())


def blamed(contract: Contract) -> str:
    """The column of the contract that says where a row belongs; its first, where a row holds for every store."""
    return next((name for name in _columns(contract) if name != "level"), contract.key[0])


def outside(
    who: access.Identity, contract: Contract, rows: pl.DataFrame, known: Mapping[str, pl.LazyFrame], on: date
) -> pl.Series:
    """For each row: is it of a place that ``who`` does not reach? ``known`` are the facts that places are found in."""
    columns = _columns(contract)
    if not (is_limited(who, contract) and columns and rows.height):
        return pl.repeat(is_limited(who, contract), rows.height, dtype=pl.Boolean, eager=True)
    posts_of = _finder(columns[0], known, on)
    distinct = rows.select(columns).unique()
    answers = [
        not who.covers(person_id=row.get("person_id"), posts=posts_of(row)) for row in distinct.iter_rows(named=True)
    ]
    found = rows.select(columns).join(
        distinct.with_columns(_outside=pl.Series(answers, dtype=pl.Boolean)),
        on=columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return found["_outside"]


def _columns(contract: Contract) -> list[str]:
    """The columns that place a row of the contract."""
    for first, *others in PLACES:
        if first in contract.cells:
            return [first, *(name for name in others if name in contract.cells)]
    return []


def _finder(column: str, known: Mapping[str, pl.LazyFrame], on: date) -> Callable[[Mapping[str, Any]], Iterable[Post]]:
    """What finds the posts that a row with that placing column belongs to."""
    match column:
        case "store_id":
            return lambda row: [_place(row["store_id"], row.get("department"), row.get("team_id"))]
        case "complaint_id":
            loops = known["complaints"].select("complaint_id", "store_id", "department").unique().collect()
            of_complaint = _grouped(loops, "complaint_id", lambda it: _place(it["store_id"], it["department"]))
            return lambda row: of_complaint.get(row["complaint_id"], [])
        case "lead_id":
            leads = known["leads"].select("lead_id", "store_id").collect()
            of_lead = _grouped(leads, "lead_id", lambda it: Post(it["store_id"]))
            return lambda row: of_lead.get(row["lead_id"], [])
    # Who begins next month is placed by the post to come.
    roster = pl.concat([posts.roster(known, on), posts.roster(known, date.max)])
    of_person = _grouped(roster, "person_id", posts.post)
    if column == "person_id":
        return lambda row: of_person.get(row["person_id"], [])
    of_team = _grouped(roster, "team_id", posts.post)

    def of_subject(row: Mapping[str, Any]) -> Iterable[Post]:
        subject = row["subject_id"]
        match row["level"]:
            case "person":
                return of_person.get(subject, [])
            case "team":
                return of_team.get(subject, [])
            case "department":
                return [Post(subject.partition("/")[0], subject)]
            case "store":
                return [Post(subject)]
            case _:
                return []

    return of_subject


def _place(store_id: str, department: str | None = None, team_id: str | None = None) -> Post:
    return Post(store_id, None if department is None else f"{store_id}/{department}", team_id)


def _grouped(rows: pl.DataFrame, column: str, post: Callable[[dict[str, Any]], Post]) -> dict[str, list[Post]]:
    found: dict[str, list[Post]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row[column], []).append(post(row))
    return found
