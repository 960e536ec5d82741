"""A manual line needs a reason and somebody else's approval, and is never for oneself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.settings import Settings
from kpi_app.store import lines, month
from kpi_app.store.database import Database
from tests.store.pay import BOSS, HR, OCTOBER, STAFF, office_in


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def add(db: Database, who: access.Identity = HR, **given: Any) -> str:
    asked: dict[str, Any] = {"person_id": "E2", "amount_fen": 150_00, "reason": "展会支援"}
    return lines.add(db, who, OCTOBER, **{**asked, **given})


@pytest.mark.both
def test_a_line_waits_for_another(office: Database) -> None:
    line_id = add(office)
    assert lines.listing(office, HR, OCTOBER)[0]["approved_by"] is None
    lines.approve(office, BOSS, line_id)
    (row,) = lines.listing(office, HR, OCTOBER)
    assert row == {
        "line_id": line_id, "unit": "S01", "person_id": "E2", "amount_fen": 150_00, "amount": "150.00",
        "reason": "展会支援", "entered_by": "赵人事", "approved_by": "总经理",
    }  # fmt: skip
    with pytest.raises(Problem, match="已由 总经理 审批"):
        lines.approve(office, BOSS, line_id)


def test_who_entered_it_does_not_approve_it(office: Database) -> None:
    both = replace(HR, roles=frozenset({"hr", "director"}))
    line_id = add(office, both)
    with pytest.raises(Problem, match="录入人不能审批"):
        lines.approve(office, both, line_id)


def test_nobody_enters_or_approves_a_line_of_their_own(office: Database) -> None:
    with pytest.raises(Problem, match="不能给自己"):
        add(office, person_id="H01")
    line_id = add(office, person_id="B01")
    with pytest.raises(Problem, match="不能给自己"):
        lines.approve(office, BOSS, line_id)


@pytest.mark.parametrize(
    ("given", "message"),
    [({"reason": " "}, "理由"), ({"amount_fen": 0}, "金额"), ({"person_id": "E99"}, "没有工号 E99")],
)
def test_what_cannot_be_entered_says_why(office: Database, given: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem, match=message):
        add(office, **given)


def test_rights_are_asked_for(office: Database) -> None:
    for who in (STAFF, BOSS):
        with pytest.raises(Forbidden):
            add(office, who)
    line_id = add(office)
    with pytest.raises(Forbidden):
        lines.approve(office, HR, line_id)
    with pytest.raises(Problem, match="没有手工行"):
        lines.approve(office, BOSS, "0" * 16)
    assert lines.listing(office, STAFF, OCTOBER) == []
    assert len(lines.listing(office, access.CONSOLE, OCTOBER)) == 1


def test_two_lines_alike_are_two_lines(office: Database) -> None:
    assert add(office) != add(office)


def test_nothing_is_added_to_a_month_that_is_handed_in(office: Database) -> None:
    pending = add(office)
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 31))
    month.submit(office, HR, OCTOBER)
    for deed in (lambda: add(office), lambda: lines.approve(office, BOSS, pending)):
        with pytest.raises(Problem, match="待审批"):
            deed()
