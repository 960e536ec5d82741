"""Who reads which versions of the plans, and what may be changed in them."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files

import pytest

from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.rulebook import plan_versions, plans
from tests.store.pay import HR, STAFF, office_in

TODAY = date(2026, 10, 20)
ADMIN = access.Identity(user_id=9, name="管理员", roles=frozenset({"admin"}))
CALLER = access.Identity(user_id=7, name="外人", roles=frozenset({"staff"}), person_id="X9")
LATER = (
    (files("scorecards") / "plans" / "satisfaction.toml")
    .read_text(encoding="utf-8")
    .replace('since = "2024-01"', 'since = "2026-12"')
    .replace("2023-12-01", "2026-10-01")
    .replace('amount = "200.00"', 'amount = "250.00"')
)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def test_a_version_is_in_force_coming_or_past(office: Database) -> None:
    plans.load(office, ADMIN, LATER)
    found = {it.since: it.state for it in plan_versions.listing(office, ADMIN, as_of=TODAY)}
    assert found == {"2026-12": "coming", "2024-01": "in_force"}
    found = {it.since: it.state for it in plan_versions.listing(office, ADMIN, as_of=date(2026, 12, 1))}
    assert found == {"2026-12": "in_force", "2024-01": "past"}


def test_staff_read_what_applies_to_them_and_nobody_else_s(office: Database) -> None:
    mine = plan_versions.listing(office, STAFF, as_of=TODAY)
    assert [(it.key, it.loaded_by) for it in mine] == [("satisfaction", "")]
    assert "200.00" in "".join(it.words.zh for it in plan_versions.told(office, STAFF, mine[0].version, as_of=TODAY))
    assert plan_versions.listing(office, CALLER, as_of=TODAY) == []
    with pytest.raises(access.Forbidden):
        plan_versions.told(office, CALLER, mine[0].version, as_of=TODAY)


@pytest.mark.parametrize("who", [STAFF, HR])
def test_only_who_keeps_plans_has_the_file_and_its_amounts(office: Database, who: access.Identity) -> None:
    number = plan_versions.listing(office, ADMIN, as_of=TODAY)[0].version
    for verb in (plan_versions.text, plan_versions.entries):
        with pytest.raises(access.Forbidden):
            verb(office, who, number)


def test_every_entry_that_is_offered_can_be_given_another_value(office: Database) -> None:
    number = plan_versions.listing(office, ADMIN, as_of=TODAY)[0].version
    offered = {(it.of, it.path): it.value for it in plan_versions.entries(office, ADMIN, number)}
    assert offered["R1", "amount"] == "200.00"
    assert offered["sales_consultant", "lines.1.weight"]
    made = plans.amend(
        office, ADMIN, "satisfaction", "R1", {"amount": "220.00"}, since="2026-12", notice="2026-9",
        published_on=date(2026, 10, 1),
    )  # fmt: skip
    assert made.since == "2026-12"
