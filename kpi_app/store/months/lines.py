"""Manual lines: an amount with a reason and evidence that counts once somebody else has approved it.

Never by the beneficiary: users are told apart by their 工号, so that a second account or role gets nobody round it.
One that leaves something out of a leaver's pay (:mod:`kpi_app.store.months.leavers`) needs two approvals.
An evidence file is not kept; its name and SHA-256 are, so that it can be recognised when it is shown again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts.posts import everyone
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import laws
from metrics.period import Period
from scorecards import posts
from scorecards.guards import FINE, LEFT_OUT, GuardInputs
from scorecards.law import names_a_fine, shipped
from scorecards.lines import line_id as identity_of
from scorecards.money import yuan
from scorecards.rules import as_frame
from scorecards.sheet import STATUS_NAMES, Sheet

RULE = "manual"
HR_DEPARTMENT = "人事行政部"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What shows a reason: a note, and the name and SHA-256 of a file that is kept elsewhere."""

    note: str = ""
    file_name: str | None = None
    sha256: str | None = None

    @classmethod
    def of(cls, note: str, file_name: str | None = None, data: bytes | None = None) -> "Evidence":
        """Evidence from a note and a file's bytes, of which only the hash is taken."""
        if file_name is None or data is None:
            return cls(note=note.strip())
        return cls(note=note.strip(), file_name=file_name, sha256=hashlib.sha256(data).hexdigest())


def add(
    db: Database,
    who: access.Identity,
    period: Period,
    *,
    person_id: str,
    amount_fen: int,
    reason: str,
    evidence: Evidence,
    is_fine: bool = False,
) -> str:
    """Enter a line for a person, in the unit of the post held last in the month; its line_id.

    Raises Problem without a reason, amount or evidence, for oneself, for an unknown person, for a disciplinary fine
    that no law profile of the store allows, and once the unit is handed in.
    """
    reason = reason.strip()
    if not reason or not amount_fen:
        raise Problem("手工行要有金额和理由。", "A manual line needs an amount and a reason.")
    require_shown(evidence)
    with db.write() as conn:
        post = post_of(db, conn, person_id, period)
        access.require(who, Right.PREPARE, posts=[Post(store_id=post.store_id)])
        require_named(who)
        refuse_beneficiary(who, person_id)
        require_open(conn, period.label, post.store_id)
        is_fine = is_fine or (amount_fen < 0 and names_a_fine(reason))
        if is_fine:
            _require_fines_allowed(db, conn, period, post.store_id, amount_fen)
        return enter(
            db, conn, who, period, store_id=post.store_id, person_id=person_id, amount_fen=amount_fen, reason=reason,
            evidence=evidence, is_fine=is_fine,
        )  # fmt: skip


def enter(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    period: Period,
    *,
    store_id: str,
    person_id: str,
    amount_fen: int,
    reason: str,
    evidence: Evidence | None = None,
    is_fine: bool = False,
    leaves_out: str | None = None,
) -> str:
    """Enter a line in the caller's transaction, once it has checked who may; the line_id."""
    it = tables.manual_lines
    number = conn.execute(sa.select(sa.func.count()).select_from(it)).scalar_one()
    now = db.settings.now_utc()
    line_id = identity_of(period.label, person_id, RULE, period.label, str(number + 1), now.isoformat())
    conn.execute(
        sa.insert(it).values(
            line_id=line_id,
            period=period.label,
            store_id=store_id,
            person_id=person_id,
            amount_fen=amount_fen,
            reason=reason,
            nature=FINE if is_fine else RULE,
            leaves_out=leaves_out,
            **evidence_columns(evidence),
            **entered_by(db, who),
        )
    )
    audit.note(
        db, conn, who, "line.leave_out" if leaves_out else "line.add", line_id=line_id, period=period.label,
        person_id=person_id, amount_fen=amount_fen, reason=reason, **evidence_columns(evidence),
        **({"leaves_out": leaves_out} if leaves_out else {}),
    )  # fmt: skip
    return line_id


