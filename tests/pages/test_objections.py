"""How an objection looks to those who see it, and which cases a director may rule on."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from data_contracts.contract import Text
from kpi_app.access import Identity
from kpi_app.pages import complaint_meeting, objections
from kpi_app.store.disputes.objections import Objection


class Here:
    """A visit in Chinese."""

    def __call__(self, message, **values):
        return message.format(**values) if values else message

    def text(self, text):
        return text.zh


WAITING = Objection(
    objection_id=3,
    period="2026-10",
    store_id="S01",
    store_name="东一店",
    person_id="E1",
    person_name="员工E1",
    line_id="0f3a",
    line_name=Text("有责抱怨", "complaint at fault"),
    line_fen=-80_00,
    arithmetic=Text("扣减 80.00 元", "80.00 yuan"),
    about="ruling",
    route="ruler",
    routed_to="D01",
    department="S01/销售部",
    reason="当日已回电",
    is_late=False,
    raised_at=datetime(2026, 11, 2, tzinfo=UTC),
    answer_due=date(2026, 11, 5),
    state="open",
    words="",
    answered_by=None,
    answered_at=None,
    amount_fen=None,
    made_line_id=None,
    counts_in=None,
    is_mine=False,
    may_answer=True,
)


def test_a_waiting_objection_says_whose_it_is_and_until_when():
    shown = objections.values(Here(), WAITING)
    assert (shown["title"], shown["who"], shown["amount"]) == ("有责抱怨", "员工E1 · 东一店", "−¥80.00")
    assert (shown["due"], shown["state"], shown["made"]) == ("11-05 前答复", "待答复", "")


def test_without_the_right_to_pay_there_is_no_amount_on_the_screen():
    shown = objections.values(Here(), replace(WAITING, line_fen=None, arithmetic=None))
    assert "80" not in "".join(map(str, shown.values()))


def test_an_amendment_says_what_it_made():
    answered = replace(
        WAITING,
        state="amended",
        words="按下限计",
        answered_by="周总监",
        answered_at=datetime(2026, 11, 3, tzinfo=UTC),
        amount_fen=30_00,
        made_line_id="9c",
        counts_in="2026-11",
    )
    shown = objections.values(Here(), answered)
    assert (shown["made"], shown["due"]) == ("调整 +¥30.00，计入 2026-11，经另一人审批后生效", "")


def test_what_is_missing_has_no_line():
    assert objections.values(Here(), replace(WAITING, line_id=None, line_name=None))["title"] == "漏算了"


@pytest.mark.parametrize(
    ("role", "scope", "person_id", "may"),
    [
        ("director", "department:S01/销售部", "D01", True),
        ("director", "department:S01/售后部", "D01", False),
        ("director", "group", "E1", False),  # one's own case
        ("head", "group", "M01", False),
    ],
)
def test_the_ruling_form_is_for_the_director_of_the_department(role, scope, person_id, may):
    who = Identity(user_id=1, name=role, roles=frozenset({role}), scopes=frozenset({scope}), person_id=person_id)
    case = {"unit": "S01", "department": "销售部", "person_id": "E1"}
    assert complaint_meeting.may_rule(who, case) == may
