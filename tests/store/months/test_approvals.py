"""Departments sign off, then the chain approves, level by level: by three persons, whatever accounts they have."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import approvals, lines, month, month_settings, standing
from kpi_app.store.proving import audit
from tests.scorecards.group import post
from tests.store.pay import BOSS, HR, OCTOBER, SHOWN, STAFF, enter, office_in

AS_OF = date(2026, 10, 31)
HEAD = Identity(
    user_id=5, name="周总监", roles=frozenset({"head"}), scopes=frozenset({"department:S01/销售部"}), person_id="D01"
)
CHAIN = "sales_director; general_manager>100; director>50000"


def director(user_id: int, person_id: str, *roles: str) -> Identity:
    return Identity(
        user_id=user_id,
        name=f"总监{person_id}",
        roles=frozenset({"director", *roles}),
        scopes=frozenset({"group"}),
        person_id=person_id,
    )


SALES_DIRECTOR = director(6, "D01")


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def setting(db: Database, unit: str | None = None, **values: str) -> None:
    month_settings.set_(db, access.CONSOLE, values, since="2026-10", store_id=unit)


def submitted(db: Database) -> None:
    month.compute(db, HR, OCTOBER, as_of=AS_OF)
    month.submit(db, HR, OCTOBER)


def s01(db: Database) -> standing.Standing:
    (found,) = standing.matrix(db, HR, OCTOBER, unit="S01")
    return found


@pytest.mark.both
def test_the_chain_is_filled_level_by_level(office: Database) -> None:
    setting(office, chain=CHAIN)
    submitted(office)  # S01 totals 120.00: above 100 and not above 50,000
    with pytest.raises(Problem, match="第 1 级须由销售总监审批"):
        month.approve(office, BOSS, OCTOBER, unit="S01")
    with pytest.raises(Problem, match="现在轮到第 1 级"):
        month.approve(office, SALES_DIRECTOR, OCTOBER, unit="S01", level=2)
    (state,) = month.approve(office, SALES_DIRECTOR, OCTOBER, unit="S01", words="核对无误")
    assert state.status == "submitted"
    assert s01(office).next.zh == "总经理（超过 100.00 元）审批"
    with pytest.raises(Problem, match="同一人"):
        month.approve(office, SALES_DIRECTOR, OCTOBER, unit="S01")
    with pytest.raises(Problem, match="这一步要求"):
        month.lock(office, HR, OCTOBER, unit="S01")
    (state,) = month.approve(office, BOSS, OCTOBER, unit="S01", words="同意", level=2)
    assert state.status == "approved"
    assert [(it.level, it.name, it.words) for it in s01(office).levels] == [
        (1, "总监D01", "核对无误"),
        (2, "总经理", "同意"),
    ]
    month.lock(office, HR, OCTOBER, unit="S01")
    sheet = month.sheet(office, HR, OCTOBER, unit="S01")
    assert [one.step for one in sheet.approvals] == [
        "计算", "提交审核", "审批通过（1/2 级）", "审批通过（2/2 级）", "封账",
    ]  # fmt: skip


@pytest.mark.parametrize(("above", "levels"), [("119", 2), ("120", 1), ("121", 1)])
def test_more_levels_above_an_amount(office: Database, above: str, levels: int) -> None:
    setting(office, chain=f"director; general_manager>{above}")
    submitted(office)  # 120.00 is not above 120
    assert len(s01(office).levels) == levels


def test_a_store_has_its_own_chain_from_its_month_on(office: Database) -> None:
    setting(office, chain="director; general_manager")
    setting(office, unit="S02", chain="director")
    month_settings.set_(office, access.CONSOLE, {"chain": "general_manager"}, since="2026-11")
    submitted(office)
    assert [len(it.levels) for it in standing.matrix(office, HR, OCTOBER)] == [2, 1]


@pytest.mark.parametrize(
    ("chain", "says"),
    [
        ("", "至少一级不论金额都要审批"),
        ("director>100", "至少一级不论金额都要审批"),
        ("director;director;director;director;director", "一至 4 级"),
        ("d1", "没有岗位 d1"),
        ("director>x", "director>x 无效"),
        ("director;;director", "第 2 级没有审批人"),
        ("director;>100", "第 2 级没有审批人"),
    ],
)
def test_a_chain_that_cannot_be_is_refused(office: Database, chain: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        setting(office, chain=chain)


def test_days_of_the_calendar_are_in_order_and_settings_are_the_administrators(office: Database) -> None:
    with pytest.raises(Problem, match="依次"):
        setting(office, lock_by="2")
    with pytest.raises(Problem, match="没有设置 chian"):
        setting(office, chian="director")
    with pytest.raises(Forbidden):
        month_settings.set_(office, HR, {"publication": "on"}, since="2026-10")


def test_one_person_with_two_accounts_fills_one_level(office: Database) -> None:
    setting(office, chain="director; director")
    submitted(office)
    month.approve(office, director(20, "X1"), OCTOBER, unit="S01")
    with pytest.raises(Problem, match="同一人"):
        month.approve(office, director(21, "X1"), OCTOBER, unit="S01")
    month.approve(office, director(22, "X2"), OCTOBER, unit="S01")


def test_an_account_without_a_person_approves_nothing(office: Database) -> None:
    submitted(office)
    nobody = Identity(user_id=30, name="无名", roles=frozenset({"director"}), scopes=frozenset({"group"}))
    with pytest.raises(Problem, match="须有工号"):
        month.approve(office, nobody, OCTOBER)


def test_who_entered_a_manual_line_does_not_approve_the_month(office: Database) -> None:
    both = director(31, "H31", "hr")
    line_id = lines.add(office, both, OCTOBER, person_id="E2", amount_fen=10_00, reason="展会支援", evidence=SHOWN)
    lines.approve(office, BOSS, line_id)
    submitted(office)
    with pytest.raises(Problem, match="编制"):
        month.approve(office, both, OCTOBER)


def test_hr_paid_by_the_sheet_is_approved_by_a_director_outside_hr(office: Database) -> None:
    enter(office, people=[post("H01", store_id="S01")])
    line_id = lines.add(
        office, director(32, "H32", "hr"), OCTOBER, person_id="H01", amount_fen=10_00, reason="培训", evidence=SHOWN
    )
    lines.approve(office, BOSS, line_id)
    submitted(office)
    with pytest.raises(Problem, match="不兼人事"):
        month.approve(office, director(33, "H33", "hr"), OCTOBER, unit="S01")
    month.approve(office, director(34, "X34"), OCTOBER, unit="S01")


@pytest.mark.both
def test_a_head_checks_and_signs_off_their_own_part(office: Database) -> None:
    with pytest.raises(Problem, match="没有等待您签认"):
        approvals.sign_off(office, HEAD, OCTOBER)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    part = standing.part(office, HEAD, OCTOBER, unit="S01", department="销售部")
    assert {person.person_id for person in part.people} == {"E1", "E2"}
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "part.read"
    assert s01(office).sign_offs == (standing.SignOff(department="销售部"),)
    approvals.sign_off(office, HEAD, OCTOBER, words="已核对")
    (signed,) = s01(office).sign_offs
    assert (signed.name, signed.words) == ("周总监", "已核对")
    with pytest.raises(Problem, match="签认"):
        approvals.sign_off(office, HEAD, OCTOBER)
    assert [state.status for state in month.status(office, HR, OCTOBER)] == ["computed", "computed"]


def test_a_head_without_the_right_to_pay_checks_without_amounts(office: Database) -> None:
    assert standing.parts(office, HEAD, OCTOBER) == []
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    part = standing.part(office, HEAD, OCTOBER, unit="S01", department="销售部")
    lines = [line for person in part.people for line in person.lines]
    assert not part.shows_pay
    assert {line.name.zh for line in lines} == {"满意度达标奖", "有责抱怨扣减"}
    assert {(line.amount_fen, line.arithmetic) for line in lines} == {(None, None)}
    assert {(person.total_fen, person.previous_fen, person.judged) for person in part.people} == {(None, None, ())}
    ((state, signed),) = standing.parts(office, HEAD, OCTOBER)
    assert (state.store_id, state.total_fen, signed.department) == ("S01", 0, "销售部")


def test_a_director_who_sees_pay_checks_with_amounts(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    part = standing.part(office, SALES_DIRECTOR, OCTOBER, unit="S01", department="销售部")
    assert part.shows_pay
    for person in part.people:
        assert person.total_fen == sum(line.amount_fen or 0 for line in person.lines)
    assert {signed.department for _, signed in standing.parts(office, SALES_DIRECTOR, OCTOBER)} == {"销售部"}


@pytest.mark.parametrize("who", [STAFF, HR, access.CONSOLE])
def test_who_signs_nothing_off_has_no_parts(office: Database, who: Identity) -> None:
    with pytest.raises(Forbidden):
        standing.parts(office, who, OCTOBER)


@pytest.mark.parametrize("who", [STAFF, HR, access.CONSOLE])
def test_only_a_head_signs_off_and_reads_the_part(office: Database, who: Identity) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    with pytest.raises(Forbidden):
        approvals.sign_off(office, who, OCTOBER, unit="S01", department="销售部")
    with pytest.raises(Forbidden):
        standing.part(office, who, OCTOBER, unit="S01", department="销售部")
    with pytest.raises(Forbidden):
        approvals.sign_off(office, HEAD, OCTOBER, unit="S02", department="销售部")


def test_a_return_and_a_new_outcome_void_the_sign_off(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    approvals.sign_off(office, HEAD, OCTOBER)
    month.submit(office, HR, OCTOBER)
    month.return_(office, BOSS, OCTOBER, reason="漏算一单")
    month.compute(office, HR, OCTOBER, as_of=AS_OF)  # the same sheet, and to be signed off again
    assert s01(office).state.revision == 1
    assert s01(office).sign_offs[0].name is None


def test_sign_offs_may_be_asked_for_before_the_submission(office: Database) -> None:
    setting(office, unit="S01", blocking="sign_offs")
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert s01(office).next.zh == "部门负责人签认：销售部"
    with pytest.raises(Problem, match=r"销售部还没有签认.*部门负责人"):
        month.submit(office, HR, OCTOBER, unit="S01")
    approvals.sign_off(office, HEAD, OCTOBER)
    month.submit(office, HR, OCTOBER, unit="S01")


def scan(db: Database, who: Identity = HR, **given: Any) -> None:
    asked: dict[str, Any] = {"signer": "B01", "file": "签字表.pdf", "data": b"%PDF", "words": "原件存人事"}
    approvals.record_scan(db, who, OCTOBER, unit="S01", **{**asked, **given})


@pytest.mark.both
def test_a_scan_of_a_signed_print_stands_for_a_level(office: Database) -> None:
    setting(office, chain="general_manager")
    submitted(office)
    scan(office)
    assert s01(office).state.status == "approved"
    (level,) = s01(office).levels
    assert level.name == "员工B01"
    assert level.words == "原件存人事；签字扫描件 签字表.pdf（sha256 315d429b7714，赵人事 登记）"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"words": " "}, "说明"),
        ({"data": b""}, "扫描件"),
        ({"signer": "E1"}, "本人的绩效"),
        ({"signer": "H01"}, "编制"),
        ({"signer": "D01"}, "须由总经理"),
        ({"signer": "E9"}, "没有工号"),
    ],
)
def test_whoever_signed_meets_every_condition_of_an_approver(
    office: Database, given: dict[str, Any], said: str
) -> None:
    setting(office, chain="general_manager")
    submitted(office)
    with pytest.raises(Problem, match=said):
        scan(office, **given)
    assert s01(office).state.status == "submitted"


def test_a_scan_is_recorded_by_who_prepares(office: Database) -> None:
    setting(office, chain="general_manager")
    submitted(office)
    with pytest.raises(Forbidden):
        scan(office, STAFF)
