"""Loss compensation: a clause, a fifth of the lower wage, the minimum wage left, and the rest carried until settled.

Performance pay is a bonus line by hand here: what rules pay is tested elsewhere.
"""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from data_contracts.contract import Text
from data_contracts.results import PayLines
from metrics.period import Period
from scorecards.explain import explain
from scorecards.law import read
from scorecards.losses import LossCase, Losses
from scorecards.rules import PayResult, pay_lines
from scorecards.sheet import build
from tests.scorecards.group import SATISFACTION, complaint, group, post, ruling
from tests.scorecards.test_law import REGION

OCTOBER = Period.parse("2026-10")
AS_OF = date(2026, 10, 31)
MINIMUM = {"city": "上海", "since": "2026-07-01", "amount_fen": 2_490_00, "source": "示例文号"}


def profile(**changed: Any) -> dict[str, Any]:
    return {
        "person_id": "E1", "since": "2026-01-01", "contract_wage_fen": 9_000_00, "other_pay_fen": 4_500_00,
        "has_loss_clause": True, **changed,
    }  # fmt: skip


def line(kind: str, amount: int, line_id: str = "", **changed: Any) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(PayLines.column_names())
    return {
        **empty, "line_id": line_id or f"{kind}{amount}", "period": "2026-10", "store_id": "S01", "person_id": "E1",
        "rule": "manual", "rule_since": date(2026, 10, 1), "kind": kind, "requested_fen": amount, "amount_fen": amount,
        "lapsed_fen": 0, "carried_fen": 0, "waived_fen": 0, "arithmetic_zh": "", "arithmetic_en": "",
        "is_settled": True, "evidence": [], **changed,
    }  # fmt: skip


def case(fen: int, case_id: str = "L1", day: int = 5, **changed: Any) -> LossCase:
    given: dict[str, Any] = {
        "case_id": case_id, "person_id": "E1", "event": None, "reason": "损坏展车", "amount_fen": fen,
        "outstanding_fen": fen, "approved_by": "B01", "approved_at": datetime(2026, 10, day),
        "words": Text(f"{case_id} 损坏展车", f"{case_id} damaged a car"), **changed,
    }  # fmt: skip
    return LossCase(**given)


def result(
    lines: list[dict[str, Any]],
    *cases: LossCase,
    profiles: list[dict[str, Any]] | None = None,
    minimum: list[dict[str, Any]] | None = None,
    people: list[dict[str, Any]] | None = None,
    taken: dict[str, int] | None = None,
    plans: Any = (),
    laws: Any = (),
    **more: Any,
) -> PayResult:
    facts = group(
        [post("E1")] if people is None else people,
        pay_profiles=[profile()] if profiles is None else profiles,
        minimum_wages=[MINIMUM] if minimum is None else minimum,
        **{name: more.pop(name) for name in ("complaints", "complaint_rulings") if name in more},
    )
    return pay_lines(
        plans,
        facts,
        OCTOBER,
        as_of=AS_OF,
        manual=pl.DataFrame(lines, schema=PayLines.create_empty().schema),
        losses=Losses(cases=cases, taken_fen=taken or {}),
        laws=laws,
        **more,
    )


def taken(found: PayResult, kind: str = "loss_compensation") -> list[tuple[int, int, int, int]]:
    """Applied, lapsed, carried and waived of every line of the kind, as positive yuan-fen."""
    of_kind = found.lines.filter(pl.col("kind") == kind)
    columns = ("amount_fen", "lapsed_fen", "carried_fen", "waived_fen")
    return [tuple(-fen for fen in row) for row in of_kind.select(columns).rows()]  # type: ignore[misc]


