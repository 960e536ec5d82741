"""complaint_resolution_time_elapsed: which cases, how long, and which of them is the median."""

from datetime import date
from typing import Any

import pytest

from metrics.catalogue import METRICS
from metrics.complaints import complaint_resolution_time_elapsed as resolution
from metrics.measure import credited, measure
from metrics.period import Period
from tests.facts import facts

OCTOBER = Period.parse("2026-10")


def case(complaint_id: str, satisfied_at: str | None, **more: Any) -> dict[str, Any]:
    return {"complaint_id": complaint_id, "store_id": "S01", "department": "售后部", "handler_id": "E1",
            "received_at": "2026-10-01 00:00", "satisfied_at": satisfied_at, **more}  # fmt: skip


def figure(*cases: dict[str, Any], period: Period = OCTOBER, as_of: date = date(2026, 12, 31)) -> tuple[Any, ...]:
    built = facts(stores=[{"store_id": "S01", "region": "华东"}], complaints=cases)
    rows = measure([resolution], built, [period], "store", as_of=as_of).to_dicts()
    return tuple(rows[0][name] for name in ("value", "numerator", "denominator", "sample")) if rows else ()


@pytest.mark.parametrize(
    ("seconds", "median"),
    [([5], 5), ([9, 5], 5), ([1, 9, 5], 5), ([4, 1, 3, 2], 2), ([2, 2, 2, 8], 2), ([1, 2, 3, 4, 50], 3)],
)
def test_the_median_is_the_row_at_the_nearest_rank(seconds: list[int], median: int) -> None:
    cases = [case(f"K{n}", f"2026-10-01 00:00:{it:02}") for n, it in enumerate(seconds)]
    assert figure(*cases) == (float(median), median, 1, len(seconds))


def test_clock_time_runs_through_nights_in_whole_seconds() -> None:
    row = case("K1", "2026-10-04 09:00:01", received_at="2026-10-01 17:00:00")
    assert figure(row)[1] == 2 * 86_400 + 16 * 3_600 + 1


def test_only_valid_first_loops_that_ended_count() -> None:
    assert figure(
        case("K1", "2026-10-01 01:00"),
        case("K1", "2026-10-01 09:00", loop_no=2),
        case("K2", "2026-10-01 09:00", validity="恶意"),
        case("K3", None),
    ) == (3600.0, 3600, 1, 1)


def test_a_case_belongs_to_the_day_it_satisfied_and_is_known_from_then() -> None:
    row = case("K1", "2026-11-01 00:00:00", received_at="2026-10-31 12:00")
    assert figure(row) == ()
    assert figure(row, period=Period.parse("2026-11"))[1] == 43_200
    assert figure(row, period=Period.parse("2026-11"), as_of=date(2026, 10, 31)) == ()
    assert figure(row, period=Period.parse("2026-11"), as_of=date(2026, 11, 1))[1] == 43_200


def test_it_is_the_handlers_and_the_departments_named_on_the_row() -> None:
    built = facts(
        stores=[{"store_id": "S01", "region": "华东"}],
        people=[{"person_id": "E1", "role": "callback_agent", "department": "客服部", "store_id": "S01",
                 "team_id": "T1", "since": "2026-01-01"}],
        complaints=[case("K1", "2026-10-02 00:00", person_id="E2")],
    )  # fmt: skip
    subjects = [
        measure([resolution], built, [OCTOBER], level, as_of=date(2026, 12, 31))["subject_id"].to_list()
        for level in ("person", "team", "department")  # type: ignore[arg-type]
    ]
    assert subjects == [["E1"], ["T1"], ["S01/售后部"]]


# First response, punctuality, stock, recontact, fault and cause


def parts(metric: Any, period: Period = OCTOBER, as_of: date = date(2026, 12, 31), **tables: Any) -> Any:
    """Numerator and denominator of the store."""
    built = facts(stores=[{"store_id": "S01", "region": "华东"}], **tables)
    rows = measure([metric], built, [period], "store", as_of=as_of).to_dicts()
    return (rows[0]["numerator"], rows[0]["denominator"]) if rows else None


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"received_at": "2026-09-30 23:59:59"}, None),
        ({"received_at": "2026-10-01 00:00"}, (1, 1)),
        ({"received_at": "2026-10-31 23:59:59"}, (1, 1)),
        ({"received_at": "2026-11-01 00:00"}, None),
        ({"loop_no": 2}, None),
        ({"validity": "撤诉"}, None),
    ],
)
def test_a_complaint_counts_on_the_day_it_was_received_for_whom_it_names(more: dict[str, Any], counts: Any) -> None:
    row = case("K1", None, person_id="E7", **more)
    assert parts(METRICS["complaints_received"], complaints=[row]) == counts
    found = credited(METRICS["complaints_received"], facts(complaints=[row]), as_of=date(2026, 12, 31), period=OCTOBER)
    assert found["person_id"].to_list() == (["E7"] if counts else [])


