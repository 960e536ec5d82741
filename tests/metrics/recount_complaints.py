"""Complaints counted again, row by row in plain Python, from the sentences that define them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from metrics.period import Period
from tests.metrics.recount_prospects import Row, World, business_seconds, counted, is_by

HOUR = 3600
LIMITS = {
    ("elapsed", "first_contact_at"): 2 * HOUR,
    ("elapsed", "satisfied_at"): 72 * HOUR,
    ("business", "first_contact_at"): 2 * HOUR,
    ("business", "satisfied_at"): 27 * HOUR,
    ("cn_workdays_business", "first_contact_at"): 2 * HOUR,
    ("cn_workdays_business", "satisfied_at"): 27 * HOUR,
}
SETTLES = {name: {"elapsed": 1 if limit == 2 * HOUR else 3, "business": 2, "cn_workdays_business": 12}[name[0]]
           for name, limit in LIMITS.items()}  # fmt: skip
LAST_KNOWN = datetime(2026, 12, 31, 23, 59, 59)
"""Of working days: the make-up days of 2027 are not published."""
Count = Callable[[World, date, int], Iterator[Row]]


def took(world: World, case: Row, clock: str, end: datetime) -> int | None:
    begin = case["received_at"]
    if clock == "elapsed":
        return int((end - begin).total_seconds())
    if clock == "business":
        return business_seconds(world, case, case["handler_id"], begin, end)
    if end.year > 2026 or begin.year > 2026:
        return None
    days = (begin.date() + timedelta(days=n) for n in range((end.date() - begin.date()).days + 1))
    off = [{"person_id": case["handler_id"], "from_on": it, "to_on": it} for it in days if not is_working(it)]
    tables = {"stores": world["stores"], "absences": [*world["absences"], *off]}
    return business_seconds(World(tables), case, case["handler_id"], begin, end)


def is_working(day: date) -> bool:
    """By the State Council's notices for 2025 and 2026."""
    if f"{day:%Y-%m-%d}" in MADE_UP:
        return True
    return day.weekday() < 5 and not any(first <= f"{day:%Y-%m-%d}" <= last for first, last in DAYS_OFF)


MADE_UP = {
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
}  # fmt: skip
DAYS_OFF = [
    ("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"), ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
]  # fmt: skip


def first_loops(world: World) -> Iterator[Row]:
    return (case for case in world["complaints"] if case["validity"] == "有效" and case["loop_no"] == 1)


def times(clock: str, end: str, dated_by: str) -> Count:
    def rows(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        for case in first_loops(world):
            if is_by(case[end], as_of):
                seconds = took(world, case, clock, case[end])
                yield counted({**case, "person_id": case["handler_id"]}, case[dated_by].date(), seconds, 1)

    return rows


def in_time(clock: str, end: str) -> Count:
    def rows(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        midnight = datetime.combine(as_of + timedelta(days=1), time())
        for case in first_loops(world):
            if not is_by(case["received_at"], as_of):
                continue
            is_done = is_by(case[end], as_of)
            seconds = took(world, case, clock, case[end] if is_done else midnight)
            is_late = None if seconds is None else seconds > LIMITS[clock, end]
            if seconds is None and (took(world, case, clock, LAST_KNOWN) or 0) > LIMITS[clock, end]:
                is_late = True
            if is_done or is_late in (True, None):
                said = None if is_late is None else int(not is_late)
                yield counted({**case, "person_id": case["handler_id"]}, case["received_at"].date(), said, 1)

    return rows


def overdue(world: World, as_of: date, period: Period) -> Iterator[Row]:
    if period.first > as_of:
        return
    day = min(period.last, as_of)
    end = datetime.combine(day + timedelta(days=1), time())
    for case in first_loops(world):
        is_satisfied = case["satisfied_at"] is not None and case["satisfied_at"] < end
        if end - case["received_at"] >= timedelta(hours=72) and not is_satisfied:
            yield counted({**case, "person_id": case["handler_id"]}, day, 1, 1)


def recontacts(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return recontacted(world, as_of, lambda satisfied: satisfied + timedelta(days=3))


def recontacts_past_holidays(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    def due(satisfied: date) -> date:
        day = satisfied + timedelta(days=3)
        while any(first <= f"{day:%Y-%m-%d}" <= last for first, last in DAYS_OFF):
            day += timedelta(days=1)
        return day

    return recontacted(world, as_of, due, unknown_after=date(2027, 1, 1))


def recontacted(
    world: World, as_of: date, due: Callable[[date], date], unknown_after: date = date.max
) -> Iterator[Row]:
    for case in world["complaints"]:
        if case["validity"] != "有效" or not is_by(case["satisfied_at"], as_of):
            continue
        satisfied = case["satisfied_at"].date()
        is_called = (
            is_by(case["recontacted_at"], as_of)
            and case["recontacted_at"].date() >= satisfied
            and (case["recontact_result"] != "未接通" or (case["recontact_attempts"] or 0) >= 3)
        )
        row = {**case, "person_id": case["recontacted_by"]}
        ended = case["recontacted_at"].date() if is_called else as_of + timedelta(days=1)
        if satisfied + timedelta(days=3) >= unknown_after and ended > unknown_after:
            yield counted(row, satisfied, None, 1)
        elif is_called:
            yield counted(row, satisfied, int(case["recontacted_at"].date() <= due(satisfied)), 1)
        elif as_of >= due(satisfied):
            yield counted(row, satisfied, 0, 1)


def received(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for case in first_loops(world):
        if is_by(case["received_at"], as_of):
            yield counted(case, case["received_at"].date(), 1, 1)


def verdicts(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for ruling in world["complaint_rulings"]:
        cases = world.where("complaints", complaint_id=ruling["complaint_id"], validity="有效")
        is_decided = ruling["kind"] == "责任" and ruling["fault"] in ("有责", "无责")
        if cases and is_decided and is_by(ruling["judged_at"], as_of):
            case = min(cases, key=lambda it: it["loop_no"])
            row = {**ruling, "store_id": case["store_id"], "department": case["department"]}
            yield counted(row, ruling["judged_at"].date(), int(ruling["fault"] == "有责"), 1)


def causes(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for case in first_loops(world):
        if case["cause"] and is_by(case["received_at"], as_of):
            for cause in ("服务", "用户", "产品"):
                yield counted(case, case["received_at"].date(), int(case["cause"] == cause), 1, item=cause)
