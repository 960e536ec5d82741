"""How the text of one cell becomes a typed value: numbers, dates, codes and ids as offices write them.

Nothing is guessed: what cannot be read in exactly one way is a fault, named by a key of :data:`FAULTS`. All parsing is
exact; a binary float is used only for the fraction of a day in an Excel serial, which is rounded to the second.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Final

import polars as pl

from data_contracts.contract import Cell, Text

FAULTS: Final[Mapping[str, tuple[Text, Text]]] = {
    "empty": (
        Text("必填，但为空", "is required but empty"),
        Text("请填写；若是合并单元格，请取消合并并逐行填写", "fill it in; unmerge merged cells and fill every row"),
    ),
    "control": (
        Text("含有不可见的控制字符", "holds invisible control characters"),
        Text("请清除后重新输入", "clear the cell and type it again"),
    ),
    "formula": (
        Text("是公式错误，没有值", "is a formula error without a value"),
        Text("请在 Excel 中修正公式，或改为数值后重新导入", "mend the formula in Excel, or replace it by its value"),
    ),
    "not_calculated": (
        Text("是没有计算结果的公式", "is a formula that was never calculated"),
        Text("请用 Excel 或 WPS 打开并保存后重新导入", "open and save the file in Excel or WPS, then import again"),
    ),
    "hashes": (
        Text("只有 # 号：导出时列宽不足", "holds only # signs: the column was too narrow when exported"),
        Text("请加宽该列后重新导出", "widen the column and export again"),
    ),
    "id_as_number": (
        Text("编号被 Excel 存成了数值，尾数已丢失", "the id was stored as a number and has lost its last digits"),
        Text("请将该列设为文本格式后重新导出", "format the column as text and export again"),
    ),
    "not_a_number": (
        Text("不是数字", "is not a number"),
        Text("请改为 1234.50 的形式", "write it as 1234.50"),
    ),
    "ten_thousands": (
        Text("带有万、亿等单位", "carries a unit such as 万"),
        Text("请换算成元或个后填写完整数字", "write the full number in the column's own unit"),
    ),
    "not_whole": (Text("不是整数", "is not a whole number"), Text("请改为整数", "write a whole number")),
    "below_a_fen": (
        Text("金额小数超过两位", "has more than two decimals"),
        Text("请先在原表中四舍五入到分", "round it to the fen in your own file first"),
    ),
    "too_large": (Text("数字过大", "is too large"), Text("请核对该数字", "check the figure")),
    "not_a_date": (
        Text("不是日期", "is not a date"),
        Text("请改为 2026-10-05 或 2026-10-05 14:30 的形式", "write it as 2026-10-05 or 2026-10-05 14:30"),
    ),
    "no_such_day": (
        Text("没有这一天或这一时刻", "there is no such day or time"),
        Text("请核对后改为 YYYY-MM-DD 的形式", "check it and write it as YYYY-MM-DD"),
    ),
    "far_year": (
        Text("年份不在 1950 至 2100 之间", "its year is not between 1950 and 2100"),
        Text("请核对年份", "check the year"),
    ),
    "with_offset": (
        Text("带有时区标记", "carries a time-zone mark"),
        Text("请导出门店当地时间，不带 Z 或 +08:00", "export the store's local time without Z or +08:00"),
    ),
    "not_a_time": (Text("不是时刻", "is not a time of day"), Text("请改为 08:30 的形式", "write it as 08:30")),
    "not_yes_no": (Text("不是“是”或“否”", "is neither yes nor no"), Text("请填写 是 或 否", "write 是 or 否")),
    "not_a_period": (
        Text("不是期间", "is not a period"),
        Text("请改为 2026-10、2026Q4 或 2026 的形式", "write it as 2026-10, 2026Q4 or 2026"),
    ),
    "not_a_phone": (
        Text("不是电话号码", "is not a telephone number"),
        Text("请改正或留空", "correct it or leave it empty"),
    ),
}
"""Fault → what is wrong, and what to do. A code's remedy is made from its list instead."""