def approve(db: Database, who: access.Identity, line_id: str) -> None:
    """Let another's manual line count from the next computation on; what leaves something out once a second one has."""
    it = tables.manual_lines
    with db.write() as conn:
        row = _row(conn, line_id)
        require_answerable(db, conn, who, row, "手工行")
        _refuse_answered(row)
        require_open(conn, row.period, row.store_id)
        values, step = approved_by(db, who), {}
        if row.leaves_out is not None:
            step = {"level": 1 if row.first_at is None else 2, "levels": 2}
            if row.first_at is None:
                values = {f"first_{name.removeprefix('approved_')}": value for name, value in values.items()}
            elif who.user_id == row.first_by or who.person_id == row.first_person:
                raise Problem(
                    f"{row.first_name} 已审批过一次；须由另一位审批人再审批。",
                    f"{row.first_name} approved it once already; a second person must.",
                )
        conn.execute(sa.update(it).where(it.c.line_id == line_id).values(**values))
        audit.note(db, conn, who, "line.approve", line_id=line_id, amount_fen=row.amount_fen, **step)


def refuse(db: Database, who: access.Identity, line_id: str, *, reason: str) -> None:
    """Refuse a manual line that waits, with the reason; it never counts, and stays in the list."""
    if not reason.strip():
        raise Problem("请写明不同意的理由。", "Say why the line is refused.")
    it = tables.manual_lines
    with db.write() as conn:
        row = _row(conn, line_id)
        require_named(who)
        access.require(who, Right.APPROVE, posts=[Post(store_id=row.store_id)])
        refuse_beneficiary(who, row.person_id)
        _refuse_answered(row)
        require_open(conn, row.period, row.store_id)
        conn.execute(
            sa.update(it)
            .where(it.c.line_id == line_id)
            .values(
                refused_by=who.user_id,
                refused_name=who.name,
                refused_at=db.settings.now_utc(),
                refused_words=reason.strip(),
            )
        )
        audit.note(db, conn, who, "line.refuse", line_id=line_id, reason=reason.strip())


def listing(db: Database, who: access.Identity, period: Period) -> list[dict[str, Any]]:
    """A month's manual lines in reach, in the order of entering. A look at others' is noted in the audit."""
    it = tables.manual_lines
    with db.read() as conn:
        stores, people = names(db, conn)
        rows = conn.execute(sa.select(it).where(it.c.period == period.label).order_by(it.c.entered_at, it.c.line_id))
        found = [
            {
                "line_id": row.line_id,
                "unit": row.store_id,
                "store_name": stores.get(row.store_id, row.store_id),
                "person_id": row.person_id,
                "person_name": people.get(row.person_id, row.person_id),
                "amount_fen": row.amount_fen,
                "amount": yuan(row.amount_fen),
                "reason": row.reason,
                **({"is_fine": True} if row.nature == FINE else {}),
                **({"leaves_out": row.leaves_out, "first_approved_by": row.first_name} if row.leaves_out else {}),
                **{name: value for name, value in evidence_json(row).items() if value},
                "entered_by": row.entered_name,
                "approved_by": row.approved_name,
                **({"refused_by": row.refused_name, "refused_words": row.refused_words} if row.refused_at else {}),
            }
            for row in rows
            if access.may(who, Right.PAY, person_id=row.person_id, posts=[Post(store_id=row.store_id)])
        ]
    audit.seen_pay(db, who, "line.read", (line["person_id"] for line in found), period=period.label)
    return found


def names(db: Database, conn: sa.Connection) -> tuple[dict[str, str], dict[str, str]]:
    """The names of stores and of people, by their ids."""
    rows = facts.of(db, facts.at(conn, contracts=["people", "stores"]))
    return posts.store_names(rows), posts.person_names(rows)


def approved(conn: sa.Connection, period: Period) -> list[dict[str, Any]]:
    """A month's approved manual lines as rows of PayLines; one that an objection led to names the line it corrects."""
    it, answer, objection = tables.manual_lines, tables.objection_answers, tables.objections
    query = (
        sa.select(it, objection.c.line_id.label("corrects"), objection.c.period.label("corrects_period"))
        .outerjoin(answer, answer.c.line_id == it.c.line_id)
        .outerjoin(objection, objection.c.objection_id == answer.c.objection_id)
        .where(it.c.period == period.label, it.c.approved_by.is_not(None))
        .order_by(it.c.line_id)
    )
    return [_as_pay_line(row, period) for row in conn.execute(query)]


