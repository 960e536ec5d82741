"""Amounts of a month by the band of a figure; places among peers."""

from fractions import Fraction

import pytest

from scorecards import plan as plans
from scorecards.bands import Band, bands_fault
from scorecards.rules import pay_lines
from tests.scorecards.group import answers, group
from tests.scorecards.own_figures import AS_OF, OCTOBER, amounts, caller, plan, result, stated, text, words

CSS = """
shape = "bands"
metric = "css_score"
judged_on = "%s"
bands = [
    { upto = "90", reduction = "200.00" },
    { above = "90", to = "93", nothing = true },
    { from = "93", to = "95", amount = "300.00" },
    { from = "95", amount = "500.00" },
]
"""


@pytest.mark.parametrize(
    ("score", "amount"),
    [(89_99, -200_00), (90_00, -200_00), (90_01, 0), (92_99, 0), (93_00, 300_00), (94_99, 300_00), (95_00, 500_00)],
)
def test_each_edge_says_which_side_it_belongs_to(score: int, amount: int) -> None:
    read = plans.read(text(CSS % "exact").replace('roles = ["invite_specialist"]', 'roles = ["sales_consultant"]'))
    people = [{**caller("E1"), "role": "sales_consultant"}]
    found = pay_lines([read], group(people, surveys=answers("E1", score, on="2026-10-09")), OCTOBER, as_of=AS_OF)
    assert [row["requested_fen"] for row in found.lines.to_dicts()] == ([amount] if amount else [])
    kinds = found.lines["kind"].to_list()
    assert kinds == ([] if not amount else ["bonus"] if amount > 0 else ["kpi_reduction"])


@pytest.mark.parametrize(("judged_on", "amount"), [("exact", []), ("printed", [300_00])])
def test_the_printed_figure_may_decide(judged_on: str, amount: list[int]) -> None:
    read = plans.read(text(CSS % judged_on).replace('roles = ["invite_specialist"]', 'roles = ["sales_consultant"]'))
    people = [{**caller("E1"), "role": "sales_consultant"}]
    scores = answers("E1", 93_00, 92_99, 93_00, on="2026-10-09")  # 92.99666…, printed 93.00
    found = pay_lines([read], group(people, surveys=scores), OCTOBER, as_of=AS_OF)
    assert found.lines["amount_fen"].to_list() == amount


@pytest.mark.parametrize(
    ("edge", "visits", "passes"),
    [
        ("above", 10, False), ("above", 11, True), ("at_least", 9, False), ("at_least", 10, True),
        ("below", 10, False), ("below", 9, True), ("at_most", 11, False), ("at_most", 10, True),
    ],
)  # fmt: skip
def test_a_threshold_against_a_value_says_what_equality_means(edge: str, visits: int, passes: bool) -> None:
    rule = f'shape = "threshold"\nmetric = "visits"\n{edge} = "10"\namount = "100.00"\n'
    found = result(plan(rule), stated("E1", "visits", visits))
    assert amounts(found) == ([100_00] if passes else [])
    assert (found.judgements[0].outcome == "paid") == passes


def test_a_threshold_may_read_one_count_per_another_and_take_away() -> None:
    rule = 'shape = "threshold"\nmetric = "sales"\nper = "visits"\nbelow = "10%"\nreduction = "50.00"\n'
    found = result(plan(rule), stated("E1", "sales", 1), stated("E1", "visits", 11))
    assert found.lines["requested_fen"].to_list() == [-50_00]
    assert words(found)[0].startswith("成交 ÷ 到店 1÷11 = 9.1% < 10%，扣减 50.00 元")


def band(since: str | None, until: str | None, **more: bool) -> Band:
    return Band(since=since and Fraction(since), until=until and Fraction(until), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        ([band(None, "90", is_upto=True), band("90", "93", is_above=True), band("93", None)], None),
        ([band(None, "90", is_upto=True), band("90", None)], "重叠"),  # 90 twice
        ([band(None, "90"), band("90", None, is_above=True)], "90 本身不在任何分段"),
        ([band(None, "90"), band("93", None)], "90 到 93 之间没有分段"),
        ([band("90", "90", is_upto=True)], None),  # exactly 90
        ([band("90", "90", is_upto=True, is_above=True)], "是空的"),
        ([band(None, None), band("90", None)], "重叠"),
    ],
)
def test_bands_leave_no_value_out_and_none_twice(bands: list[Band], says: str | None) -> None:
    fault = bands_fault(bands, is_share=False)
    assert (fault is None) if says is None else says in (fault.zh if fault else "")


RANKED = 'shape = "ranked"\nmetric = "visits"\namong = "store"\nplaces = ["300.00", "200.00", "100.00"]\nties = "%s"\n'


@pytest.mark.parametrize(
    ("ties", "visits", "expected"),
    [
        ("each", [9, 8, 7, 6], [300_00, 200_00, 100_00]),
        ("each", [9, 9, 7, 6], [300_00, 300_00, 100_00]),  # 1, 1, 3
        ("shared", [9, 9, 7, 6], [250_00, 250_00, 100_00]),
        ("shared", [9, 7, 7, 7], [300_00, 100_00, 100_00, 100_00]),  # 200 + 100 + 0 among three
        ("shared", [9, 9, 9, 9], [150_00] * 4),
        ("each", [9, 7, 7, 7], [300_00, 200_00, 200_00, 200_00]),
    ],
)
def test_places_are_paid_and_ties_as_the_plan_says(ties: str, visits: list[int], expected: list[int]) -> None:
    people = [caller(f"E{place}") for place in range(1, 5)]
    figures = [stated(f"E{place}", "visits", value) for place, value in enumerate(visits, 1)]
    found = result(plan(RANKED % ties), *figures, people=people)
    assert amounts(found) == expected
    assert "第 1 名" in words(found)[0]


def test_peers_are_those_of_the_store_and_without_a_figure_or_a_sample_there_is_no_place() -> None:
    people = [caller("E1"), caller("E2"), caller("E3", store_id="S02"), caller("E4")]
    figures = [
        stated("E1", "visits", 5, sample=5),
        stated("E2", "visits", 9, sample=1),
        stated("E3", "visits", 1, sample=5),
    ]
    found = result(plan(RANKED % "each" + "min_sample = 5\n"), *figures, people=people)
    assert dict(zip(found.lines["person_id"], amounts(found), strict=True)) == {"E1": 300_00, "E3": 300_00}
    assert {one.person_id: one.outcome for one in found.judgements} == {
        "E1": "paid", "E2": "small_sample", "E3": "paid", "E4": "no_figure",
    }  # fmt: skip


def test_shared_places_lose_no_fen() -> None:
    rule = RANKED.replace('"300.00", "200.00", "100.00"', '"1.00"') % "shared"
    people = [caller(f"E{place}") for place in range(1, 4)]
    found = result(plan(rule), *(stated(f"E{place}", "visits", 7) for place in range(1, 4)), people=people)
    assert amounts(found) == [34, 33, 33]
