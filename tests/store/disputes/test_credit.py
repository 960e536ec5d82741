"""A head gives the credit of an arrival to whom it belongs, with a reason; nobody to themselves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.exports.evidence import verify
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.disputes import credit, objections
from kpi_app.store.months import differences, month, month_settings
from kpi_app.store.proving import audit, evidence, proof
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import plans
from metrics.period import Period
from tests.scorecards.group import post
from tests.store.months.test_overtime import PER_CAR, lock
from tests.store.pay import BOSS, HR, OCTOBER, PEOPLE, enter, office_in

NOVEMBER = Period.parse("2026-11")
PER_VISIT = (
    PER_CAR.replace('"cars"', '"visits"').replace("C1", "V1").replace("cars_delivered", "invited_visits")
    .replace('"sales_consultant"', '"invite_specialist"').replace('"300.00"', '"60.00"')
)  # fmt: skip
CENTRE = {"department": "呼叫中心", "team_id": "T05"}
CALLERS = [post(who, "invite_specialist", **CENTRE) for who in ("I1", "I2", "I9")]
HEAD = Identity(
    user_id=21, name="呼叫中心主管", roles=frozenset({"head"}), scopes=frozenset({"department:S01/呼叫中心"}),
    person_id="I9",
)  # fmt: skip
AUDITOR = Identity(user_id=9, name="管理员", roles=frozenset({"admin"}))
WHY = "电话邀约未录入，有通话录音"


def invited(number: str, person_id: str, at: str) -> dict[str, Any]:
    return {"invitation_id": number, "customer_id": "K1", "store_id": "S01", "person_id": person_id, "purpose": "潜客",
            "invited_at": at}  # fmt: skip


def arrived(visit_id: str, at: str, customer_id: str = "K1") -> dict[str, Any]:
    return {"visit_id": visit_id, "customer_id": customer_id, "store_id": "S01", "arrived_at": at}


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    """One visit of October, 60.00 for I2, who invited the customer after I1 had; the customer came twice that day."""
    made = office_in(settings)
    plans.load(made, access.CONSOLE, PER_VISIT)
    month_settings.set_(made, access.CONSOLE, {"blocking": "computed_to_the_end"}, since="2026-10")
    enter(
        made,
        people=[*PEOPLE, *CALLERS],
        invitations=[invited("Y1", "I1", "2026-10-05 10:00"), invited("Y2", "I2", "2026-10-06 10:00")],
        store_visits=[arrived("D1", "2026-10-08 10:00"), arrived("D2", "2026-10-08 15:00")],
    )
    yield made
    made.close()


def give(db: Database, who: Identity = HEAD, visit_id: str = "D1", person_id: str = "I1", reason: str = WHY) -> int:
    return credit.give(db, who, visit_id=visit_id, person_id=person_id, reason=reason)


def paid(db: Database, period: Period = OCTOBER) -> list[tuple[str, str, int]]:
    """Person, kind and amount of the lines for visits of a month computed now."""
    month.compute(db, HR, period, as_of=period.last)
    lines = month.sheet(db, HR, period).lines.filter(rule="V1").sort("person_id")
    return lines.select("person_id", pl.col("kind").cast(pl.String), "amount_fen").rows()


@pytest.mark.both
def test_the_head_gives_an_arrival_to_another_and_the_month_pays_that_person(office: Database) -> None:
    assert paid(office) == [("I2", "commission", 60_00)]
    number = give(office)
    assert paid(office) == [("I1", "commission", 60_00)]
    (decision,) = credit.listing(office, HEAD)
    assert decision == {
        "visit_id": "D1", "customer_id": "K1", "unit": "S01", "store_name": "东一店", "arrived_at": "2026-10-08 10:00",
        "person_id": "I1", "person_name": "员工I1", "reason": WHY, "decided_by": "I9", "decided_name": "员工I9",
        "decided_at": "2026-10-31 09:00", "import_id": number,
    }  # fmt: skip
    (entry,) = audit.listing(office, access.CONSOLE, verb="credit.give")
    assert (entry["user"], entry["about"]["person_id"], entry["about"]["before"]) == ("呼叫中心主管", "I1", ["I2"])


def test_a_decision_on_the_second_arrival_of_the_day_is_one_on_the_day(office: Database) -> None:
    give(office, visit_id="D2")
    rows = facts.load(office)["credit_reassignments"].collect()
    assert rows.select("visit_id", "person_id").rows() == [("D1", "I1")]
    with pytest.raises(Problem, match="已经计给 I1"):
        give(office)


def test_every_version_stays_and_the_latest_counts(office: Database, clock: list[datetime]) -> None:
    first = give(office)
    clock[0] += timedelta(minutes=5)
    second = give(office, BOSS, person_id="I2", reason="录音是他人的")
    assert paid(office) == [("I2", "commission", 60_00)]
    found = credit.history(office, HEAD, "D2")
    assert [(row["import_id"], row["person_id"], row["decided_by"]) for row in found] == [
        (second, "I2", "B01"),
        (first, "I1", "I9"),
    ]
    assert [row["person_id"] for row in credit.listing(office, HEAD)] == ["I2"]


def test_only_the_head_of_all_whom_it_concerns_and_never_for_oneself(office: Database) -> None:
    elsewhere = replace(HEAD, scopes=frozenset({"department:S01/销售部"}), person_id="D01", user_id=22)
    staff = Identity(user_id=23, name="员工I1", roles=frozenset({"staff"}), person_id="I1")
    for who in (elsewhere, staff, HR, AUDITOR):
        with pytest.raises(Forbidden):
            give(office, who)
    with pytest.raises(Forbidden):
        give(office, person_id="E1")  # of the sales department: the head of both decides
    give(office, BOSS, person_id="E1")
    with pytest.raises(Forbidden):
        give(office, person_id="I2")  # now it would leave E1
    with pytest.raises(Problem, match="与自己有关"):
        give(office, replace(BOSS, person_id="E1"), person_id="I2")  # taken from oneself
    with pytest.raises(Problem, match="与自己有关"):
        give(office, replace(BOSS, person_id="I2"), person_id="I2")  # given to oneself
    with pytest.raises(Problem, match="须有工号"):
        give(office, access.CONSOLE, person_id="I2")


@pytest.mark.parametrize(
    ("given", "message"),
    [({"reason": " "}, "理由"), ({"visit_id": "D9"}, "没有到店编号 D9"), ({"person_id": "I8"}, "没有工号 I8"),
     ({"person_id": "I2"}, "已经计给 I2")],
)  # fmt: skip
def test_what_cannot_be_says_why(office: Database, given: dict[str, str], message: str) -> None:
    with pytest.raises(Problem, match=message):
        give(office, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["submitted", "approved"])
def test_nothing_changes_under_the_approvers_eyes(office: Database, status: str) -> None:
    month.compute(office, HR, OCTOBER, as_of=OCTOBER.last)
    month.submit(office, HR, OCTOBER)
    if status == "approved":
        month.approve(office, BOSS, OCTOBER)
    with pytest.raises(Problem, match="请先退回"):
        give(office)


@pytest.mark.both
def test_a_locked_month_is_corrected_on_both_sides_and_both_may_object(office: Database) -> None:
    lock(office)
    give(office)
    assert paid(office, NOVEMBER) == [("I1", "correction", 60_00), ("I2", "correction", 0)]
    lines = month.sheet(office, HR, NOVEMBER).lines.filter(rule="V1").sort("person_id").to_dicts()
    assert [line["requested_fen"] for line in lines] == [60_00, -60_00]  # what I2 has no pay for is carried
    assert all("原因：归属改定" in line["arithmetic_zh"] for line in lines)
    for number, line in enumerate(lines, start=31):
        person = line["person_id"]
        who = Identity(user_id=number, name=person, roles=frozenset({"staff"}), person_id=person)
        objections.dispute(office, who, line["line_id"], reason="录音不是我的", about="credit")
    assert [(one.person_id, one.route) for one in objections.listing(office, HEAD)] == [("I2", "head"), ("I1", "head")]


def test_the_explanation_names_who_decided_and_why_and_staff_are_told_the_post(office: Database) -> None:
    give(office)
    paid(office)
    (line,) = month.sheet(office, HR, OCTOBER).lines.filter(rule="V1").to_dicts()
    told = month.explain(office, HR, line["line_id"]).as_text("zh")
    assert f"归属改定 D1 → I1 2026-10-31 09:00：部门负责人改定，计入；I9 改定，理由：{WHY}" in told
    assert "邀约记录 Y2 I2 2026-10-06 10:00：部门负责人改定归他人" in told
    staff = Identity(user_id=31, name="I1", roles=frozenset({"staff"}), person_id="I1")
    own = month.explain(office, staff, line["line_id"]).as_text("zh")
    assert f"部门负责人 改定，理由：{WHY}" in own
    assert not {"I9", "I2"} & set(own.replace("：", " ").replace("；", " ").split())
    (seen,) = credit.listing(office, staff)
    assert (seen["person_id"], seen["decided_by"]) == ("I1", None)


def test_a_month_paid_by_a_decision_is_proved_from_its_pack_alone(office: Database) -> None:
    give(office)
    lock(office)
    pack, verdict = evidence.pack(office, HR, OCTOBER)
    assert (verdict.is_equal, verify(pack).difference, verify(pack).altered) == (True, None, ())
    assert proof.verify(office, AUDITOR).faults == ()


def test_two_revisions_name_the_decision_as_the_cause(office: Database) -> None:
    paid(office)
    give(office)
    paid(office)
    (one,) = differences.revisions(office, HR, OCTOBER, unit="S01")
    moved = [(it.person_id, it.rule, it.cause, it.amount_fen) for it in one.differences]
    assert moved == [("I1", "V1", "credit", 60_00), ("I2", "V1", "credit", -60_00)]
    assert one.amount_fen == 0


def test_a_head_finds_the_arrivals_of_a_customer_and_sees_only_own_people_named(office: Database) -> None:
    enter(office, invitations=[invited("Y3", "E1", "2026-10-07 10:00")])
    (found,) = credit.find(office, HEAD, "K1")
    assert (found.visit_id, [(one.key, one.person_id, one.is_credited) for one in found.candidates]) == (
        "D1",
        [("Y3", None, True), ("Y2", "I2", False), ("Y1", "I1", False)],
    )
    assert dict(found.led) == {"I1": "员工I1", "I2": "员工I2"}  # not the head itself
    assert credit.find(office, HEAD, "D2") == [found]
    assert credit.find(office, HEAD, "D9") == []
    assert credit.find(office, replace(HEAD, scopes=frozenset({"store:S02"})), "K1") == []
    with pytest.raises(Forbidden):
        credit.find(office, HR, "K1")