SHOWN_CONTROLS: Final[Mapping[int, str]] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: "␡",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
}
"""Control characters → what stands for them where text is shown to be put right, for :meth:`str.translate`."""

_BLANKS = ["", "-", "--", "---", "—", "——", "/", "\\N", "null", "none", "nan", "nat", "n/a"]
_YES = ["是", "有", "y", "yes", "1", "1.0", "true", "t", "√", "✓", "✔", "☑", "对"]
_NO = ["否", "无", "没有", "n", "no", "0", "0.0", "false", "f", "×", "x", "✗", "✘", "☒", "错"]
_WIDE = [chr(0xFF01 + offset) for offset in range(94) if chr(0x21 + offset).isalnum()]
_NARROW = [chr(ord(wide) - 0xFEE0) for wide in _WIDE]

_DAY = r"(?P<y>[0-9]{4})\s*[-/.]\s*(?P<m>[0-9]{1,2})\s*[-/.]\s*(?P<d>[0-9]{1,2})"
_CLOCK = (
    r"(?P<half>上午|下午|am|pm)?\s*(?P<h>[0-9]{1,2})\s*:\s*(?P<mi>[0-9]{1,2})(?:\s*:\s*(?P<s>[0-9]{1,2})(?:\.(?P<f>[0-9]{1,9}))?)?"
    r"\s*(?P<tail>am|pm)?"
)
_MOMENT = rf"^{_DAY}(?:[t\s]*{_CLOCK})?$"
_TIME = rf"^{_CLOCK}$"
_SERIAL = r"^[2-7][0-9]{4}(?:\.[0-9]+)?$"
_NUMBER = r"^(?P<sign>[+-]?)(?P<int>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.(?P<frac>[0-9]*))?(?P<pct>%?)$"


def _tidy(text: pl.Expr) -> pl.Expr:
    """Without the ways in which exports wrap a value: outer blanks, zero-width marks, ``="007"``."""
    return (
        text.str.replace_all(r"[\u200b-\u200f\ufeff]", "")
        .str.strip_chars()
        .str.replace(r'^="(.*)"$', "${1}")
        .str.strip_chars()
    )


def _folded(text: pl.Expr) -> pl.Expr:
    """Half-width and lower case, for everything that is not kept as text."""
    return text.str.normalize("NFKC").str.strip_chars().str.to_lowercase()


def parse(texts: pl.Series, cell: Cell, *, codes: Mapping[str, Sequence[str]] | None = None) -> pl.DataFrame:
    """Read a column of cells.

    Args:
        texts: the cells as text; null where blank.
        cell: how the column is read.
        codes: for kind "code", canonical value → further spellings, where settings add to the declared ones.

    Returns a frame of the same height and order: ``value`` (typed; null where blank or faulty), ``fault`` (a key of
    :data:`FAULTS`, "code", or null).
    """
    texts = texts.rename("text")
    distinct = texts.drop_nulls().unique(maintain_order=True).to_frame()
    tidy = distinct.with_columns(_tidy(pl.col("text")).alias("t"))
    fold = tidy.with_columns(_folded(pl.col("t")).alias("t")) if cell.kind != "text" else tidy
    if cell.kind == "text":
        fold = fold.with_columns(pl.col("t").str.replace_many(_WIDE, _NARROW))
        blank = pl.col("t") == ""
    else:
        blank = pl.col("t").is_in(_BLANKS)
    fold = fold.with_columns(pl.when(~blank).then(pl.col("t")).alias("t"))
    readers = {
        "text": _text,
        "id": _ids,
        "phone": _phones,
        "at": _moments,
        "on": _days,
        "time": _times,
        "yes_no": _yes_no,
        "period": _periods,
    }
    if cell.kind == "code":
        read = _codes(fold, cell.codes if codes is None else codes)
    elif cell.kind in ("money", "percent", "score", "integer", "number"):
        read = _numbers(fold, cell.kind)
    else:
        read = readers[cell.kind](fold)
    spoilt = (
        pl.when(pl.col("text").str.contains(r"[\x00-\x08\x0b\x0c\x0e-\x1f]"))
        .then(pl.lit("control"))
        .when(pl.col("text").str.contains(r"(?i)^\s*#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)\s*$"))
        .then(pl.lit("formula"))
        .when(pl.col("text") == NOT_CALCULATED)
        .then(pl.lit("not_calculated"))
        .when(pl.col("text").str.contains(r"^\s*#{3,}\s*$"))
        .then(pl.lit("hashes"))
    )
    read = read.with_columns(spoilt.alias("spoilt"))
    read = read.select(
        "text",
        pl.when(pl.col("spoilt").is_null() & pl.col("fault").is_null()).then(pl.col("value")).alias("value"),
        pl.coalesce("spoilt", "fault").alias("fault"),
    )
    return texts.to_frame().join(read, on="text", how="left", maintain_order="left").select("value", "fault")


