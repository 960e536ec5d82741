"""Figures reach exactly as far as the rights of who asks, and are measured once."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import CONSOLE, Forbidden, Identity
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rulebook import plans
from kpi_app.store.views import figures
from metrics.catalogue import METRICS
from metrics.measure import Level
from metrics.period import Period
from tests.store.office import INVITATIONS, bring

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


# The office: T01 has E010 and, gone since September, E030; T02 has E011, who was in T01 until August; E020 is in T03 of
# another store.
SEEN: list[tuple[Identity, Level, set[str]]] = [
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
]
FORBIDDEN: list[tuple[Identity, Level]] = [
    (user("staff", person_id="E010"), "team"),
    (user("staff", person_id="E010"), "store"),
    (user("staff", person_id="E010"), "group"),
    (user("admin"), "person"),
    (user("head", "person:E020"), "team"),  # a person's scope is that person
    (user("head", "store:S09"), "group"),
]


@pytest.mark.both
def test_each_sees_what_their_scopes_reach_and_no_more(office: Database) -> None:
    for who, level, seen in SEEN:
        assert subjects(office, who, level) == seen, (who, level)
    for who, level in FORBIDDEN:
        with pytest.raises(Forbidden):
            subjects(office, who, level)


def test_asking_for_another_by_name_is_forbidden(office: Database) -> None:
    staff = user("staff", person_id="E010")
    assert subjects(office, staff, "person", subjects=["E010"]) == {"E010"}
    for asked in (["E011"], ["E010", "E011"], ["E999"]):
        with pytest.raises(Forbidden):
            subjects(office, staff, "person", subjects=asked)


EXPORTED: list[tuple[Identity, Level, list[str] | None, bool]] = [
    (CONSOLE, "person", None, True),
    (user("hr", "group"), "store", None, True),
    (user("hr", "store:S02"), "person", None, True),
    (user("director", "store:S01"), "person", ["E010"], True),
    (user("staff", person_id="E010"), "person", None, True),  # one's own
    (user("head", "team:T01"), "person", None, False),  # to be seen, not taken away
    (user("head", "team:T01"), "team", ["T01"], False),
    (user("head", "team:T01", person_id="E010"), "person", ["E010"], True),  # one's own
]


@pytest.mark.parametrize("verb", [figures.measure, figures.beside])
def test_who_may_take_figures_out_of_the_app_is_noted(office: Database, verb: Any) -> None:
    for who, level, asked, may in EXPORTED:
        before = len(audit.listing(office, CONSOLE))
        take = partial(verb, office, who, [RATE], [SEPTEMBER], level, subjects=asked, as_of=AS_OF, is_export=True)
        if may:
            assert set(take()["subject_id"]) == set(verb(*take.args, subjects=asked, as_of=AS_OF)["subject_id"])
            entry = audit.listing(office, CONSOLE)[0]
            assert (entry["verb"], entry["user"]) == ("figures.export", who.name)
            assert {"metrics": [RATE.key], "periods": ["2026-09"], "level": level}.items() <= entry["about"].items()
        else:
            with pytest.raises(Forbidden, match="导出"):
                take()
        assert len(audit.listing(office, CONSOLE)) == before + may, (who, level)  # and only looking is not noted


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


def test_a_scorecard_is_shown_to_whom_it_may_concern(office: Database) -> None:
    plans.load_shipped(office, CONSOLE)
    october = Period.parse("2026-10")
    for who in (CONSOLE, user("staff", person_id="E010"), user("head", "team:T01")):
        (card,) = figures.scorecard(office, who, october, "person:E010", as_of=AS_OF)
        assert (card.card.role, card.subject_id) == ("invite_specialist", "E010")
    for subject in ("team:T01", "department:S01/呼叫中心", "store:S01"):
        assert figures.scorecard(office, user("head", "team:T01"), october, subject, as_of=AS_OF)
    for subject in ("person:E011", "team:T02", "store:S02", "person:E999"):
        with pytest.raises(Forbidden):
            figures.scorecard(office, user("head", "team:T01"), october, subject, as_of=AS_OF)


@pytest.mark.parametrize(
    ("subject", "message"),
    [("E010", "对象 E010 无效"), ("region:华东", "无效"), ("team:", "无效"), ("team:T99", "没有对象 team:T99")],
)
def test_a_card_of_nobody_says_so(office: Database, subject: str, message: str) -> None:
    with pytest.raises(Problem, match=message):
        figures.scorecard(office, CONSOLE, SEPTEMBER, subject, as_of=AS_OF)


def test_stored_figures_do_not_grow_without_end(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "KEPT_FILES", 3)
    for day in range(1, 10):
        subjects_on_a_day(office, date(2026, 10, day))
    assert len(list((office.home / "figures").glob("*.parquet"))) <= 3


def subjects_on_a_day(db: Database, day: date) -> None:
    figures.measure(db, access.CONSOLE, [RATE], [SEPTEMBER], "store", as_of=day)
