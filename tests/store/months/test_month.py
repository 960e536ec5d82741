"""The pay month goes from open to locked, by the right people in the right order, and stays as it was computed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from data_contracts.results import PayLines
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import lines, month, snapshots
from kpi_app.store.proving import audit, evidence
from kpi_app.store.rows import imports
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards import plan as plan_file
from scorecards.plan import PlanError
from tests.scorecards.group import answers, average, complaint, post, ruling
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, SHOWN, STAFF, enter, fill, office_in

AS_OF = date(2026, 10, 31)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def standing(db: Database, period: Period = OCTOBER) -> dict[str, tuple[str, int]]:
    return {state.store_id: (state.status, state.revision) for state in month.status(db, HR, period)}


def to(db: Database, status: str, unit: str | None = None) -> None:
    """Take the month from open to ``status``."""
    month.compute(db, HR, OCTOBER, unit=unit, as_of=AS_OF)
    steps = (
        ("submitted", lambda: month.submit(db, HR, OCTOBER, unit=unit)),
        ("approved", lambda: month.approve(db, BOSS, OCTOBER, unit=unit)),
        ("locked", lambda: month.lock(db, HR, OCTOBER, unit=unit)),
    )
    for reached, step in steps:
        if status == "computed":
            return
        step()
        if status == reached:
            return


@pytest.mark.both
def test_the_month_goes_from_open_to_locked(office: Database) -> None:
    assert standing(office) == {"S01": ("open", 0), "S02": ("open", 0)}
    states = month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert [(state.status, state.revision, state.people, state.lines, state.total_fen) for state in states] == [
        ("computed", 1, 2, 2, 120_00),
        ("computed", 1, 1, 0, 0),
    ]
    month.submit(office, HR, OCTOBER)
    month.approve(office, BOSS, OCTOBER, words="同意")
    month.lock(office, HR, OCTOBER)
    assert standing(office) == {"S01": ("locked", 1), "S02": ("locked", 1)}
    sheet = month.sheet(office, HR, OCTOBER, unit="S01")
    assert (sheet.status, sheet.revision, sheet.total_fen) == ("locked", 1, 120_00)
    assert [(one.step, one.name, one.words) for one in sheet.approvals] == [
        ("计算", "赵人事", ""),
        ("提交审核", "赵人事", ""),
        ("审批通过", "总经理", "同意"),
        ("封账", "赵人事", ""),
    ]


def test_stored_lines_come_back_to_the_last_bit(office: Database) -> None:
    month.compute(office, HR, OCTOBER, unit="S01", as_of=AS_OF)
    sheet = month.sheet(office, HR, OCTOBER, unit="S01")
    for value in (0.1 + 0.2, 89.3 - 88.0, 1 / 3, 5e-324, 1.7976931348623157e308, 123456789012345680.0, None):
        changed = pl.lit(value, pl.Float64).alias("value"), pl.lit('甲\n"乙"\\ 𠮷').alias("arithmetic_zh")
        kept = replace(sheet, lines=PayLines.validate(sheet.lines.with_columns(changed)))
        with office.write() as conn:
            number = snapshots.keep(conn, kept, inputs_sha256="", import_id=1)
            assert snapshots.lines(conn, [number]).equals(kept.lines)
            assert snapshots.sheet(office, conn, number, "computed").digest == kept.digest
            assert snapshots.lines(conn, []).equals(kept.lines.clear())


def test_computing_again_with_unchanged_inputs_is_a_no_op(office: Database) -> None:
    first = month.compute(office, HR, OCTOBER, as_of=AS_OF)
    ids = month.sheet(office, HR, OCTOBER).lines["line_id"].to_list()
    with office.read() as conn:
        before = conn.execute(sa.select(sa.func.count()).select_from(tables.month_events)).scalar()
    assert month.compute(office, HR, OCTOBER, as_of=AS_OF) == first
    enter(office, surveys=answers("E2", 90_00, on="2026-01-05"))  # another month's: nothing of October moves
    assert month.compute(office, HR, OCTOBER, as_of=AS_OF) == first
    with office.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(tables.month_events)).scalar() == before
    assert month.sheet(office, HR, OCTOBER).lines["line_id"].to_list() == ids


def test_what_moves_makes_a_new_revision_of_that_unit_only(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    enter(office, complaint_rulings=[ruling("C2", "E1", 50_00)])
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert standing(office) == {"S01": ("computed", 2), "S02": ("computed", 1)}
    assert month.sheet(office, HR, OCTOBER).total_fen == 70_00


def test_a_sheet_says_what_it_was_computed_from(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    sheet = month.sheet(office, HR, OCTOBER, unit="S01")
    assert sheet.inputs["导入批次"] == "6"  # one import a contract
    assert sheet.inputs["方案版本"].startswith("satisfaction 2024-01 ")
    assert sheet.inputs["软件版本"] == "0.1.0"
    assert len(sheet.inputs["数据摘要"]) == 64
    with office.read() as conn:
        assert sheet.inputs["操作记录"] == audit.head(conn)


@pytest.mark.parametrize("status", ["submitted", "approved", "locked"])
def test_what_is_handed_in_is_not_computed_again(office: Database, status: str) -> None:
    to(office, status)
    with pytest.raises(Problem, match=r"退回|封账"):
        month.compute(office, HR, OCTOBER, as_of=AS_OF)


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        ("open", "submit"), ("open", "approve"), ("open", "lock"), ("open", "return_"),
        ("computed", "approve"), ("computed", "lock"), ("computed", "return_"),
        ("submitted", "submit"), ("submitted", "lock"),
        ("approved", "submit"), ("approved", "approve"),
        ("locked", "submit"), ("locked", "approve"), ("locked", "lock"), ("locked", "return_"),
    ],
)  # fmt: skip
def test_no_step_is_left_out_or_done_twice(office: Database, status: str, verb: str) -> None:
    if status != "open":
        to(office, status)
    before = standing(office)
    who = BOSS if verb in ("approve", "return_") else HR
    more: dict[str, Any] = {"reason": "x"} if verb == "return_" else {}
    with pytest.raises(Problem, match="这一步要求"):
        getattr(month, verb)(office, who, OCTOBER, **more)
    assert standing(office) == before


def test_a_return_voids_the_approval_and_the_same_outcome_keeps_its_revision(office: Database) -> None:
    to(office, "approved")
    with pytest.raises(Problem, match="原因"):
        month.return_(office, BOSS, OCTOBER, reason=" ")
    month.return_(office, BOSS, OCTOBER, reason="漏算一单")
    assert standing(office)["S01"] == ("open", 1)
    with pytest.raises(Problem, match="这一步要求"):
        month.lock(office, HR, OCTOBER)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert standing(office)["S01"] == ("computed", 1)
    month.submit(office, HR, OCTOBER)
    with pytest.raises(Problem, match="这一步要求"):
        month.lock(office, HR, OCTOBER)  # the earlier approval counts no longer


def test_units_go_their_own_way(office: Database) -> None:
    to(office, "locked", unit="S01")
    assert standing(office) == {"S01": ("locked", 1), "S02": ("open", 0)}
    month.compute(office, HR, OCTOBER, as_of=AS_OF)  # all that may be computed
    assert standing(office) == {"S01": ("locked", 1), "S02": ("computed", 1)}
    assert month.sheet(office, HR, OCTOBER).status == "computed"
    with pytest.raises(Problem, match="没有门店 S03"):
        month.status(office, HR, OCTOBER, unit="S03")


def test_who_prepared_a_month_does_not_approve_it(office: Database) -> None:
    both = Identity(
        user_id=9, name="两职", roles=frozenset({"hr", "director"}), scopes=frozenset({"group"}), person_id="H09"
    )
    month.compute(office, both, OCTOBER, as_of=AS_OF)
    month.submit(office, HR, OCTOBER)
    with pytest.raises(Problem, match="编制"):
        month.approve(office, both, OCTOBER)
    twin = Identity(user_id=10, name="另一账号", roles=both.roles, scopes=both.scopes, person_id="H09")
    with pytest.raises(Problem, match="编制"):
        month.approve(office, twin, OCTOBER)
    month.approve(office, BOSS, OCTOBER)


def test_nobody_approves_a_month_that_pays_them(office: Database) -> None:
    to(office, "submitted")
    paid = Identity(user_id=11, name="E1", roles=frozenset({"director"}), scopes=frozenset({"group"}), person_id="E1")
    with pytest.raises(Problem, match="本人的绩效"):
        month.approve(office, paid, OCTOBER)
    assert standing(office)["S01"][0] == "submitted"


@pytest.mark.parametrize(
    ("verb", "who"),
    [
        ("compute", STAFF), ("compute", BOSS), ("compute", DIRECTOR_OF_SALES), ("submit", BOSS), ("approve", HR),
        ("approve", access.CONSOLE), ("lock", BOSS), ("sheet", STAFF), ("status", STAFF), ("sheet", DIRECTOR_OF_SALES),
    ],
)  # fmt: skip
def test_every_verb_asks_for_its_right(office: Database, verb: str, who: Identity) -> None:
    to(office, "submitted")
    more: dict[str, Any] = {"as_of": AS_OF} if verb == "compute" else {}
    with pytest.raises(Forbidden):
        getattr(month, verb)(office, who, OCTOBER, **more)


def test_a_scope_of_one_store_reaches_that_store_only(office: Database) -> None:
    hr_of_north = Identity(
        user_id=12, name="北店人事", roles=frozenset({"hr"}), scopes=frozenset({"store:S02"}), person_id="H02"
    )
    assert [state.store_id for state in month.compute(office, hr_of_north, OCTOBER, as_of=AS_OF)] == ["S02"]
    assert standing(office) == {"S01": ("open", 0), "S02": ("computed", 1)}
    with pytest.raises(Forbidden):
        month.sheet(office, hr_of_north, OCTOBER, unit="S01")


def test_a_month_is_not_handed_in_before_its_end(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 30))
    with pytest.raises(Problem, match="尚未结束"):
        month.submit(office, HR, OCTOBER)


def test_a_ruling_after_the_computation_is_not_forgotten_at_submit(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    enter(office, complaint_rulings=[ruling("C2", "E1", 50_00)])
    with pytest.raises(Problem, match="重新计算"):
        month.submit(office, HR, OCTOBER)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    month.submit(office, HR, OCTOBER)


def test_without_a_plan_nothing_is_computed(db: Database) -> None:
    with pytest.raises(Problem, match="还没有门店"):
        month.compute(db, HR, OCTOBER, as_of=AS_OF)
    fill(db)
    with pytest.raises(Problem, match="没有适用的方案"):
        month.compute(db, HR, Period.parse("2023-12"), as_of=date(2024, 1, 5))


def test_the_month_before_stands_beside_and_pays_nothing_twice(office: Database) -> None:
    to(office, "locked")
    november = Period.parse("2026-11")
    enter(office, benchmarks=[average(87_00, published_on="2026-11-03")])  # restated, published anew
    month.compute(office, HR, november, as_of=date(2026, 11, 30))
    sheet = month.sheet(office, HR, november, unit="S01")
    assert sheet.total_fen == 0
    assert sheet.judgements == ()  # an average stays with the month of its first publication
    assert {person.person_id: person.previous_fen for person in sheet.people} == {"E1": 120_00, "E2": 0}


def test_an_import_that_a_locked_month_has_used_is_not_undone(office: Database) -> None:
    to(office, "locked", unit="S01")
    with pytest.raises(Problem, match="2026-10 S01"):
        imports.undo(office, access.CONSOLE, 6)
    later = enter(office, surveys=answers("E2", 99_00, on="2026-11-05"))
    imports.undo(office, access.CONSOLE, later)


def test_everybody_sees_their_own_part_and_nobody_elses(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    own = month.own(office, STAFF, OCTOBER)
    assert own is not None
    assert {person.person_id for person in own.people} == {"E1"}
    assert set(own.lines["person_id"]) == {"E1"}
    assert {one.person_id for one in own.judgements} == {"E1"}
    assert "E2" not in str(own.as_json())
    with pytest.raises(Forbidden):
        month.own(office, STAFF, OCTOBER, "E2")
    assert month.own(office, STAFF, Period.parse("2026-09")) is None
    other = month.own(office, HR, OCTOBER, "E2")
    assert other is not None
    (why,) = other.judgements
    assert "样本 4 < 5" in why.why.zh


def test_reading_anothers_pay_is_noted(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    line_id = month.sheet(office, HR, OCTOBER, is_export=True).lines["line_id"][0]
    month.explain(office, HR, line_id)
    month.explain(office, STAFF, line_id)  # one's own
    month.own(office, HR, OCTOBER, "E1")
    month.own(office, STAFF, OCTOBER)
    noted = [(entry["user"], entry["verb"]) for entry in audit.listing(office, access.CONSOLE)][:4]
    assert noted == [
        ("赵人事", "pay.read"),
        ("赵人事", "line.explain"),
        ("赵人事", "sheet.export"),
        ("赵人事", "month.compute"),
    ]


def test_a_line_is_explained_to_who_may_see_it(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    line_id = month.sheet(office, HR, OCTOBER).lines["line_id"][0]
    assert "满意度达标奖" in month.explain(office, STAFF, line_id).as_text("zh")
    stranger = Identity(user_id=13, name="E2", roles=frozenset({"staff"}), person_id="E2")
    with pytest.raises(Forbidden):
        month.explain(office, stranger, line_id)
    with pytest.raises(Problem, match="没有行号"):
        month.explain(office, HR, "0" * 16)


def test_a_transfer_is_paid_in_both_units(office: Database) -> None:
    moved = [post("E1", until="2026-10-16"), post("E1", store_id="S02", since="2026-10-16")]
    enter(office, people=moved, complaints=[complaint("C7", "2026-10-20 09:00")])
    enter(office, complaint_rulings=[ruling("C7", "E1", 60_00)])
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    totals = {state.store_id: state.total_fen for state in month.status(office, HR, OCTOBER)}
    assert totals == {"S01": 120_00, "S02": 0}  # S02's reduction has nothing to take from there: it lapses
    whole = month.sheet(office, HR, OCTOBER)
    assert whole.total_fen == 120_00
    own = month.own(office, STAFF, OCTOBER)
    assert own is not None
    assert own.total_fen == 120_00
    assert [person.store_id for person in own.people] == ["S01", "S02"]


def test_manual_lines_are_part_of_the_sheet_once_approved(office: Database) -> None:
    line_id = lines.add(office, HR, OCTOBER, person_id="E2", amount_fen=150_00, reason="展会支援", evidence=SHOWN)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert month.sheet(office, HR, OCTOBER).total_fen == 120_00
    lines.approve(office, BOSS, line_id)
    with pytest.raises(Problem, match="重新计算"):
        month.submit(office, HR, OCTOBER)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    sheet = month.sheet(office, HR, OCTOBER)
    assert sheet.total_fen == 270_00
    (manual,) = sheet.lines.filter(sheet.lines["kind"] == "manual").to_dicts()
    assert manual["arithmetic_zh"] == "展会支援（凭据：主管签字单）：150.00 元，赵人事 录入，总经理 审批"
    month.submit(office, HR, OCTOBER)


def test_a_plan_that_was_judged_when_it_was_loaded_is_not_judged_again(office: Database) -> None:
    """The new version changes nothing, so that it may begin on the day of its notice; alone it might not."""
    renewed = plans.shipped("satisfaction").replace('since = "2024-01"', 'since = "2026-10"', 1)
    renewed = renewed.replace("2023-12-01", "2026-10-01")
    plans.load(office, access.CONSOLE, renewed)
    with pytest.raises(PlanError, match="更严"):
        plan_file.read(renewed)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    line_id = month.sheet(office, HR, OCTOBER).lines["line_id"][0]
    assert "满意度达标奖" in month.explain(office, HR, line_id).as_text("zh")
    assert evidence.pack(office, HR, OCTOBER)[1].is_equal
