"""What is learnt after a month was locked is paid with the next open one, line by line, and the locked month stays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import leavers, lines, losses, month, month_settings
from kpi_app.store.rows import imports
from kpi_app.store.rulebook import plans
from metrics.period import Period
from tests.scorecards.group import answers, average, complaint, post, ruling
from tests.store.office import bring
from tests.store.pay import BOSS, HR, OCTOBER, PEOPLE, SHOWN, STAFF, enter, office_in

NOVEMBER, DECEMBER, JANUARY = (Period.parse(label) for label in ("2026-11", "2026-12", "2027-01"))
PER_CAR = """
key = "cars"
name = { zh = "交车提成", en = "Cars" }
since = "2026-01"
source = "test"
notice = { number = "9", published_on = 2025-12-01 }

[[rules]]
key = "C1"
shape = "per_unit"
name = { zh = "交车提成", en = "Per car" }
source = "test"
basis = "event"
roles = ["sales_consultant"]
kind = "commission"
metric = "cars_delivered"
amount = "300.00"
"""


def order(order_id: str, person_id: str = "E1", delivered: str = "2026-10-12", **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id, "customer_id": f"K{order_id}", "store_id": "S01", "person_id": person_id,
        "ordered_at": f"{delivered[:8]}01 10:00", "delivered_at": f"{delivered} 10:00", **more,
    }  # fmt: skip


VISIT = {"visit_id": "V1", "customer_id": "K9", "store_id": "S01", "arrived_at": "2026-11-02 10:00"}


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    """October with an award, a reduction and two cars, so that it pays E1 120.00 + 600.00 and E2 300.00."""
    made = office_in(settings)
    plans.load(made, access.CONSOLE, PER_CAR)
    month_settings.set_(made, access.CONSOLE, {"blocking": "computed_to_the_end"}, since="2026-10")
    enter(made, orders=[order("O1"), order("O2"), order("O3", "E2")])
    yield made
    made.close()


def lock(db: Database, period: Period = OCTOBER, **more: Any) -> None:
    month.compute(db, HR, period, as_of=period.last, **more)
    month.submit(db, HR, period, **more)
    month.approve(db, BOSS, period, **more)
    month.lock(db, HR, period, **more)


def corrections(db: Database, period: Period = NOVEMBER) -> list[dict[str, Any]]:
    """The correction lines of a month computed now."""
    month.compute(db, HR, period, as_of=period.last)
    found = month.sheet(db, HR, period).lines.to_dicts()
    return [line for line in found if line["kind"] == "correction"]


def moved(db: Database, period: Period = NOVEMBER) -> list[tuple[str, str, int]]:
    """Person, rule and requested amount of the correction lines."""
    return [(line["person_id"], line["rule"], line["requested_fen"]) for line in corrections(db, period)]


def stored(db: Database, period: Period = OCTOBER) -> list[tuple[Any, ...]]:
    """Every row of a month as the database holds it."""
    with db.read() as conn:
        return [
            tuple(row)
            for table in (tables.pay_units, tables.snapshots, tables.pay_lines, tables.month_events)
            for row in conn.execute(sa.select(table).where(table.c.period == period.label).order_by(*table.primary_key))
        ]


@pytest.mark.both
def test_every_late_fact_becomes_the_correction_of_its_own_line(office: Database) -> None:
    lock(office)
    before = stored(office)
    paid = {
        line["rule"]: line for line in month.sheet(office, HR, OCTOBER).lines.to_dicts() if line["person_id"] == "E1"
    }
    assert month.sheet(office, HR, OCTOBER).total_fen == 120_00 + 600_00 + 300_00
    enter(
        office,
        benchmarks=[average(90_00, published_on="2026-11-03")],  # restated: 90.00 is not above it
        complaint_rulings=[ruling("C1", "E1", 50_00, judged_at="2026-11-04 10:00")],  # 80.00 before
        orders=[order("O1", cancelled_at="2026-11-05 10:00"), order("O3", "E5", store_id="S02")],  # and E5 sold O3
        people=[post("E5"), post("E5", store_id="S02", since="2026-10-01")],
    )
    month.compute(office, HR, NOVEMBER, as_of=NOVEMBER.last)
    sheet = month.sheet(office, HR, NOVEMBER)
    made = {(line["person_id"], line["rule"]): line for line in sheet.lines.to_dicts()}
    assert {name: line["requested_fen"] for name, line in made.items()} == {
        ("E1", "R1"): -200_00,  # the award falls away
        ("E1", "R2"): 30_00,  # 50.00 instead of 80.00
        ("E1", "C1"): -300_00,  # one car of two
        ("E2", "C1"): -300_00,  # it was E5's
        ("E5", "C1"): 300_00,
    }
    assert {line["kind"] for line in made.values()} == {"correction"}
    for rule in ("R1", "R2", "C1"):
        line = made["E1", rule]
        assert (line["corrects"], line["corrects_period"]) == (paid[rule]["line_id"], "2026-10")
    assert "2026-10 重算应为 0.00 元" in made["E1", "R1"]["arithmetic_zh"]
    assert "已发 200.00 元" in made["E1", "R1"]["arithmetic_zh"]
    assert "原因：数据变更（区域平均分）" in made["E1", "R1"]["arithmetic_zh"]
    assert "原因：判定变更" in made["E1", "R2"]["arithmetic_zh"]
    assert "原因：数据变更（订单）" in made["E1", "C1"]["arithmetic_zh"]
    assert [row["key"] for row in made["E1", "C1"]["evidence"]] == ["O1"]
    assert [row["contract"] for row in made["E1", "R1"]["evidence"]] == ["benchmarks"]
    assert stored(office) == before  # not a byte


@pytest.mark.both
def test_nothing_new_is_no_line_and_computing_again_is_the_same(office: Database) -> None:
    lock(office)
    assert moved(office) == []
    enter(office, orders=[order("O9", delivered="2026-11-09")])  # November's own
    assert moved(office) == []
    enter(office, orders=[order("O2", cancelled_at="2026-11-05 10:00")])
    first = corrections(office)
    assert [line["requested_fen"] for line in first] == [-300_00]
    assert corrections(office) == first
    enter(office, store_visits=[VISIT])
    assert corrections(office) == first  # another import, the same lines with the same ids


def test_what_was_corrected_is_not_corrected_again(office: Database) -> None:
    lock(office)
    enter(office, orders=[order("O2", cancelled_at="2026-11-05 10:00"), order("O9", delivered="2026-11-09")])
    assert moved(office) == [("E1", "C1", -300_00)]
    lock(office, NOVEMBER)
    assert moved(office, DECEMBER) == []
    enter(office, orders=[order("O2"), order("O3", "E2", cancelled_at="2026-12-02 10:00")])  # O2 stands after all
    assert moved(office, DECEMBER) == [("E1", "C1", 300_00), ("E2", "C1", -300_00)]


def test_the_next_open_month_takes_it_and_no_other(office: Database) -> None:
    lock(office)
    enter(office, orders=[order("O2", cancelled_at="2026-11-05 10:00")])
    assert moved(office) == [("E1", "C1", -300_00)]
    assert moved(office, DECEMBER) == []  # November stands at computed
    month.submit(office, HR, NOVEMBER)
    assert moved(office, DECEMBER) == [("E1", "C1", -300_00)]  # carried whole: November paid no performance
    month.return_(office, BOSS, NOVEMBER, reason="再核")
    assert moved(office, DECEMBER) == []


def wage(other_pay_fen: int) -> dict[str, Any]:
    return {
        "person_id": "E2", "since": "2026-01-01", "contract_wage_fen": 5_000_00, "other_pay_fen": other_pay_fen,
        "has_loss_clause": True,
    }  # fmt: skip


MINIMUM = {"city": "上海", "since": "2026-07-01", "amount_fen": 2_490_00, "source": "示例文号"}


def with_loss(db: Database) -> None:
    """October locked with a loss of E2 at its limit: gross 3,000 + 300 of O3, 20 % of that is 660."""
    enter(db, pay_profiles=[wage(3_000_00)], minimum_wages=[MINIMUM])
    case_id = losses.add(db, HR, OCTOBER, person_id="E2", amount_fen=2_000_00, reason="损坏展车", evidence=SHOWN)
    losses.approve(db, BOSS, case_id)
    lock(db)
    assert of_losses(db, OCTOBER) == [(-2_000_00, -660_00, -1_340_00)]


def of_losses(db: Database, period: Period) -> list[tuple[int, int, int]]:
    """Requested, applied and carried of the month's losses."""
    lines = month.sheet(db, HR, period).lines.filter(kind="loss_compensation")
    return lines.select("requested_fen", "amount_fen", "carried_fen").rows()  # type: ignore[return-value]


