"""Where a unit stands in the group's matrix: its parts signed off, its levels of approval filled, and who is next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import month_settings, snapshots
from kpi_app.store.months.month_settings import MonthSettings, words_of
from kpi_app.store.months.snapshots import Event, UnitState
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit, given
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards.cards import scorecards_of
from scorecards.explain import score_told
from scorecards.sheet import Sheet, SheetPerson

SEES = (Right.PAY, Right.PREPARE, Right.APPROVE)
"""Who has one of these over a store sees where it stands."""


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """A department on a sheet, and who signed its part off; nobody yet where ``name`` is None."""

    department: str
    name: str | None = None
    at: str | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class LevelFilled:
    """A level of approval that a sheet needs, and who filled it; nobody yet where ``name`` is None."""

    level: int
    needs: Text
    name: str | None = None
    at: str | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A unit in the group's matrix: where it stands, which parts are signed off, which levels filled, who is next."""

    state: UnitState
    publication: bool
    sign_offs: tuple[SignOff, ...]
    levels: tuple[LevelFilled, ...]
    next: Text

    def as_json(self, lang: str) -> dict[str, Any]:
        pick = 1 if lang == "en" else 0
        return {
            **self.state.as_json(lang),
            "publication": self.publication,
            "sign_offs": [vars(it) for it in self.sign_offs],
            "levels": [{**vars(it), "needs": it.needs[pick]} for it in self.levels],
            "next": self.next[pick],
        }


