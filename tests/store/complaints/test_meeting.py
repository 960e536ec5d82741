"""The complaint meeting of a week: causes, repeats, what is open and how old, questions that must be asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.complaints import meeting, questions, rulings
from kpi_app.store.database import Database
from metrics.period import Period
from tests.scorecards.group import complaint
from tests.store.pay import DIRECTOR_OF_SALES, HR, STAFF, enter, office_in

WEEK = Period.parse("2026-W44")  # 26 October to 1 November
AS_OF = date(2026, 10, 31)
HEAD = Identity(
    user_id=6,
    name="销售经理",
    roles=frozenset({"head"}),
    scopes=frozenset({"department:S01/销售部"}),
    person_id="M01",
)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    enter(
        made,
        complaints=[  # those the store came with are settled
            complaint("C1", "2026-10-03 09:00", satisfied_at="2026-10-04 09:00"),
            complaint("C2", "2026-10-03 09:00", satisfied_at="2026-10-04 09:00"),
        ],
    )
    yield made
    made.close()


def bring(db: Database, *cases: Mapping[str, Any]) -> None:
    rows: Sequence[dict[str, Any]] = [
        complaint(f"T{number:02d}", str(case["on"]) + " 10:00", **{k: v for k, v in case.items() if k != "on"})
        for number, case in enumerate(cases, start=1)
    ]
    enter(db, complaints=rows)


def held(db: Database, who: Identity = HEAD, **given: Any) -> meeting.Meeting:
    return meeting.weekly(db, who, **{"week": WEEK, "as_of": AS_OF, **given})


def test_the_causes_of_the_week_stand_by_their_number(office: Database) -> None:
    bring(
        office,
        {"on": "2026-10-26", "cause": "服务"},
        {"on": "2026-11-01", "cause": "服务"},  # Sunday, the last day of the week
        {"on": "2026-10-27", "cause": "产品"},
        {"on": "2026-10-28"},
        {"on": "2026-10-25", "cause": "用户"},  # the week before
        {"on": "2026-10-28", "cause": "用户", "validity": "重复"},
        {"on": "2026-10-28", "cause": "用户", "department": "售后部"},
    )
    found = held(office)
    assert [(one.cause.zh, one.complaints, one.cumulative, one.before) for one in found.causes] == [
        ("服务", 2, 2, 0),
        ("产品", 1, 3, 0),
        ("未填", 1, 4, 0),
    ]
    assert (found.received, found.received_before, found.not_counted) == (4, 1, 1)


@pytest.mark.parametrize(
    ("days", "is_repeat"),
    [
        (["2026-10-28", "2026-10-20", "2026-10-14"], True),  # three of the last four weeks
        (["2026-10-28", "2026-10-20", "2026-10-20"], False),  # two
        (["2026-10-28", "2026-10-20", "2026-10-04"], False),  # the third is five weeks back
        (["2026-10-28", "2026-10-20", "2026-10-05"], True),  # the first day of the fourth week back
        (["2026-10-20", "2026-10-14", "2026-10-07"], False),  # nothing this week
    ],
)
def test_a_topic_of_three_weeks_in_four_is_a_repeat(office: Database, days: list[str], is_repeat: bool) -> None:
    bring(office, *({"on": day, "cause": "服务", "person_id": "E1"} for day in days))
    topics = held(office).topics
    assert bool(topics) == is_repeat
    if is_repeat:
        assert (topics[0].cause, topics[0].complaints, topics[0].weeks, topics[0].person_ids) == ("服务", 3, 3, ("E1",))


def test_a_customer_who_complains_again_is_a_repeat(office: Database) -> None:
    bring(
        office,
        {"on": "2026-10-28", "customer_id": "K1"},
        {"on": "2026-10-28", "customer_id": "K2"},
        {"on": "2026-10-12", "customer_id": "K1"},
    )
    assert [(one.customer_id, one.complaints) for one in held(office).topics] == [("K1", 2)]


@pytest.mark.parametrize(
    ("received", "more", "age"),
    # open at the end of Saturday 31 October
    [
        ("2026-10-31 00:01", {}, "1 天内"),
        ("2026-10-31 00:00", {}, "1 至 3 天"),  # 24 hours
        ("2026-10-29 00:01", {}, "1 至 3 天"),
        ("2026-10-29 00:00", {}, "3 至 7 天"),  # 72 hours: over the limit
        ("2026-10-25 00:00", {}, "7 天以上"),
        ("2026-10-31 00:01", {"satisfied_at": "2026-10-31 23:59"}, None),
        ("2026-10-31 00:01", {"satisfied_at": "2026-11-01 00:00"}, "1 天内"),
        ("2026-11-01 00:00", {}, None),  # not yet
        ("2026-10-31 00:01", {"validity": "撤诉"}, None),
    ],
)
def test_open_complaints_have_an_age(office: Database, received: str, more: dict[str, Any], age: str | None) -> None:
    enter(office, complaints=[complaint("C9", received, person_id="E1", handler_id="D01", **more)])
    found = held(office).open
    assert [one.age.zh for one in found] == ([] if age is None else [age])
    if age is not None:
        assert found[0].is_over_limit == (found[0].hours >= 72)
        assert (found[0].person_name, found[0].handler_name) == ("员工E1", "员工D01")


def test_an_unhappy_recontact_keeps_the_complaint_open_from_its_first_day(office: Database) -> None:
    enter(
        office,
        complaints=[
            complaint("C9", "2026-10-20 10:00", satisfied_at="2026-10-21 10:00"),
            complaint("C9", "2026-10-27 10:00", loop_no=2),
        ],
    )
    found = held(office)
    assert [(one.complaint_id, one.loops, one.received_at.day) for one in found.open] == [("C9", 2, 20)]
    assert (found.again_unhappy, found.received) == (1, 0)


def test_the_meeting_is_for_who_leads_the_department(office: Database) -> None:
    bring(
        office,
        {"on": "2026-10-28"},
        {"on": "2026-10-28", "department": "售后部"},
        {"on": "2026-10-28", "store_id": "S02"},
    )
    assert held(office).received == held(office, DIRECTOR_OF_SALES).received == 1
    assert held(office, replace(HEAD, scopes=frozenset({"store:S01"}))).received == 2
    everything = replace(HEAD, scopes=frozenset({"group"}))
    assert held(office, everything).received == held(office, access.CONSOLE).received == 3
    assert held(office, everything, store_id="S01", department="售后部").received == 1
    for who in (HR, STAFF):
        with pytest.raises(Forbidden):
            held(office, who)
    with pytest.raises(Forbidden):
        held(office, department="售后部")


def test_a_head_whose_departments_have_no_complaints_meets_all_the_same(office: Database) -> None:
    bring(office, {"on": "2026-10-28", "department": "售后部"})
    assert (held(office).received, held(office, department="销售部").received) == (0, 0)
    for who, named in ((HEAD, {"department": "售后部"}), (HR, {})):
        with pytest.raises(Forbidden):
            held(office, who, **named)


def test_a_head_sees_what_waits_for_a_ruling_but_no_amounts(office: Database) -> None:
    bring(office, {"on": "2026-10-19", "person_id": "E1"}, {"on": "2026-10-28", "person_id": "E2"})
    note = {"person_id": "E2", "fault": "有责", "penalty_fen": 50_00, "note": "漏回电"}
    rulings.set_(office, DIRECTOR_OF_SALES, complaint_id="T02", **note)  # type: ignore[arg-type]
    of_head, of_director = held(office), held(office, DIRECTOR_OF_SALES)
    assert [(one["complaint_id"], one["is_overdue"]) for one in of_head.waiting] == [("T01", True)]
    assert (of_head.ruled, [one["penalty_fen"] for one in of_director.ruled]) == ((), [50_00])


def test_only_a_week_has_a_meeting(office: Database) -> None:
    with pytest.raises(Problem, match="2026-10 不是周"):
        held(office, week=Period.parse("2026-10"))


def test_a_frequent_topic_becomes_a_question_that_must_be_asked(office: Database) -> None:
    bring(office, *({"on": day, "cause": "服务"} for day in ("2026-10-28", "2026-10-20", "2026-10-14")))
    assert not held(office).topics[0].is_asked
    number = questions.ask(
        office, HEAD, store_id="S01", department="销售部", words="顾问是否按约定时间回电？", cause="服务"
    )
    found = held(office)
    assert found.topics[0].is_asked
    assert [(one.question_id, one.words, one.since) for one in found.questions] == [
        (number, "顾问是否按约定时间回电？", AS_OF)
    ]
    questions.end(office, HEAD, number)
    assert held(office).questions == ()
    with pytest.raises(Problem, match="没有在问的必问题"):
        questions.end(office, HEAD, number)


@pytest.mark.parametrize(
    ("who", "given", "message"),
    [
        (HEAD, {"words": " "}, "写明必问题"),
        (HEAD, {"department": "售后部"}, "没有权限"),
        (HEAD, {"department": "财务"}, "没有部门"),
        (HEAD, {"cause": "天气"}, "原因 天气 无效"),
        (HR, {}, "没有权限"),
        (access.CONSOLE, {}, "有工号的账号"),
    ],
)
def test_what_cannot_be_asked_says_why(office: Database, who: Identity, given: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem, match=message):
        questions.ask(office, who, **{"store_id": "S01", "department": "销售部", "words": "回电了吗？", **given})


def test_the_meeting_is_a_document(office: Database) -> None:
    bring(office, {"on": "2026-10-28", "cause": "服务", "customer_id": "K1"}, {"on": "2026-10-28", "customer_id": "K1"})
    document = held(office).as_json("en")
    assert (document["week"], document["causes"][0]["cause"]) == ("2026-W44", "service")
    assert document["open"][0]["received_at"] == "2026-10-28 10:00"