def test_a_month_that_comes_to_less_owes_nothing_back_of_a_loss_and_the_next_limit_is_lower(office: Database) -> None:
    with_loss(office)
    enter(office, orders=[order("O3", "E2", cancelled_at="2026-11-05 10:00"), order("O9", "E2", "2026-11-09")])
    assert moved(office) == [("E2", "C1", -300_00)]  # of the commission; the wage of October was paid as it stood
    # November: 3,000 + 300 of O9 − 300 taken back = 3,000: 20 % is 600, but only 510 lie above the minimum wage
    assert of_losses(office, NOVEMBER) == [(-1_340_00, -510_00, -830_00)]
    assert not [it for it in month.sheet(office, HR, NOVEMBER).findings if "多扣" in it.message.zh]


@pytest.mark.parametrize(("other_pay", "more"), [(3_000_00, None), (2_999_99, "0.01"), (2_800_00, "50.00")])
def test_wages_found_to_be_lower_are_a_finding_for_hr_and_no_line(
    office: Database, other_pay: int, more: str | None
) -> None:
    with_loss(office)
    enter(office, pay_profiles=[wage(other_pay) | {"contract_wage_fen": 5_000_01}])  # another row in any case
    assert moved(office) == []
    found = [it for it in month.sheet(office, HR, NOVEMBER).findings if "多扣" in it.message.zh]
    assert [f"多扣 {more} 元" in it.message.zh for it in found] == ([] if more is None else [True])
    # 2,800 + 300 = 3,100: 20 % is 620, but only 610 lie above the minimum wage: 660 − 610
    lock(office, NOVEMBER)
    month.compute(office, HR, DECEMBER, as_of=DECEMBER.last)
    assert not [it for it in month.sheet(office, HR, DECEMBER).findings if "多扣" in it.message.zh]  # told once


