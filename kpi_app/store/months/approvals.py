"""Who checks a month and who approves it: departments sign off their part, then the levels of the chain, in order.

Preparer, approver and beneficiary are three persons, compared by 工号 so that a second account or role changes nothing;
one person fills one level. A scan of a signed print may stand for a level: its name and SHA-256 are kept, not the file.
"""

import hashlib
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store.database import Database
from kpi_app.store.months import four_eyes, month_settings, snapshots
from kpi_app.store.months.four_eyes import Signer
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.months.standing import approvals_that_count, sign_offs
from kpi_app.store.months.units import reach, taken
from kpi_app.store.proving import audit
from metrics.period import Period


def sign_off(
    db: Database,
    who: access.Identity,
    period: Period,
    *,
    unit: str | None = None,
    department: str | None = None,
    words: str = "",
) -> list[UnitState]:
    """Sign off a department's part of computed units (all parts in reach, where none is named), once checked.

    Raises Forbidden over no department of them, Problem for who prepared the unit and for a part signed already.
    """
    if Right.SIGN_OFF not in who.rights:
        raise access.Forbidden(Right.SIGN_OFF, who)
    with db.write() as conn:
        found = []
        for state in _units_with_parts(db, conn, who, period, unit, department):
            if state.status != "computed":
                continue
            assert state.snapshot_id is not None
            four_eyes.refuse_preparer(conn, state, who.user_id, who.person_id, who.name)
            parts = [it for it in sign_offs(db, conn, state) if _covers(who, state.store_id, it.department)]
            named = [it for it in parts if department in (None, it.department)]
            open_ = [it for it in named if it.name is None]
            if named and not open_:
                raise Problem(
                    f"{state.store_name}{'、'.join(it.department for it in named)}已由 {named[0].name} 签认。",
                    f"{named[0].name} signed {', '.join(it.department for it in named)} off already.",
                )
            for part in open_:
                snapshots.move(
                    db, conn, who, "sign_off", period.label, state.store_id, "computed", state.snapshot_id,
                    words.strip(), department=part.department,
                )  # fmt: skip
                _note(db, conn, who, "sign_off", state, department=part.department, words=words.strip())
                found.append(state)
        if not found:
            raise Problem(
                f"{period.label} 没有等待您签认的部门；计算之后才能签认。",
                f"No part of {period.label} waits for your sign-off; it can be signed once it is computed.",
            )
        return snapshots.states(conn, period.label, {state.store_id: state.store_name for state in found})


def approve(
    db: Database,
    who: access.Identity,
    period: Period,
    *,
    unit: str | None = None,
    words: str = "",
    level: int | None = None,
) -> list[UnitState]:
    """Fill the next level of submitted units, as somebody who neither prepared them nor is paid by them.

    The last level makes them approved. ``level`` may say which one is meant.
    """
    with db.write() as conn:
        within = taken(db, conn, who, [Right.APPROVE], period, unit, ["submitted"])
        if who.person_id is None:
            raise Problem("审批人须有工号；请管理员在用户里填写。", "Who approves must be a person of the roster.")
        roles = who.roles | four_eyes.posts_of(db, conn, who.person_id)
        signer = Signer(user_id=who.user_id, name=who.name, person_id=who.person_id, roles=roles)
        for state in within:
            _fill(db, conn, who, state, signer, level, words.strip())
        return snapshots.states(conn, period.label, {state.store_id: state.store_name for state in within})


