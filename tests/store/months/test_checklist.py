"""What is left to do before a month is handed in: each item on both sides of its edge, its answers, and the refusal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.months import checklist, lines, month, month_settings
from kpi_app.store.months.checklist import Item
from kpi_app.store.rows import imports
from metrics.period import Period
from tests.scorecards.group import answers, average, complaint, post, ruling
from tests.store.office import incoming
from tests.store.pay import BOSS, HR, OCTOBER, SHOWN, STAFF, enter, office_in

AS_OF = date(2026, 10, 31)
NOVEMBER = Period.parse("2026-11")
STRICT = (
    "computed_to_the_end, complaints_ruled, appeals_answered, "
    "sources_complete, unknown_references, differences_looked_at"
)
"""This office lets more stop a submission than others do."""


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    month_settings.set_(made, access.CONSOLE, {"blocking": STRICT}, since="2026-01")
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    yield made
    made.close()


def item(db: Database, key: str, unit: str = "S01", period: Period = OCTOBER) -> Item:
    (found,) = (it for it in checklist.check(db, HR, period, unit=unit) if it.key == key)
    return found


def places(db: Database, key: str, unit: str = "S01", period: Period = OCTOBER) -> list[str]:
    return [it.about for it in item(db, key, unit, period).places]


@pytest.mark.both
def test_every_item_says_who_mends_it_and_what_to_do(office: Database) -> None:
    found = checklist.check(office, HR, OCTOBER)
    assert len(found) == 2 * len(month_settings.ITEMS)  # two stores
    for it in found:
        shown = it.as_json("zh")
        assert shown["title"]
        assert shown["mended_by"]
        assert shown["next_step"]
        assert shown["state"] == ("ok" if not shown["count"] else "open" if shown["blocking"] else "warn")
    with pytest.raises(Forbidden):
        checklist.check(office, STAFF, OCTOBER)


def test_a_month_is_computed_to_its_end(settings: Settings) -> None:
    db = office_in(settings)
    assert item(db, "computed_to_the_end").places[0].text.zh == "还没有计算"
    month.compute(db, HR, OCTOBER, as_of=date(2026, 10, 30))
    assert item(db, "computed_to_the_end").state == "open"
    month.compute(db, HR, OCTOBER, as_of=AS_OF)
    assert item(db, "computed_to_the_end").state == "ok"
    db.close()


def visits(days: Sequence[date], each: int) -> list[dict[str, Any]]:
    return [
        {"visit_id": f"D{day:%m%d}-{n}", "customer_id": f"K{n}", "store_id": "S01", "arrived_at": f"{day} 10:00"}
        for day in days
        for n in range(each)
    ]


def days(first: str, last: str, but: Sequence[str] = ()) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    every = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    return [day for day in every if f"{day:%m-%d}" not in but]


@pytest.mark.parametrize(
    ("first", "but", "each", "missing"),
    [
        ("2026-08-20", [], 5, None),
        ("2026-08-20", ["10-20"], 5, "10-20"),
        ("2026-08-20", ["10-20", "10-21", "10-29"], 5, "10-20 至 10-21、10-29"),
        ("2026-08-20", ["10-20", "09-22"], 5, None),  # a Tuesday was without rows before
        ("2026-08-20", ["10-20", "10-21"], 4, None),  # few rows a day: two days without any may be chance
        ("2026-08-20", ["10-20", "10-21", "10-22"], 4, "10-20 至 10-22"),
        ("2026-08-20", ["10-01"], 5, None),  # a public holiday
        ("2026-09-10", ["10-20"], 5, None),  # three Tuesdays seen before are too few
        ("2026-09-03", ["10-20"], 5, "10-20"),
    ],
)
def test_a_source_is_held_against_the_stores_own_pattern(
    office: Database, first: str, but: list[str], each: int, missing: str | None
) -> None:
    enter(office, store_visits=visits(days(first, "2026-10-31", but), each))
    found = item(office, "sources_complete")
    assert [it.mark for it in found.places] == ([missing] if missing else [])
    assert item(office, "sources_complete", "S02").state == "ok"


def test_a_source_that_stops_is_seen(office: Database) -> None:
    enter(office, store_visits=visits(days("2026-08-20", "2026-10-24"), 1))
    (place,) = item(office, "sources_complete").places
    assert place.text.zh == "到店记录在 10-25 至 10-31 没有数据，与前 8 周的规律不符"


def test_days_to_come_lack_nothing(office: Database) -> None:
    """The office's day is 31 October, the last that anything is said of."""
    enter(office, store_visits=visits(days("2026-08-20", "2026-10-30"), 5))
    assert [it.mark for it in item(office, "sources_complete").places] == ["10-31"]
    assert item(office, "sources_complete", period=NOVEMBER).state == "ok"