def test_a_manual_line_approved_stands_when_its_month_is_corrected(office: Database) -> None:
    line_id = lines.add(office, HR, OCTOBER, person_id="E2", amount_fen=50_00, reason="代班", evidence=SHOWN)
    lines.approve(office, BOSS, line_id)
    lock(office)
    enter(office, orders=[order("O3", "E2", cancelled_at="2026-11-05 10:00")])
    assert moved(office) == [("E2", "C1", -300_00)]


def test_a_negative_correction_takes_performance_pay_and_carries_the_rest(office: Database) -> None:
    lock(office)
    enter(
        office,
        orders=[order("O1", cancelled_at="2026-11-05 10:00"), order("O2", cancelled_at="2026-11-05 10:00"),
                order("O9", delivered="2026-11-09")],
    )  # fmt: skip
    (line,) = corrections(office)
    assert (line["requested_fen"], line["amount_fen"], line["carried_fen"]) == (-600_00, -300_00, -300_00)
    assert "余 300.00 元以后月份扣回" in line["arithmetic_zh"]
    lock(office, NOVEMBER)
    assert month.sheet(office, HR, NOVEMBER).total_fen == 0
    enter(office, orders=[order("O10", delivered="2026-12-09"), order("O11", delivered="2026-12-09")])
    (line,) = corrections(office, DECEMBER)
    assert (line["requested_fen"], line["amount_fen"], line["carried_fen"]) == (-300_00, -300_00, 0)
    lock(office, DECEMBER)
    assert corrections(office, JANUARY) == []


@pytest.mark.parametrize(("cancelled", "days", "taken"), [("2027-02-15", 90, True), ("2027-02-16", 91, False)])
def test_a_cancellation_is_taken_back_within_90_days_after_the_payment(
    office: Database, clock: list[datetime], cancelled: str, days: int, taken: bool
) -> None:
    lock(office)  # on 2 November; paid on the calendar's day, the twelfth working day after the month
    assert (date.fromisoformat(cancelled) - date(2026, 11, 17)).days == days
    clock[0] = datetime(2027, 2, 20, tzinfo=UTC)
    enter(office, orders=[order("O1", cancelled_at=f"{cancelled} 10:00")])
    february = Period.parse("2027-02")
    assert moved(office, february) == ([("E1", "C1", -300_00)] if taken else [])