def test_reductions_of_900_leave_1020_for_a_loss_of_2000_and_980_are_carried() -> None:
    found = result([line("bonus", 1_500_00), line("kpi_reduction", -900_00)], case(2_000_00))
    assert taken(found, "kpi_reduction") == [(900_00, 0, 0, 0)]
    assert taken(found) == [(1_020_00, 0, 980_00, 0)]  # 20 % of 4,500 + 1,500 − 900 = 5,100
    said = found.lines.row(by_predicate=pl.col("kind") == "loss_compensation", named=True)
    assert said["arithmetic_zh"] == (
        "L1 损坏展车；损失 2,000.00 元，前期已结 0.00 元，待扣 2,000.00 元；"
        "应发 = 其他应发 4,500.00 + 绩效 1,500.00 − 扣减 900.00 = 5,100.00 元，"
        "与合同工资 9,000.00 元取低为 5,100.00 元，其 20% 为 1,020.00 元；"
        "超出最低工资 2,490.00 元的部分为 2,610.00 元；本月最多可扣 1,020.00 元；"
        "扣 1,020.00 元，顺延 980.00（《工资支付暂行规定》（劳部发〔1994〕489号）第十六条）"
    )
    assert [(row["contract"], row["key"]) for row in said["evidence"]] == [
        ("pay_profiles", "E1/2026-01-01"),
        ("minimum_wages", "上海/2026-07-01"),
    ]


def test_reductions_of_1800_apply_1500_and_300_lapse() -> None:
    found = result([line("bonus", 1_500_00), line("kpi_reduction", -1_800_00)])
    assert taken(found, "kpi_reduction") == [(1_500_00, 300_00, 0, 0)]


def test_of_a_gross_of_2700_a_loss_of_2000_takes_210_and_carries_1790() -> None:
    found = result([], case(2_000_00), profiles=[profile(other_pay_fen=2_700_00)])
    assert taken(found) == [(210_00, 0, 1_790_00, 0)]  # 2,700 − 2,490, less than 20 % of 2,700 = 540


@pytest.mark.parametrize(
    ("contract", "other", "loss", "applied"),
    [
        (5_100_00, 5_100_00, 1_020_00, 1_020_00),  # exactly a fifth
        (5_100_00, 5_100_00, 1_020_01, 1_020_00),
        (5_100_00, 5_100_00, 1_019_99, 1_019_99),
        (5_000_00, 5_100_00, 2_000_00, 1_000_00),  # the contract wage is the lower
        (5_200_00, 5_100_00, 2_000_00, 1_020_00),  # the gross is
        (5_100_04, 6_000_00, 2_000_00, 1_020_00),  # 1,020.008: never a fen more than a fifth
        (5_100_05, 6_000_00, 2_000_00, 1_020_01),
        (9_000_00, 2_490_01, 2_000_00, 1),
        (9_000_00, 2_490_00, 2_000_00, 0),
        (9_000_00, 2_489_99, 2_000_00, 0),
        (9_000_00, 3_112_50, 2_000_00, 622_50),  # where a fifth and the minimum wage meet
    ],
)
def test_both_sides_of_every_limit(contract: int, other: int, loss: int, applied: int) -> None:
    wage = profile(contract_wage_fen=contract, other_pay_fen=other)
    assert taken(result([], case(loss), profiles=[wage])) == [(applied, 0, loss - applied, 0)]


@pytest.mark.parametrize(
    ("profiles", "minimum", "missing"),
    [
        ([], [MINIMUM], "无法校验：缺其他应发，本月"),
        ([profile()], [], "无法校验：缺当地最低工资，本月"),
        ([profile()], [{**MINIMUM, "city": "天津"}], "无法校验：缺当地最低工资，本月"),
        ([profile()], [{**MINIMUM, "since": "2026-10-02"}], "无法校验：缺当地最低工资，本月"),
        ([], [], "无法校验：缺其他应发、当地最低工资，本月"),
    ],
)
def test_what_cannot_be_checked_is_deferred(profiles: list[Any], minimum: list[Any], missing: str) -> None:
    lines = [line("bonus", 1_500_00), line("kpi_reduction", -900_00)]
    found = result(lines, case(2_000_00), profiles=profiles, minimum=minimum)
    assert taken(found) == [(0, 0, 2_000_00, 0)]
    assert taken(found, "kpi_reduction") == [(900_00, 0, 0, 0)]  # reductions stand, and say so
    words = {row["kind"]: row["arithmetic_zh"] for row in found.lines.to_dicts()}
    assert missing in words["loss_compensation"]
    assert words["kpi_reduction"].endswith(missing.removesuffix("，本月"))


