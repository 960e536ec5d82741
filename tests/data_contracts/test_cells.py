"""What an office types, and what it becomes."""

from datetime import date, datetime, time
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.cells import FAULTS, parse, period_label
from data_contracts.contract import Cell, Kind, Text


def read(kind: Kind, *texts: str | None, codes: dict[str, tuple[str, ...]] | None = None) -> list[object]:
    """The value of each cell, or its fault in brackets."""
    cell = Cell(kind=kind, heading=Text("列", "Column"), codes=codes or {})
    frame = parse(pl.Series(texts, dtype=pl.String), cell)
    return [value if fault is None else f"[{fault}]" for value, fault in frame.rows()]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-10-05 09:12:30", datetime(2026, 10, 5, 9, 12, 30)),
        ("2026-10-05", datetime(2026, 10, 5)),
        ("2026/10/5", datetime(2026, 10, 5)),
        ("2026.10.5 9:05", datetime(2026, 10, 5, 9, 5)),
        ("20261005", datetime(2026, 10, 5)),
        ("20261005093015", datetime(2026, 10, 5, 9, 30, 15)),
        ("20261005 9:30", datetime(2026, 10, 5, 9, 30)),
        ("2026年10月5日", datetime(2026, 10, 5)),
        ("2026年10月5日14时30分", datetime(2026, 10, 5, 14, 30)),
        ("2026年10月5日 星期一 14点", datetime(2026, 10, 5, 14)),
        ("2026-10-05 下午2:30", datetime(2026, 10, 5, 14, 30)),
        ("2026/10/5 下午 12:05:06", datetime(2026, 10, 5, 12, 5, 6)),
        ("2026-10-05 上午12:30", datetime(2026, 10, 5, 0, 30)),
        ("2026-10-05 2:30 PM", datetime(2026, 10, 5, 14, 30)),
        ("2026-10-05T09:12:30", datetime(2026, 10, 5, 9, 12, 30)),
        ("２０２６－１０－０５", datetime(2026, 10, 5)),
        ("46300", datetime(2026, 10, 5)),
        ("46300.395833333", datetime(2026, 10, 5, 9, 30)),  # 0.395833333 · 86400 = 34199.99997
        ("2026-10-05 09:30:14.999", datetime(2026, 10, 5, 9, 30, 15)),
        ("2026-10-05 23:59:59.7", datetime(2026, 10, 6)),
        ("2024-02-29", datetime(2024, 2, 29)),
        ("2026-02-29", "[no_such_day]"),
        ("2026-02-30", "[no_such_day]"),
        ("2026-10-05 24:00", "[no_such_day]"),
        ("2026-10-05 09:60", "[no_such_day]"),
        ("2026-10-05T01:00:00Z", "[with_offset]"),
        ("2026-10-05 09:00:00+08:00", "[with_offset]"),
        ("26/10/5", "[not_a_date]"),
        ("10/5/2026", "[not_a_date]"),
        ("0206-10-05", "[far_year]"),
        ("下周一", "[not_a_date]"),
        ("-", None),
        (None, None),
    ],
)
def test_a_moment_is_read_to_the_second_or_refused(text: str | None, value: object) -> None:
    assert read("at", text) == [value]


def test_a_date_drops_the_time_behind_it() -> None:
    assert read("on", "2026-10-05 14:00", "46300.9", "2026-13-01") == [
        date(2026, 10, 5), date(2026, 10, 5), "[no_such_day]",
    ]  # fmt: skip


def test_a_time_of_day_survives_excels_day_zero_and_fractions() -> None:
    assert read("time", "8:30", "1899-12-31 11:30:00", "0.354166667", "下午5:30", "17点30分", "25:00", "晨") == [
        time(8, 30), time(11, 30), time(8, 30), time(17, 30), time(17, 30), "[not_a_time]", "[not_a_time]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234.50", 123450),
        ("￥1,234.5", 123450),
        ("¥1234", 123400),
        ("１２３４．５", 123450),
        ("100元", 10000),
        ("-5", -500),
        ("(5.50)", -550),
        ("-￥3.1", -310),
        ("12.3400", 1234),
        ("3.3000000000000003", 330),  # the seventeenth digit is Excel's, not the office's
        ("1.5E+3", 150000),
        ("0", 0),
        ("12.345", "[below_a_fen]"),
        ("1.5万", "[ten_thousands]"),
        ("约三千", "[not_a_number]"),
        ("1,2", "[not_a_number]"),
        ("12,34.5", "[not_a_number]"),
        ("85%", "[not_a_number]"),
        (".", "[not_a_number]"),
        ("12345678901234567", "[too_large]"),
        ("待定", "[not_a_number]"),
    ],
)
def test_yuan_become_fen_exactly_or_not_at_all(text: str, fen: object) -> None:
    assert read("money", text) == [fen]


def test_shares_are_read_with_and_without_the_percent_sign() -> None:
    assert read("percent", "85%", "0.85", "33.333%", "１００％", "100%") == [8500, 8500, 3333, 10000, 10000]


def test_scores_are_rounded_half_up_to_hundredths() -> None:
    assert read("score", "92.5", "92.545", "92.544", "100分", "-0.005") == [9250, 9255, 9254, 10000, -1]


