"""Stated figures: which statement counts, and how it stands beside what is computed."""

from datetime import date
from typing import Any

import pytest

from metrics.club import (
    members,
    members_published,
    monthly_joins_average_published,
    recruitment_rate,
    recruitment_rate_published,
    referral_deals_increment_published,
)
from metrics.kinds import HIGHER, POINTS, Metric
from metrics.measure import credited, measure
from metrics.period import Period
from metrics.stated import Stated, beside
from tests.facts import facts

AS_OF = date(2026, 12, 31)
score = Stated(
    key="css_score_stated", label=members.label, description=members.description, meaning=members.meaning,
    roles=("sales_director",), better=HIGHER, unit=POINTS, decimals=2, source="S09",
)  # fmt: skip
"""A score stated for its own period, under its own key."""


def statement(metric: str, period: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"source": "厂家", "metric": metric, "level": "store", "subject_id": "S1", "period": period, "value": value,
            **more}  # fmt: skip


def said(metric: Metric, rows: list[dict[str, Any]], period: str, as_of: date = AS_OF, level: Any = "store",
         month_starts_on: int = 1) -> list[tuple[Any, ...]]:  # fmt: skip
    found = measure(
        [metric], facts(stated_figures=rows), [Period.parse(period, month_starts_on)], level, as_of=as_of
    )  # fmt: skip
    return found.select("subject_id", "numerator", "denominator", "sample").rows()


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"value": "91"}, (91, 1)),
        ({"value": "0.566"}, (566, 1000)),  # 56.6 %
        ({"value": "-1.50"}, (-15, 10)),
        ({"value": "0"}, (0, 1)),
        ({"value": "0.000001"}, (1, 1_000_000)),
        ({"numerator": "455", "denominator": "500"}, (455, 500)),
        ({"numerator": "455.5", "denominator": "5"}, (4555, 50)),
        ({"numerator": "2", "denominator": "3", "value": "0.67"}, (2, 3)),  # the parts say more than the value
        ({"numerator": "2", "value": "0.67"}, (67, 100)),
    ],
)
def test_a_statement_is_taken_exactly(given: dict[str, str], parts: tuple[int, int]) -> None:
    assert said(score, [statement(score.key, "2026-10", **given)], "2026-10") == [("S1", *parts, 1)]


def test_a_statement_counts_for_its_level_subject_and_period_alone() -> None:
    rows = [
        statement(score.key, "2026-10", "90", sample=32),
        statement(score.key, "2026Q4", "80"),
        statement(score.key, "2026-10", "70", subject_id="S2"),
        statement(score.key, "2026-10", "60", level="region", subject_id="东"),
        statement("css_score_other", "2026-10", "50"),
    ]
    assert said(score, rows, "2026-10") == [("S1", 90, 1, 32), ("S2", 70, 1, 1)]
    assert said(score, rows, "2026Q4") == [("S1", 80, 1, 1)]
    assert said(score, rows, "2026-11") == []
    assert said(score, rows, "2026-W44") == []
    assert said(score, rows, "2026-10", level="region") == [("东", 60, 1, 1)]


@pytest.mark.parametrize(
    ("published_on", "known_from"),
    [("2026-11-08", date(2026, 11, 8)), (None, date(2026, 10, 31)), ("2026-10-20", date(2026, 10, 20))],
)
def test_a_statement_is_known_from_its_publication(published_on: str | None, known_from: date) -> None:
    rows = [statement(score.key, "2026-10", "90", published_on=published_on)]
    assert said(score, rows, "2026-10", as_of=known_from) == [("S1", 90, 1, 1)]
    assert said(score, rows, "2026-10", as_of=date.fromordinal(known_from.toordinal() - 1)) == []


def test_sources_that_disagree_give_no_figure_and_a_rule_may_name_its_own() -> None:
    rows = [statement(score.key, "2026-10", "90"), statement(score.key, "2026-10", "90.5", source="区域")]
    built = facts(stated_figures=rows)
    (row,) = measure([score], built, [Period.parse("2026-10")], "store", as_of=AS_OF).to_dicts()
    assert (row["value"], row["sample"], row["rank"], row["reason_zh"]) == (None, 2, None, "来源不一致")
    own = Stated(**{**vars(score), "reported_by": "区域"})
    assert said(own, rows, "2026-10") == [("S1", 905, 10, 1)]
    agreeing = [rows[0], statement(score.key, "2026-10", "90.0", source="区域")]
    assert said(score, agreeing, "2026-10") == [("S1", 90, 1, 2)]


