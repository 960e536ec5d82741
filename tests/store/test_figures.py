"""Figures reach exactly as far as the rights of who asks, and are measured once."""

from datetime import date
from typing import Any

import pytest

from kpi_app import access
from kpi_app.access import CONSOLE, Forbidden, Identity
from kpi_app.store import figures
from kpi_app.store.database import Database
from metrics.catalogue import METRICS
from metrics.measure import Level
from metrics.period import Period
from tests.store.office import INVITATIONS, OFFICE, bring

pytestmark = pytest.mark.usefixtures("quick_reading")

RATE = METRICS["invite_to_store_rate"]
SEPTEMBER = Period.parse("2026-09")
AS_OF = date(2026, 10, 31)


def user(roles: str, *scopes: str, person_id: str | None = None) -> Identity:
    return Identity(
        user_id=1, name="wang", roles=frozenset(roles.split("+")), scopes=frozenset(scopes), person_id=person_id
    )


def subjects(db: Database, who: Identity, level: Level, **options: Any) -> set[str]:
    found = figures.measure(db, who, [RATE], [SEPTEMBER], level, as_of=AS_OF, **options)
    return set(found["subject_id"])


@pytest.fixture
def office(db: Database) -> Database:
    """T01: E010 and, gone since September, E030; T02: E011, from T01 until August; T03 in another store: E020."""
    bring(db, OFFICE)
    return db


@pytest.mark.both
@pytest.mark.parametrize(
    ("who", "level", "seen"),
    [
        (CONSOLE, "person", {"E010", "E011", "E020"}),
        (user("staff", person_id="E010"), "person", {"E010"}),
        (user("head", "team:T01"), "person", {"E010"}),
        (user("head", "team:T02"), "person", {"E011"}),  # where she is now, though T01 had her in July
        (user("head", "department:S01/呼叫中心"), "person", {"E010", "E011"}),
        (user("head", "store:S01"), "person", {"E010", "E011"}),
        (user("hr", "store:S02"), "person", {"E020"}),
        (user("director", "group"), "person", {"E010", "E011", "E020"}),
        (user("head", "person:E020", person_id="E010"), "person", {"E010", "E020"}),
        (user("head", "team:T01"), "team", {"T01"}),
        (user("head", "store:S01"), "team", {"T01", "T02"}),
        (user("head", "team:T01"), "department", {"S01/呼叫中心"}),  # what the team lies in
        (user("head", "team:T01"), "store", {"S01"}),
        (user("head", "team:T01"), "region", {"华东"}),
        (user("head", "team:T01"), "group", {"group"}),
        (user("hr", "group"), "store", {"S01", "S02"}),
    ],
)
def test_what_each_may_see(office: Database, who: Identity, level: Level, seen: set[str]) -> None:
    assert subjects(office, who, level) == seen


@pytest.mark.parametrize(
    ("who", "level"),
    [
        (user("staff", person_id="E010"), "team"),
        (user("staff", person_id="E010"), "store"),
        (user("staff", person_id="E010"), "group"),
        (user("admin"), "person"),
        (user("head", "person:E020"), "team"),  # a person's scope is that person
        (user("head", "store:S09"), "group"),
    ],
)
def test_where_nothing_is_in_reach_it_is_forbidden(office: Database, who: Identity, level: Level) -> None:
    with pytest.raises(Forbidden):
        subjects(office, who, level)


def test_asking_for_another_by_name_is_forbidden(office: Database) -> None:
    staff = user("staff", person_id="E010")
    assert subjects(office, staff, "person", subjects=["E010"]) == {"E010"}
    for asked in (["E011"], ["E010", "E011"], ["E999"]):
        with pytest.raises(Forbidden):
            subjects(office, staff, "person", subjects=asked)


def test_ranks_are_among_everybody_whoever_asks(office: Database) -> None:
    found = figures.measure(office, user("head", "team:T02"), [RATE], [SEPTEMBER], "person", as_of=AS_OF)
    assert found.select("subject_id", "rank", "ranked_of").rows() == [("E011", 2, 2)]  # E010 came first, 1 of 1


def test_figures_are_measured_once_until_something_they_rest_on_changes(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Any] = []
    really = figures.measured

    def counting(*args: Any, **options: Any) -> Any:
        measured.append(args)
        return really(*args, **options)

    monkeypatch.setattr(figures, "measured", counting)
    first = figures.measure(office, CONSOLE, [RATE], [SEPTEMBER], "team", as_of=AS_OF)
    again = figures.measure(office, user("head", "team:T01"), [RATE], [SEPTEMBER], "team", as_of=AS_OF)
    assert first.filter(subject_id="T01").equals(again)
    assert len(measured) == 1
    figures.measure(office, CONSOLE, [RATE], [SEPTEMBER], "team", as_of=date(2026, 9, 30))  # another day
    figures.measure(office, CONSOLE, [RATE], [SEPTEMBER], "store", as_of=AS_OF)  # another level
    figures.measure(office, CONSOLE, [RATE], [Period.parse("2026-10")], "team", as_of=AS_OF)  # another period
    figures.measure(office, CONSOLE, [METRICS["renewal_rate"]], [SEPTEMBER], "team", as_of=AS_OF)  # another metric
    assert len(measured) == 5
    bring(office, {"邀约.csv": INVITATIONS})  # nothing new
    figures.measure(office, CONSOLE, [RATE], [SEPTEMBER], "team", as_of=AS_OF)
    assert len(measured) == 5
    bring(office, {"邀约.csv": INVITATIONS.replace("2026-09-15", "2026-09-16")})
    figures.measure(office, CONSOLE, [RATE], [SEPTEMBER], "team", as_of=AS_OF)
    assert len(measured) == 6


def test_stored_figures_do_not_grow_without_end(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "KEPT_FILES", 3)
    for day in range(1, 10):
        subjects_on_a_day(office, date(2026, 10, day))
    assert len(list((office.home / "figures").glob("*.parquet"))) <= 3


def subjects_on_a_day(db: Database, day: date) -> None:
    figures.measure(db, access.CONSOLE, [RATE], [SEPTEMBER], "store", as_of=day)