@pytest.mark.parametrize(("cancelled", "taken"), [("2027-02-14", True), ("2027-02-15", False)])
def test_the_day_of_the_payment_is_the_calendars_as_the_house_sets_it(
    office: Database, clock: list[datetime], cancelled: str, taken: bool
) -> None:
    month_settings.set_(office, access.CONSOLE, {"pay_day": "11"}, since="2026-10", store_id="S01")
    lock(office)  # paid on 16 November, and 90 days: 14 February
    clock[0] = datetime(2027, 2, 20, tzinfo=UTC)
    enter(office, orders=[order("O1", cancelled_at=f"{cancelled} 10:00")])
    assert moved(office, Period.parse("2027-02")) == ([("E1", "C1", -300_00)] if taken else [])


def test_a_cancellation_known_all_along_is_taken_back_once_its_day_has_come(office: Database) -> None:
    enter(office, orders=[order("O1", cancelled_at="2026-11-20 10:00")])
    lock(office)  # as of 31 October: not cancelled yet
    month.compute(office, HR, NOVEMBER, as_of=date(2026, 11, 19))
    assert month.sheet(office, HR, NOVEMBER).lines.is_empty()
    month.compute(office, HR, NOVEMBER, as_of=date(2026, 11, 20))
    assert [line["requested_fen"] for line in month.sheet(office, HR, NOVEMBER).lines.to_dicts()] == [-300_00]


@pytest.mark.parametrize(("imported_for", "taken"), [("2027-04", True), ("2027-05", False)])
def test_six_months_are_looked_back_on(office: Database, imported_for: str, taken: bool) -> None:
    lock(office)
    enter(office, orders=[order("O4")])  # a car of October that nobody knew of
    assert moved(office, Period.parse(imported_for)) == ([("E1", "C1", 300_00)] if taken else [])


def test_what_is_still_carried_is_taken_up_beyond_the_look_back(office: Database) -> None:
    lock(office)
    enter(office, orders=[order("O1", cancelled_at="2026-11-05 10:00")])
    lock(office, NOVEMBER)
    july = Period.parse("2027-07")
    (line,) = corrections(office, july)
    assert (line["requested_fen"], line["corrects_period"], line["carried_fen"]) == (-300_00, "2026-10", -300_00)
    assert "顺延" in line["arithmetic_zh"]


def test_a_leavers_negative_correction_goes_to_hr_once_and_what_was_earned_is_paid(office: Database) -> None:
    lock(office)
    left = [{**person, "left_on": "2026-10-31"} if person["person_id"] in ("E1", "E2") else person for person in PEOPLE]
    enter(
        office,
        people=left,
        orders=[order("O1", cancelled_at="2026-11-05 10:00"), order("O9", "E2")],
    )
    found = {line["person_id"]: line for line in corrections(office)}
    assert (found["E1"]["amount_fen"], found["E1"]["carried_fen"]) == (0, -300_00)
    assert "离职待结" in found["E1"]["arithmetic_zh"]
    assert found["E2"]["amount_fen"] == 300_00
    sheet = month.sheet(office, HR, NOVEMBER)
    (finding,) = [one for one in sheet.findings if "离职待结" in one.where]
    assert "300.00" in finding.message.zh
    listed = [(row["person_id"], row["state"], row["amount_fen"]) for row in leavers.listing(office, HR, NOVEMBER)]
    assert listed == [("E1", "hr", -300_00), ("E2", "paid", 300_00)]
    with pytest.raises(Forbidden):
        leavers.listing(office, STAFF, NOVEMBER)
    lock(office, NOVEMBER)
    assert corrections(office, DECEMBER) == []  # HR has it


HELD = PER_CAR.replace('"cars"', '"held"').replace("C1", "H1") + 'holdback = { share = "5%", after_months = 2 }\n'