def record_scan(
    db: Database,
    who: access.Identity,
    period: Period,
    *,
    unit: str,
    signer: str,
    file: str,
    data: bytes,
    words: str,
    level: int | None = None,
) -> list[UnitState]:
    """Let a scan of a print that person ``signer`` signed stand for the next level of a submitted unit.

    Recorded by who prepares the month, with words; the signer meets every condition of an approver.
    """
    if not words.strip() or not data:
        raise Problem("请附上扫描件并写明说明。", "Hand in the scan and say in words what it is.")
    with db.write() as conn:
        (state,) = taken(db, conn, who, [Right.PREPARE], period, unit, ["submitted"])
        name = four_eyes.name_of(db, conn, signer)
        roles = four_eyes.posts_of(db, conn, signer) | four_eyes.roles_of_accounts(conn, signer, unit)
        person = Signer(user_id=None, name=name, person_id=signer, roles=roles)
        digest = hashlib.sha256(data).hexdigest()
        scan = {"file": file, "file_sha256": digest, "recorded_by": who.name}
        _fill(db, conn, who, state, person, level, words.strip(), scan)
        return snapshots.states(conn, period.label, {state.store_id: state.store_name})


def send_back(db: Database, conn: sa.Connection, who: access.Identity, state: UnitState, words: str) -> None:
    """Open a published, submitted or approved unit again, in the caller's transaction; sign-offs and approvals are
    void. The caller has checked the right to it, as a return or an upheld objection does."""
    assert state.snapshot_id is not None
    snapshots.move(db, conn, who, "return", state.period, state.store_id, "open", state.snapshot_id, words)
    _note(db, conn, who, "return", state, words=words)


def _fill(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    state: UnitState,
    signer: Signer,
    level: int | None,
    words: str,
    scan: dict[str, str] | None = None,
) -> None:
    assert state.snapshot_id is not None
    done = snapshots.events(conn, state.snapshot_id)
    four_eyes.refuse_own_work(conn, signer, state)
    filled = approvals_that_count(done)
    chain = month_settings.of(conn, state.period, state.store_id).levels(state.total_fen)
    following, levels = len(filled) + 1, max(len(chain), len(filled) + 1)
    if level is not None and level != following:
        raise Problem(
            f"{state.store_name} {state.period} 现在轮到第 {following} 级审批，不是第 {level} 级。",
            f"Level {following} of {state.store_name} {state.period} is next, not level {level}.",
        )
    if any(event.person_id == signer.person_id for event in filled):
        raise Problem(
            f"{signer.name} 已审批过 {state.store_name} {state.period} 的一级，同一人不能再审批另一级。",
            f"{signer.name} filled a level of {state.store_name} {state.period} already; one person fills one level.",
        )
    if following <= len(chain):
        four_eyes.require_role(db, state, chain[following - 1], following, signer)
    status = "approved" if following == levels else "submitted"
    person = access.Identity(user_id=signer.user_id, name=signer.name, person_id=signer.person_id)
    details = {"level": following, "levels": levels, **(scan or {})}
    snapshots.move(
        db, conn, person, "approve", state.period, state.store_id, status, state.snapshot_id, words, **details
    )
    _note(db, conn, who, "approve", state, words=words, by=signer.name, person_id=signer.person_id, **details)


def _units_with_parts(
    db: Database, conn: sa.Connection, who: access.Identity, period: Period, unit: str | None, department: str | None
) -> list[UnitState]:
    """The units with a department that ``who`` may sign off."""
    stores = reach(db, conn, access.CONSOLE, [Right.PREPARE], period, unit)
    found = []
    for state in snapshots.states(conn, period.label, stores):
        on_sheet = [it.department for it in sign_offs(db, conn, state)]
        asked = [department] if department is not None else on_sheet
        if any(_covers(who, state.store_id, it) for it in asked):
            found.append(state)
        elif department is not None and unit is not None:
            raise access.Forbidden(Right.SIGN_OFF, who)
    return found


def _covers(who: access.Identity, store_id: str, department: str) -> bool:
    return access.may(who, Right.SIGN_OFF, posts=[Post(store_id=store_id, department=f"{store_id}/{department}")])


def _note(db: Database, conn: sa.Connection, who: access.Identity, verb: str, state: UnitState, **about: Any) -> None:
    audit.note(
        db,
        conn,
        who,
        f"month.{verb}",
        period=state.period,
        unit=state.store_id,
        revision=state.revision,
        digest=snapshots.digest_of(conn, state),
        **about,
    )