def _as_pay_line(row: sa.Row[Any], period: Period) -> dict[str, Any]:
    amount, signed = yuan(row.amount_fen), signatures(row)
    is_left_out = row.leaves_out is not None
    shown = "，".join(part for part in (row.evidence, row.evidence_name) if part)
    proof_zh, proof_en = (f"（凭据：{shown}）", f" (evidence: {shown})") if shown else ("", "")
    empty = dict.fromkeys(
        (
            "plan", "notice", "basis", "metric", "metric_period", "value", "numerator", "denominator", "sample",
            "benchmark", "benchmark_published_on", "ruling_id", "judged_by", "judged_at",
        )
    )  # fmt: skip
    return {
        **empty,
        "corrects": row.corrects,
        "corrects_period": row.corrects_period if row.corrects else None,
        "line_id": row.line_id,
        "period": row.period,
        "store_id": row.store_id,
        "person_id": row.person_id,
        "case_id": row.leaves_out,
        "rule": LEFT_OUT if is_left_out else row.nature,
        "rule_since": period.first,
        "kind": "manual",
        "requested_fen": row.amount_fen,
        "amount_fen": row.amount_fen,
        "lapsed_fen": 0,
        "carried_fen": 0,
        "waived_fen": 0,
        "arithmetic_zh": f"{'按约定不发，条款：' if is_left_out else ''}{row.reason}{proof_zh}：{amount} 元，"
        f"{signed.zh}",
        "arithmetic_en": f"{'left out by the clause: ' if is_left_out else ''}{row.reason}{proof_en}: {amount} yuan, "
        f"{signed.en}",
        "is_settled": True,
        "evidence": [],
    }


def signatures(row: sa.Row[Any]) -> Text:
    """Who entered a line or case and who approved it, as its arithmetic ends."""
    approvers = [name for name in (getattr(row, "first_name", None), row.approved_name) if name]
    return Text(
        f"{row.entered_name} 录入，{'、'.join(approvers)} 审批",
        f"entered by {row.entered_name}, approved by {' and '.join(approvers)}",
    )


BY_POST = Text("经办人录入，审批人审批", "entered by the office, approved by those who approve")
"""The same as the person reads it whom it pays."""


def as_told(conn: sa.Connection, part: Sheet) -> Sheet:
    """A person's part of a sheet as that person reads it: who ruled, entered or approved a line is told by post."""
    return replace(part, lines=as_frame(told(conn, line) for line in part.lines.to_dicts()), approvals=())


def told(conn: sa.Connection, line: Mapping[str, Any]) -> dict[str, Any]:
    """A line as the person reads it whom it pays."""
    made = {**line, "judged_by": None}
    if judge := line["judged_by"]:  # months locked before a ruling was told by post have the 工号 in their words
        made["arithmetic_zh"] = made["arithmetic_zh"].replace(judge, "部门总监")
        made["arithmetic_en"] = made["arithmetic_en"].replace(judge, "the director")
    if line["kind"] in ("manual", "loss_compensation"):
        for table, key in ((tables.manual_lines, line["line_id"]), (tables.loss_cases, line["case_id"])):
            (column,) = table.primary_key
            for row in conn.execute(sa.select(table).where(column == key)):
                signed = signatures(row)
                made["arithmetic_zh"] = made["arithmetic_zh"].replace(signed.zh, BY_POST.zh)
                made["arithmetic_en"] = made["arithmetic_en"].replace(signed.en, BY_POST.en)
    return made


def post_of(db: Database, conn: sa.Connection, person_id: str, period: Period) -> posts.Post:
    """The post that a person's lines of a month belong to. Raises Problem for an unknown person."""
    roster = everyone(db, conn)
    post = roster.latest(person_id, period.first, period.last) or roster.last_known(person_id, period.last)
    if post is None:
        raise Problem(f"没有工号 {person_id}；请核对。", f"No person {person_id}; check the id.")
    return post


def require_shown(evidence: Evidence) -> None:
    """Refuse what nothing shows."""
    if not evidence.note.strip() and evidence.sha256 is None:
        raise Problem("请写明凭据，或附一个凭据文件。", "Say what shows it, or name a file that does.")


def evidence_columns(evidence: Evidence | None) -> dict[str, str | None]:
    """The columns that hold evidence."""
    shown = evidence or Evidence()
    return {"evidence": shown.note or None, "evidence_name": shown.file_name, "evidence_sha256": shown.sha256}


def evidence_json(row: sa.Row[Any]) -> dict[str, str | None]:
    """Evidence as a list shows it."""
    return {"evidence": row.evidence, "evidence_file": row.evidence_name, "evidence_sha256": row.evidence_sha256}


