"""Statements reach as far as the right to the pay they show, and every export is noted."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity, Right
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import lines, month, month_settings, statements
from kpi_app.store.proving import evidence
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, SHOWN, STAFF, enter, office_in

AS_OF = date(2026, 10, 31)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    yield made
    made.close()


def noted(db: Database) -> list[dict[str, object]]:
    with db.read() as conn:
        rows = conn.execute(sa.select(tables.audit).where(tables.audit.c.verb == "statement.export"))
        return [{"user": row.user_name, **json.loads(row.about)} for row in rows]


@pytest.mark.both
def test_whoever_sees_the_pay_gets_everybodys_statement(office: Database) -> None:
    found = statements.export(office, HR, OCTOBER)
    assert [(one.person_id, one.sheet.total_fen) for one in found] == [("E1", 120_00), ("E2", 0), ("E5", 0)]
    assert all({line["person_id"] for line in one.sheet.lines.to_dicts()} <= {one.person_id} for one in found)
    assert [one.person_id for one in statements.export(office, BOSS, OCTOBER, unit="S02")] == ["E5"]
    assert [(one["user"], one["people"]) for one in noted(office)] == [
        ("赵人事", ["E1", "E2", "E5"]),
        ("总经理", ["E5"]),
    ]


def test_staff_get_their_own_and_nobody_elses(office: Database) -> None:
    assert [one.person_id for one in statements.export(office, STAFF, OCTOBER)] == ["E1"]
    assert [one.person_id for one in statements.export(office, STAFF, OCTOBER, person_id="E1")] == ["E1"]
    with pytest.raises(Forbidden):
        statements.export(office, STAFF, OCTOBER, person_id="E2")
    stranger = Identity(user_id=9, name="路人", roles=frozenset({"staff", "head"}), scopes=frozenset({"store:S01"}))
    with pytest.raises(Problem, match="没有您可以查看的绩效对账单"):
        statements.export(office, stranger, OCTOBER)
    assert [one["people"] for one in noted(office)] == [["E1"], ["E1"]]


def test_who_may_see_pay_takes_it_out_only_with_the_right_to_export(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(access.ROLES, "hr", access.ROLES["hr"] - {Right.EXPORT})
    reads = replace(HR, person_id="E1")
    assert len(month.sheet(office, reads, OCTOBER).people) == 3
    for taken in (
        lambda: month.sheet(office, reads, OCTOBER, is_export=True),
        lambda: statements.export(office, reads, OCTOBER, person_id="E2"),
        lambda: evidence.pack(office, reads, OCTOBER),
    ):
        with pytest.raises(Forbidden, match="没有权限导出"):
            taken()
    assert [one.person_id for one in statements.export(office, reads, OCTOBER)] == ["E1"]  # one's own needs none
    assert len(statements.export(office, access.CONSOLE, OCTOBER)) == 3


def test_where_a_month_is_published_staff_get_theirs_from_then_on(office: Database) -> None:
    month_settings.set_(office, access.CONSOLE, {"publication": "on"}, since="2026-10")
    with pytest.raises(Problem, match="没有您可以查看的绩效对账单"):
        statements.export(office, STAFF, OCTOBER)
    assert len(statements.export(office, HR, OCTOBER)) == 3
    month.publish(office, HR, OCTOBER)
    assert [one.person_id for one in statements.export(office, STAFF, OCTOBER)] == ["E1"]


def test_a_store_that_pays_in_whole_yuan_has_its_differences_on_a_line(office: Database) -> None:
    line_id = lines.add(office, HR, OCTOBER, person_id="E1", amount_fen=49, reason="取整", evidence=SHOWN)
    lines.approve(office, BOSS, line_id)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert month.sheet(office, HR, OCTOBER, unit="S01").total_fen == 120_49
    month_settings.set_(office, access.CONSOLE, {"payout_unit": "yuan"}, since="2026-10", store_id="S01")
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    sheet = month.sheet(office, HR, OCTOBER, unit="S01")
    assert (sheet.total_fen, sheet.revision, sheet.inputs["发放单位"]) == (120_00, 3, "元")
    assert [line["amount_fen"] for line in sheet.lines.to_dicts() if line["rule"] == "payout_rounding"] == [-49]
    assert month.compute(office, HR, OCTOBER, as_of=AS_OF)[0].revision == 3
    with pytest.raises(Problem, match="payout_unit"):
        month_settings.set_(office, access.CONSOLE, {"payout_unit": "dime"}, since="2026-10")


def test_a_director_gets_those_of_their_department(office: Database) -> None:
    assert [one.person_id for one in statements.export(office, DIRECTOR_OF_SALES, OCTOBER)] == ["E1", "E2"]
    with pytest.raises(Forbidden):
        statements.export(office, DIRECTOR_OF_SALES, OCTOBER, person_id="E5")


def test_a_month_that_is_not_computed_has_none(office: Database) -> None:
    with pytest.raises(Problem, match="先计算这个月"):
        statements.export(office, HR, OCTOBER.previous())
    with pytest.raises(Problem, match="E99"):
        statements.export(office, HR, OCTOBER, person_id="E99")


def test_the_weeks_are_those_of_the_snapshot_and_the_first_metric_with_a_goal(office: Database) -> None:
    def of(person_id: str) -> statements.Weeks | None:
        return statements.export(office, HR, OCTOBER, person_id=person_id)[0].weeks

    before = of("E1")
    assert before is not None
    assert (before.metric.key, before.goal, len(before.values)) == ("css_score", None, 13)
    assert before.values[-1][0] == "2026-W44"
    assert {label: value for label, value in before.values if value is not None} == {"2026-W38": 90}
    enter(office, surveys=[{
        "survey_id": "late", "programme": "CSS", "store_id": "S01", "department": "销售部", "person_id": "E1",
        "surveyed_on": "2026-10-06", "item": "总分", "score_hundredths": 50_00,
    }])  # fmt: skip
    assert of("E1") == before  # imported after the snapshot


def test_two_exports_of_a_snapshot_are_equal(office: Database) -> None:
    first, second = (statements.export(office, HR, OCTOBER) for _ in range(2))
    assert [one.sheet.digest for one in first] == [one.sheet.digest for one in second]
    assert [one.weeks for one in first] == [one.weeks for one in second]
    assert all("操作记录" not in one.sheet.inputs for one in first)
