"""An office doing whatever it likes in whatever order: imports, entries, rulings, rules, the steps of the month, what
staff object and agree to, late facts and crashes. Whatever happens, the invariants of pay hold.

200 sequences in CI, 2,000 in the soak. A verb that comes later joins as another ``@rule`` that goes through
:meth:`Months.deed`; a new status joins ``STEPS``. October is not published, November is.
"""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Identity
from kpi_app.settings import Settings
from kpi_app.store import database, tables
from kpi_app.store.database import Database
from kpi_app.store.disputes import acknowledgements, objections
from kpi_app.store.months import lines, losses, month, month_settings, snapshots
from kpi_app.store.proving import proof
from kpi_app.store.rulebook import plans
from metrics.period import Period
from tests.month_end.generated import cases
from tests.scorecards.group import DIRECTOR, STORES, answers, average, complaint, post, ruling
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, SHOWN, enter

OCTOBER, NOVEMBER = Period.parse("2026-10"), Period.parse("2026-11")
MONTHS = {period.label: period for period in (OCTOBER, NOVEMBER)}
COMPUTED = {"2026-10": "computed", "2026-11": "published"}
"""Month → the status from which it is handed in."""
STEPS = {
    "publish": (HR, ("computed",), "published"),
    "submit": (HR, (), "submitted"),
    "return_": (BOSS, ("published", "submitted", "approved"), "open"),
    "approve": (BOSS, ("submitted",), "approved"),
    "lock": (HR, ("approved",), "locked"),
}
"""Verb → who does it, from which statuses, to which."""
REFUSED_WHERE_OUTDATED = ("publish", "submit")
"""What moved since it was computed is computed again before anybody sees it or it is handed in."""
STAFF = {
    person_id: Identity(user_id=number, name=f"员工{person_id}", roles=frozenset({"staff"}), person_id=person_id)
    for number, person_id in enumerate(("E1", "E2"), 11)
}
HEAD = Identity(
    user_id=6, name="销售经理", roles=frozenset({"head"}), scopes=frozenset({"department:S01/销售部"}), person_id="M01"
)
ANSWERERS = {"ruler": DIRECTOR_OF_SALES, "head": HEAD, "hr": HR}
OF_A_UNIT = ("pay_units", "snapshots", "pay_lines", "month_events", "manual_lines")

periods = st.sampled_from(sorted(MONTHS))
persons = st.sampled_from(["E1", "E2"])
whole_yuan = st.integers(1, 3_000).map(lambda yuan: yuan * 100 + 1)
crashes = st.none() | st.none() | st.integers(1, 25)
"""After how many statements of a transaction it crashes, if at all."""


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where there is one, homes stand in memory: thousands of commits wait for no disk."""


class Crash(Exception):
    """The process goes away in the middle of a transaction."""


@cache
def template() -> Path:
    """A home with one small store, filled once, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="kpi-machine-", dir=MEMORY))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    db = database.create(Settings(home=folder / "home"))
    wage: dict[str, Any] = {"since": "2026-01-01", "contract_wage_fen": 5_000_00, "other_pay_fen": 3_000_00}
    enter(
        db,
        stores=STORES[:1],
        people=[DIRECTOR, post("E1"), post("E2")],
        surveys=[*answers("E1", *[90_00] * 5), *answers("E2", *[88_00] * 5)],
        benchmarks=[average()],
        complaints=[complaint("C1"), complaint("C2")],
        pay_profiles=[{"person_id": person_id, "has_loss_clause": True, **wage} for person_id in ("E1", "E2")],
        minimum_wages=[{"city": "上海", "since": "2026-01-01", "amount_fen": 2_690_00, "source": "示例"}],
    )
    plans.load_shipped(db, access.CONSOLE)
    month_settings.set_(db, access.CONSOLE, {"blocking": "computed_to_the_end"}, since="2026-01")
    month_settings.set_(db, access.CONSOLE, {"publication": "on"}, since="2026-11")
    db.close()
    return folder / "home"


@cache
def opened() -> Database:
    """The store in which every sequence happens; its engine keeps what it has compiled."""
    shutil.copytree(template(), template().parent / "months")
    return database.connect(Settings(home=template().parent / "months", as_of="2026-12-05"))


def at_the_beginning() -> Database:
    """The same with the rows and files of the template, and nothing since."""
    db = opened()
    db.close()
    shutil.rmtree(db.home)
    shutil.copytree(template(), db.home)
    return db