def test_a_first_response_counts_on_the_day_of_receipt_and_is_known_from_its_own() -> None:
    metric = METRICS["complaint_first_response_time_elapsed"]
    row = answered("2026-10-31 23:00", "2026-11-01 01:00:01")
    assert parts(metric, complaints=[row]) == (7_201, 1)
    assert parts(metric, as_of=date(2026, 10, 31), complaints=[row]) is None
    assert parts(metric, period=Period.parse("2026-11"), complaints=[row]) is None


def answered(received_at: str, first_contact_at: str | None, **more: Any) -> dict[str, Any]:
    return case("K1", None, received_at=received_at, first_contact_at=first_contact_at, **more)


@pytest.mark.parametrize(
    ("key", "received_at", "first_contact_at", "in_time"),
    [
        ("elapsed", "2026-10-05 10:00", "2026-10-05 12:00", 1),
        ("elapsed", "2026-10-05 10:00", "2026-10-05 12:00:01", 0),
        ("elapsed", "2026-10-05 17:00", "2026-10-06 10:00", 0),
        ("business", "2026-10-05 17:00", "2026-10-06 10:00", 1),  # half an hour, then one and a half
        ("business", "2026-10-05 17:00", "2026-10-06 10:00:01", 0),
        ("cn_workdays_business", "2026-10-05 17:00", "2026-10-08 10:30", 1),  # off until the 8th
        ("cn_workdays_business", "2026-10-05 17:00", "2026-10-08 10:30:01", 0),
        ("cn_workdays_business", "2026-10-09 17:00", "2026-10-10 10:00:01", 0),  # the Saturday is made up for
    ],
)
def test_a_complaint_is_answered_within_2_hours(
    key: str, received_at: str, first_contact_at: str, in_time: int
) -> None:
    metric = METRICS[f"complaint_first_response_punctuality_{key}"]
    assert parts(metric, complaints=[answered(received_at, first_contact_at)]) == (in_time, 1)


@pytest.mark.parametrize(("received_at", "counts"), [("2026-10-05 21:59:59", (0, 1)), ("2026-10-05 22:00", None)])
def test_an_unanswered_complaint_counts_once_its_limit_has_passed(received_at: str, counts: Any) -> None:
    metric = METRICS["complaint_first_response_punctuality_elapsed"]
    open_case = answered(received_at, "2026-10-06 09:00")
    assert parts(metric, as_of=date(2026, 10, 5), complaints=[open_case]) == counts


@pytest.mark.parametrize(
    ("key", "satisfied_at", "in_time"),
    [
        ("elapsed", "2026-10-15 10:00", 1),
        ("elapsed", "2026-10-15 10:00:01", 0),
        ("business", "2026-10-15 10:00", 1),
        ("business", "2026-10-15 10:00:01", 0),
        ("cn_workdays_business", "2026-10-15 10:00", 1),
        ("cn_workdays_business", "2026-10-15 10:00:01", 0),
    ],
)
def test_a_complaint_is_resolved_within_72_hours_or_27_of_opening(key: str, satisfied_at: str, in_time: int) -> None:
    row = case("K1", satisfied_at, received_at="2026-10-12 10:00")
    assert parts(METRICS[f"complaint_resolution_punctuality_{key}"], complaints=[row]) == (in_time, 1)


def test_the_ninetieth_percentile_is_the_row_at_the_nearest_rank() -> None:
    metric = METRICS["complaint_resolution_time_p90_elapsed"]
    for n, nth in ((1, 1), (9, 9), (10, 9), (11, 10), (20, 18)):  # ⌈0.9 n⌉
        rows = [case(f"K{it}", f"2026-10-01 00:00:{it:02}") for it in range(1, n + 1)]
        assert parts(metric, complaints=rows) == (nth, 1)