def test_a_stated_stock_stands_until_the_next_is_stated() -> None:
    rows = [statement("members", "2026-08", "10"), statement("members_published", "2026-10", "14")]
    standing = {period: said(members_published, rows, period) for period in
                ("2026-07", "2026-08", "2026-09", "2026-10-30", "2026-10-31", "2026Q4")}  # fmt: skip
    assert standing == {
        "2026-07": [],
        "2026-08": [("S1", 10, 1, 1)],
        "2026-09": [("S1", 10, 1, 1)],
        "2026-10-30": [("S1", 10, 1, 1)],
        "2026-10-31": [("S1", 14, 1, 1)],
        "2026Q4": [("S1", 14, 1, 1)],
    }
    assert said(members_published, rows, "2026-10-25", month_starts_on=26) == [("S1", 14, 1, 1)]
    assert said(members_published, rows, "2026-10-24", month_starts_on=26) == [("S1", 10, 1, 1)]


def test_growth_of_stated_figures_needs_two_whole_ones() -> None:
    rows = [statement("members", "2026-08", "10"), statement("members", "2026-10", "16")]
    assert said(monthly_joins_average_published, rows, "2026-08..2026-10") == [("S1", 6, 2, 1)]
    parted = [*rows, statement("members", "2026-10", "17", source="区域")]
    assert said(monthly_joins_average_published, parted, "2026-08..2026-10") == [("S1", None, None, 1)]
    cumulative = [
        statement("referral_deals", month, deals) for month, deals in (("2026-09", "979"), ("2026-10", "1125"))
    ]
    assert said(referral_deals_increment_published, cumulative, "2026-09") == [("S1", None, None, 1)]
    assert said(referral_deals_increment_published, cumulative, "2026-10") == [("S1", 146, 1, 1)]


def test_the_group_is_found_whatever_it_is_called() -> None:
    rows = [statement("members", "2026-10", "5", level="group", subject_id="全国")]
    assert said(members_published, rows, "2026-10", level="group") == [("group", 5, 1, 1)]
    assert said(members_published, rows, "2026-10") == []


def club(**amounts: Any) -> dict[str, Any]:
    return {
        "month": "2026-10",
        "store_id": "S1",
        "region": "东",
        "has_club": True,
        "has_full_after_sales": True,
        **amounts,
    }


def test_a_stated_figure_stands_beside_the_computed_one_with_the_difference() -> None:
    built = facts(
        stores=[{"store_id": "S1", "region": "东"}],
        club_snapshots=[club(members=115258, pending_members=0, private_owners=203641)],
        stated_figures=[
            statement("recruitment_rate", "2026-10", "0.566", published_on="2026-11-08"),
            statement("members", "2026-10", "115261"),
            statement("members_published", "2026-10", "115258", source="区域"),
            statement("members", "2026-09", "7"),
            statement("members", "2026-10", "9", subject_id="S2"),
            statement("css_score", "2026-10", "9"),
        ],
    )
    october, september = Period.parse("2026-10"), Period.parse("2026-09")
    found = beside(
        [members, members_published, recruitment_rate], built, [october, september], "store", as_of=AS_OF
    )  # fmt: skip
    assert found.select("metric", "period", "subject_id", "source", "value", "stated_value", "difference").rows() == [
        ("members", "2026-10", "S1", "区域", 115258.0, 115258.0, 0.0),
        ("members", "2026-10", "S1", "厂家", 115258.0, 115261.0, -3.0),
        ("members", "2026-10", "S2", "厂家", None, 9.0, None),  # nothing computed: no difference, not −9
        ("members", "2026-09", "S1", "厂家", None, 7.0, None),
        # (115258·1000 − 566·203641) ÷ (203641·1000), divided once
        ("recruitment_rate", "2026-10", "S1", "厂家", 115258 / 203641, 0.566, -2_806 / 203_641_000),
    ]
    assert found["published_on"].to_list()[-1] == date(2026, 11, 8)
    computed = measure([members], built, [october], "store", as_of=AS_OF)
    assert computed["numerator"].to_list() == [115258]  # never instead


def test_a_statement_is_found_again_where_it_was_read() -> None:
    rows = [
        statement("members", "2026-10", "5", level="group", subject_id="集团"),
        statement("members", "2026-10", "3"),
        statement("members", "2026-09", "2", level="region", subject_id="东"),
    ]
    found = credited(members_published, facts(stated_figures=rows), as_of=AS_OF)
    assert found.select("day", "store_id", "region", "numerator", "_row").rows() == [
        (date(2026, 9, 30), None, "东", 2, 4),
        (date(2026, 10, 31), None, None, 5, 2),
        (date(2026, 10, 31), "S1", None, 3, 3),
    ]


def test_a_rate_published_is_a_fraction_of_one() -> None:
    assert said(recruitment_rate_published, [statement("recruitment_rate", "2026-10", "0.566")], "2026-11") == [
        ("S1", 566, 1000, 1)
    ]
