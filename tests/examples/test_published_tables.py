"""The published tables: every printed figure comes out of the intake and the measure, and every disagreement shows."""

import csv
from pathlib import Path

import pytest

from examples import published_tables as example
from examples.published_tables import MAY, NATION, TEN_MONTHS, Reproduced
from metrics.club import (
    clubs,
    dealer_enrolment_rate,
    members,
    members_per_club,
    members_published,
    monthly_joins_average_published,
    recruitment_rate_published,
    referral_deals_increment_published,
    referral_deals_published,
)

REGIONS = ["北京RBO", "上海RBO", "成都RBO", "济南RBO", "广州RBO", "杭州RBO"]
MONTHS = ["2010-01", "2010-02", "2010-03", "2010-04", "2010-05"]
ENROLLED = {  # T3 as printed, in per cent
    "全国": ("66.9", "69.9", "76.3", "79.9", "80.8"),
    "北京RBO": ("80.6", "80.6", "81.3", "87.5", "84.8"),
    "上海RBO": ("51.9", "55.6", "66.7", "70.4", "85.7"),
    "成都RBO": ("68.8", "68.8", "68.8", "75.0", "66.7"),
    "济南RBO": ("60.7", "64.3", "82.8", "86.2", "89.7"),
    "广州RBO": ("50.0", "61.1", "66.7", "66.7", "60.0"),
    "杭州RBO": ("93.8", "93.8", "88.2", "88.2", "88.9"),
}
CLUBS = {  # T2
    "全国": (91, 95, 106, 111, 118),
    "北京RBO": (25, 25, 26, 28, 28),
    "上海RBO": (14, 15, 18, 19, 24),
    "成都RBO": (11, 11, 11, 12, 12),
    "济南RBO": (17, 18, 24, 25, 26),
    "广州RBO": (9, 11, 12, 12, 12),
    "杭州RBO": (15, 15, 15, 15, 16),
}
MEMBERS = {  # T1
    "2009-08": (41626, "42.1%"),
    "2009-09": (49355, "45.9%"),
    "2009-10": (56015, "49.7%"),
    "2009-11": (64752, "50.4%"),
    "2009-12": (74271, "51.7%"),
    "2010-01": (85664, "53.6%"),
    "2010-02": (90455, "54.2%"),
    "2010-03": (100800, "55.3%"),
    "2010-04": (105809, "54.3%"),
    "2010-05": (115261, "56.6%"),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Reproduced:
    return example.reproduce(tmp_path_factory.mktemp("published") / "home")


@pytest.mark.parametrize("name", [NATION, *REGIONS])
def test_t2_and_t3_are_as_printed_in_all_five_months(found: Reproduced, name: str) -> None:
    assert tuple(found.of(clubs, name, month)["value"] for month in MONTHS) == CLUBS[name]
    assert tuple(found.shown(dealer_enrolment_rate, name, month) for month in MONTHS) == tuple(
        f"{rate}%" for rate in ENROLLED[name]
    )


def test_the_rate_that_half_to_even_would_miss_is_printed_half_up(found: Reproduced) -> None:
    it = found.of(dealer_enrolment_rate, "北京RBO", "2010-03")
    assert (it["numerator"], it["denominator"]) == (26, 32)  # 81.25 %
    assert found.shown(dealer_enrolment_rate, "北京RBO", "2010-03") == "81.3%"


def test_ranks_share_a_place_in_march_and_contradict_the_printed_claim_in_may(found: Reproduced) -> None:
    ranks = {month: [found.of(dealer_enrolment_rate, name, month)["rank"] for name in REGIONS] for month in MONTHS}
    assert ranks == {
        "2010-01": [2, 5, 3, 4, 6, 1],
        "2010-02": [2, 6, 3, 4, 5, 1],
        "2010-03": [3, 5, 4, 2, 5, 1],  # 18/27 and 12/18 are both two thirds: fifth together, nobody sixth
        "2010-04": [2, 5, 4, 3, 6, 1],
        "2010-05": [4, 3, 5, 1, 6, 2],  # 济南 26/29 before 杭州 16/18
    }
    said = example.page(found)
    assert "**The printed claim is false.**" in said
    assert "济南RBO is first with 89.7% and 杭州RBO is number 2" in said


def test_the_page_says_what_was_computed_and_not_what_was_written_down(found: Reproduced) -> None:
    falls = [line.split(" falls")[0] for line in example.page(found).splitlines() if " falls in 2010-05" in line]
    assert falls == ["北京RBO", "成都RBO", "广州RBO"]  # 28/32 to 28/33, 12/16 to 12/18, 12/18 to 12/20
    other = {("济南RBO", MAY): 2, ("杭州RBO", MAY): 1, ("广州RBO", "2010-03"): 6}
    figures = {
        (metric, name, month): {**row, "rank": other.get((name, month), row["rank"])}
        for (metric, name, month), row in found.figures.items()
    }
    (row,) = found.beside
    changed = example.page(Reproduced(figures, [{**row, "stated_value": row["value"], "difference": 0}]))
    assert "**The printed claim holds**" in changed
    assert "claim is false" not in changed
    assert "are equal" not in changed
    assert "The regions' members add up to exactly the stated total" in changed


def test_t4_adds_up_to_three_members_fewer_than_stated(found: Reproduced) -> None:
    assert [found.of(members, name, MAY)["numerator"] for name in (*REGIONS, NATION)] == [
        26021, 18470, 15045, 19691, 12038, 23993, 115258]  # fmt: skip
    assert [found.shown(members_per_club, name, MAY) for name in (*REGIONS, NATION)] == [
        "929.3", "769.6", "1253.8", "757.3", "1003.2", "1499.6", "976.8"]  # fmt: skip
    (row,) = found.beside
    assert (row["value"], row["stated_value"], row["difference"]) == (115258, 115261, -3)
    assert "| members, 全国 | 115258 | 115261 | -3 |" in example.page(found)


def test_t1_is_stated_and_its_average_has_nine_steps(found: Reproduced) -> None:
    said = {
        month: (
            found.of(members_published, NATION, month)["value"],
            found.shown(recruitment_rate_published, NATION, month),
        )
        for month in MEMBERS
    }
    assert said == MEMBERS
    average = found.of(monthly_joins_average_published, NATION, TEN_MONTHS)
    assert (average["numerator"], average["denominator"]) == (115261 - 41626, 9)
    assert found.shown(monthly_joins_average_published, NATION, TEN_MONTHS) == "8182"  # 8181.67
    joined = [found.of(example.joins_published, NATION, month)["value"] for month in MEMBERS]
    assert joined == [None, 7729, 6660, 8737, 9519, 11393, 4791, 10345, 5009, 9452]


def test_t5_is_cumulative_and_its_first_month_has_no_increment(found: Reproduced) -> None:
    assert [found.of(referral_deals_published, NATION, month)["value"] for month in MONTHS] == [
        979, 1125, 1336, 1523, 1749]  # fmt: skip
    increments = [found.of(referral_deals_increment_published, NATION, month) for month in MONTHS]
    assert [it["value"] for it in increments] == [None, 146, 211, 187, 226]
    assert increments[0]["reason_zh"] == "没有可相减的两个月末"


def test_members_of_months_whose_regions_were_not_published_are_not_zero(found: Reproduced) -> None:
    assert (members.key, "北京RBO", "2010-04") not in found.figures


def test_the_page_in_the_docs_is_what_the_command_writes(found: Reproduced) -> None:
    assert example.PAGE.read_text(encoding="utf-8") == example.page(found) + "\n"


def test_the_files_can_be_written_for_an_import_by_hand(tmp_path: Path) -> None:
    example.main(["--files", str(tmp_path / "files")])
    with (tmp_path / "files" / "车友汇月报.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 * 146  # the dealers with full after-sales at the end
    with pytest.raises(SystemExit, match="published_tables"):
        example.main(["--nonsense"])