def test_a_year_without_make_up_days_has_a_reason_and_no_figure() -> None:
    row = case("K1", "2027-01-04 10:00", received_at="2026-12-31 10:00")
    built = facts(stores=[{"store_id": "S01", "region": "华东"}], complaints=[row])
    january = Period.parse("2027-01")
    metrics = [METRICS[f"complaint_resolution_time_{key}"] for key in ("cn_workdays_business", "business")]
    found = measure(metrics, built, [january], "store", as_of=date(2027, 2, 1)).to_dicts()
    assert [(row["value"], row["sample"], row["reason_en"]) for row in found] == [
        (None, 1, "make-up working days unknown"),
        (4 * 9 * 3600.0, 1, None),  # 7.5 + 3 · 9 + 1.5 hours
    ]


@pytest.mark.parametrize(
    ("received_at", "satisfied_at", "is_counted"),
    [
        ("2026-10-29 00:00", None, True),  # 72 hours old at the midnight that ends October
        ("2026-10-29 00:00:01", None, False),
        ("2026-10-20 00:00", "2026-10-31 23:59", False),
        ("2026-10-20 00:00", "2026-11-01 00:00", True),
    ],
)
def test_a_complaint_is_over_the_limit_at_the_end_of_the_period(
    received_at: str, satisfied_at: str | None, is_counted: bool
) -> None:
    row = case("K1", satisfied_at, received_at=received_at)
    metric = METRICS["complaints_open_over_limit"]
    assert parts(metric, complaints=[row]) == ((1, 1) if is_counted else None)
    assert parts(metric, complaints=[{**row, "validity": "恶意"}]) is None
    assert parts(metric, complaints=[{**row, "loop_no": 2}]) is None


def test_in_an_unfinished_period_the_stock_is_as_of_today() -> None:
    row = case("K1", None, received_at="2026-10-10 12:00")
    metric = METRICS["complaints_open_over_limit"]
    assert parts(metric, as_of=date(2026, 10, 12), complaints=[row]) is None
    assert parts(metric, as_of=date(2026, 10, 13), complaints=[row]) == (1, 1)


@pytest.mark.parametrize(
    ("more", "as_of", "counts"),
    [
        ({"recontacted_at": "2026-10-10 18:00"}, 20, (1, 1)),  # on the very day
        ({"recontacted_at": "2026-10-13 23:59"}, 20, (1, 1)),  # satisfied on the 10th
        ({"recontacted_at": "2026-10-14 00:00"}, 20, (0, 1)),
        ({}, 12, None),
        ({}, 13, (0, 1)),
        ({"recontacted_at": "2026-10-14 00:00"}, 12, None),
        ({"recontacted_at": "2026-10-09 09:00"}, 20, (0, 1)),  # before the customer was satisfied
        ({"recontacted_at": "2026-10-11 09:00", "recontact_result": "未接通"}, 20, (0, 1)),
        ({"recontacted_at": "2026-10-11 09:00", "recontact_result": "未接通", "recontact_attempts": 2}, 20, (0, 1)),
        ({"recontacted_at": "2026-10-11 09:00", "recontact_result": "未接通", "recontact_attempts": 3}, 20, (1, 1)),
        ({"recontacted_at": "2026-10-11 09:00", "recontact_result": "拒访"}, 20, (1, 1)),
        ({"recontacted_at": "2026-10-11 09:00", "loop_no": 2}, 20, (1, 1)),  # every loop
        ({"recontacted_at": "2026-10-11 09:00", "validity": "撤诉"}, 20, None),
    ],
)
def test_a_satisfied_customer_is_called_again_within_3_days(more: dict[str, Any], as_of: int, counts: Any) -> None:
    row = case("K1", "2026-10-10 10:00", recontacted_by="E2", **more)
    found = parts(METRICS["complaint_recontact_3d_rate"], as_of=date(2026, 10, as_of), complaints=[row])
    assert found == counts


