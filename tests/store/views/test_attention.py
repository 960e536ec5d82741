"""What waits today: each matter with what is due and whose it is, as far as the rights of who asks."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from kpi_app.access import CONSOLE, Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.views import attention
from kpi_app.store.views.attention import Matter
from metrics.credit import Level
from tests.scorecards.group import DIRECTOR, complaint, post
from tests.store.pay import enter, office_in

AS_OF = date(2026, 10, 31)  # a Saturday
CALLS = {"role": "invite_specialist", "department": "呼叫中心"}
LEAD = {"store_id": "S01", "channel": "线上"}


def user(role: str, *scopes: str, person_id: str | None = "M01") -> Identity:
    return Identity(user_id=9, name=role, roles=frozenset({role}), scopes=frozenset(scopes), person_id=person_id)


HEAD = user("head", "department:S01/呼叫中心")
HEAD_OF_SALES = user("head", "department:S01/销售部")


def lead(number: str, person_id: str = "A1", **more: Any) -> dict[str, Any]:
    return {
        "lead_id": number, "customer_id": f"C{number}", "person_id": person_id, "received_at": "2026-10-20 10:00",
        "first_contact_at": "2026-10-20 10:10", **LEAD, **more,
    }  # fmt: skip


def contact(lead_id: str, next_on: str, person_id: str = "A1") -> dict[str, Any]:
    return {
        "follow_up_id": f"F{lead_id}", "lead_id": lead_id, "person_id": person_id, "done_at": "2026-09-01 10:00",
        "next_contact_at": f"{next_on} 10:00", "is_connected": True,
    }  # fmt: skip


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    enter(
        made,
        people=[
            DIRECTOR,
            post("E1"),
            post("A1", team_id="T21", **CALLS),
            post("A2", team_id="T22", **CALLS),
            post("A9", team_id="T29", store_id="S02", **CALLS),
        ],
        complaints=[  # those the store came with are settled
            complaint("C1", "2026-10-03 09:00", satisfied_at="2026-10-04 09:00"),
            complaint("C2", "2026-10-03 09:00", satisfied_at="2026-10-04 09:00"),
        ],
    )
    yield made
    made.close()


def waits(
    db: Database, who: Identity = HEAD, level: Level = "department", subject: str = "S01/呼叫中心", on: date = AS_OF
) -> Mapping[str, Matter]:
    return {matter.key: matter for matter in attention.today(db, who, level, subject, as_of=on)}


def abouts(matter: Matter) -> list[str]:
    return [item.about for item in matter.items]


def test_a_follow_up_is_overdue_from_the_day_after_and_stands_there_on_its_day(office: Database) -> None:
    enter(
        office,
        leads=[lead("L1"), lead("L2", "A2"), lead("L3")],
        follow_ups=[contact("L1", "2026-10-30"), contact("L2", "2026-10-31", "A2"), contact("L3", "2026-11-01")],
    )
    found = waits(office)["follow_ups"]
    assert [(it.about, it.days, it.is_late) for it in found.items] == [("L1", 1, True), ("L2", 0, False)]
    assert found.late == 1


def test_follow_ups_overdue_for_long_are_only_counted(office: Database) -> None:
    enter(office, leads=[lead("L1"), lead("L2")], follow_ups=[contact("L1", "2026-09-30"), contact("L2", "2026-10-01")])
    found = waits(office)["follow_ups"]
    assert (abouts(found), found.older) == (["L2"], 1)


def test_the_person_with_the_most_stands_first(office: Database) -> None:
    due = [("L1", "A1"), ("L2", "A2"), ("L3", "A2")]
    enter(office, leads=[lead(*it) for it in due], follow_ups=[contact(it, "2026-10-20", who) for it, who in due])
    assert waits(office)["follow_ups"].people == [("员工A2", 2), ("员工A1", 1)]


@pytest.mark.parametrize(
    ("more", "is_listed"),
    [
        ({"first_contact_at": None}, True),
        ({"first_contact_at": "2026-10-20 12:00"}, False),  # late, but answered
        ({"first_contact_at": "2026-11-01 09:00"}, True),  # not answered yet on that day
        ({"first_contact_at": None, "status": "战败"}, False),
        ({"first_contact_at": None, "received_at": "2026-10-01 10:00"}, True),
        ({"first_contact_at": None, "received_at": "2026-09-30 10:00"}, False),  # not of the last 31 days
    ],
)
def test_a_lead_waits_while_nobody_has_answered_it(office: Database, more: dict[str, Any], is_listed: bool) -> None:
    enter(office, leads=[lead("L1", **more)])
    assert abouts(waits(office)["leads"]) == (["L1"] if is_listed else [])


def test_open_complaints_stand_by_age_and_are_late_from_72_hours(office: Database) -> None:
    enter(
        office,
        complaints=[
            complaint("T1", "2026-10-31 10:00"),
            complaint("T2", "2026-10-28 23:00"),
            complaint("T3", "2026-10-29 01:00"),
        ],
    )
    found = waits(office, HEAD_OF_SALES, subject="S01/销售部")["complaints"]
    assert [(it.about, it.is_late) for it in found.items] == [("T2", True), ("T3", False), ("T1", False)]


def test_rulings_stand_by_the_working_days_left(office: Database) -> None:
    enter(
        office,
        complaints=[
            complaint("T1", "2026-10-30 10:00", person_id="E1", satisfied_at="2026-10-30 11:00"),
            complaint("T2", "2026-10-19 10:00", person_id="E1", satisfied_at="2026-10-19 11:00"),
        ],
    )
    found = waits(office, HEAD_OF_SALES, subject="S01/销售部")["rulings"]
    assert [(it.about, it.days, it.is_late) for it in found.items] == [("T2", 4, True), ("T1", -5, False)]


@pytest.mark.parametrize(("on", "said"), [(30, "今天到期"), (31, "已过期限")])  # Friday the 30th, and the Saturday
def test_what_was_due_on_friday_is_not_due_today_on_saturday(office: Database, on: int, said: str) -> None:
    enter(office, complaints=[complaint("T1", "2026-10-23 10:00", person_id="E1", satisfied_at="2026-10-23 11:00")])
    found = waits(office, HEAD_OF_SALES, subject="S01/销售部", on=date(2026, 10, on))["rulings"]
    assert [(it.about, it.days, it.is_late, it.text.zh) for it in found.items] == [("T1", 0, on == 31, said)]


def test_a_record_made_after_the_arrival_is_listed(office: Database) -> None:
    enter(
        office,
        invitations=[
            {"invitation_id": number, "customer_id": number, "store_id": "S01", "person_id": "A1",
             "invited_at": "2026-10-20 10:00", "purpose": "潜客", "recorded_at": recorded}
            for number, recorded in (("Y1", "2026-10-21 15:00"), ("Y2", "2026-10-20 10:05"))
        ],
        store_visits=[
            {"visit_id": f"D{number}", "customer_id": number, "store_id": "S01", "arrived_at": "2026-10-21 14:00"}
            for number in ("Y1", "Y2")
        ],
    )  # fmt: skip
    assert abouts(waits(office)["backfilled"]) == ["Y1"]


@pytest.mark.parametrize(
    ("level", "subject", "listed"),
    [
        ("team", "T21", ["L1"]),
        ("department", "S01/呼叫中心", ["L1", "L2"]),
        ("store", "S01", ["L1", "L2"]),
        ("region", "华北", ["L9"]),
        ("group", "group", ["L1", "L2", "L9"]),
    ],
)
def test_a_subject_holds_what_is_its_peoples(office: Database, level: Level, subject: str, listed: list[str]) -> None:
    enter(office, leads=[lead("L1"), lead("L2", "A2"), lead("L9", "A9", store_id="S02")],
          follow_ups=[contact("L1", "2026-10-20"), contact("L2", "2026-10-21", "A2"),
                      contact("L9", "2026-10-22", "A9")])  # fmt: skip
    assert abouts(waits(office, CONSOLE, level, subject)["follow_ups"]) == listed


def test_who_sees_a_store_only_from_a_department_gets_the_own_people(office: Database) -> None:
    enter(
        office,
        leads=[lead("L1"), lead("L2", "A2")],
        follow_ups=[contact("L1", "2026-10-20"), contact("L2", "2026-10-21", "A2")],
    )
    assert abouts(waits(office, user("head", "team:T21"), "store", "S01")["follow_ups"]) == ["L1"]


@pytest.mark.parametrize(
    ("who", "level", "subject"),
    [
        (HEAD, "department", "S02/呼叫中心"),
        (HEAD, "department", "S01/销售部"),
        (HEAD, "team", "T29"),
        (user("staff", person_id="A1"), "team", "T21"),
        (user("staff", person_id="A1"), "person", "A2"),
        (user("admin"), "group", "group"),
    ],
)
def test_another_subject_is_refused(office: Database, who: Identity, level: Level, subject: str) -> None:
    with pytest.raises(Forbidden):
        waits(office, who, level, subject)


def test_staff_see_what_waits_for_themselves_and_nothing_else(office: Database) -> None:
    enter(
        office,
        leads=[lead("L1"), lead("L2", "A2")],
        follow_ups=[contact("L1", "2026-10-20"), contact("L2", "2026-10-21", "A2")],
    )
    found = waits(office, user("staff", person_id="A1"), "person", "A1")
    assert {key: abouts(matter) for key, matter in found.items()} == {
        "urged": [],
        "follow_ups": ["L1"],
        "leads": [],
        "objections": [],
    }


def test_who_leads_nothing_sees_no_complaints(office: Database) -> None:
    enter(office, complaints=[complaint("T1", "2026-10-20 10:00")])
    assert "complaints" not in waits(office, user("hr", "group"), "store", "S01")
