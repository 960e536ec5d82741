"""A simulation writes nothing, and looks ahead and aside need the right to the pay they show."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.cli import main
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.store.proving import audit
from kpi_app.store.views import outlook
from metrics.period import Period
from scorecards.plan import PlanError
from tests.store.pay import HR, OCTOBER, STAFF, office_in

AFTER, DURING = date(2026, 11, 2), date(2026, 10, 20)
PLAN = (files("scorecards") / "plans" / "satisfaction.toml").read_text(encoding="utf-8")
DEARER = PLAN.replace('amount = "200.00"', 'amount = "300.00"')
ADMIN = access.Identity(user_id=9, name="管理员", roles=frozenset({"admin"}))


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    month.compute(made, HR, OCTOBER, as_of=date(2026, 10, 31))
    yield made
    made.close()


def stored(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the audit's, and every file of facts."""
    with db.read() as conn:
        rows = {
            table.name: sorted(map(tuple, conn.execute(sa.select(table))), key=repr)
            for table in tables.metadata.sorted_tables
            if table.name != "audit"
        }
    return rows | {"facts": sorted((path, path.stat().st_mtime_ns) for path in (db.home / "facts").rglob("*"))}


@pytest.mark.both
def test_a_simulation_writes_no_row_and_no_file(office: Database) -> None:
    before = stored(office)
    found = outlook.simulate(office, HR, DEARER, [OCTOBER], as_of=AFTER)
    assert [(it.today_fen, it.proposed_fen) for it in found.months] == [(120_00, 220_00)]  # 200 − 80, 300 − 80
    assert [(it.person_id, it.difference_fen) for it in found.winners] == [("E1", 100_00)]
    assert stored(office) == before
    newest = audit.listing(office, access.CONSOLE)[0]
    assert (newest["verb"], newest["about"]["months"]) == ("plan.simulate", ["2026-10"])


def test_the_command_shows_the_distribution_the_guards_and_what_is_left_out(
    office: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cheaper = PLAN.replace('amount = "200.00"', 'amount = "50.00"')
    (file := tmp_path / "plan.toml").write_text(cheaper, encoding="utf-8")
    monkeypatch.setenv("KPI_HOME", str(office.home))
    asked = ["simulate", str(file), "--months", "2026-10", "--as-of", AFTER.isoformat(), "--lang", "en"]
    monkeypatch.setattr("sys.argv", ["kpi", *asked])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    shown = capsys.readouterr()
    tables_shown = [line.split("│") for line in shown.out.splitlines()]
    rows = [[cell.strip() for cell in row] for row in tables_shown if len(row) > 1]
    assert ["1", "−299.99", "−99.99"] in rows  # 200 − 80 = 120 becomes 50 − 50 = 0
    assert ["2026-10", "E1", "−30.00", "0.00", "0.00", "0.00"] in rows  # 80 of 50
    assert any(row[:2] == ["tenure", "one to three years"] for row in rows)
    assert "no corrections of what settles or comes later" in " ".join(shown.err.split())


def test_who_loads_plans_sees_the_cost_and_nobody_s_pay(office: Database) -> None:
    found = outlook.simulate(office, ADMIN, DEARER, [OCTOBER], as_of=AFTER)
    assert (found.difference_fen, found.people, found.groups, found.guarded) == (100_00, (), (), ())
    with pytest.raises(access.Forbidden):
        outlook.simulate(office, STAFF, DEARER, [OCTOBER], as_of=AFTER)


@pytest.mark.parametrize(
    ("most", "unfit", "difference_fen"),
    [("80.00", [], 0), ("79.99", [("2026-10", "R2 C1 E1", "金额 80.00 元不在 50.00–79.99 元之内")], 80_00)],
)
def test_a_ruling_that_the_proposal_does_not_know_is_named(
    office: Database, most: str, unfit: list[tuple[str, str, str]], difference_fen: int
) -> None:
    lower = PLAN.replace('max_amount = "100.00"', f'max_amount = "{most}"')
    found = outlook.simulate(office, HR, lower, [OCTOBER], as_of=AFTER)
    assert [(it.period, it.where, it.message.zh.partition("，")[0]) for it in found.unfit] == unfit
    assert found.difference_fen == difference_fen
    assert outlook.simulate(office, ADMIN, lower, [OCTOBER], as_of=AFTER).unfit == ()


def test_a_month_that_runs_and_a_wrong_plan_are_refused(office: Database) -> None:
    with pytest.raises(Problem, match="尚未结束"):
        outlook.simulate(office, HR, DEARER, [OCTOBER], as_of=DURING)
    with pytest.raises(PlanError):
        outlook.simulate(office, HR, "key = 1", [Period.parse("2026-09")], as_of=AFTER)


def test_a_proposal_is_judged_against_the_version_in_force(office: Database) -> None:
    """Its reductions are no stricter than those of today, so that it may begin on the day of its notice."""
    next_one = DEARER.replace('since = "2024-01"', 'since = "2026-12"', 1).replace("2023-12-01", "2026-12-01")
    assert outlook.simulate(office, HR, next_one, [OCTOBER], as_of=AFTER).difference_fen == 100_00
    stricter = next_one.replace('max_amount = "100.00"', 'max_amount = "120.00"')
    with pytest.raises(PlanError, match="更严"):
        outlook.simulate(office, HR, stricter, [OCTOBER], as_of=AFTER)


def test_everybody_sees_what_moves_themselves_and_others_need_the_right(office: Database) -> None:
    assert outlook.moves(office, STAFF, OCTOBER, as_of=DURING) == []  # no rule on figures in this plan
    with pytest.raises(access.Forbidden):
        outlook.moves(office, STAFF, OCTOBER, "E2", as_of=DURING)
    outlook.moves(office, HR, OCTOBER, "E2", as_of=DURING)
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "moves.read"
