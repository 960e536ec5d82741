"""A month may be shown to the staff before it is submitted; the calendar says when, counts down, and publishes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import approvals, calendar, checklist, daily, month, month_settings, restated, statements
from kpi_app.store.months.deadlines import working_days_between
from kpi_app.store.proving import evidence, given
from kpi_app.store.rows import imports
from metrics.period import Period
from tests.scorecards.group import complaint, ruling
from tests.store.months.test_approvals import HEAD
from tests.store.office import incoming
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, STAFF, enter, office_in

AS_OF = date(2026, 10, 31)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    month_settings.set_(made, access.CONSOLE, {"publication": "on"}, since="2026-10", store_id="S01")
    yield made
    made.close()


def on(db: Database, day: str) -> Database:
    """The same store on another day."""
    settings = db.settings.model_copy(update={"as_of": date.fromisoformat(day)})
    return Database(db.engine, db.home, settings)


@pytest.mark.both
def test_a_published_month_is_open_to_the_staff_then_submitted(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert month.own(office, STAFF, OCTOBER) is None  # nothing is shown before
    with pytest.raises(Problem, match="须先公示"):
        month.submit(office, HR, OCTOBER, unit="S01")
    (state,) = month.publish(office, HR, OCTOBER)
    assert (state.store_id, state.status) == ("S01", "published")  # S02 does not publish
    assert month.own(office, STAFF, OCTOBER) is not None
    with pytest.raises(Problem, match="退回"):
        month.compute(office, HR, OCTOBER, unit="S01", as_of=AS_OF)
    assert [it.status for it in month.submit(office, HR, OCTOBER)] == ["submitted", "submitted"]
    month.return_(office, BOSS, OCTOBER, unit="S01", reason="异议成立")
    assert month.own(office, STAFF, OCTOBER) is None


def test_a_published_month_may_be_returned(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    month.publish(office, HR, OCTOBER)
    month.return_(office, HR, OCTOBER, unit="S01", reason="漏算一单")
    assert month.status(office, HR, OCTOBER, unit="S01")[0].status == "open"


def test_where_publication_is_off_nothing_is_published(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    with pytest.raises(Problem, match="没有启用公示"):
        month.publish(office, HR, OCTOBER, unit="S02")
    month.submit(office, HR, OCTOBER, unit="S02")


def test_an_unfinished_month_is_not_published(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 30))
    with pytest.raises(Problem, match="尚未结束"):
        month.publish(office, HR, OCTOBER)


COUNTDOWN = [  # 31 October 2026 is a Saturday: Monday the 2nd, Tuesday the 3rd, Wednesday the 4th of November
    ("2026-10-31", "还剩 3 个工作日"),
    ("2026-11-02", "还剩 2 个工作日"),
    ("2026-11-03", "还剩 1 个工作日"),
    ("2026-11-04", "今天截止"),
    ("2026-11-05", "已过 1 个工作日"),
    ("2026-11-08", "已过 2 个工作日"),
]


@pytest.mark.parametrize(("day", "said"), COUNTDOWN)
def test_the_calendar_counts_down_in_working_days(office: Database, day: str, said: str) -> None:
    data_cutoff = calendar.of(on(office, day), HR, OCTOBER, unit="S01")[0]
    assert (data_cutoff.key, data_cutoff.on, data_cutoff.countdown.zh) == ("data_cutoff", date(2026, 11, 4), said)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-06", "今天截止"),
        ("2026-11-07", "已过截止日"),
        ("2026-11-08", "已过截止日"),
        ("2026-11-09", "已逾期 1 个工作日"),
    ],
)  # a Friday, the weekend behind it, and Monday
def test_a_day_that_is_over_is_not_today_on_the_days_off_behind_it(office: Database, day: str, said: str) -> None:
    (publication,) = (it for it in calendar.of(on(office, day), HR, OCTOBER, unit="S01") if it.key == "publish_on")
    assert (publication.on, publication.countdown.zh) == (date(2026, 11, 6), said)
    assert publication.is_past is (said != "今天截止")


def test_a_holiday_is_no_working_day(office: Database) -> None:
    september = Period.parse("2026-09")
    (cutoff, *_) = calendar.of(office, HR, september, unit="S01")
    assert cutoff.on == date(2026, 10, 10)  # the 1st to the 7th are off; then the 8th, the 9th and Saturday the 10th


def test_what_the_calendar_names_depends_on_publication(office: Database) -> None:
    named = {unit: [it.key for it in calendar.of(office, HR, OCTOBER, unit=unit)] for unit in ("S01", "S02")}
    assert named["S01"] == list(calendar.MILESTONES)
    assert named["S02"] == ["data_cutoff", "ruling_cutoff", "lock_by", "pay_day"]


def test_a_year_without_published_days_off_is_marked(office: Database) -> None:
    far = calendar.of(office, HR, Period.parse("2031-10"), unit="S01")
    assert {it.is_certain for it in far} == {False}
    assert {it.is_certain for it in calendar.of(office, HR, OCTOBER, unit="S01")} == {True}


def test_on_its_day_a_month_that_everybody_signed_off_is_published(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert daily.tick(on(office, "2026-11-05")) == []
    assert [it.deed for it in daily.tick(on(office, "2026-11-06"))] == ["remind"]  # due, and not signed off
    approvals.sign_off(office, HEAD, OCTOBER)
    assert daily.tick(on(office, "2026-11-05")) == []
    assert [(it.store_id, it.deed) for it in daily.tick(on(office, "2026-11-06"))] == [("S01", "publish")]
    assert month.status(office, HR, OCTOBER, unit="S01")[0].status == "published"
    assert daily.tick(on(office, "2026-11-06")) == []


def test_a_ruling_is_reminded_of_once_after_five_working_days(office: Database) -> None:
    enter(office, complaints=[complaint("C8", "2026-10-22 09:00", person_id="E1")])
    assert working_days_between(date(2026, 10, 22), date(2026, 10, 29), ()) == 5
    assert daily.tick(on(office, "2026-10-29")) == []
    (deed,) = daily.tick(on(office, "2026-10-30"))
    assert deed.text.zh == "S01 销售部抱怨 C8 于 2026-10-22 受理，已过 6 个工作日未判定"
    assert daily.tick(on(office, "2026-10-31")) == []
    assert [it.about for it in daily.reminders(office, DIRECTOR_OF_SALES)] == ["C8"]
    assert [it.about for it in daily.reminders(office, HR)] == ["C8"]
    assert daily.reminders(office, STAFF) == []


def test_a_lock_that_is_due_is_reminded_of(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    deeds = daily.tick(on(office, "2026-11-13"))  # the tenth working day
    assert [(it.store_id, it.text.zh) for it in deeds] == [
        ("S01", "东一店 2026-10 公示日为 2026-11-06，还没有完成"),
        ("S01", "东一店 2026-10 封账日为 2026-11-13，还没有完成"),
        ("S02", "北一店 2026-10 封账日为 2026-11-13，还没有完成"),
    ]


def test_the_first_page_of_a_day_does_it_once(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(daily, "tick", asked.append)
    for day in ("2026-11-02", "2026-11-02", "2026-11-03"):
        daily.first_of_the_day(on(office, day))
    assert len(asked) == 2


@pytest.mark.both
def test_after_the_cut_off_a_month_reads_no_further_import(office: Database, clock: list[datetime]) -> None:
    month_settings.set_(office, access.CONSOLE, {"cutoff": "on", "publication": "off"}, since="2026-10", store_id="S01")
    with office.write() as conn:  # all that the office has was imported before the cut-off of 4 November
        conn.execute(tables.imports.update().values(at=clock[0]))
        last = conn.execute(sa.select(sa.func.max(tables.imports.c.import_id))).scalar_one()
    clock[0] += timedelta(days=4)
    late = enter(office, complaint_rulings=[ruling("C2", "E1", 50_00)])
    today = on(office, "2026-11-06")
    totals = [state.total_fen for state in month.compute(today, HR, OCTOBER, unit="S01", as_of=date(2026, 11, 6))]
    assert totals == [120_00]  # 200 less 80: the late 50 is not read
    with today.read() as conn:
        assert calendar.cutoff(today, conn, OCTOBER, "S01") == calendar.Cutoff(last, last)
        assert calendar.cutoff(today, conn, OCTOBER, "S02") == calendar.Cutoff()  # the other store has no cut-off
        assert calendar.cutoff(on(office, "2026-11-04"), conn, OCTOBER, "S01") == calendar.Cutoff()  # it ends that day
        assert calendar.late_imports(today, conn, OCTOBER, "S01") == [late]
    assert month.sheet(today, HR, OCTOBER, unit="S01").inputs["导入批次"] == str(last)
    checklist.answer(today, HR, OCTOBER, item="late_facts", choice="accept", words="判定当月已作出，补录", unit="S01")
    month.compute(today, HR, OCTOBER, unit="S01", as_of=date(2026, 11, 6))
    assert month.sheet(today, HR, OCTOBER, unit="S01").total_fen == 70_00


@pytest.mark.both
def test_a_ruling_between_the_cut_offs_is_in_the_month_its_evidence_and_its_explanation(
    office: Database, clock: list[datetime]
) -> None:
    """Data end on 4 November, rulings on the 6th: one of the 5th counts, one of the 9th no longer does."""
    month_settings.set_(office, access.CONSOLE, {"cutoff": "on", "publication": "off"}, since="2026-10")
    with office.write() as conn:
        conn.execute(tables.imports.update().values(at=clock[0]))
    clock[0] += timedelta(days=3)
    ruled = enter(office, complaint_rulings=[ruling("C2", "E1", 50_00)])
    for day in ("2026-11-05", "2026-11-09"):
        today = on(office, day)
        month.compute(today, HR, OCTOBER, unit="S01", as_of=AS_OF)
        sheet = month.sheet(today, HR, OCTOBER, unit="S01")
        assert sheet.total_fen == 70_00  # 200 less 80 and 50
        assert (int(sheet.inputs["导入批次"]) < ruled, sheet.inputs["判定批次"]) == (True, str(ruled))
        assert evidence.pack(today, HR, OCTOBER, unit="S01")[1].is_equal
        with today.read() as conn:
            (snapshot_id,) = conn.execute(sa.select(tables.pay_units.c.snapshot_id)).scalars()
            again = given.of_snapshot(today, conn, snapshot_id)
            assert again.computed().digest == sheet.digest
            assert again.read_to == restated.cutoffs(conn, [snapshot_id])[snapshot_id]
            read = given.facts_of(today, conn, snapshot_id)["complaint_rulings"].collect()
        assert sorted(read["complaint_id"]) == ["C1", "C2"]
        (line_id,) = sheet.lines.filter(pl.col("ruling_id") == "C2|责任|E1")["line_id"]
        assert "50.00" in month.explain(today, HR, line_id).as_text("zh")
        clock[0] += timedelta(days=4)
        enter(office, complaint_rulings=[ruling("C2", "E1", 60_00)])
    (statement,) = statements.export(today, HR, OCTOBER, person_id="E1")
    assert statement.sheet.total_fen == 70_00


def test_an_import_whose_ruling_a_locked_month_read_is_not_undone(office: Database, clock: list[datetime]) -> None:
    month_settings.set_(office, access.CONSOLE, {"cutoff": "on", "publication": "off"}, since="2026-10", store_id="S01")
    with office.write() as conn:
        conn.execute(tables.imports.update().values(at=clock[0]))
    clock[0] += timedelta(days=3)
    ruled = enter(office, complaint_rulings=[ruling("C2", "E1", 50_00)])
    today = on(office, "2026-11-05")
    for verb, who in ((month.compute, HR), (month.submit, HR), (month.approve, BOSS), (month.lock, HR)):
        verb(today, who, OCTOBER, unit="S01", **({"as_of": AS_OF} if verb is month.compute else {}))
    with pytest.raises(Problem, match="2026-10 S01"):
        imports.undo(today, access.CONSOLE, ruled)


LATE = "投诉编号,门店编号,部门,受理时间,投诉内容\nC20,S01,销售部,2026-10-08 10:00,交车延误\n"


@pytest.mark.usefixtures("quick_reading")
@pytest.mark.parametrize(("day", "is_late"), [("2026-11-04", False), ("2026-11-05", True)])
def test_an_import_says_which_rows_come_too_late(office: Database, day: str, is_late: bool) -> None:
    month_settings.set_(office, access.CONSOLE, {"cutoff": "on"}, since="2026-10")
    (report,) = imports.run(on(office, day), access.CONSOLE, incoming({"抱怨.csv": LATE}), contract="complaints")
    assert report.accepted == 1, report.errors
    assert any("来得晚（2026-10 S01 已过数据截止）" in note.zh for note in report.notes) is is_late


def test_sign_offs_asked_for_come_before_the_publication_or_hr_says_why_not(office: Database) -> None:
    month_settings.set_(office, access.CONSOLE, {"blocking": "sign_offs"}, since="2026-10", store_id="S01")
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    with pytest.raises(Problem, match="销售部还没有签认"):
        month.publish(office, HR, OCTOBER)
    checklist.answer(office, HR, OCTOBER, item="sign_offs", choice="accept", words="负责人休假，总经理代核")
    month.publish(office, HR, OCTOBER)