@pytest.mark.parametrize("since", ["2026-10-01", "2026-10-15"])
def test_the_profile_of_the_first_day_counts_and_of_who_came_later_the_first(since: str) -> None:
    assert taken(result([], case(100_00), profiles=[profile(since=since)])) == [(100_00, 0, 0, 0)]
    before = profile(other_pay_fen=2_500_00)
    later = profile(since=since)
    expected = 100_00 if since == "2026-10-01" else 10_00
    assert taken(result([], case(100_00), profiles=[before, later])) == [(expected, 0, 100_00 - expected, 0)]


@pytest.mark.parametrize("clause", [False, None])
def test_without_a_loss_clause_there_is_no_compensation(clause: bool | None) -> None:
    found = result([], case(2_000_00), profiles=[profile(has_loss_clause=clause)])
    assert taken(found) == [(0, 2_000_00, 0, 0)]
    assert "没有赔偿约定" in found.lines["arithmetic_zh"][0]


def test_the_case_approved_first_is_served_first_and_all_share_one_limit() -> None:
    found = result([], case(700_00, "L1", day=6), case(500_00, "L2", day=5), profiles=[profile()])
    by_case = {row["arithmetic_zh"][:2]: -row["amount_fen"] for row in found.lines.to_dicts()}
    assert by_case == {"L2": 500_00, "L1": 400_00}  # 20 % of 4,500 = 900
    assert taken(result([], case(700_00), taken={"E1": 300_00})) == [(600_00, 0, 100_00, 0)]  # in another unit


def test_the_rest_of_a_case_goes_on() -> None:
    found = result([], case(2_000_00, outstanding_fen=980_00))
    assert taken(found) == [(900_00, 0, 80_00, 0)]
    assert found.lines["requested_fen"][0] == -980_00
    assert "前期已结 1,020.00 元，待扣 980.00 元" in found.lines["arithmetic_zh"][0]
    assert taken(result([], case(2_000_00, outstanding_fen=0))) == []


def test_a_withdrawn_case_is_waived_on_a_visible_line() -> None:
    found = result([], case(2_000_00, outstanding_fen=980_00, is_withdrawn=True), profiles=[])
    assert taken(found) == [(0, 0, 0, 980_00)]


def test_corrections_and_manual_lines_lower_gross_but_never_raise_it() -> None:
    base = [line("bonus", 1_500_00)]
    assert taken(result(base, case(2_000_00))) == [(1_200_00, 0, 800_00, 0)]
    assert taken(result([*base, line("correction", -500_00)], case(2_000_00))) == [(1_100_00, 0, 900_00, 0)]
    assert taken(result([*base, line("correction", 500_00)], case(2_000_00))) == [(1_200_00, 0, 800_00, 0)]
    assert taken(result([*base, line("manual", 500_00)], case(2_000_00))) == [(1_200_00, 0, 800_00, 0)]


def test_one_event_is_sanctioned_once() -> None:
    rulings = {"complaints": [complaint("C1")], "complaint_rulings": [ruling("C1", "E1", 80_00)]}
    found = result([line("bonus", 500_00)], case(2_000_00, event="C1"), plans=[SATISFACTION], **rulings)
    assert taken(found, "kpi_reduction") == [(80_00, 0, 0, 0)]
    assert taken(found) == [(0, 0, 2_000_00, 0)]
    assert [finding.where for finding in found.findings] == ["E1 L1"]
    other = result([line("bonus", 500_00)], case(100_00, event="C2"), plans=[SATISFACTION], **rulings)
    assert taken(other) == [(100_00, 0, 0, 0)]