NOT_CALCULATED: Final = "#NOT-CALCULATED!"
"""What intake puts in place of a formula without a cached value."""


def _fault_where(wrong: pl.Expr, fault: str) -> pl.Expr:
    return pl.when(wrong).then(pl.lit(fault)).otherwise(pl.lit(None, pl.String)).alias("fault")


def _text(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("t").alias("value"), pl.lit(None, pl.String).alias("fault"))


def _ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Ids keep their case. A number of more than 15 digits that Excel has held ends in zeros, or says E+17."""
    text = _tidy(pl.col("text")).str.normalize("NFKC").str.strip_chars().str.replace(r"^'", "")
    frame = frame.with_columns(pl.when(pl.col("t").is_not_null()).then(text).alias("value"))
    values = frame["value"].drop_nulls()
    if len(values) and values.str.contains(r"^[0-9]+\.0+$").all():  # a number column written by a program
        frame = frame.with_columns(pl.col("value").str.replace(r"\.0+$", ""))
    lost = pl.col("value").str.contains(r"(?i)^[0-9]+(\.[0-9]+)?E\+[0-9]+$|^[0-9]\.[0-9]+E[0-9]+$")
    long = values.filter(values.str.contains(r"^[0-9]{16,}$"))
    if len(long) >= 3 and long.str.contains(r"^[0-9]{15}0+$").all():
        lost = lost | pl.col("value").str.contains(r"^[0-9]{15}0+$")
    return frame.with_columns(_fault_where(lost, "id_as_number"))


def _phones(frame: pl.DataFrame) -> pl.DataFrame:
    """Digits as typed; a masked number (138****0000) identifies nobody and counts as blank."""
    digits = pl.col("t").str.replace_all(r"[\s()+-]", "").str.replace(r"\.0+$", "")
    frame = frame.with_columns(pl.when(~digits.str.contains("*", literal=True)).then(digits).alias("value"))
    lost = pl.col("t").str.contains(r"^[0-9]+(\.[0-9]+)?e\+?[0-9]+$")
    wrong = ~pl.col("value").str.contains(r"^[0-9]{5,15}$")
    return frame.with_columns(
        pl.when(lost).then(pl.lit("id_as_number")).when(wrong).then(pl.lit("not_a_phone")).alias("fault")
    )


def _spelt_out(text: pl.Expr) -> pl.Expr:
    """Chinese and compact spellings of date and time as 2026-10-05 14:30:00."""
    return (
        text.str.replace(r"\(?(星期|周)[一二三四五六日天]\)?", " ")
        .str.replace_all(r"[年月]", "-")
        .str.replace(r"[日号]", " ")
        .str.replace(r"[时点]\s*整?\s*$", ":00")
        .str.replace(r"[时点]", ":")
        .str.replace(r"分\s*$", "")
        .str.replace("分", ":", literal=True)
        .str.replace("秒", "", literal=True)
        .str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "${1}-${2}-${3}")
        .str.replace(
            r"^([0-9]{4})([0-9]{2})([0-9]{2})\s*([0-9]{2})([0-9]{2})([0-9]{2})$", "${1}-${2}-${3} ${4}:${5}:${6}"
        )
        .str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})\s*([0-9]{2})([0-9]{2})$", "${1}-${2}-${3} ${4}:${5}")
        .str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})\s+([0-9]{1,2}:)", "${1}-${2}-${3} ${4}")
        .str.strip_chars()
    )


def _clock_parts() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """``HH:MM:SS``, whether there is such a time, and the second that rounding the fraction adds."""
    part = pl.col("part").struct
    hour = part.field("h").fill_null("0").cast(pl.Int64)
    half = pl.coalesce(part.field("half"), part.field("tail"))
    is_pm, is_am = half.is_in(["下午", "pm"]), half.is_in(["上午", "am"])
    hour = pl.when(is_pm & (hour < 12)).then(hour + 12).when(is_am & (hour == 12)).then(0).otherwise(hour)
    minute = part.field("mi").fill_null("0").cast(pl.Int64)
    second = part.field("s").fill_null("0").cast(pl.Int64)
    text = pl.format(
        "{}:{}:{}",
        hour.cast(pl.String).str.zfill(2),
        minute.cast(pl.String).str.zfill(2),
        second.cast(pl.String).str.zfill(2),
    )
    exists = (hour < 24) & (minute < 60) & (second < 60)
    return text, exists, part.field("f").str.slice(0, 1).is_in(list("56789")).fill_null(False).cast(pl.Int64)


def _moments(frame: pl.DataFrame) -> pl.DataFrame:
    serial = pl.col("t").str.contains(_SERIAL)
    frame = frame.with_columns(
        _spelt_out(pl.col("t")).str.extract_groups(_MOMENT).alias("part"),
        (
            pl.when(serial).then(pl.col("t")).cast(pl.Float64, strict=False) * 86_400  # an Excel serial, in days
        )
        .round(mode="half_away_from_zero")
        .cast(pl.Int64)
        .alias("seconds"),
    )
    part = pl.col("part").struct
    clock, exists, extra = _clock_parts()
    day = pl.format("{}-{}-{}", part.field("y"), part.field("m").str.zfill(2), part.field("d").str.zfill(2))
    written = pl.when(exists).then(pl.format("{} {}", day, clock)).str.to_datetime(
        "%Y-%m-%d %H:%M:%S", time_unit="us", strict=False
    ) + pl.duration(seconds=extra)
    counted = pl.lit(date(1899, 12, 30)).cast(pl.Datetime("us")) + pl.duration(seconds=pl.col("seconds"))
    frame = frame.with_columns(pl.when(pl.col("seconds").is_not_null()).then(counted).otherwise(written).alias("value"))
    fault = (
        pl.when(pl.col("t").is_null())
        .then(pl.lit(None, pl.String))
        .when(pl.col("t").str.contains(r"[0-9]:[0-9][0-9].*(z|[+-][0-9][0-9]:?[0-9][0-9])$"))
        .then(pl.lit("with_offset"))
        .when(pl.col("seconds").is_null() & part.field("y").is_null())
        .then(pl.lit("not_a_date"))
        .when(pl.col("value").is_null())
        .then(pl.lit("no_such_day"))
        .when(~pl.col("value").dt.year().is_between(1950, 2100))
        .then(pl.lit("far_year"))
    )
    return frame.with_columns(fault.alias("fault"))


def _days(frame: pl.DataFrame) -> pl.DataFrame:
    """A date; a time of day behind it, as many systems export, is dropped."""
    return _moments(frame).with_columns(pl.col("value").dt.date())


def _times(frame: pl.DataFrame) -> pl.DataFrame:
    """A time of day; Excel hands time-only cells on as a fraction of a day or on its day zero."""
    text = pl.col("t").str.replace(r"^(1899-12-3[01]|1900-01-0[01])[t\s]+", "")
    serial = text.str.contains(r"^0?\.[0-9]+$|^0$")
    frame = frame.with_columns(
        _spelt_out(text).str.extract_groups(_TIME).alias("part"),
        (pl.when(serial).then(text).cast(pl.Float64, strict=False) * 86_400)
        .round(mode="half_away_from_zero").cast(pl.Int64).alias("seconds"),
    )  # fmt: skip
    clock, exists, extra = _clock_parts()
    known = pl.col("part").struct.field("h").is_not_null()
    written = pl.when(known & exists).then(clock).str.to_time("%H:%M:%S", strict=False).cast(pl.Int64) // 1_000_000_000
    seconds = pl.coalesce("seconds", written + extra)
    frame = frame.with_columns(pl.when(seconds < 86_400).then(seconds * 1_000_000_000).cast(pl.Time).alias("value"))
    return frame.with_columns(_fault_where(pl.col("t").is_not_null() & pl.col("value").is_null(), "not_a_time"))


def _yes_no(frame: pl.DataFrame) -> pl.DataFrame:
    answer = pl.when(pl.col("t").is_in(_YES)).then(True).when(pl.col("t").is_in(_NO)).then(False)
    frame = frame.with_columns(answer.alias("value"))
    return frame.with_columns(_fault_where(pl.col("t").is_not_null() & pl.col("value").is_null(), "not_yes_no"))


def spelling(text: str) -> str:
    """How codes are compared: width, case and inner blanks do not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def spellings(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Every spelling of a list of codes → its canonical value; a canonical value wins over another's alias."""
    found = {spelling(alias): canonical for canonical, aliases in codes.items() for alias in aliases}
    return found | {spelling(canonical): canonical for canonical in codes}


def _codes(frame: pl.DataFrame, codes: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    known = spellings(codes)
    texts = frame["t"].to_list()
    values = [None if text is None else known.get(spelling(text)) for text in texts]
    return frame.with_columns(
        pl.Series("value", values, pl.String),
        pl.Series(
            "fault",
            ["code" if text is not None and value is None else None for text, value in zip(texts, values, strict=True)],
            pl.String,
        ),
    )


def _plain_number(text: str) -> str:
    """An exponent written out, and Excel's seventeenth digit (3.3000000000000003) rounded to the fifteen it holds."""
    try:
        with localcontext(prec=15):
            return format(+Decimal(text), "f")
    except ArithmeticError:
        return text


_PLACES: Mapping[str, int] = {"money": 2, "percent": 4, "score": 2, "integer": 0, "number": 6}


def _numbers(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Numbers by exact digits, scaled to the column's integer unit; rounded half away from zero where allowed."""
    text = (
        pl.col("t")
        .str.replace_all(r"\s", "")
        .str.replace_all(r"[−–]", "-")
        .str.replace(r"^\((.+)\)$", "-${1}")
        .str.replace(r"^([+-]?)(¥|rmb|cny)", "${1}")
        .str.replace(r"元整?$" if kind == "money" else "分$" if kind == "score" else r"[秒次人天台个组份户名位]$", "")
    )
    frame = frame.with_columns(text.alias("n"))
    odd = pl.col("n").str.contains(r"^[+-]?[0-9]+(\.[0-9]+)?e[+-]?[0-9]{1,2}$") | (
        pl.col("n").str.contains(r"^[+-]?[0-9]+\.[0-9]+$") & (pl.col("n").str.len_chars() > 16)
    )
    frame = frame.with_columns(
        pl.when(odd).then(pl.col("n").map_elements(_plain_number, return_dtype=pl.String)).otherwise("n").alias("n")
        if frame.select(odd.any()).item()
        else pl.col("n")
    )
    frame = frame.with_columns(pl.col("n").str.extract_groups(_NUMBER).alias("part"))
    part = pl.col("part").struct
    whole = part.field("int").str.replace_all(",", "", literal=True).str.strip_chars_start("0")
    fraction = part.field("frac").fill_null("")
    is_percent = part.field("pct") == "%"
    may_percent = kind in ("percent", "number")
    is_number = (
        part.field("int").is_not_null()
        & ((part.field("int") != "") | (fraction != ""))
        & (pl.lit(may_percent) | ~is_percent)
    )
    # Digits are shifted as text: the two places that % takes away come off the scale.
    places = _PLACES[kind]
    scale = pl.when(is_percent).then(pl.lit(places - 2)).otherwise(pl.lit(places)).cast(pl.UInt32)
    padded = pl.concat_str(fraction, pl.lit("0" * (places + 1)))
    kept, rest = padded.str.slice(0, scale), padded.str.slice(scale)
    is_fit = is_number & (whole.str.len_chars() <= 15 - places // 2)
    digits = pl.when(is_fit).then(pl.concat_str(pl.lit("0"), whole, kept)).cast(pl.Int64, strict=False)
    rounded = digits + rest.str.slice(0, 1).is_in(list("56789")).cast(pl.Int64)
    scaled = pl.when(part.field("sign") == "-").then(-rounded).otherwise(rounded)
    frame = frame.with_columns(
        scaled.alias("value"),
        (rest.str.strip_chars("0") != "").alias("has_rest"),
        is_number.fill_null(False).alias("is_number"),
    )
    inexact = {"money": "below_a_fen", "integer": "not_whole"}.get(kind)
    fault = (
        pl.when(pl.col("t").is_null())
        .then(pl.lit(None, pl.String))
        .when(~pl.col("is_number") & pl.col("t").str.contains(r"[0-9]\s*[万亿千]"))
        .then(pl.lit("ten_thousands"))
        .when(~pl.col("is_number"))
        .then(pl.lit("not_a_number"))
        .when(pl.col("value").is_null())
        .then(pl.lit("too_large"))
        .when(pl.col("has_rest") & pl.lit(inexact is not None))
        .then(pl.lit(inexact, pl.String))
    )
    frame = frame.with_columns(fault.alias("fault"))
    if kind == "number":
        magnitude = pl.col("value").abs().cast(pl.String).str.zfill(7)
        exact = pl.concat_str(
            pl.when(pl.col("value") < 0).then(pl.lit("-")).otherwise(pl.lit("")),
            magnitude.str.head(-6),
            pl.lit("."),
            magnitude.str.tail(6),
        )
        frame = frame.with_columns(exact.cast(pl.Decimal(38, 6)).alias("value"))
    return frame


_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}


def period_label(text: str) -> str | None:
    """``2026-10``, ``2026Q4`` or ``2026`` for the ways offices write a month, quarter or year; else None.

    A month's first or last day stands for the month, because Excel turns 2026-10 into a date. ``2026.1`` may be
    January or October and is not taken.
    """
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower().removesuffix("份").removesuffix("度")
    if found := re.fullmatch(r"([0-9]{4})(?:[-/]([0-9]{1,2})|\.([0-9]{2})|年([0-9]{1,2})月?|([0-9]{2}))", text):
        year, month = int(found[1]), int(next(part for part in found.groups()[1:] if part))
        return f"{year}-{month:02}" if 1950 <= year <= 2100 and 1 <= month <= 12 else None
    if found := re.fullmatch(r"([0-9]{4})(?:[-/年]?q([1-4])|年?第?([1-4一二三四])季)", text):
        quarter = found[2] or _QUARTERS.get(found[3], found[3])
        return f"{found[1]}Q{quarter}" if 1950 <= int(found[1]) <= 2100 else None
    if found := re.fullmatch(r"([0-9]{4})年?", text):
        return found[1] if 1950 <= int(found[1]) <= 2100 else None
    return None


def _periods(frame: pl.DataFrame) -> pl.DataFrame:
    days = _days(frame.select("text", "t"))
    labels: list[str | None] = []
    for text, day, fault in zip(frame["t"], days["value"], days["fault"], strict=True):
        label = None if text is None else period_label(text)
        if label is None and day is not None and fault is None and _is_edge(day):
            label = f"{day:%Y-%m}"
        labels.append(label)
    frame = frame.with_columns(pl.Series("value", labels, pl.String))
    return frame.with_columns(_fault_where(pl.col("t").is_not_null() & pl.col("value").is_null(), "not_a_period"))


def _is_edge(day: date) -> bool:
    return day.day == 1 or (day + timedelta(days=1)).day == 1


def listed(codes: Iterable[str], limit: int = 12) -> str:
    """Codes for a sentence, shortened."""
    shown = list(codes)
    return "/".join(shown[:limit]) + ("/…" if len(shown) > limit else "")