def test_numbers_are_exact_to_six_places() -> None:
    assert read("number", "15%", "0.1495601", "0.1495605", "-0.5", "1e-7", "12,345.6789") == [
        Decimal("0.150000"), Decimal("0.149560"), Decimal("0.149561"),
        Decimal("-0.5"), Decimal(0), Decimal("12345.678900"),
    ]  # fmt: skip


def test_counts_are_whole() -> None:
    assert read("integer", "3", "3.0", "75秒", "1,000", "3.5") == [3, 3, 75, 1000, "[not_whole]"]


def test_ids_are_text() -> None:
    assert read("id", "007", "123456789012345678", " A 1 ", "ａ０１", '="008"', "'009", "2E10") == [
        "007", "123456789012345678", "A 1", "a01", "008", "009", "2E10",
    ]  # fmt: skip


def test_an_id_that_excel_made_a_number_is_refused() -> None:
    assert read("id", "1.38E+17", "1.38E17") == ["[id_as_number]", "[id_as_number]"]


def test_long_ids_that_all_end_in_zeros_have_lost_their_digits() -> None:
    lost = ["138000000000001000", "138000000000002000", "138000000000007000"]
    assert read("id", *lost) == ["[id_as_number]"] * 3
    assert read("id", *lost, "138000000000007123") == [*lost, "138000000000007123"]


def test_a_column_of_7_0_is_a_column_of_7() -> None:
    assert read("id", "7.0", "12.0", None) == ["7", "12", None]
    assert read("id", "7.0", "A1") == ["7.0", "A1"]


def test_yes_and_no_in_every_spelling() -> None:
    assert read("yes_no", "是", "Y", "1", "TRUE", "√", "有") == [True] * 6
    assert read("yes_no", "否", "n", "0", "False", "×", "无") == [False] * 6
    assert read("yes_no", "也许", "2") == ["[not_yes_no]", "[not_yes_no]"]


def test_codes_are_compared_without_case_width_and_blanks() -> None:
    codes = {"有效": ("有效线索",), "H": ("H级",)}
    assert read("code", "有 效", "有效线索", "ｈ", "h级", "无", codes=codes) == ["有效", "有效", "H", "H", "[code]"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026-10", "2026-10"), ("2026/1", "2026-01"), ("2026年10月份", "2026-10"), ("202610", "2026-10"),
        ("2026.10", "2026-10"), ("2026Q4", "2026Q4"), ("2026-q4", "2026Q4"), ("2026年第四季度", "2026Q4"),
        ("2026", "2026"), ("2026年度", "2026"), ("2026.1", None), ("2026-13", None), ("2026Q5", None), ("十月", None),
    ],
)  # fmt: skip
def test_a_period_is_held_as_its_label(text: str, label: str | None) -> None:
    assert period_label(text) == label


def test_excel_makes_a_date_of_a_month() -> None:
    assert read("period", "2026-10-01 00:00:00", "46326", "2026-10-31", "2026-10-05") == [
        "2026-10", "2026-10", "2026-10", "[not_a_period]",
    ]  # fmt: skip


def test_a_masked_phone_identifies_nobody() -> None:
    assert read("phone", "138 0000-0000", "138****0000", "1.38E+10", "前台") == [
        "13800000000", None, "[id_as_number]", "[not_a_phone]",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["id", "text", "at", "money", "code", "yes_no"])
def test_what_is_no_value_is_refused_in_every_kind(kind: Kind) -> None:
    assert read(kind, "#N/A", "#REF!", "a\x00b", "#NOT-CALCULATED!", "######") == [
        "[formula]", "[formula]", "[control]", "[not_calculated]", "[hashes]",
    ]  # fmt: skip


def test_text_keeps_its_punctuation_and_loses_its_wide_letters() -> None:
    assert read("text", "ＲＢＯ１", " 你好，世界 ", "a\nb", "　") == ["RBO1", "你好，世界", "a\nb", None]


@pytest.mark.parametrize(
    "kind", ["id", "text", "at", "on", "time", "money", "number", "code", "period", "yes_no", "phone"]
)
def test_a_blank_column_is_blank(kind: Kind) -> None:
    assert read(kind, None, "", "  ") == [None, None, None]
    assert read(kind) == []


def test_every_fault_has_words_in_both_languages() -> None:
    assert all(text.zh and text.en for pair in FAULTS.values() for text in pair)


ANYTHING = st.text(max_size=24) | st.text("0123456789.-:/ 年月日时分秒￥%,eE+上下午PQ٣²①()", max_size=20)


@pytest.mark.parametrize(
    "kind",
    ["id", "text", "at", "on", "time", "money", "percent", "score", "integer", "number", "code", "period", "phone"],
)
@settings(max_examples=40, deadline=None)
@given(texts=st.lists(ANYTHING, max_size=30))
def test_whatever_is_typed_ends_as_a_value_a_fault_or_blank(kind: Kind, texts: list[str]) -> None:
    frame = parse(pl.Series(texts, dtype=pl.String), Cell(kind=kind, heading=Text("列", "Column")))
    assert frame.height == len(texts)
    assert frame.filter(pl.col("fault").is_not_null() & pl.col("value").is_not_null()).is_empty()
    assert set(frame["fault"].drop_nulls()) <= {*FAULTS, "code"}