def test_a_reduction_of_an_earlier_month_bars_the_loss_while_its_ruling_stands() -> None:
    paid = line("kpi_reduction", -80_00, period="2026-09", ruling_id="C1|责任|E1", judged_at=datetime(2026, 9, 20))
    earlier = pl.DataFrame([paid], schema=PayLines.create_empty().schema)
    for fault, applied in (("有责", 0), ("无责", 100_00)):
        judged = ruling("C1", "E1", 80_00, judged_at="2026-09-20 10:00", fault=fault)
        found = result(
            [], case(100_00, event="C1"), earlier=earlier, complaints=[complaint("C1")], complaint_rulings=[judged]
        )
        assert taken(found) == [(applied, 0, 100_00 - applied, 0)]


def test_the_second_ruling_on_one_complaint_is_waived_for_the_same_person_only() -> None:
    november = Period.parse("2026-11")

    def reductions(second: str) -> list[tuple[str, int, int]]:
        late = {"kind": "未及时处理", "judged_at": "2026-11-21 10:00"}
        facts = group(
            [post("E1"), post("E2")],
            complaints=[complaint("C1")],
            complaint_rulings=[
                ruling("C1", "E1", 80_00, judged_at="2026-11-20 10:00"),
                ruling("C1", second, None, **late),
            ],
        )
        pay = [line("bonus", 500_00, f"b{person}", period="2026-11", person_id=person) for person in ("E1", "E2")]
        manual = pl.DataFrame(pay, schema=PayLines.create_empty().schema)
        found = pay_lines([SATISFACTION], facts, november, as_of=date(2026, 11, 30), manual=manual)
        of_kind = found.lines.filter(pl.col("kind") == "kpi_reduction")
        return of_kind.select("rule", "amount_fen", "waived_fen").rows()

    assert reductions("E1") == [("R2", -80_00, 0), ("R3", 0, -200_00)]
    assert reductions("E2") == [("R2", -80_00, 0), ("R3", -200_00, 0)]


def test_a_ruling_changed_since_is_no_second_sanction() -> None:
    earlier = pl.DataFrame(
        [line("kpi_reduction", -80_00, period="2026-09", ruling_id="C1|责任|E1", judged_at=datetime(2026, 9, 20))],
        schema=PayLines.create_empty().schema,
    )
    found = result(
        [line("bonus", 500_00)], plans=[SATISFACTION], earlier=earlier,
        complaints=[complaint("C1")], complaint_rulings=[ruling("C1", "E1", 100_00)],
    )  # fmt: skip
    assert taken(found, "kpi_reduction") == [(100_00, 0, 0, 0)]


@pytest.mark.parametrize(("until", "waived"), [("2026-10-02", 0), ("2026-10-03", 80_00)])
def test_reductions_of_the_protected_are_waived_on_a_visible_line(until: str, waived: int) -> None:
    found = result(
        [line("bonus", 500_00)], people=[post("E1", protected_until=until)], plans=[SATISFACTION],
        complaints=[complaint("C1", "2026-10-03 09:00")], complaint_rulings=[ruling("C1", "E1", 80_00)],
    )  # fmt: skip
    assert taken(found, "kpi_reduction") == [(80_00 - waived, 0, 0, waived)]


def test_who_left_is_listed_for_hr_and_pays_nothing() -> None:
    found = result([], case(2_000_00), people=[post("E1", until="2026-09-30", left_on="2026-09-29")])
    assert taken(found) == []
    assert [(finding.where, finding.store_id) for finding in found.findings] == [("E1 L1", "S01")]