@pytest.mark.parametrize(
    ("satisfied", "recontacted", "in_time"),
    [  # 1 to 7 October 2026 are days off, Saturday 10 October is worked
        ("2026-09-27", "2026-09-30", 1),  # the third day is the last before the holiday
        ("2026-09-27", "2026-10-01", 0),
        ("2026-09-28", "2026-10-08", 1),  # the third day is its first
        ("2026-09-28", "2026-10-09", 0),
        ("2026-10-04", "2026-10-08", 1),  # the third day is its last
        ("2026-10-04", "2026-10-09", 0),
        ("2026-10-05", "2026-10-08", 1),  # the third day is the one after
        ("2026-10-05", "2026-10-09", 0),
        ("2026-10-14", "2026-10-17", 1),
        ("2026-10-14", "2026-10-18", 0),  # a Saturday of an ordinary weekend moves nothing
        ("2026-11-15", "2026-11-19", 1),  # the 18th, a Wednesday, was entered as a day off
        ("2026-11-15", "2026-11-20", 0),
    ],
)
def test_a_third_day_on_a_holiday_moves_to_the_day_after_it(satisfied: str, recontacted: str, in_time: int) -> None:
    row = case("K1", f"{satisfied} 10:00", received_at="2026-09-01 09:00", recontacted_by="E2",
               recontacted_at=f"{recontacted} 09:00")  # fmt: skip
    entered = [{"falls_on": "2026-11-18", "is_working": False}]
    metric, autumn = METRICS["complaint_recontact_3d_rate_past_holidays"], Period.parse("2026-09..2026-11")
    found = parts(metric, autumn, complaints=[row], calendar_days=entered)
    assert found == (in_time, 1)


def test_past_a_holiday_nobody_is_late_until_the_day_after_it_has_gone() -> None:
    metric, row = (
        METRICS["complaint_recontact_3d_rate_past_holidays"],
        case("K1", "2026-09-28 10:00", received_at="2026-09-01 09:00"),
    )
    september = Period.parse("2026-09")
    assert parts(metric, september, as_of=date(2026, 10, 7), complaints=[row]) is None
    assert parts(metric, september, as_of=date(2026, 10, 8), complaints=[row]) == (0, 1)
    unknown = case("K1", "2027-03-01 10:00", recontacted_by="E2", recontacted_at="2027-03-02 10:00")
    built, march = facts(stores=[{"store_id": "S01", "region": "华东"}], complaints=[unknown]), Period.parse("2027-03")
    (found,) = measure([metric], built, [march], "store", as_of=date(2027, 4, 1)).to_dicts()
    assert (found["value"], found["reason_zh"]) == (None, "该年调休安排未知")


@pytest.mark.parametrize(
    ("satisfied", "recontacted", "entered", "counts"),
    [  # seen on 15 January 2027, whose make-up days are not published
        ("2026-12-28", "2026-12-31", [], (1, 1)),
        ("2026-12-28", "2027-01-04", [], (0, 1)),  # the third day is the last of the year that is known
        ("2026-12-28", None, [], (0, 1)),
        ("2026-10-20", None, [], (0, 1)),  # nobody called, and the third day was long ago
        ("2026-12-29", "2027-01-01", [], (1, 1)),  # on the third day, whatever day that is
        ("2026-12-29", "2027-01-04", [], None),  # it lies in 2027
        ("2026-12-29", None, [], None),
        ("2026-12-28", None, [("2026-12-31", False)], None),  # a holiday that may go on into 2027
        ("2026-12-29", "2027-01-02", [("2027-02-06", True), ("2027-01-01", False)], (1, 1)),  # 2027 was entered
        ("2026-12-29", "2027-01-03", [("2027-02-06", True), ("2027-01-01", False), ("2027-01-02", True)], (0, 1)),
    ],
)
def test_only_a_third_day_in_a_year_without_its_calendar_is_unknown(
    satisfied: str, recontacted: str | None, entered: list[tuple[str, bool]], counts: tuple[int, int] | None
) -> None:
    called = {"recontacted_by": "E2", "recontacted_at": recontacted and f"{recontacted} 09:00"}
    row = case("K1", f"{satisfied} 10:00", received_at="2026-09-01 09:00", **called)
    days = [{"falls_on": day, "is_working": works} for day, works in entered]
    assert seen_in_january("complaint_recontact_3d_rate_past_holidays", row, days) == counts


def seen_in_january(key: str, row: dict[str, Any], days: list[dict[str, Any]]) -> tuple[int, int] | None:
    """Numerator and denominator of the row's month on 15 January 2027; None where make-up days are unknown."""
    built = facts(stores=[{"store_id": "S01", "region": "华东"}], complaints=[row], calendar_days=days)
    periods = [Period.parse(label) for label in ("2026-10", "2026-12", "2027-01")]
    found = measure([METRICS[key]], built, periods, "store", as_of=date(2027, 1, 15)).to_dicts()
    (one,) = [it for it in found if it["sample"]]
    assert (one["reason_zh"] == "该年调休安排未知") == (one["numerator"] is None)
    return None if one["numerator"] is None else (one["numerator"], one["denominator"])