def matrix(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[Standing]:
    """Where the units in reach stand, with their sign-offs, levels of approval and who is next."""
    with db.read() as conn:
        within = snapshots.states(conn, period.label, reach(db, conn, who, SEES, period, unit))
        return [standing(db, conn, state) for state in within]


def history(db: Database, who: access.Identity, *, unit: str | None = None) -> list[dict[str, Any]]:
    """Every month of the units in reach, newest first: its hashes, and who computed and locked it when."""
    it, snap = tables.pay_units, tables.snapshots
    with db.read() as conn:
        rows = conn.execute(
            sa.select(it.c.period, it.c.store_id, it.c.status, it.c.snapshot_id, snap.c.revision, snap.c.total_fen,
                      snap.c.digest, snap.c.inputs_sha256, snap.c.import_id)
            .join(snap, snap.c.snapshot_id == it.c.snapshot_id)
            .where(sa.true() if unit is None else it.c.store_id == unit)
            .order_by(it.c.period.desc(), it.c.store_id)
        ).all()  # fmt: skip
        found = []
        for row in rows:
            if not any(access.may(who, right, posts=[Post(store_id=row.store_id)]) for right in SEES):
                continue
            done = {event.verb: event for event in snapshots.events(conn, row.snapshot_id)}
            locked = done.get("lock")
            found.append(
                {
                    "period": row.period,
                    "unit": row.store_id,
                    "status": row.status,
                    "revision": row.revision,
                    "total_fen": row.total_fen,
                    "digest": row.digest,
                    "inputs": row.inputs_sha256,
                    "import_id": row.import_id,
                    "computed_by": done["compute"].user_name,
                    "locked_by": locked.user_name if locked else None,
                    "locked_at": locked.at.astimezone(db.settings.zone_info).isoformat(timespec="seconds")
                    if locked
                    else None,
                }
            )
        return found


def standing(db: Database, conn: sa.Connection, state: UnitState) -> Standing:
    """A unit with its sign-offs, levels and who is next."""
    settings = month_settings.of(conn, state.period, state.store_id)
    done = [] if state.snapshot_id is None else snapshots.events(conn, state.snapshot_id)
    signed, filled = sign_offs(db, conn, state, done), _levels(db, settings, state, done)
    return Standing(
        state=state,
        publication=settings.publication,
        sign_offs=tuple(signed),
        levels=tuple(filled),
        next=_next(settings, state, signed, filled),
    )


def sign_offs(
    db: Database, conn: sa.Connection, state: UnitState, done: Sequence[Event] | None = None
) -> list[SignOff]:
    """The departments on a unit's sheet, and who signed each off since it was computed."""
    if state.snapshot_id is None or state.status == "open":
        return []
    events = snapshots.since_last(done or snapshots.events(conn, state.snapshot_id), "compute")
    by_department = {event.department: event for event in events if event.verb == "sign_off"}
    departments = sorted({person["department"] for person in snapshots.people(conn, state.snapshot_id)})
    return [
        SignOff(department=it, name=event.user_name, at=_at(db, event), words=event.words)
        if (event := by_department.get(it))
        else SignOff(department=it)
        for it in departments
    ]


def _levels(db: Database, settings: MonthSettings, state: UnitState, done: Sequence[Event]) -> list[LevelFilled]:
    if state.status == "open":
        return []
    filled = {event.level: event for event in approvals_that_count(done)}
    return [
        LevelFilled(level=n, needs=words_of(db, level), name=event.user_name, at=_at(db, event), words=event.said)
        if (event := filled.get(n))
        else LevelFilled(level=n, needs=words_of(db, level))
        for n, level in enumerate(settings.levels(state.total_fen), start=1)
    ]


def approvals_that_count(done: Sequence[Event]) -> list[Event]:
    """The approvals that count: those since the last submission, unless it was returned."""
    return [event for event in snapshots.since_last(done, "submit") if event.verb == "approve"]


def _next(settings: MonthSettings, state: UnitState, signed: Sequence[SignOff], filled: Sequence[LevelFilled]) -> Text:
    waiting = "、".join(it.department for it in signed if it.name is None)
    match state.status:
        case "open":
            return Text("编制人计算", "who prepares it computes")
        case "computed" if waiting and ("sign_offs" in settings.blocking or settings.publication):
            return Text(f"部门负责人签认：{waiting}", f"heads sign off: {waiting}")
        case "computed" if settings.publication:
            return Text("编制人公示", "who prepares it publishes")
        case "computed":
            return Text("编制人提交审核", "who prepares it submits")
        case "published":
            return Text("员工核对，编制人提交审核", "the staff check, then who prepares it submits")
        case "submitted":
            needs = next((it.needs for it in filled if it.name is None), Text("审批人", "an approver"))
            return Text(f"{needs.zh}审批", f"{needs.en} approves")
        case "approved":
            return Text("编制人封账", "who prepares it locks")
        case _:
            return Text("无，已封账", "nobody: it is locked")


@dataclass(frozen=True, kw_only=True)
class PartLine:
    """A line as a department's head checks it; what it comes to stands only where the head may see this pay."""

    name: Text
    kind: Text
    period: str
    figure: str
    is_settled: bool
    arithmetic: Text | None
    amount_fen: int | None


@dataclass(frozen=True, kw_only=True)
class PartPerson:
    """Somebody of the department; ``scored`` says what the score is made of, amounts are as in :class:`PartLine`."""

    person_id: str
    person_name: str
    role: str
    days_in_office: int
    score: str | None
    is_leaver: bool
    scored: tuple[Text, ...]
    lines: tuple[PartLine, ...]
    judged: tuple[Text, ...]
    total_fen: int | None
    previous_fen: int | None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A department's part of a unit's sheet, as its head may see it."""

    period: str
    store_id: str
    store_name: str
    department: str
    status: str
    revision: int
    as_of: date
    people: tuple[PartPerson, ...]

    @property
    def shows_pay(self) -> bool:
        """Do the amounts stand in it?"""
        return all(person.total_fen is not None for person in self.people)

    def as_json(self, lang: str) -> dict[str, Any]:
        pick = 1 if lang == "en" else 0
        return {
            **{name: getattr(self, name) for name in ("period", "store_id", "department", "status", "revision")},
            "as_of": self.as_of.isoformat(),
            "people": [
                {
                    **vars(person),
                    "scored": [it[pick] for it in person.scored],
                    "judged": [why[pick] for why in person.judged],
                    "lines": [
                        {
                            **vars(line),
                            "name": line.name[pick],
                            "kind": line.kind[pick],
                            "arithmetic": line.arithmetic and line.arithmetic[pick],
                        }
                        for line in person.lines
                    ],
                }
                for person in self.people
            ],
        }


def parts(db: Database, who: access.Identity, period: Period) -> list[tuple[UnitState, SignOff]]:
    """The departments on the month's sheets that ``who`` may sign off, and who has.

    Counts and totals of the unit are left out: they are the store's. Raises Forbidden for who signs nothing off.
    """
    if Right.SIGN_OFF not in who.rights:
        raise access.Forbidden(Right.SIGN_OFF, who)
    with db.read() as conn:
        states = snapshots.states(conn, period.label, reach(db, conn, access.CONSOLE, [Right.PREPARE], period, None))
        return [
            (replace(state, people=0, lines=0, total_fen=0), signed)
            for state in states
            for signed in sign_offs(db, conn, state)
            if access.may(who, Right.SIGN_OFF, posts=[_post(state.store_id, signed.department)])
        ]


def part(db: Database, who: access.Identity, period: Period, *, unit: str, department: str) -> Part:
    """A department's part of a unit's sheet, for its head to check. The look is noted in the audit.

    Who has no right to this pay sees people, scores, rules and figures, and no amount. Raises Forbidden without the
    right to sign this department off, Problem before the unit is computed.
    """
    access.require(who, Right.SIGN_OFF, posts=[_post(unit, department)])
    sees_pay = access.may(who, Right.PAY, posts=[_post(unit, department)])
    with db.write() as conn:
        it = tables.pay_units.c
        row = conn.execute(
            sa.select(it.snapshot_id, it.status).where(it.period == period.label, it.store_id == unit)
        ).first()
        if row is None or row.snapshot_id is None or row.status == "open":
            raise Problem(f"{unit} {period.label} 还没有计算。", f"{unit} {period.label} is not computed yet.")
        whole = snapshots.sheet(db, conn, row.snapshot_id, row.status)
        known, versions = given.facts_of(db, conn, row.snapshot_id), plans.of_sheet(conn, whole)
        audit.note(db, conn, who, "part.read", period=period.label, unit=unit, department=department)
    people = [person for person in whole.people if person.department == department]
    ids = [person.person_id for person in people]
    cards = scorecards_of(versions, known, period, "person", as_of=whole.as_of, subjects=ids)
    scored = {(card.subject_id, card.card.role): score_told(card) for card in cards if card.score is not None}
    return Part(
        period=period.label,
        store_id=unit,
        store_name=people[0].store_name if people else unit,
        department=department,
        status=row.status,
        revision=whole.revision,
        as_of=whole.as_of,
        people=tuple(
            _person(whole, person, scored.get((person.person_id, person.role), ()), sees_pay=sees_pay)
            for person in people
        ),
    )


def _person(whole: Sheet, person: SheetPerson, scored: tuple[Text, ...], *, sees_pay: bool) -> PartPerson:
    return PartPerson(
        **{name: getattr(person, name) for name in ("person_id", "person_name", "role", "days_in_office", "score")},
        is_leaver=person.is_leaver,
        scored=scored,
        lines=tuple(
            PartLine(
                name=whole.rule_name(line),
                kind=whole.kind_name(line),
                period=line["metric_period"] or line["period"],
                figure=f"{line['numerator']}/{line['denominator']}" if line["denominator"] else "",
                is_settled=line["is_settled"],
                arithmetic=Text(line["arithmetic_zh"], line["arithmetic_en"]) if sees_pay else None,
                amount_fen=line["amount_fen"] if sees_pay else None,
            )
            for line in whole.lines_of(person)
        ),
        judged=tuple(
            one.why
            for one in whole.judgements
            if sees_pay and one.person_id == person.person_id and one.line_id is None
        ),
        total_fen=person.total_fen if sees_pay else None,
        previous_fen=person.previous_fen if sees_pay else None,
    )


def _post(store_id: str, department: str) -> Post:
    return Post(store_id=store_id, department=f"{store_id}/{department}")


def _at(db: Database, event: Event) -> str:
    return event.at.astimezone(db.settings.zone_info).strftime("%Y-%m-%d %H:%M")
