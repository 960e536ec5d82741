"""A snapshot names what it stands on; other versions make another snapshot, and so does the month's end."""

from collections.abc import Iterator
from datetime import date

import pytest

from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.store.proving import inputs
from kpi_app.store.rulebook import plans
from metrics.catalogue import METRICS
from scorecards import plan as plan_file
from tests.scorecards.group import answers
from tests.scorecards.own_figures import text
from tests.store.pay import HR, OCTOBER, enter, office_in

AS_OF = date(2026, 10, 31)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def computed(db: Database, as_of: date = AS_OF) -> tuple[int, dict[str, object]]:
    """The revision of S01, computed, and what it stands on."""
    (state,) = month.compute(db, HR, OCTOBER, unit="S01", as_of=as_of)
    assert state.snapshot_id is not None
    with db.read() as conn:
        found = inputs.of_snapshot(conn, state.snapshot_id)
    assert found is not None
    return state.revision, found


@pytest.mark.both
def test_a_snapshot_names_its_imports_contracts_plans_and_metrics(office: Database) -> None:
    _, found = computed(office)
    assert found["import_id"] == 6  # one import a contract
    assert list(found["imports"]) == ["1", "2", "3", "4", "5", "6"]  # type: ignore[call-overload]
    assert set(found["contracts"]) == {  # type: ignore[call-overload]
        "stores", "people", "surveys", "benchmarks", "complaints", "complaint_rulings",
    }  # fmt: skip
    assert list(found["plans"]) == ["satisfaction"]  # type: ignore[call-overload]
    assert "css_score" in found["metrics"]  # type: ignore[operator]
    assert found["version"] == "0.1.0"


def test_rows_that_change_nothing_on_the_sheet_make_no_snapshot(office: Database) -> None:
    assert computed(office)[0] == 1
    enter(office, surveys=answers("E2", 90_00, on="2026-01-05"))
    assert computed(office)[0] == 1


def test_another_version_of_a_plan_makes_another_snapshot(office: Database) -> None:
    assert computed(office)[0] == 1
    text = plans.show(office, access.CONSOLE, "satisfaction")
    plans.load(office, access.CONSOLE, text + "\n# looked through\n")
    assert computed(office)[0] == 2
    assert computed(office)[0] == 2


def test_another_definition_of_a_metric_makes_another_snapshot(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert computed(office)[0] == 1
    monkeypatch.setattr(type(METRICS["css_score"]), "definition", lambda _: "counted anew")
    assert computed(office)[0] == 2


def test_a_snapshot_of_an_unfinished_month_gives_way_to_one_of_the_whole(office: Database) -> None:
    assert computed(office, date(2026, 10, 29))[0] == 1
    assert computed(office, date(2026, 10, 30))[0] == 1
    assert computed(office, AS_OF)[0] == 2
    assert computed(office, date(2026, 11, 2))[0] == 2
    month.submit(office, HR, OCTOBER, unit="S01")


def test_what_gates_and_shares_read_is_named_as_well() -> None:
    pool = (
        'shape = "pool"\nkind = "bonus"\namount = "10.00"\nmeasured_on = "store"\npaid_to = "members"\n'
        'leader_roles = ["team_leader"]\nleader_counts = false\nnewcomers_count = true\nshared_by = "deals"\n'
    )
    gated = text(pool) + (
        '[[cards]]\nrole = "invite_specialist"\nname = { zh = "卡", en = "card" }\nsource = "test"\n'
        'lines = [{ metric = "month_visit_rate", weight = 100 }]\n'
        'gates = [{ metric = "complaints_received", at_most = "0" }]\n'
    )
    read = inputs.metric_versions([plan_file.reread(gated)], OCTOBER)
    assert set(read) == {"month_visit_rate", "complaints_received", "deals"}
