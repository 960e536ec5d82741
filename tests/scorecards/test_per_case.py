"""R2, the reduction for a complaint at fault: 50.00 to 100.00, one line a ruling, in the month it was judged."""

from datetime import date
from typing import Any

import pytest

from scorecards.rules import PayResult, pay_lines
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, average, complaint, group, post, ruling

AS_OF = date(2026, 11, 5)


def result(*rulings: dict[str, Any], people: list[dict[str, Any]] | None = None, **more: Any) -> PayResult:
    """Everyone of E1 and E2 has won the award of 200.00, so that there is something to take from."""
    people = people or [post("E1"), post("E2")]
    tables: dict[str, Any] = {
        "surveys": [*answers("E1", *[90_00] * 5), *answers("E2", *[90_00] * 5)],
        "benchmarks": [average()],
        "complaints": [complaint("C1"), complaint("C2"), complaint("C3")],
        "complaint_rulings": rulings,
    }
    return pay_lines([SATISFACTION], group(people, **tables | more), OCTOBER, as_of=AS_OF)


def reductions(found: PayResult) -> list[tuple[str, int]]:
    lines = found.lines.filter(found.lines["kind"] == "kpi_reduction")
    return list(lines.select("ruling_id", "amount_fen").iter_rows())


@pytest.mark.parametrize(
    ("penalty_fen", "lines"),
    [(49_99, []), (50_00, [-50_00]), (100_00, [-100_00]), (100_01, []), (None, [])],
)
def test_the_amount_must_lie_in_the_range(penalty_fen: int | None, lines: list[int]) -> None:
    found = result(ruling("C1", "E1", penalty_fen))
    assert [amount for _, amount in reductions(found)] == lines
    assert bool(found.findings) == (not lines)


@pytest.mark.parametrize(
    ("judged_at", "counts"),
    [
        ("2026-09-30 23:59", False),
        ("2026-10-01 00:00", True),
        ("2026-10-31 23:59", True),
        ("2026-11-01 00:00", False),
    ],
)
def test_it_belongs_to_the_month_of_the_ruling(judged_at: str, counts: bool) -> None:
    received = [complaint("C1", "2026-09-01 09:00")]
    assert bool(reductions(result(ruling("C1", "E1", 80_00, judged_at=judged_at), complaints=received))) == counts


def test_only_a_ruling_at_fault_of_kind_responsibility_counts() -> None:
    assert not reductions(result(ruling("C1", "E1", 80_00, fault="无责")))
    assert not reductions(result(ruling("C1", "E1", 80_00, fault="未判定")))
    assert not reductions(result(ruling("C1", "E1", 80_00, kind="未及时处理")))


def test_two_people_on_one_complaint_are_two_lines_that_name_their_rulings() -> None:
    found = result(ruling("C1", "E1", 80_00), ruling("C1", "E2", 50_00))
    assert reductions(found) == [("C1|责任|E1", -80_00), ("C1|责任|E2", -50_00)]
    line = found.lines.filter(found.lines["ruling_id"] == "C1|责任|E1").row(0, named=True)
    assert [(row["contract"], row["key"], row["row"]) for row in line["evidence"]] == [
        ("complaint_rulings", "C1/责任/E1", 2),
        ("complaints", "C1/1", 2),
    ]
    assert line["judged_by"] == "D01"
    assert line["arithmetic_zh"] == (
        "抱怨 C1 经部门总监于 2026-10-20 判定有责，扣减 80.00 元（50.00–100.00 元之内）"
        "；最低工资无法校验：缺其他应发、当地最低工资"
    )


def test_the_post_on_the_day_the_complaint_came_in_decides() -> None:
    was_one = [post("E1", until="2026-10-04"), post("E1", "service_advisor", since="2026-10-04")]
    assert reductions(result(ruling("C1", "E1", 80_00), people=was_one))  # received 3 October
    not_yet = [post("E1", "service_advisor", until="2026-10-04"), post("E1", since="2026-10-04")]
    found = result(ruling("C1", "E1", 80_00), people=not_yet)
    assert not reductions(found)
    assert not found.findings  # another rule's business, not a fault


def test_a_judge_without_the_post_on_that_day_moves_no_money() -> None:
    nobody = result(ruling("C1", "E1", 80_00, judged_by="E2"))
    assert not reductions(nobody)
    assert "没有判定岗位" in nobody.findings[0].message.zh
    too_early = post("D02", "sales_director", since="2026-10-21")
    assert not reductions(result(ruling("C1", "E1", 80_00, judged_by="D02"), people=[post("E1"), too_early]))
    in_time = post("D02", "sales_director", since="2026-10-20")
    assert reductions(result(ruling("C1", "E1", 80_00, judged_by="D02"), people=[post("E1"), in_time]))


def test_the_director_of_another_store_moves_no_money_even_where_a_file_says_so() -> None:
    elsewhere = post("D02", "sales_director", store_id="S02")
    here = post("D02", "sales_director", since="2025-02-01")
    theirs = result(ruling("C1", "E1", 80_00, judged_by="D02"), people=[post("E1"), elsewhere])
    assert not reductions(theirs)
    assert "别的门店" in theirs.findings[0].message.zh
    assert reductions(result(ruling("C1", "E1", 80_00, judged_by="D02"), people=[post("E1"), elsewhere, here]))


def test_nobody_judges_himself() -> None:
    both = [post("E1"), post("E1", "sales_director", team_id="T00")]
    assert not reductions(result(ruling("C1", "E1", 80_00, judged_by="E1"), people=both))


def test_a_complaint_that_does_not_count_or_is_missing_moves_no_money_and_is_listed() -> None:
    withdrawn = result(ruling("C1", "E1", 80_00), complaints=[complaint("C1", validity="撤诉")])
    assert not reductions(withdrawn)
    assert "撤诉" in withdrawn.findings[0].message.zh
    missing = result(ruling("C9", "E1", 80_00))
    assert not reductions(missing)
    assert len(missing.findings) == 1


@pytest.mark.parametrize(("protected_until", "moves"), [("2026-10-02", -80_00), ("2026-10-03", 0)])
def test_a_newcomer_is_spared_on_a_line_that_shows_it(protected_until: str, moves: int) -> None:
    newcomer = [post("E1", protected_until=protected_until)]  # the complaint came in on 3 October
    found = result(ruling("C1", "E1", 80_00), people=newcomer)
    assert reductions(found) == [("C1|责任|E1", moves)]
    line = found.lines.filter(found.lines["kind"] == "kpi_reduction").row(0, named=True)
    assert (line["requested_fen"], line["waived_fen"]) == (-80_00, -80_00 - moves)
