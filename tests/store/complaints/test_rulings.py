"""A director rules on the complaints of his department; the ruling is a row like any other."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.complaints import rulings
from kpi_app.store.database import Database
from kpi_app.store.months import losses, month
from kpi_app.store.rows import facts, imports
from metrics.period import Period
from tests.scorecards.group import complaint, ruling
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, SHOWN, STAFF, enter, office_in

AS_OF = date(2026, 10, 31)
NOVEMBER = Period.parse("2026-11")


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def rule(db: Database, who: Identity = DIRECTOR_OF_SALES, **given: Any) -> int:
    asked: dict[str, Any] = {
        "complaint_id": "C2",
        "person_id": "E1",
        "fault": "有责",
        "penalty_fen": 50_00,
        "note": "漏回电",
    }
    return rulings.set_(db, who, **{**asked, **given})


def test_a_ruling_becomes_a_row_of_the_contract_and_a_line_of_pay(office: Database) -> None:
    import_id = rule(office, note="未按约定回电")
    row = facts.load(office)["complaint_rulings"].collect().filter(complaint_id="C2").row(0, named=True)
    assert (row["judged_by"], row["judged_at"].date(), row["penalty_fen"]) == ("D01", AS_OF, 50_00)
    assert (row["_import_id"], row["_file"], row["note"]) == (import_id, "车店绩效台", "未按约定回电")
    assert imports.listing(office, access.CONSOLE)[0]["kind"] == "entered"
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert month.sheet(office, HR, OCTOBER).total_fen == 70_00  # 200 − 80 − 50


def test_ruling_again_replaces_the_former(office: Database) -> None:
    rule(office)
    rule(office, fault="无责", penalty_fen=None)
    found = rulings.listing(office, DIRECTOR_OF_SALES, OCTOBER)
    assert [(row["complaint_id"], row["fault"], row["penalty_fen"]) for row in found] == [
        ("C2", "无责", None),
        ("C1", "有责", 80_00),
    ]


@pytest.mark.parametrize(
    ("penalty_fen", "is_taken"), [(49_99, False), (50_00, True), (100_00, True), (100_01, False), (None, False)]
)
def test_the_amount_must_lie_in_the_rules_range(office: Database, penalty_fen: int | None, is_taken: bool) -> None:
    if is_taken:
        rule(office, penalty_fen=penalty_fen)
        return
    with pytest.raises(Problem, match=r"50\.00 至 100\.00"):
        rule(office, penalty_fen=penalty_fen)


def test_whom_a_loss_is_charged_to_for_it_is_not_charged_a_second_time(office: Database) -> None:
    charged: dict[str, Any] = {"person_id": "E1", "amount_fen": 300_00, "reason": "损坏试驾车", "event": "C2"}
    case_id = losses.add(office, HR, OCTOBER, **charged, evidence=SHOWN)
    with pytest.raises(Problem, match=f"已登记赔偿 {case_id}；一事不二罚"):
        rule(office)
    rule(office, fault="无责", penalty_fen=None)
    rule(office, person_id="E2")  # another's fault is another's
    losses.end(office, BOSS, case_id, reason="保险已赔付")
    rule(office)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"complaint_id": "C9"}, "没有投诉编号 C9"),
        ({"person_id": "E99"}, "没有工号 E99"),
        ({"person_id": "D01"}, "不能判定自己"),
        ({"fault": "有错"}, "判定结果 有错"),
        ({"kind": "其他"}, "判定类型 其他"),
        ({"note": " "}, "判定理由"),
    ],
)
def test_what_cannot_be_ruled_says_why(office: Database, given: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem, match=message):
        rule(office, **given)


@pytest.mark.parametrize("who", [HR, STAFF, access.CONSOLE])
def test_only_a_director_of_the_department_rules(office: Database, who: Identity) -> None:
    with pytest.raises(Forbidden):
        rule(office, who)
    elsewhere = Identity(
        user_id=7,
        name="售后总监",
        roles=frozenset({"director"}),
        scopes=frozenset({"department:S01/售后部"}),
        person_id="D07",
    )
    with pytest.raises(Forbidden):
        rule(office, elsewhere)
    nobody = Identity(user_id=8, name="无工号", roles=frozenset({"director"}), scopes=frozenset({"group"}))
    with pytest.raises(Problem, match="须有工号"):
        rule(office, nobody)


def test_nothing_is_ruled_in_a_month_that_is_handed_in(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    month.submit(office, HR, OCTOBER)
    with pytest.raises(Problem, match="待审批"):
        rule(office)
    month.return_(office, BOSS, OCTOBER, reason="补一项判定")
    rule(office)


def lock_october(db: Database) -> Database:
    """October locked; the store in November."""
    month.compute(db, HR, OCTOBER, as_of=AS_OF)
    month.submit(db, HR, OCTOBER)
    month.approve(db, BOSS, OCTOBER)
    month.lock(db, HR, OCTOBER)
    return Database(db.engine, db.home, Settings(home=db.home, as_of="2026-11-05"))


def test_a_changed_ruling_of_a_locked_month_is_a_late_fact_of_that_month(office: Database) -> None:
    later = lock_october(office)
    rule(later, complaint_id="C1", fault="无责", penalty_fen=None, note="录音表明已回电")
    (row,) = rulings.listing(later, BOSS, OCTOBER)
    assert (row["complaint_id"], row["fault"], row["judged_at"][:10]) == ("C1", "无责", "2026-10-20")
    assert rulings.listing(later, BOSS, NOVEMBER) == []
    assert month.sheet(later, HR, OCTOBER).total_fen == 120_00  # what is locked stays


def test_a_changed_ruling_of_a_locked_month_is_corrected_in_the_next(office: Database) -> None:
    later = lock_october(office)
    disputed = month.sheet(later, HR, OCTOBER).lines.filter(ruling_id="C1|责任|E1")["line_id"].item()
    rule(later, complaint_id="C1", fault="有责", penalty_fen=50_00, note="初犯，按下限")
    month.compute(later, HR, NOVEMBER, as_of=date(2026, 11, 5))
    (made,) = month.sheet(later, HR, NOVEMBER).lines.filter(kind="correction").to_dicts()
    assert (made["amount_fen"], made["corrects"], made["corrects_period"]) == (30_00, disputed, "2026-10")  # 80 − 50


def test_a_first_ruling_after_the_lock_belongs_to_its_own_month(office: Database) -> None:
    later = lock_october(office)
    rule(later)
    (row,) = rulings.listing(later, BOSS, NOVEMBER)
    assert (row["complaint_id"], row["judged_at"][:10]) == ("C2", "2026-11-05")


def test_every_version_of_a_ruling_can_be_read_again(office: Database) -> None:
    rule(office, complaint_id="C1", penalty_fen=60_00, note="初犯")
    rule(office, complaint_id="C1", fault="无责", penalty_fen=None, note="录音表明已回电")
    found = rulings.history(office, DIRECTOR_OF_SALES, "C1")
    assert [(row["fault"], row["penalty_fen"], row["note"], row["entered_by"]) for row in found] == [
        ("无责", None, "录音表明已回电", "周总监"),
        ("有责", 60_00, "初犯", "周总监"),
        ("有责", 80_00, None, "console"),
    ]
    assert rulings.history(office, STAFF, "C1") == found  # his own
    stranger = Identity(user_id=5, name="员工E2", roles=frozenset({"staff"}), person_id="E2")
    assert rulings.history(office, stranger, "C1") == []
    with pytest.raises(Problem, match="没有投诉编号 C9"):
        rulings.history(office, BOSS, "C9")


@pytest.mark.parametrize(
    ("as_of", "is_overdue"),
    # received on Saturday 10 October, a working day in lieu: the fifth working day after it is Friday the 16th
    [(date(2026, 10, 16), False), (date(2026, 10, 17), True)],
)
def test_after_five_working_days_without_a_ruling_the_director_is_reminded(
    office: Database, as_of: date, is_overdue: bool
) -> None:
    enter(office, complaints=[complaint("C3", "2026-10-10 09:00", person_id="E1")])
    (found,) = rulings.waiting(office, DIRECTOR_OF_SALES, as_of=as_of)
    assert (found["complaint_id"], found["due"], found["is_overdue"]) == ("C3", "2026-10-16", is_overdue)
    assert found["working_days"] == 5


@pytest.mark.parametrize(
    ("changed", "waits"),
    [
        ({}, True),
        ({"validity": "重复"}, False),
        ({"person_id": None}, False),  # nobody is complained of
        ({"received_at": "2026-11-01 09:00"}, False),  # after the day asked for
    ],
)
def test_only_valid_complaints_against_somebody_wait(office: Database, changed: dict[str, Any], waits: bool) -> None:
    enter(office, complaints=[complaint("C3", **{"person_id": "E1", "received_at": "2026-10-10 09:00", **changed})])
    assert len(rulings.waiting(office, BOSS, as_of=AS_OF)) == waits


def test_what_is_ruled_on_waits_no_longer_but_what_is_undecided_does(office: Database) -> None:
    enter(office, complaints=[complaint("C3", "2026-10-10 09:00", person_id="E1")])
    rule(office, complaint_id="C3", fault="未判定", penalty_fen=None, note="等录音")
    assert len(rulings.waiting(office, BOSS, as_of=AS_OF)) == 1
    rule(office, complaint_id="C3")
    assert rulings.waiting(office, BOSS, as_of=AS_OF) == []
    elsewhere = Identity(
        user_id=7, name="售后总监", roles=frozenset({"director"}), scopes=frozenset({"department:S01/售后部"})
    )
    enter(office, complaints=[complaint("C4", "2026-10-10 09:00", person_id="E1")])
    assert rulings.waiting(office, elsewhere, as_of=AS_OF) == []


def test_rulings_are_listed_to_who_may_see_them(office: Database) -> None:
    enter(office, complaint_rulings=[ruling("C2", "E2", 60_00)])
    assert len(rulings.listing(office, HR)) == 2
    assert [row["person_id"] for row in rulings.listing(office, STAFF)] == ["E1"]
    assert rulings.listing(office, HR, OCTOBER.previous()) == []