def test_a_holdback_is_paid_when_due_of_what_the_month_comes_to_by_then(office: Database) -> None:
    plans.load(office, access.CONSOLE, HELD)
    lock(office)
    first = {
        line["person_id"]: line for line in month.sheet(office, HR, OCTOBER).lines.to_dicts() if line["rule"] == "H1"
    }
    assert [(it["amount_fen"], it["carried_fen"]) for it in first.values()] == [(570_00, 30_00), (285_00, 15_00)]
    gone = [{**person, "left_on": "2026-10-31"} if person["person_id"] == "E2" else person for person in PEOPLE]
    enter(
        office, people=gone, orders=[order("O2", cancelled_at="2026-11-05 10:00"), order("O9", delivered="2026-11-09")]
    )
    found = [(it["rule"], it["requested_fen"]) for it in corrections(office)]
    assert found == [("C1", -300_00), ("H1", -285_00)]  # of the 95 % that was paid
    held = [row for row in leavers.listing(office, HR, NOVEMBER) if row["state"] == "held"]
    assert [(row["person_id"], row["period"], row["amount_fen"]) for row in held] == [("E2", "2026-10", 15_00)]
    lock(office, NOVEMBER)
    month.compute(office, HR, DECEMBER, as_of=DECEMBER.last)
    later = {line["person_id"]: line for line in month.sheet(office, HR, DECEMBER).lines.to_dicts()}
    assert {person: line["amount_fen"] for person, line in later.items()} == {"E1": 15_00, "E2": 15_00}
    assert later["E2"]["case_id"] == first["E2"]["line_id"]
    assert later["E2"]["metric_period"] == "2026-10"


TRUE_UP = """
key = "rate"
name = { zh = "到店奖", en = "Visits" }
since = "2026-01"
source = "test"
notice = { number = "9", published_on = 2025-12-01 }

[[rules]]
key = "T1"
shape = "per_indicator"
name = { zh = "到店奖", en = "Visits" }
source = "test"
basis = "cutoff_true_up"
roles = ["sales_consultant"]
amount = "100.00"
indicators = [{ metric = "invite_to_store_rate", at_least = "50%" }]
"""


@pytest.mark.parametrize(
    ("arrived", "as_of", "owed"),
    [
        ("2026-11-06", "2026-11-30", [("E1", "T1", 100_00)]),  # the seventh day after 30 October
        ("2026-11-07", "2026-11-30", []),
        ("2026-11-06", "2026-11-06", []),  # October has not settled yet
        ("2026-11-06", "2026-11-07", [("E1", "T1", 100_00)]),
    ],
)
def test_a_true_up_corrects_itself_once_its_month_has_settled(
    office: Database, arrived: str, as_of: str, owed: list[tuple[str, str, int]]
) -> None:
    plans.load(office, access.CONSOLE, TRUE_UP)
    invited = {
        "invitation_id": "Y1", "customer_id": "K9", "store_id": "S01", "person_id": "E1",
        "invited_at": "2026-10-30 10:00", "purpose": "潜客",
    }  # fmt: skip
    visit = {"visit_id": "V1", "customer_id": "K9", "store_id": "S01", "arrived_at": f"{arrived} 10:00"}
    enter(office, invitations=[invited], store_visits=[visit])
    lock(office)  # as of 31 October nobody had come
    month.compute(office, HR, NOVEMBER, as_of=date.fromisoformat(as_of))
    found = month.sheet(office, HR, NOVEMBER).lines.filter(pl.col("kind") == "correction").to_dicts()
    assert [(line["person_id"], line["rule"], line["requested_fen"]) for line in found] == owed
    assert all("原因：当时为未定数，现已定" in line["arithmetic_zh"] for line in found)


def test_a_transfer_learnt_late_takes_from_one_unit_and_gives_to_the_other(office: Database) -> None:
    lock(office)
    enter(office, orders=[order("O3", "E2", store_id="S02")], people=[post("E2", store_id="S02")])
    assert {(line["store_id"], line["requested_fen"]) for line in corrections(office)} == {
        ("S01", -300_00),
        ("S02", 300_00),
    }


