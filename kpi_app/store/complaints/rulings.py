"""Rulings made in the product: rows of the contract complaint_rulings, entered as imports of their own."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem, contract_of
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import month_settings, snapshots
from kpi_app.store.months.deadlines import entered, working_days_after, working_days_between
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts, imports
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards.money import yuan
from scorecards.posts import Roster, person_names
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

    It is judged now and belongs to the pay month of today. Ruling again makes a new version; where a locked month has
    paid the former one, the new one is a late fact of that month and keeps the day of the former, so that the month is
    corrected by the difference. Raises Forbidden without the right over the complaint's department, Problem for what
    cannot be: no reason, an unknown complaint, one's own case, an amount outside the rule's range, somebody who is to
    make good a loss for it, a ruling that a month handed in for approval rests on.
    """
    note = note.strip()
    if not note:
        raise Problem("请写明判定理由。", "Say why you rule so.")
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
        judged_at = db.settings.office_moment()
        received = complaint["received_at"].date()
        post = roster.on(person_id, received)
        place = post.store_id if post else unit
        former = _former(rows["complaint_rulings"], complaint_id, kind, person_id)
        month = _month(db, judged_at)
        if former is not None and snapshots.status_of(conn, _month(db, former).label, place) == "locked":
            judged_at, month = former, _month(db, former)
        else:
            for judged in {month.label, _month(db, former or judged_at).label}:
                _refuse_frozen(conn, judged, place)
        if fault == "有责":
            _refuse_beside_loss(conn, complaint_id, person_id)
            roles = {post.role for post in roster.of(person_id) if post.is_active(received)}
            _check_penalty(db, conn, month, place, kind, penalty_fen, roles)
        ruling = {
            "complaint_id": complaint_id,
            "kind": kind,
            "person_id": person_id,
            "fault": fault,
            "penalty_fen": penalty_fen,
            "judged_by": who.person_id,
            "judged_at": judged_at,
            "evidence": evidence or None,
            "note": note,
        }
        import_id = imports.entered(db, conn, who, contract, [ruling])
        audit.note(db, conn, who, "ruling.set", **{**ruling, "judged_at": judged_at.isoformat()})
        return import_id


def listing(db: Database, who: access.Identity, period: Period | None = None) -> list[dict[str, Any]]:
    """The rulings in reach, of one period or all, newest first. A look at others' is noted in the audit."""
    rows = facts.load(db)
    asked = rows["complaint_rulings"]
    if period is not None:
        asked = asked.filter(pl.col("day").is_between(period.first, period.last))
    found = (
        asked.join(
            rows["complaints"].filter(pl.col("loop_no") == 1).select("complaint_id", "store_id", "department"),
            on="complaint_id",
            how="left",
        )
        .sort("judged_at", "complaint_id", "person_id", descending=[True, False, False])
        .collect()
    )
    seen = [
        {"unit": row["store_id"], "department": row["department"], **_shown(row)}
        for row in found.to_dicts()
        if _may_see(who, row)
    ]
    of = None if period is None else period.label
    audit.seen_pay(db, who, "ruling.read", (ruling["person_id"] for ruling in seen), period=of)
    return seen


def history(db: Database, who: access.Identity, complaint_id: str) -> list[dict[str, Any]]:
    """Every version of the rulings on a complaint, the newest first, with the import that brought it. A look at others'
    is noted in the audit."""
    contract = contract_of("complaint_rulings")
    with db.read() as conn:
        rows = facts.of(db, facts.at(conn, contracts=["complaints"]))
        ever = facts.ever(db, conn, contract)
        by_import = {
            row.import_id: row
            for row in conn.execute(sa.select(tables.imports.c.import_id, tables.imports.c.user_name))
        }
    place = _complaint(rows["complaints"], complaint_id)
    found = (
        ever.filter(pl.col("complaint_id") == complaint_id)
        .sort("_import_id", "kind", "person_id", descending=[True, False, False])
        .collect()
    )
    seen = [
        {"import_id": row["_import_id"], "entered_by": by_import[row["_import_id"]].user_name, **_shown(row)}
        for row in found.to_dicts()
        if _may_see(who, {**row, "store_id": place["store_id"], "department": place["department"]})
    ]
    audit.seen_pay(db, who, "ruling.read", (ruling["person_id"] for ruling in seen), complaint_id=complaint_id)
    return seen