def test_an_answer_holds_while_the_matter_stays_what_it_was(office: Database) -> None:
    enter(office, store_visits=visits(days("2026-08-20", "2026-10-31", ["10-20"]), 5))
    with pytest.raises(Problem, match="各数据源每天齐全"):
        month.submit(office, HR, OCTOBER, unit="S01")
    asked: dict[str, Any] = {"item": "sources_complete", "choice": "accept", "words": "当日停业盘点"}
    assert checklist.answer(office, HR, OCTOBER, **asked) == 1
    found = item(office, "sources_complete")
    assert (found.state, [answer.words for _, answer in found.answered]) == ("ok", ["当日停业盘点"])
    enter(office, store_visits=visits([date(2026, 10, 20)], 5))
    assert item(office, "sources_complete").answered == ()
    imports.undo(office, access.CONSOLE, 8)
    assert item(office, "sources_complete").state == "ok"  # the same again: the answer stands


def test_averages_are_published_where_they_usually_are(office: Database) -> None:
    assert places(office, "benchmarks_present") == []
    assert places(office, "benchmarks_present", "S02") == ["CSS/总分/华北"]  # never any
    assert item(office, "benchmarks_present", "S02").state == "warn"
    assert places(office, "benchmarks_present", period=NOVEMBER) == []  # one in three months is not usual
    enter(office, benchmarks=[average(period="2026-08", published_on="2026-09-12")])
    assert places(office, "benchmarks_present", period=NOVEMBER) == ["CSS/总分/华东"]


def against_e1(db: Database, on: str = "2026-10-22 09:00") -> None:
    enter(db, complaints=[complaint("C8", on, person_id="E1")])


def test_a_complaint_is_ruled_on_or_carried_with_a_reason(office: Database) -> None:
    against_e1(office)
    (place,) = item(office, "complaints_ruled").places
    assert place.text.zh == "销售部 C8 于 2026-10-22 受理，还没有判定，已过 6 个工作日"  # asked on the 31st: six
    with pytest.raises(Problem, match=r"C8.*部门总监.*kpi ruling set"):
        month.submit(office, HR, OCTOBER, unit="S01")
    with pytest.raises(Problem, match="不能答 accept"):
        checklist.answer(office, HR, OCTOBER, item="complaints_ruled", choice="accept", words="x")
    for choice, state in (("block", "open"), ("carry", "ok")):
        checklist.answer(office, HR, OCTOBER, item="complaints_ruled", about="C8", choice=choice, words="等厂家鉴定")
        assert item(office, "complaints_ruled").state == state
    month.submit(office, HR, OCTOBER, unit="S01")


def test_a_carried_complaint_comes_back_next_month_until_it_is_ruled_on(office: Database) -> None:
    against_e1(office)
    checklist.answer(office, HR, OCTOBER, item="complaints_ruled", choice="carry", words="等厂家鉴定")
    month.compute(office, HR, NOVEMBER, as_of=date(2026, 11, 30))
    assert places(office, "complaints_ruled", period=NOVEMBER) == ["C8"]
    enter(office, complaint_rulings=[ruling("C8", "E1", 50_00, judged_at="2026-11-05 10:00")])
    assert places(office, "complaints_ruled", period=NOVEMBER) == []


def test_a_complaint_that_names_nobody_on_the_sheet_only_warns(office: Database) -> None:
    assert places(office, "complaints_ruled") == []
    assert (places(office, "other_complaints_ruled"), item(office, "other_complaints_ruled").state) == (["C2"], "warn")


VISITS = "到店编号,客户编号,门店编号,到店时间,接待人工号\n"
BAD = VISITS + "D1,C1,S01,2026-10-05 14:00,E1\nD2,C2,S01,2026-10-05 15:00,E999\n"
GOOD = BAD.replace("E999", "E2")


@pytest.mark.usefixtures("quick_reading")
def test_a_row_of_an_unknown_person_is_mended_or_accepted(office: Database) -> None:
    imports.run(office, access.CONSOLE, incoming({"到店.csv": BAD}), on_error="skip")
    (place,) = item(office, "unknown_references").places
    assert place.about.endswith("/E999")
    assert "到店.csv 第 3 行" in place.text.zh
    assert item(office, "unknown_references", "S02").state == "ok"  # the file is S01's
    imports.run(office, access.CONSOLE, incoming({"到店.csv": GOOD}), on_error="skip")
    assert item(office, "unknown_references").state == "ok"


@pytest.mark.usefixtures("quick_reading")
def test_an_undone_import_leaves_nothing_to_mend(office: Database) -> None:
    (report,) = imports.run(office, access.CONSOLE, incoming({"到店.csv": BAD}), on_error="skip")
    assert report.import_id is not None
    imports.undo(office, access.CONSOLE, report.import_id)
    assert item(office, "unknown_references").state == "ok"