def test_another_version_of_a_rule_is_named_as_the_cause(office: Database) -> None:
    lock(office)
    plans.load(office, access.CONSOLE, PER_CAR.replace('"300.00"', '"350.00"'))
    found = corrections(office)
    assert [(line["person_id"], line["requested_fen"]) for line in found] == [("E1", 100_00), ("E2", 50_00)]
    assert all("原因：规则变更" in line["arithmetic_zh"] for line in found)


def test_an_import_taken_back_is_a_late_fact_too(office: Database) -> None:
    lock(office)
    late = enter(office, orders=[order("O4")])
    assert moved(office) == [("E1", "C1", 300_00)]
    imports.undo(office, access.CONSOLE, late)
    assert moved(office) == []


def test_late_rows_that_move_no_money_make_no_line(office: Database) -> None:
    lock(office)
    enter(office, complaints=[complaint("C5", "2026-10-30 09:00")])
    assert moved(office) == []
    enter(
        office, surveys=answers("E2", 95_00, on="2026-09-20")
    )  # the fifth answer of September: (4 · 90 + 95) ÷ 5 = 91 > 88
    assert moved(office) == [("E2", "R1", 200_00)]


def at(db: Database, day: str) -> Database:
    """The same store on another day."""
    return Database(db.engine, db.home, type(db.settings)(home=db.home, as_of=day))


@pytest.mark.both
def test_after_the_data_cutoff_facts_wait_for_the_next_month(office: Database, clock: list[datetime]) -> None:
    """October's data end on 4 November, the third working day; its rulings on the fifth."""
    month_settings.set_(office, access.CONSOLE, {"cutoff": "on"}, since="2026-10")
    clock[0] = datetime(2026, 11, 4, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    enter(office, orders=[order("O4")])
    clock[0] = datetime(2026, 11, 4, 16, 0, tzinfo=UTC)  # midnight: too late
    enter(office, orders=[order("O5")], complaint_rulings=[ruling("C2", "E1", 60_00)])  # a ruling is in time
    clock[0] = datetime(2026, 11, 6, 1, 0, tzinfo=UTC)
    enter(office, complaint_rulings=[ruling("C1", "E1", 50_00)])
    later = at(office, "2026-11-06")
    lock(later)
    paid = {
        line["rule"]: line for line in month.sheet(later, HR, OCTOBER).lines.to_dicts() if line["person_id"] == "E1"
    }
    assert paid["C1"]["amount_fen"] == 3 * 300_00
    assert sorted(row["key"] for row in paid["C1"]["evidence"]) == ["O1", "O2", "O4"]
    reductions = month.sheet(later, HR, OCTOBER).lines.filter(pl.col("rule") == "R2")["amount_fen"].sort()
    assert reductions.to_list() == [-80_00, -60_00]
    assert set(moved(at(office, "2026-12-01"))) == {("E1", "C1", 300_00), ("E1", "R2", 30_00)}


ORDERS = (
    "订单编号,客户编号,门店编号,销售顾问工号,下单时间,交车时间\n"
    "O7,K7,S01,E1,{0} 10:00,{0} 12:00\n"
    "O8,K8,S02,E5,{0} 10:00,{0} 12:00\n"
)  # fmt: skip


def notes(db: Database, day: str) -> str:
    (report,) = bring(db, {"订单.csv": ORDERS.format(day)})
    return "".join(note.zh for note in report.notes)


def test_an_import_says_which_rows_come_too_late_for_their_month(office: Database, quick_reading: None) -> None:
    lock(office, unit="S01")
    assert notes(office, "2026-10-09") == (
        "其中 1 行来得晚（2026-10 S01 已封账）：这些月份不再改动，对绩效的影响在下一个未封账的月份补差"
    )
    assert notes(office, "2026-10-09") == ""  # nothing new
    assert "其中 1 行来得晚" in notes(office, "2026-11-03")  # and October loses one
    assert notes(office, "2026-11-04") == ""


def test_an_import_after_the_cutoff_says_so_before_anything_is_locked(office: Database, quick_reading: None) -> None:
    month_settings.set_(office, access.CONSOLE, {"cutoff": "on"}, since="2026-10")
    assert notes(at(office, "2026-11-04"), "2026-10-09") == ""
    assert "2026-10 S01 已过数据截止、2026-10 S02 已过数据截止" in notes(at(office, "2026-11-05"), "2026-10-10")
