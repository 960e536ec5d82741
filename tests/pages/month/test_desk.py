"""What the desk says of a month's days, and what the filters and links of its amounts let through."""

from datetime import date

import pytest

from data_contracts.contract import Text
from kpi_app.pages.month import checks, desk
from kpi_app.pages.month.pay import Wanted
from kpi_app.store.months.calendar import Milestone
from kpi_app.store.months.checks.mending import MENDING


class Here:
    """A visit in Chinese."""

    language = "zh"

    def __call__(self, message, **values):
        return message.format(**values) if values else message

    def text(self, text):
        return text.zh


def milestone(key, day, left, *, store_id="S01", is_done=False):
    return Milestone(
        store_id=store_id,
        store_name=store_id,
        key=key,
        name=Text(key, key),
        on=date(2026, 11, day),
        is_certain=True,
        is_done=is_done,
        working_days=left,
    )


@pytest.mark.parametrize(
    ("milestones", "shown"),
    [
        ([milestone("data_cutoff", 4, 0)], [("11-04", "next", "今天截止")]),
        ([milestone("data_cutoff", 3, -1)], [("11-03", "done", "已过 1 个工作日")]),
        ([milestone("lock_by", 3, -1)], [("11-03", "late", "已逾期 1 个工作日")]),
        ([milestone("lock_by", 3, -1, is_done=True)], [("11-03", "done", "已完成")]),
        (
            [milestone("data_cutoff", 5, 1), milestone("lock_by", 13, 7)],
            [("11-05", "next", "还剩 1 个工作日"), ("11-13", "ahead", "还剩 7 个工作日")],
        ),
    ],
)
def test_the_next_day_stands_out_and_only_what_is_owed_is_overdue(milestones, shown):
    assert [(it["on"], it["state"], it["countdown"]) for it in desk.days(Here(), milestones)] == shown


def test_stores_share_a_day_and_the_one_that_is_behind_is_told():
    (day,) = desk.days(
        Here(),
        [milestone("lock_by", 11, 3, is_done=True), milestone("lock_by", 13, 5, store_id="S02")],
    )
    assert (day["on"], day["done"], day["others"]) == ("11-13", "1/2 店已完成", "另有 11-11")


LINE = {"plan": "satisfaction", "rule": "R2", "kind": "kpi_reduction", "is_settled": True}


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (Wanted(), True),
        (Wanted(rules=["satisfaction/R2"]), True),
        (Wanted(rules=["other/R2"]), False),
        (Wanted(kinds=["kpi_reduction"], states=["settled"]), True),
        (Wanted(kinds=["kpi_reduction"], states=["open"]), False),
        (Wanted(kinds=["bonus"]), False),
    ],
)
def test_a_filter_lets_through_what_meets_all_that_is_asked(wanted, passes):
    assert wanted.lets_line(LINE) is passes


def test_a_screen_names_no_command():
    said = [checks.COMMAND.sub("", text) for it in MENDING.values() for text in it.next_step]
    assert [text for text in said if "kpi " in text] == []
