"""What pages say about figures, on both sides of every edge."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from kpi_app.pages import sentences
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards.targets import Target

RATE = METRICS["invite_to_store_rate"]
HOURS = METRICS["complaint_resolution_time_elapsed"]
SCORE = METRICS["css_score"]


def here(message, **values):
    return message.format(**values) if values else message


def row(numerator, denominator, sample=None):
    return {"numerator": numerator, "denominator": denominator, "sample": denominator if sample is None else sample}


def goal(text):
    return Target(goal=Decimal(text), floor=None, level="store")


@pytest.mark.parametrize(
    ("figure", "target", "said"),
    [
        (row(5, 37), goal("0.24"), "邀约到店率 13.5%（5 / 37），距目标 24% 还差 10.5 个百分点，即再有 4 组到店。"),
        (row(8, 37), goal("0.24"), "邀约到店率 21.6%（8 / 37），距目标 24% 还差 2.4 个百分点，即再有 1 组到店。"),
        (row(9, 37), goal("0.24"), "邀约到店率 24.3%（9 / 37），达到目标 24%，好于目标 0.3 个百分点。"),
        (row(6, 25), goal("0.24"), "邀约到店率 24.0%（6 / 25），达到目标 24%，好于目标 0.0 个百分点。"),
        (row(5, 37), None, "邀约到店率 13.5%（5 / 37）；没有目标值。"),
        (row(None, None, 0), goal("0.24"), "邀约到店率没有样本。"),
        (None, goal("0.24"), "邀约到店率没有样本。"),
    ],
)
def test_the_conclusion_says_value_parts_goal_and_what_is_missing(figure, target, said):
    assert sentences.conclusion(here, RATE, figure, target, "zh") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (48 * 3600, "抱怨处理时长 48.0 小时（n = 7），达到目标 48 小时，好于目标 0.0 小时。"),
        (36 * 3600, "抱怨处理时长 36.0 小时（n = 7），达到目标 48 小时，好于目标 12.0 小时。"),
        (60 * 3600, "抱怨处理时长 60.0 小时（n = 7），距目标 48 小时 还差 12.0 小时。"),
    ],
)
def test_where_lower_is_better_less_time_reaches_the_goal(seconds, said):
    assert sentences.conclusion(here, HOURS, row(seconds, 1, 7), goal("48"), "zh") == said


@pytest.mark.parametrize(
    ("metric", "value", "target", "band"),
    [
        (RATE, Fraction(24, 100), "0.24", "reached"),
        (RATE, Fraction(2399, 10000), "0.24", "near"),
        (RATE, Fraction(216, 1000), "0.24", "near"),
        (RATE, Fraction(2159, 10000), "0.24", "behind"),
        (RATE, Fraction(168, 1000), "0.24", "behind"),
        (RATE, Fraction(1679, 10000), "0.24", "far"),
        (HOURS, Fraction(48 * 3600), "48", "reached"),
        (HOURS, Fraction(48 * 3600 + 1), "48", "near"),
        (HOURS, Fraction(62 * 3600 + 1440), "48", "behind"),
        (HOURS, Fraction(63 * 3600), "48", "far"),
        (SCORE, Fraction(-1), "0", "behind"),
    ],
)
def test_bands_change_at_the_goal_at_ninety_and_at_seventy_percent(metric, value, target, band):
    assert sentences.band(metric, value, goal(target)) == band


def test_without_value_or_goal_there_is_no_band():
    assert sentences.band(RATE, None, goal("0.24")) == ""
    assert sentences.band(RATE, Fraction(1, 2), None) == ""


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        ("1.25", "+1.3 个百分点"),
        ("-1.25", "−1.3 个百分点"),
        ("0", "±0.0 个百分点"),
        ("-0.04", "−0.04 个百分点"),
        ("0.05", "+0.1 个百分点"),
    ],
)
def test_a_difference_of_percentages_is_in_percentage_points(apart, said):
    assert sentences.difference(here, RATE, Fraction(apart)) == said


@pytest.mark.parametrize(
    ("numerator", "denominator", "needed"), [(5, 37, 4), (8, 37, 1), (9, 37, 0), (12, 37, 0), (6, 25, 0), (0, 0, None)]
)
def test_what_is_still_needed_is_whole_and_never_negative(numerator, denominator, needed):
    assert sentences.still_needed(RATE, row(numerator, denominator), goal("0.24")) == needed


def test_a_score_is_not_reached_by_counting():
    assert sentences.still_needed(SCORE, row(8800, 100), goal("90")) is None


@pytest.mark.parametrize(
    ("on", "share"),
    [
        (date(2026, 10, 31), 0),
        (date(2026, 11, 1), 3),
        (date(2026, 11, 20), 66),
        (date(2026, 11, 30), 100),
        (date(2026, 12, 5), 100),
    ],
)
def test_the_share_of_time_gone_counts_the_day_itself(on, share):
    assert sentences.time_gone(Period.parse("2026-11"), on) == share


@pytest.mark.parametrize(
    ("metric", "text", "said"),
    [(RATE, "0.24", "24%"), (RATE, "0.125", "12.5%"), (HOURS, "48", "48 小时"), (SCORE, "88", "88 分")],
)
def test_a_goal_has_no_needless_decimals(metric, text, said):
    assert sentences.goal_shown(metric, goal(text), "zh") == said
    assert sentences.goal_shown(metric, None, "zh") == "—"


def test_posts_are_named_in_the_language():
    assert sentences.role_name("invite_specialist", "zh") == "邀约专员"
    assert sentences.role_name("invite_specialist", "en") == "invite specialist"


def test_one_more_is_said_in_the_singular_in_english():
    assert [sentences.more_of(METRICS["renewal_rate"], count, "en") for count in (1, 2)] == [
        "more renewal",
        "more renewals",
    ]
    assert sentences.more_of(METRICS["renewal_rate"], 1, "zh") == "台续保"
