"""Plan F1: the two published lines to the fen, and the written version beside them."""

from importlib.resources import files

import pytest

from scorecards import plan as plans
from scorecards.money import yuan
from scorecards.plan import Plan
from scorecards.practised import SHEET_LINES, Compared, SheetLine, compare

FLAT, BANDS = SHEET_LINES


def shipped(name: str) -> Plan:
    return plans.read((files("scorecards") / "plans" / f"{name}.toml").read_text(encoding="utf-8"))


def compared(line: SheetLine) -> list[Compared]:
    return compare(line, shipped(line.layout), shipped("f1"))


def amounts(line: SheetLine, side: str) -> dict[str, str]:
    return {one.rule: yuan(getattr(one, side).amount_fen) for one in compared(line) if getattr(one, side)}


def test_the_flat_line_is_3820() -> None:
    assert amounts(FLAT, "practised") == {
        "F1.1": "600.00",  # 6 · 100
        "F1.2": "3,060.00",  # 51 · 60
        "F1.5": "360.00",  # 9 · 40
        "F1.8": "−200.00",  # 51 of 70 visit groups
    }
    assert sum(one.practised.amount_fen for one in compared(FLAT) if one.practised) == FLAT.paid_fen == 3820_00


def test_the_line_by_bands_is_6530() -> None:
    assert amounts(BANDS, "practised") == {
        "F1.1": "600.00",  # 6 · 100
        "F1.2": "4,260.00",  # 71 · 60
        "F1.3": "710.00",  # 71 · 10, 71 ÷ 422 = 16.8 % ≥ 15 %
        "F1.5": "640.00",  # 16 · 40
        "F1.6": "320.00",  # 16 · 20, 16 ÷ 71 = 22.54 % ≥ 22.5 %
    }
    assert sum(one.practised.amount_fen for one in compared(BANDS) if one.practised) == BANDS.paid_fen == 6530_00


def test_the_written_version_scales_and_pays_only_what_is_met() -> None:
    assert amounts(FLAT, "written") == {
        "F1.1": "0.00",  # 11.2 % < 15 %, 17.6 % < 35 %, 2.0 % < 4 %
        "F1.2": "2,229.43",  # 51 · 60 · 51/70
        "F1.3": "0.00",
        "F1.4": "0.00",
        "F1.5": "262.29",  # 9 · 40 · 51/70
        "F1.6": "0.00",
        "F1.7": "0.00",
    }
    assert amounts(BANDS, "written") == {
        "F1.1": "100.00",  # only the visit rate, 16.8 % ≥ 15 %
        "F1.2": "4,260.00",  # 71 of 70 visit groups: taken as 100 %
        "F1.3": "710.00",
        "F1.4": "0.00",
        "F1.5": "640.00",
        "F1.6": "0.00",  # 22.5 % < 30 %
        "F1.7": "0.00",
    }


@pytest.mark.parametrize(("line", "differs"), [(FLAT, 1328_28), (BANDS, 820_00)])
def test_the_differences_of_the_rules_are_the_difference_of_the_lines(line: SheetLine, differs: int) -> None:
    rows = compared(line)
    written = sum(one.written.amount_fen for one in rows if one.written)
    assert sum(one.difference_fen for one in rows) == line.paid_fen - written == differs


@pytest.mark.parametrize(("line", "shown"), [(FLAT, "72.9%"), (BANDS, "101.4%")])
def test_seventy_is_the_task_behind_the_sheets_attainment(line: SheetLine, shown: str) -> None:
    (visits,) = [one.written for one in compared(line) if one.rule == "F1.2"]
    assert visits is not None
    assert shown in visits.words[0].zh
    fitting = [task for task in range(1, 200) if round(5100 / task, 1) == 72.9 and round(7100 / task) == 101]
    assert fitting == [70]


def test_the_three_stand_for_each_other() -> None:
    layouts = [shipped(name) for name in ("f1", "f1_flat", "f1_bands")]
    assert {plan.key for plan in layouts} == {"f1"}
    assert len(plans.in_force(layouts, "2026-05")) == 1
    assert plans.in_force(layouts, "2026-04") == []
    assert not [one for plan in layouts for one in plans.check(plan) if one.severity == "error"]