class Months(RuleBasedStateMachine):
    """October and November of one store, and what the statuses must be."""

    def __init__(self) -> None:
        super().__init__()
        self.db = at_the_beginning()
        self.status = dict.fromkeys(MONTHS, "open")
        self.locked: dict[str, list[Any]] = {}
        self.said = 0

    def teardown(self) -> None:
        """The audit holds at the end: a fault of any step before would still be there."""
        try:
            assert proof.verify(self.db, access.CONSOLE).faults == ()
        finally:
            self.db.close()

    def deed(self, call: Callable[[], object], crash_after: int | None = None) -> bool:
        """Do something that may be refused, or crash; True when it was done. Undone, it has left nothing behind."""
        before = None if crash_after is None else self.everything()
        left = crash_after or 0

        def crash(conn: sa.Connection, *_: Any) -> None:
            nonlocal left
            if conn.get_execution_options().get("is_writer"):
                left -= 1
                if left == 0:
                    raise Crash

        if crash_after:
            sa.event.listen(self.db.engine, "before_cursor_execute", crash)
        try:
            call()
        except Crash:
            assert self.everything() == before
            return False
        except Problem:
            return False
        finally:
            if crash_after:
                sa.event.remove(self.db.engine, "before_cursor_execute", crash)
        return True

    def everything(self) -> dict[str, list[Any]]:
        """Every row of the database."""
        with self.db.read() as conn:
            return {
                table.name: sorted(map(str, conn.execute(sa.select(table)))) for table in tables.metadata.sorted_tables
            }

    def rows_of(self, label: str) -> list[Any]:
        """Every row of a month."""
        with self.db.read() as conn:
            found = []
            for name in OF_A_UNIT:
                table = tables.metadata.tables[name]
                found += sorted(map(str, conn.execute(sa.select(table).where(table.c.period == label))))
            return found

    @initialize(person=persons, fen=whole_yuan)
    def a_loss_stands_from_the_beginning(self, person: str, fen: int) -> None:
        case_id = losses.add(self.db, HR, OCTOBER, person_id=person, amount_fen=fen, reason="损坏展车", evidence=SHOWN)
        losses.approve(self.db, BOSS, case_id)

    # What comes in: facts of a month that is open, or late ones.

    @rule(person=persons, score=st.sampled_from([80_00, 95_00]), crash=crashes)
    def import_answers(self, person: str, score: int, crash: int | None) -> None:
        self.deed(lambda: enter(self.db, surveys=answers(person, *[score] * 5)), crash)

    @rule(score=st.sampled_from([85_00, 88_00, 93_00]))
    def restate_the_average(self, score: int) -> None:
        self.deed(lambda: enter(self.db, benchmarks=[average(score)]))

    @rule(
        complaint_id=st.sampled_from(["C1", "C2"]),
        person=persons,
        fen=st.sampled_from([50_00, 100_00, 100_01]),
        kind=st.sampled_from(["责任", "未及时处理"]),
        fault=st.sampled_from(["有责", "有责", "无责"]),
        month_=st.sampled_from(["10", "11"]),
    )
    def rule_on_a_complaint(self, complaint_id: str, person: str, fen: int, kind: str, fault: str, month_: str) -> None:
        judged = ruling(
            complaint_id,
            person,
            None if kind == "未及时处理" else fen,
            kind=kind,
            fault=fault,
            judged_at=f"2026-{month_}-20 10:00",
        )
        self.deed(lambda: enter(self.db, complaint_rulings=[judged]))

    @rule(yuan=st.integers(200, 205))
    def load_a_plan(self, yuan: int) -> None:
        later = plans.shipped("satisfaction").replace("2024-01", "2026-11", 1).replace('"200.00"', f'"{yuan}.00"', 1)
        self.deed(lambda: plans.load(self.db, access.CONSOLE, later))

    # What is entered by hand.

    @rule(label=periods, person=persons, fen=whole_yuan, takes=st.booleans(), crash=crashes)
    def enter_a_line(self, label: str, person: str, fen: int, takes: bool, crash: int | None) -> None:
        amount = -fen if takes else fen
        self.deed(
            lambda: lines.add(
                self.db, HR, MONTHS[label], person_id=person, amount_fen=amount, reason="支援", evidence=SHOWN
            ),
            crash,
        )

    @rule(label=periods, approves=st.booleans(), crash=crashes)
    def answer_a_line(self, label: str, approves: bool, crash: int | None) -> None:
        rows = lines.listing(self.db, HR, MONTHS[label])
        waiting = [row["line_id"] for row in rows if row["approved_by"] is None and "refused_by" not in row]
        if waiting and approves:
            self.deed(lambda: lines.approve(self.db, BOSS, waiting[0]), crash)
        elif waiting:
            self.deed(lambda: lines.refuse(self.db, BOSS, waiting[0], reason="无凭据"), crash)

    @rule(person=persons, fen=whole_yuan)
    def enter_a_loss(self, person: str, fen: int) -> None:
        def both() -> None:
            case_id = losses.add(
                self.db, HR, NOVEMBER, person_id=person, amount_fen=fen, reason="丢失配件", evidence=SHOWN
            )
            losses.approve(self.db, BOSS, case_id)

        self.deed(both)

    @rule()
    def end_a_loss(self) -> None:
        found = losses.listing(self.db, HR)
        self.deed(lambda: losses.end(self.db, BOSS, found[0]["case_id"], reason="已赔付"))

    # The month.

    @rule(label=periods, crash=crashes)
    def compute(self, label: str, crash: int | None) -> None:
        period = MONTHS[label]
        done = self.deed(lambda: month.compute(self.db, HR, period, as_of=period.last), crash)
        assert done or crash or self.status[label] not in ("open", "computed")
        if done:
            assert self.status[label] in ("open", "computed")
            self.status[label] = "computed"

    @rule(label=periods, verb=st.sampled_from(sorted(STEPS)), crash=crashes)
    def step(self, label: str, verb: str, crash: int | None) -> None:
        who, from_, to = STEPS[verb]
        if verb == "submit":
            from_ = (COMPUTED[label],)
        elif verb == "publish" and COMPUTED[label] != "published":
            from_ = ()
        more = {"reason": "再核对"} if verb == "return_" else {}
        done = self.deed(lambda: getattr(month, verb)(self.db, who, MONTHS[label], **more), crash)
        is_due = self.status[label] in from_
        assert is_due or not done
        assert done or crash or not is_due or verb in REFUSED_WHERE_OUTDATED
        if done:
            self.status[label] = to
            if to == "locked":
                self.locked[label] = self.rows_of(label)

    @rule(label=periods)
    def hand_on(self, label: str) -> None:
        """The way on, so that months do get locked: compute anew where need be, else the next step."""
        following = {"submitted": "approve", "approved": "lock"}.get(self.status[label])
        if following:
            self.step(label, following, None)
        elif self.status[label] != "locked":
            if self.status[label] == "published":
                self.step(label, "return_", None)
            self.compute(label, None)
            if COMPUTED[label] == "published":
                self.step(label, "publish", None)
            self.step(label, "submit", None)
            assert self.status[label] == "submitted"

    @precondition(lambda self: self.locked)
    @rule(data=st.data(), person=persons, score=st.sampled_from([70_00, 99_00]), average_=st.booleans())
    def learn_of_something_late(self, data: st.DataObject, person: str, score: int, average_: bool) -> None:
        """A fact of a month that is locked: taken in, and paid with another."""
        before = MONTHS[data.draw(st.sampled_from(sorted(self.locked)))].previous().label
        late = answers(person, *[score] * 3, on=f"{before}-20")
        assert self.deed(lambda: enter(self.db, surveys=late))
        if average_:
            assert self.deed(lambda: enter(self.db, benchmarks=[average(score, before, f"{before}-28")]))

    # What staff say.

    @rule(
        label=periods,
        person=persons,
        line=st.none() | st.integers(0, 3),
        about=st.sampled_from([None, "credit", "rule"]),
        crash=crashes,
    )
    def object(self, label: str, person: str, line: int | None, about: str | None, crash: int | None) -> None:
        who, period = STAFF[person], MONTHS[label]
        if line is None:
            self.deed(lambda: objections.claim(self.db, who, period, reason="漏算", about=about or "credit"), crash)
            return
        sheet = month.own(self.db, who, period)
        own = [] if sheet is None else sheet.lines["line_id"].to_list()
        if own:
            line_id = own[line % len(own)]
            self.deed(lambda: objections.dispute(self.db, who, line_id, reason="不符", about=about), crash)

    @rule(
        outcome=st.sampled_from(["upheld", "amended", "rejected", "withdrawn"]),
        fen=whole_yuan,
        crash=crashes,
    )
    def answer_an_objection(self, outcome: str, fen: int, crash: int | None) -> None:
        with self.db.read() as conn:
            it, given = tables.objections, tables.objection_answers
            query = sa.select(it).outerjoin(given, given.c.objection_id == it.c.objection_id)
            row = conn.execute(query.where(given.c.objection_id.is_(None)).order_by(it.c.objection_id)).first()
        if row is None:
            return
        number, staff = row.objection_id, STAFF[row.person_id]
        if outcome == "withdrawn":
            assert self.deed(lambda: objections.withdraw(self.db, staff, number), crash) or crash
            return
        words: dict[str, Any] = {"outcome": outcome, "words": "已核对"}
        more = {"amount_fen": fen} if outcome == "amended" else {}
        assert not self.deed(lambda: objections.answer(self.db, staff, number, **words, **more))  # never one's own
        who = ANSWERERS[row.route]
        done = self.deed(lambda: objections.answer(self.db, who, number, **words, **more), crash)
        assert done or crash or outcome == "amended"  # an amount is entered by who may see that pay
        if done and outcome != "rejected" and self.status[row.period] in ("published", "submitted", "approved"):
            self.status[row.period] = "open"

    @rule(label=periods, person=persons, remark=st.sampled_from(["", "请核对加班"]), crash=crashes)
    def acknowledge(self, label: str, person: str, remark: str, crash: int | None) -> None:
        answer = "remark" if remark else "agreed"
        done = self.deed(
            lambda: acknowledgements.acknowledge(self.db, STAFF[person], MONTHS[label], answer=answer, words=remark),
            crash,
        )
        assert not done or self.status[label] not in ("open", *({"computed"} if label == "2026-11" else ()))

    # What always holds.

    @invariant()
    def it_stands_where_the_steps_lead(self) -> None:
        with self.db.read() as conn:
            for label, status in self.status.items():
                assert snapshots.status_of(conn, label, "S01") == status

    @invariant()
    def a_locked_month_never_changes(self) -> None:
        for label, rows in self.locked.items():
            assert self.rows_of(label) == rows

    @invariant()
    def lines_total_the_people_and_the_sheet_and_nothing_is_lost(self) -> None:
        it, line, unit = tables.snapshots.c, tables.pay_lines.c, tables.pay_units.c
        with self.db.read() as conn:
            frozen = set()
            for row in conn.execute(sa.select(it.snapshot_id, it.total_fen, it.body)):
                bodies = conn.execute(sa.select(line.body).where(line.snapshot_id == row.snapshot_id)).scalars()
                rows = [json.loads(body) for body in bodies]
                people = json.loads(row.body)["people"]
                assert sum(one["amount_fen"] for one in rows) == row.total_fen
                assert sum(person["total_fen"] for person in people) == row.total_fen
                for one in rows:
                    parts = (one[f"{part}_fen"] for part in ("amount", "lapsed", "carried", "waived"))
                    assert one["requested_fen"] == sum(parts)
                    if one["corrects"] is not None:
                        frozen.add(one["corrects"])
            known = set(conn.execute(sa.select(line.line_id)).scalars())
            assert frozen <= known  # a correction names a line that is there
            held = conn.execute(sa.select(unit.snapshot_id).where(unit.snapshot_id.is_not(None))).scalars().all()
            assert set(held) <= set(conn.execute(sa.select(it.snapshot_id)).scalars())

    @invariant()
    def a_loss_is_never_settled_beyond_itself(self) -> None:
        for case in losses.listing(self.db, HR):
            assert case["open_fen"] is None or 0 <= case["open_fen"] <= case["amount_fen"]
        with self.db.read() as conn:
            per_person: dict[tuple[str, str], int] = {}
            line, unit = tables.pay_lines.c, tables.pay_units.c
            query = sa.select(line.period, line.person_id, line.amount_fen).join(
                tables.pay_units, unit.snapshot_id == line.snapshot_id
            )
            frozen = unit.status.in_(snapshots.FROZEN)
            for label, person, amount in conn.execute(query.where(frozen, line.kind == "loss_compensation")):
                per_person[label, person] = per_person.get((label, person), 0) - amount
        assert all(taken <= 1_000_00 for taken in per_person.values())  # 20 % of the contract wage

    @invariant()
    def what_staff_said_stands_and_an_amendment_is_a_line_that_waits_for_another(self) -> None:
        raised, given, line = tables.objections.c, tables.objection_answers.c, tables.manual_lines.c
        with self.db.read() as conn:
            rows = conn.execute(
                sa.select(
                    raised.person_id, raised.period, given.outcome, line.person_id, line.period, line.entered_person
                )
                .join_from(tables.objections, tables.objection_answers, raised.objection_id == given.objection_id)
                .outerjoin(tables.manual_lines, given.line_id == line.line_id)
            ).all()
            numbers = conn.execute(sa.select(raised.objection_id).order_by(raised.objection_id)).scalars().all()
            said = conn.execute(sa.select(tables.acknowledgements.c.number)).scalars().all()
        assert list(numbers) == list(range(1, len(numbers) + 1))
        assert len(said) >= self.said
        self.said = len(said)
        for of, objected_in, outcome, paid_to, paid_in, entered_by in rows:
            assert (paid_to is not None) == (outcome == "amended")
            if paid_to is not None:
                assert (paid_to, entered_by != of, paid_in >= objected_in) == (of, True, True)


Months.TestCase.settings = settings(cases(2), stateful_step_count=10)


class TestMonths(Months.TestCase):  # type: ignore[name-defined,misc]
    """The sequences of the profile."""


@pytest.mark.parametrize("label", sorted(MONTHS))
def test_the_way_on_does_lock_a_month(label: str) -> None:
    """Or the machine would prove nothing about locked months."""
    machine = Months()
    try:
        for _ in range(3):
            machine.hand_on(label)
        assert machine.status[label] == "locked"
        machine.a_locked_month_never_changes()
    finally:
        machine.teardown()