def test_the_line_stands_in_the_unit_of_the_latest_post() -> None:
    moved = [post("E1", until="2026-10-16"), post("E1", store_id="S02", since="2026-10-16")]
    tianjin = {**MINIMUM, "city": "天津", "amount_fen": 2_320_00}
    found = result([line("bonus", 1_500_00)], case(2_000_00), people=moved, minimum=[MINIMUM, tianjin])
    # What the other unit pays does not raise the gross here: 20 % of 4,500.
    assert found.lines.filter(pl.col("kind") == "loss_compensation").select("store_id", "amount_fen").rows() == [
        ("S02", -900_00)
    ]
    for store_id, lines in (("S01", 0), ("S02", 1)):
        alone = result([], case(2_000_00), people=moved, minimum=[MINIMUM, tianjin], stores=[store_id])
        assert len(taken(alone)) == lines


def fine(fen: int, line_id: str = "fine") -> dict[str, Any]:
    return line("manual", -fen, line_id, rule="fine")


def test_a_fine_lapses_where_no_regional_profile_allows_it() -> None:
    assert taken(result([fine(300_00)]), "manual") == [(0, 300_00, 0, 0)]
    elsewhere = read(REGION)
    assert taken(result([fine(300_00)], laws=[elsewhere]), "manual") == [(0, 300_00, 0, 0)]


@pytest.mark.parametrize(("fen", "applied"), [(449_99, 449_99), (450_00, 450_00), (450_01, 450_00)])
def test_an_allowed_fine_is_held_to_its_share_and_the_rest_lapses(fen: int, applied: int) -> None:
    here = read(REGION.replace('cities = ["示例市"]', 'cities = ["上海"]'))
    found = result([fine(fen)], laws=[here])
    assert taken(found, "manual") == [(applied, fen - applied, 0, 0)]  # 10 % of 4,500
    assert "示例条例第二条" in found.lines["arithmetic_zh"][0]


def test_fines_and_losses_share_one_limit_and_the_loss_goes_first() -> None:
    here = read(REGION.replace('cities = ["示例市"]', 'cities = ["上海"]'))
    found = result([fine(300_00)], case(200_00), laws=[here])
    assert taken(found) == [(200_00, 0, 0, 0)]
    assert taken(found, "manual") == [(250_00, 50_00, 0, 0)]  # 450 less the 200 taken
    unchecked = result([fine(300_00)], laws=[here], profiles=[])
    assert taken(unchecked, "manual") == [(0, 300_00, 0, 0)]


@pytest.mark.parametrize(("taking", "applied"), [(599_99, 599_99), (600_00, 600_00), (600_01, 600_00)])
def test_by_hand_nothing_is_taken_from_base_pay(taking: int, applied: int) -> None:
    lines = [line("bonus", 500_00), line("manual", 200_00), line("kpi_reduction", -100_00), line("manual", -taking)]
    of_hand = sorted(taken(result(lines), "manual"))
    assert of_hand[-1] == (applied, taking - applied, 0, 0)


def test_the_line_is_explained_and_marked_on_the_sheet() -> None:
    lines = [line("bonus", 1_500_00), line("kpi_reduction", -900_00)]
    found = result(lines, case(2_000_00))
    facts = group([post("E1")], pay_profiles=[profile()], minimum_wages=[MINIMUM])
    sheet = build(found, [], facts, OCTOBER, "S01", as_of=AS_OF)
    loss = sheet.lines.row(by_predicate=pl.col("kind") == "loss_compensation", named=True)
    tree = explain(loss, sheet).as_text("zh")
    assert "loss 损失赔偿：赔偿 −1,020.00 元" in tree
    assert "应计 −2,000.00 = 实计 −1,020.00 + 不再扣 0.00 + 顺延 −980.00 + 免扣 0.00" in tree
    assert "最低工资 上海/2026-07-01" in tree
    assert sheet.people[0].check.zh == "赔偿顺延 980.00 元"
    assert sheet.total_fen == 1_500_00 - 900_00 - 1_020_00