@pytest.mark.parametrize(
    ("received", "first_contact", "counts"),
    [
        ("2026-12-31 15:30", "2026-12-31 17:30", (1, 1)),  # two hours
        ("2026-12-31 15:29", "2027-01-04 09:00", (0, 1)),  # one minute too many before the year ended
        ("2026-12-31 15:30", "2027-01-04 09:00", None),  # had they worked on the 1st, it would be late
        ("2026-12-31 15:29", None, (0, 1)),
        ("2026-12-31 15:30", None, None),
        ("2027-01-04 09:00", "2027-01-04 10:00", None),
    ],
)
def test_what_is_late_before_an_unknown_year_begins_is_late(
    received: str, first_contact: str | None, counts: tuple[int, int] | None
) -> None:
    row = case("K1", None, received_at=received, first_contact_at=first_contact)
    assert seen_in_january("complaint_first_response_punctuality_cn_workdays_business", row, []) == counts


def test_rulings_count_on_their_day_for_the_person_judged() -> None:
    ruling = {"kind": "责任", "judged_by": "E9", "judged_at": "2026-10-20 10:00"}
    rulings = [
        {**ruling, "complaint_id": "K1", "person_id": "E1", "fault": "有责"},
        {**ruling, "complaint_id": "K1", "person_id": "E2", "fault": "无责"},
        {**ruling, "complaint_id": "K1", "person_id": "E3", "fault": "未判定"},
        {**ruling, "complaint_id": "K1", "person_id": "E4", "fault": "有责", "kind": "未及时处理"},
        {**ruling, "complaint_id": "K1", "person_id": "E5", "fault": "有责", "judged_at": "2026-11-01 00:00"},
        {**ruling, "complaint_id": "K2", "person_id": "E6", "fault": "有责"},
    ]
    cases = [case("K1", None), case("K2", None, validity="恶意")]
    metric = METRICS["complaint_at_fault_rate"]
    assert parts(metric, complaints=cases, complaint_rulings=rulings) == (1, 2)
    built = facts(complaints=cases, complaint_rulings=rulings)
    counted = credited(metric, built, as_of=date(2026, 12, 31), period=OCTOBER)
    assert counted.select("person_id", "department", "numerator").rows() == [("E1", "售后部", 1), ("E2", "售后部", 0)]


def test_the_causes_make_the_whole() -> None:
    causes = ["服务", "服务", "用户", "产品", None]
    rows = [case(f"K{n}", None, cause=cause) for n, cause in enumerate(causes)]
    rows.append(case("K9", None, cause="服务", person_id="E2"))
    metric = METRICS["complaint_cause_mix"]
    built = facts(stores=[{"store_id": "S01", "region": "华东"}], complaints=rows)
    for level, subject, shares in (
        ("store", "S01", [(1, 5), (3, 5), (1, 5)]),  # of every row that gives a cause
        ("person", "E2", [(0, 1), (1, 1), (0, 1)]),  # a part of which there is none is shown as well
    ):
        found = measure([metric], built, [OCTOBER], level, as_of=date(2026, 12, 31), subjects=[subject])
        assert found["item"].to_list() == ["产品", "服务", "用户"]
        assert found.select("numerator", "denominator").rows() == shares
        assert found["numerator"].sum() == found["denominator"][0]
    assert credited(metric, built, as_of=date(2026, 12, 31)).filter(item="用户")["numerator"].to_list() == [
        0,
        0,
        1,
        0,
        0,
    ]


def test_a_mix_of_nothing_is_no_figure() -> None:
    post = {"person_id": "E1", "team_id": "T1", "role": "technician", "department": "售后部", "store_id": "S01",
            "since": "2026-01-01"}  # fmt: skip
    built = facts(
        stores=[{"store_id": "S01", "region": "华东"}],
        people=[post],
        complaints=[case("K1", None, cause=None, person_id="E1")],
    )
    found = measure([METRICS["complaint_cause_mix"]], built, [OCTOBER], "person", as_of=date(2026, 12, 31))
    assert found.select("subject_id", "item", "sample", "reason_zh").rows() == [("E1", "", 0, "没有样本")]
