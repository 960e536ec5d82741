"""Rulings made in the product: rows of the contract complaint_rulings, entered as imports of their own."""

from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem, contract_of
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import audit, facts, imports, plans, snapshots
from kpi_app.store.database import Database
from metrics.period import Period
from scorecards.money import yuan
from scorecards.posts import Roster
from scorecards.shapes import PerCase
from scorecards.sheet import STATUS_NAMES


def set_(
    db: Database,
    who: access.Identity,
    *,
    complaint_id: str,
    person_id: str,
    fault: str,
    penalty_fen: int | None = None,
    kind: str = "责任",
    evidence: str = "",
    note: str = "",
) -> int:
    """Rule on a person in a complaint, as a director over its department; the number of the import that holds it.

    It is judged now and belongs to the pay month of today. Raises Forbidden without the right over the complaint's
    department, Problem for what cannot be: an unknown complaint, one's own case, an amount outside the rule's range,
    a ruling that a submitted or locked month rests on.
    """
    contract = contract_of("complaint_rulings")
    for column, given in (("kind", kind), ("fault", fault)):
        codes = contract.cells[column].codes
        if given not in codes:
            heading = contract.cells[column].heading
            raise Problem(
                f"{heading.zh} {given} 无效；请写 {'、'.join(codes)}。",
                f"{heading.en} {given}: use {', '.join(codes)}.",
            )
    with db.write() as conn:
        rows = facts.of(db, facts.at(conn, contracts=["complaints", "complaint_rulings", "people"]))
        complaint = _complaint(rows["complaints"], complaint_id)
        unit, department = complaint["store_id"], f"{complaint['store_id']}/{complaint['department']}"
        access.require(who, Right.RULE, posts=[Post(store_id=unit, department=department)])
        if who.person_id is None or who.person_id == person_id:
            raise Problem(
                "判定人须有工号，且不能判定自己。",
                "Who rules must be a person of the roster, and never in their own case.",
            )
        roster = Roster(rows["people"].collect())
        if not roster.of(person_id):
            raise Problem(f"没有工号 {person_id}；请核对。", f"No person {person_id}; check the id.")
        judged_at = _moment(db)
        month = Period.containing(judged_at.date(), "month", db.settings.month_starts_on)
        received = complaint["received_at"].date()
        post = roster.on(person_id, received)
        place = post.store_id if post else unit
        if fault == "有责":
            roles = {post.role for post in roster.of(person_id) if post.is_active(received)}
            _check_penalty(db, conn, month, place, kind, penalty_fen, roles)
        _refuse_frozen(conn, month.label, place)
        before = rows["complaint_rulings"].filter(
            pl.col("complaint_id") == complaint_id, pl.col("kind") == kind, pl.col("person_id") == person_id
        )
        for row in before.collect().to_dicts():
            former = Period.containing(row["judged_at"].date(), "month", db.settings.month_starts_on)
            _refuse_frozen(conn, former.label, place)
        ruling = {
            "complaint_id": complaint_id,
            "kind": kind,
            "person_id": person_id,
            "fault": fault,
            "penalty_fen": penalty_fen,
            "judged_by": who.person_id,
            "judged_at": judged_at,
            "evidence": evidence or None,
            "note": note or None,
        }
        import_id = imports.entered(db, conn, who, contract, [ruling])
        audit.note(db, conn, who, "ruling.set", **{**ruling, "judged_at": judged_at.isoformat()})
        return import_id


def listing(db: Database, who: access.Identity, period: Period | None = None) -> list[dict[str, Any]]:
    """The rulings in reach, of one pay month or all, newest first. A look at others' is noted in the audit."""
    rows = facts.load(db)
    found = (
        rows["complaint_rulings"]
        .join(
            rows["complaints"].filter(pl.col("loop_no") == 1).select("complaint_id", "store_id", "department"),
            on="complaint_id",
            how="left",
        )
        .sort("judged_at", "complaint_id", "person_id", descending=[True, False, False])
        .collect()
    )
    if period is not None:
        found = found.filter(pl.col("day").is_between(period.first, period.last))
    seen = [
        {
            "complaint_id": row["complaint_id"],
            "kind": row["kind"],
            "unit": row["store_id"],
            "department": row["department"],
            "person_id": row["person_id"],
            "fault": row["fault"],
            "penalty_fen": row["penalty_fen"],
            "judged_by": row["judged_by"],
            "judged_at": row["judged_at"].isoformat(sep=" ", timespec="minutes"),
            "evidence": row["evidence"],
            "note": row["note"],
        }
        for row in found.to_dicts()
        if _may_see(who, row)
    ]
    of = None if period is None else period.label
    audit.seen_pay(db, who, "ruling.read", (ruling["person_id"] for ruling in seen), period=of)
    return seen


def _may_see(who: access.Identity, row: dict[str, Any]) -> bool:
    place = [Post(store_id=row["store_id"], department=f"{row['store_id']}/{row['department']}")]
    return access.may(who, Right.RULE, posts=place) or access.may(
        who, Right.PAY, person_id=row["person_id"], posts=place
    )


def _complaint(complaints: pl.LazyFrame, complaint_id: str) -> dict[str, Any]:
    found = complaints.filter(pl.col("complaint_id") == complaint_id, pl.col("loop_no") == 1).collect().to_dicts()
    if not found:
        raise Problem(
            f"没有投诉编号 {complaint_id}；请核对，或先导入抱怨处理表。",
            f"No complaint {complaint_id}; check the id, or import the complaints first.",
        )
    return found[0]


def _moment(db: Database) -> datetime:
    """Now, as the office's clock shows it, on the day that is taken as today."""
    today: date = db.settings.today()
    return datetime.combine(today, db.settings.now_local().time().replace(microsecond=0))


def _check_penalty(
    db: Database, conn: sa.Connection, month: Period, store_id: str, kind: str, penalty_fen: int | None, roles: set[str]
) -> None:
    """The amount the rule of the person's post asks for; without such a rule any amount may be noted."""
    for plan in plans.in_force(db, conn, month.label, store_id):
        for rule in plan.rules_on(month.label):
            if not isinstance(rule, PerCase) or rule.ruling_kind != kind or not roles & set(rule.roles):
                continue
            if penalty_fen is None and rule.is_fixed:
                continue
            if penalty_fen is None or not rule.min_fen <= penalty_fen <= rule.max_fen:
                low, high = yuan(rule.min_fen), yuan(rule.max_fen)
                raise Problem(
                    f"有责须填 {low} 至 {high} 元之间的金额({rule.key} {rule.name.zh})。",
                    f"At fault needs an amount from {low} to {high} yuan ({rule.key} {rule.name.en}).",
                )


def _refuse_frozen(conn: sa.Connection, period: str, store_id: str) -> None:
    status = snapshots.status_of(conn, period, store_id)
    if status in snapshots.FROZEN:
        raise Problem(
            f"{store_id} {period} {STATUS_NAMES[status].zh}，这项判定不能再改；请先退回，已封账的另行补差。",
            f"{store_id} {period} is {status}: the ruling cannot change; have the month returned, or correct it later.",
        )