def entered_by(db: Database, who: access.Identity) -> dict[str, Any]:
    """The columns that say who entered a line or case, and when."""
    return {
        "entered_by": who.user_id,
        "entered_person": who.person_id,
        "entered_name": who.name,
        "entered_at": db.settings.now_utc(),
    }


def approved_by(db: Database, who: access.Identity) -> dict[str, Any]:
    """The columns that say who approved it, and when."""
    return {
        "approved_by": who.user_id,
        "approved_person": who.person_id,
        "approved_name": who.name,
        "approved_at": db.settings.now_utc(),
    }


def require_answerable(db: Database, conn: sa.Connection, who: access.Identity, row: sa.Row[Any], what: str) -> None:
    """May ``who`` approve what ``row`` enters: a named person, neither its preparer nor its beneficiary, and for pay of
    HR's own people a director who is not HR too?"""
    access.require(who, Right.APPROVE, posts=[Post(store_id=row.store_id)])
    refuse_beneficiary(who, row.person_id)
    is_preparer = row.entered_by == who.user_id or (
        row.entered_person is not None and row.entered_person == who.person_id
    )
    if is_preparer:
        raise Problem(
            f"录入人不能审批自己的{what}；请另一位审批。", "Who entered it cannot approve it; somebody else must."
        )
    require_named(who)
    post = post_of(db, conn, row.person_id, Period.parse(row.period, db.settings.month_starts_on))
    if post.department == HR_DEPARTMENT and "hr" in who.roles:
        raise Problem(
            f"人事人员本人的{what}由不兼人事的总监审批。",
            "What pays HR's own people is approved by a director who is not HR.",
        )


def require_named(who: access.Identity) -> None:
    """Who enters or answers is a person of the roster, or the console: no account without a 工号 gets round it."""
    if who.person_id is None and not who.is_console:
        raise Problem(
            "录入和审批的用户须有工号；请管理员在用户中补上。",
            "Who enters or approves must be a person of the roster; an administrator can enter the id.",
        )


def refuse_beneficiary(who: access.Identity, person_id: str) -> None:
    """Nobody enters or answers a line of their own."""
    if person_id == who.person_id:
        raise Problem("不能给自己录入或审批手工行或赔偿。", "Nobody enters or approves a line of their own pay.")


def require_open(conn: sa.Connection, period: str, store_id: str) -> None:
    """Raises Problem once the unit's month is handed in."""
    status = snapshots.status_of(conn, period, store_id)
    if status in snapshots.FROZEN:
        name = STATUS_NAMES[status]
        raise Problem(
            f"{store_id} {period} {name.zh}，不能再改手工行；请先退回，已封账的放到下一个月。",
            f"{store_id} {period} is {status}: have it returned first, or use the next month once it is locked.",
        )


def _row(conn: sa.Connection, line_id: str) -> sa.Row[Any]:
    it = tables.manual_lines
    row = conn.execute(sa.select(it).where(it.c.line_id == line_id)).first()
    if row is None:
        raise Problem(f"没有手工行 {line_id}。", f"No manual line {line_id}.")
    return row


def _refuse_answered(row: sa.Row[Any]) -> None:
    if row.approved_at is not None:
        raise Problem(
            f"手工行 {row.line_id} 已由 {row.approved_name} 审批。", f"{row.approved_name} approved it already."
        )
    if row.refused_at is not None:
        raise Problem(f"手工行 {row.line_id} 已由 {row.refused_name} 否决。", f"{row.refused_name} refused it already.")


def _require_fines_allowed(db: Database, conn: sa.Connection, period: Period, store_id: str, amount_fen: int) -> None:
    if amount_fen > 0:
        raise Problem("罚款的金额应为负数。", "A fine takes away: its amount is negative.")
    rows = facts.of(db, facts.at(conn, contracts=["pay_profiles", "minimum_wages", "stores"]))
    law = GuardInputs.of(rows, period, [shipped(), *laws.loaded(conn)]).laws.get(store_id)
    if law is None or not law.allows_fines:
        source = f"（{law.fine_source}）" if law else ""
        raise Problem(
            f"{store_id} 所在地的法规参数不允许罚款{source}；绩效扣减请按方案的规则，损失请登记赔偿（kpi loss add）。",
            f"No law profile of {store_id} allows a disciplinary fine; use a rule of a plan, or kpi loss add.",
        )