def waiting(db: Database, who: access.Identity, *, as_of: date) -> list[dict[str, Any]]:
    """The valid complaints against somebody that nobody has ruled on, the oldest first: one's own, and those of the
    departments that ``who`` rules on, leads or sees the pay of.

    ``due`` is the last of the working days after the receipt that a ruling may take; after it the director is reminded.
    """
    rows = facts.load(db)
    ruled = rows["complaint_rulings"].filter(pl.col("fault") != "未判定").select("complaint_id")
    names = person_names(rows)
    found = (
        rows["complaints"]
        .filter(
            pl.col("loop_no") == 1,
            pl.col("validity") == "有效",
            pl.col("person_id").is_not_null(),
            pl.col("day") <= as_of,
        )
        .join(ruled, on="complaint_id", how="anti")
        .sort("received_at", "complaint_id")
        .collect()
    )
    in_reach = [row for row in found.to_dicts() if _may_see(who, row) or access.may(who, Right.LEAD, posts=_place(row))]
    dues: dict[str, date] = {}
    with db.read() as conn:
        calendar_days = entered(db, conn)
        days_of = cache(lambda month, store_id: month_settings.of(conn, month, store_id).ruling_days)
        for row in in_reach:
            days = days_of(_month(db, row["received_at"]).label, row["store_id"])
            dues[row["complaint_id"]] = working_days_after(row["day"], days, calendar_days)
    return [
        {
            "complaint_id": row["complaint_id"],
            "unit": row["store_id"],
            "department": row["department"],
            "person_id": row["person_id"],
            "person_name": names.get(row["person_id"]),
            "received_at": row["received_at"].isoformat(sep=" ", timespec="minutes"),
            "cause": row["cause"],
            "severity": row["severity"],
            "working_days": working_days_between(row["day"], as_of, calendar_days),
            "due": dues[row["complaint_id"]].isoformat(),
            "is_overdue": dues[row["complaint_id"]] < as_of,
        }
        for row in in_reach
    ]


def _may_see(who: access.Identity, row: dict[str, Any]) -> bool:
    return access.may(who, Right.RULE, posts=_place(row)) or access.may(
        who, Right.PAY, person_id=row["person_id"], posts=_place(row)
    )


def _place(row: Mapping[str, Any]) -> list[Post]:
    return [Post(store_id=row["store_id"], department=f"{row['store_id']}/{row['department']}")]


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A ruling as lists show it."""
    kept = ("complaint_id", "kind", "person_id", "fault", "penalty_fen", "judged_by", "evidence", "note")
    return {
        **{name: row[name] for name in kept},
        "judged_at": row["judged_at"].isoformat(sep=" ", timespec="minutes"),
    }


def _former(rulings: pl.LazyFrame, complaint_id: str, kind: str, person_id: str) -> datetime | None:
    """When the person was ruled on before in this complaint; None where that is undecided."""
    found = rulings.filter(
        pl.col("complaint_id") == complaint_id,
        pl.col("kind") == kind,
        pl.col("person_id") == person_id,
        pl.col("fault") != "未判定",
    )
    judged_at: list[datetime] = found.select("judged_at").collect()["judged_at"].to_list()
    return judged_at[0] if judged_at else None


def _month(db: Database, moment: datetime) -> Period:
    return Period.containing(moment.date(), "month", db.settings.month_starts_on)


def _complaint(complaints: pl.LazyFrame, complaint_id: str) -> dict[str, Any]:
    found = complaints.filter(pl.col("complaint_id") == complaint_id, pl.col("loop_no") == 1).collect().to_dicts()
    if not found:
        raise Problem(
            f"没有投诉编号 {complaint_id}；请核对，或先导入抱怨处理表。",
            f"No complaint {complaint_id}; check the id, or import the complaints first.",
        )
    return found[0]


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
                    f"有责须填 {low} 至 {high} 元之间的金额（{rule.key} {rule.name.zh}）。",
                    f"At fault needs an amount from {low} to {high} yuan ({rule.key} {rule.name.en}).",
                )


def _refuse_beside_loss(conn: sa.Connection, complaint_id: str, person_id: str) -> None:
    """One event is sanctioned once: whom a loss is charged to for it, no ruling charges besides."""
    it = tables.loss_cases.c
    of_event = sa.and_(it.event == complaint_id, it.person_id == person_id, it.ended_at.is_(None))
    case_id = conn.execute(sa.select(it.case_id).where(of_event)).scalar()
    if case_id is not None:
        raise Problem(
            f"抱怨 {complaint_id} 对 {person_id} 已登记赔偿 {case_id}；一事不二罚，请先结束赔偿，或判为无责。",
            f"Loss {case_id} is charged to {person_id} for {complaint_id} already: end it first, or rule not at fault.",
        )


def _refuse_frozen(conn: sa.Connection, period: str, store_id: str) -> None:
    status = snapshots.status_of(conn, period, store_id)
    if status in snapshots.FROZEN:
        raise Problem(
            f"{store_id} {period} {STATUS_NAMES[status].zh}，这项判定不能再改；请先退回。",
            f"{store_id} {period} is {status}: the ruling cannot change; have the month returned first.",
        )