@pytest.mark.parametrize(
    ("limits", "is_large"),
    [
        ({"change_limit_yuan": "119", "change_limit_percent": "99"}, True),  # 120.00 less, 100 %
        ({"change_limit_yuan": "120", "change_limit_percent": "99"}, False),
        ({"change_limit_yuan": "119", "change_limit_percent": "100"}, False),
    ],
)
def test_large_differences_are_looked_at(office: Database, limits: Mapping[str, str], is_large: bool) -> None:
    month_settings.set_(office, access.CONSOLE, limits, since="2026-11")
    month.compute(office, HR, NOVEMBER, as_of=date(2026, 11, 30))  # October paid E1 120.00, November nothing
    assert places(office, "differences_looked_at", period=NOVEMBER) == (["E1"] if is_large else [])
    if is_large:
        assert (
            "上月 120.00，本月 0.00，差 −120.00 元"
            in item(office, "differences_looked_at", period=NOVEMBER).places[0].text.zh
        )
        checklist.answer(office, HR, NOVEMBER, item="differences_looked_at", choice="accept", words="上月奖励已发完")
        assert item(office, "differences_looked_at", period=NOVEMBER).state == "ok"


def test_wages_profiles_and_lines_that_wait_are_named(office: Database) -> None:
    assert places(office, "minimum_wages_set") == ["上海"]
    assert places(office, "pay_profiles_present") == ["E1", "E2"]
    enter(
        office,
        minimum_wages=[{"city": "上海", "since": "2026-07-01", "amount_fen": 2_740_00}],
        pay_profiles=[
            {"person_id": who, "since": "2026-01-01", "contract_wage_fen": 3_000_00, "performance_base_fen": 1_500_00,
             "other_pay_fen": 4_500_00}
            for who in ("E1", "E2")
        ],
    )  # fmt: skip
    line_id = lines.add(office, HR, OCTOBER, person_id="E2", amount_fen=10_00, reason="展会支援", evidence=SHOWN)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert places(office, "minimum_wages_set") == []
    assert places(office, "pay_profiles_present") == []
    assert places(office, "manual_lines_approved") == [line_id]
    lines.approve(office, BOSS, line_id)
    assert places(office, "manual_lines_approved") == []


def test_which_items_block_is_a_setting(office: Database) -> None:
    month_settings.set_(office, access.CONSOLE, {"blocking": "minimum_wages_set"}, since="2026-10", store_id="S01")
    assert item(office, "minimum_wages_set").state == "open"
    assert item(office, "minimum_wages_set", "S02").state == "warn"
    with pytest.raises(Problem, match="没有上海的最低工资"):
        month.submit(office, HR, OCTOBER)
    assert {state.status for state in month.status(office, HR, OCTOBER)} == {"computed"}  # both or none
    month.submit(office, HR, OCTOBER, unit="S02")


def test_answers_are_hrs_with_words_and_before_the_submission(office: Database) -> None:
    against_e1(office)
    asked: dict[str, Any] = {"item": "complaints_ruled", "choice": "carry", "words": "等厂家鉴定"}
    with pytest.raises(Forbidden):
        checklist.answer(office, BOSS, OCTOBER, **asked)
    with pytest.raises(Problem, match="理由"):
        checklist.answer(office, HR, OCTOBER, **{**asked, "words": " "})
    with pytest.raises(Problem, match="没有检查项"):
        checklist.answer(office, HR, OCTOBER, **{**asked, "item": "x"})
    with pytest.raises(Problem, match="没有待处理的 C9"):
        checklist.answer(office, HR, OCTOBER, about="C9", **asked)
    checklist.answer(office, HR, OCTOBER, **asked)
    month.submit(office, HR, OCTOBER, unit="S01")
    with pytest.raises(Problem, match="不再改"):
        checklist.answer(office, HR, OCTOBER, unit="S01", **asked)


def test_people_without_a_figure_are_named(office: Database) -> None:
    enter(office, people=[post("E7")], surveys=answers("E7", 90_00))
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert item(office, "figures_missing").state in ("ok", "warn")
    assert item(office, "provisional_figures").state == "ok"


def test_the_database_itself_holds_the_setting(settings: Settings) -> None:
    db = database.create(settings)
    with db.read() as conn:
        assert month_settings.of(conn, "2026-10") == month_settings.MonthSettings()
    db.close()


def test_by_default_only_what_nobody_can_decide_later_blocks(settings: Settings) -> None:
    db = database.create(settings)
    with db.read() as conn:
        blocking = month_settings.of(conn, "2026-10").blocking
    assert blocking == ("computed_to_the_end", "complaints_ruled", "appeals_answered")
    db.close()
