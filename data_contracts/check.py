"""Which rows of an office's file are kept, and for every other one why.

``check`` takes the raw text that :func:`data_contracts.headings.table` cut out of a sheet and returns typed rows and
refusals. Every row ends in exactly one of three places: accepted + refused + ignored = rows.
"""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from data_contracts.cells import FAULTS, SHOWN_CONTROLS, listed, parse, spelling, spellings
from data_contracts.contract import Cell, Contract, Text
from data_contracts.headings import plain
from data_contracts.people import ROLES

_TOTALS = (
    r"(?i)^(本页|本店|门店|全部|各店)?(合计|小计|总计|累计|总合计|平均|均值|(sub|grand)?total)"
    r"|(合计|小计|总计)[:\x{FF1A}]?$"
)
_NOTES = (
    r"(?i)^(备注|说明|注[:\x{FF1A}]|注意|制表|填表|审核[人:\x{FF1A}]|打印|导出时间|数据来源[:\x{FF1A}]|以上|以下空白"
    r"|notes?[:\x{FF1A}]|remarks?[:\x{FF1A}])"
)

Codes = Mapping[str, Sequence[str]]
"""Canonical value → its other spellings."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What references are checked against: ids on record, and the codes that settings add by column name."""

    stores: Collection[str] = frozenset()
    people: Collection[str] = frozenset()
    complaints: Collection[str] = frozenset()
    codes: Mapping[str, Codes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One refused cell: where, what stood there (masked in personal columns, control characters as their pictures),
    why, and what to do."""

    sheet: str | None
    row: int
    column: str
    value: str
    reason: Text
    remedy: Text

    @property
    def sentence(self) -> Text:
        """The refusal as one sentence without the file's name."""
        at_zh = f"工作表“{self.sheet}”" if self.sheet else ""
        at_en = f'sheet "{self.sheet}", ' if self.sheet else ""
        shown_zh = f" {self.value} " if self.value else " "
        shown_en = f' "{self.value}"' if self.value else ""
        return Text(
            f"{at_zh}第 {self.row} 行 {self.column}{shown_zh}{self.reason.zh}；{self.remedy.zh}",
            f"{at_en}row {self.row}, {self.column}{shown_en}: {self.reason.en}; {self.remedy.en}",
        )


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The outcome. ``accepted`` keeps the contract's schema plus ``_sheet`` and ``_row``, in the file's order."""

    accepted: pl.DataFrame
    refusals: list[Refusal]
    rows: int
    refused: int
    ignored: int


Headings = Mapping[str | None, Mapping[str, str]]
"""Sheet → typed column → the heading in the office's words."""


def check(raw: pl.DataFrame, contract: Contract, known: Known, *, headings: Headings | None = None) -> Checked:
    """Type and judge the rows of one contract from one file.

    Args:
        raw: String columns by typed name, ``_sheet`` (String or null) and ``_row`` (Int64, as the office sees it);
            ``_first`` and ``_beyond`` where ``headings.table`` made them. A column that is absent counts as blank.
        contract: what the rows must keep.
        known: ids and codes that references are checked against. Rows of people may name each other.
        headings: the office's headings by sheet, for the report; the Chinese headings otherwise.

    A row is ignored if it is a subtotal, a note, a repeated heading, or repeats an accepted row exactly; never if all
    its required ids are filled in. The same key with different values refuses all its rows.
    """
    cells = contract.cells
    extra = [name for name in ("_first", "_beyond") if name in raw.columns]
    raw = raw.select(
        *(pl.col(name) if name in raw.columns else pl.lit(None, pl.String).alias(name) for name in cells),
        "_sheet", "_row", *extra,
    )  # fmt: skip
    ignored = _ignored(raw, contract, headings)
    live = raw.filter(~ignored)
    report = _Report(contract, live, headings)
    typed = _typed(live, contract, known, report)
    _refer(typed, contract, known, report)
    _keep_rules(typed, contract, report)
    if "_beyond" in live.columns:
        report.add_overflow()
    good = ~report.is_refused()
    repeated = good & ~_first_of_good(typed, good)
    _refuse_conflicts(typed, contract, good, repeated, report)
    bad = report.is_refused()
    accepted = typed.filter(~bad & ~repeated)
    repeats = int((repeated & ~bad).sum())
    return Checked(
        accepted=contract.schema.validate(accepted, cast=False).with_columns(
            live.filter(~bad & ~repeated)["_sheet"], live.filter(~bad & ~repeated)["_row"]
        ),
        refusals=report.sorted(),
        rows=raw.height,
        refused=int(bad.sum()),
        ignored=int(ignored.sum()) + repeats,
    )


class _Report:
    """The refusals of one check, by row of the frame."""

    def __init__(self, contract: Contract, live: pl.DataFrame, headings: Headings | None) -> None:
        self.contract = contract
        self.live = live
        self.headings = headings or {}
        self.order = {name: index for index, name in enumerate(contract.cells)}
        self.found: list[tuple[int, int, Refusal]] = []
        self.cells: dict[str, set[int]] = {name: set() for name in contract.cells}
        self.rows: set[int] = set()
        self.sheets = live["_sheet"].to_list()
        self.numbers = live["_row"].to_list()

    def heading(self, column: str, sheet: str | None) -> str:
        return self.headings.get(sheet, {}).get(column, self.contract.cells[column].heading.zh)

    def add(self, index: int, column: str, reason: Text, remedy: Text) -> None:
        """Refuse one cell of the live frame."""
        sheet = self.sheets[index]
        value = (self.live[column][index] or "").strip()
        if self.contract.cells[column].is_personal and value:
            value = value[0] + "***"
        self._put(index, self.order[column], self.heading(column, sheet), value, reason, remedy)
        self.cells[column].add(index)

    def _put(self, index: int, order: int, column: str, value: str, reason: Text, remedy: Text) -> None:
        value = value.translate(SHOWN_CONTROLS)
        shown = value if len(value) <= 80 else value[:79] + "…"
        refusal = Refusal(
            sheet=self.sheets[index], row=self.numbers[index], column=column, value=shown, reason=reason, remedy=remedy
        )
        self.found.append((index, order, refusal))
        self.rows.add(index)

    def add_overflow(self) -> None:
        """Refuse rows of a text file that have more filled cells than there are headings."""
        beyond = self.live["_beyond"]
        for index in _indexes(beyond.is_not_null()):
            self._put(
                index,
                len(self.order),
                "",
                (beyond[index] or "").strip(),
                Text(
                    "本行的格数多于标题行，可能有多余的分隔符", "has more cells than the headings: a stray separator?"
                ),
                Text(
                    "请把含分隔符的内容用双引号括起来，或另存为 xlsx",
                    "quote text that holds separators, or save as xlsx",
                ),
            )

    def is_refused(self) -> pl.Series:
        """Per row of the live frame, whether anything in it was refused."""
        return _mask(self.rows, self.live.height)

    def sorted(self) -> list[Refusal]:
        """By place in the file, then by column."""
        return [refusal for _, _, refusal in sorted(self.found, key=lambda entry: entry[:2])]


def _indexes(mask: pl.Series) -> list[int]:
    return mask.arg_true().to_list()


def _mask(rows: Collection[int], height: int) -> pl.Series:
    return pl.select(pl.int_range(height, dtype=pl.Int64).is_in(sorted(rows)).alias("mask"))["mask"]


def _identity(contract: Contract) -> list[str]:
    """The columns that make a row a row: its required ids, or the required key where it has none."""
    ids = [name for name, cell in contract.cells.items() if cell.kind == "id" and cell.required]
    return ids or [name for name in contract.key if contract.cells[name].required]


def _cleaned(text: pl.Expr) -> pl.Expr:
    bare = text.str.replace_all(r"[\s\u200b-\u200f\ufeff]", "")
    return pl.when(bare != "").then(bare)


def _ignored(raw: pl.DataFrame, contract: Contract, headings: Headings | None) -> pl.Series:
    """Which rows are subtotals, notes or repeated headings. Only rows with an odd-looking id are looked at closely."""
    identity = _identity(contract)
    odd = pl.any_horizontal(
        ~pl.col(name).str.contains(r"^\s*[A-Za-z_.-]*[0-9][A-Za-z0-9_.-]*\s*$").fill_null(False) for name in identity
    )
    rows = raw.with_row_index("_index").filter(odd)
    if "_first" not in raw.columns:
        rows = rows.with_columns(pl.coalesce(_cleaned(pl.col(name)) for name in contract.cells).alias("_first"))
    rows = rows.with_columns(_cleaned(pl.col("_first", *contract.cells)))
    says_total = pl.col("_first").str.contains(_TOTALS).fill_null(False)
    says_note = pl.col("_first").str.contains(_NOTES).fill_null(False)
    valid = [
        (~pl.col(name).str.contains(_TOTALS) & ~pl.col(name).str.contains(_NOTES)).fill_null(False) for name in identity
    ]
    required = [pl.col(name).is_not_null() for name, cell in contract.cells.items() if cell.required]
    named_total = pl.any_horizontal(pl.col(name).str.contains(_TOTALS) for name in identity).fill_null(False)
    noise = ~pl.all_horizontal(valid) & (
        says_total | ((says_note | named_total) & ~pl.any_horizontal(valid)) | ~pl.any_horizontal(required)
    )
    found = set(rows.filter(noise)["_index"].to_list()) | _repeated_headings(rows, contract, headings)
    return _mask(found, raw.height)


def _repeated_headings(rows: pl.DataFrame, contract: Contract, headings: Headings | None) -> set[int]:
    """Rows whose every filled cell repeats its own heading, at least two of them: a page break of the export."""
    words = dict(headings) if headings else {None: {name: cell.heading.zh for name, cell in contract.cells.items()}}
    lead = _identity(contract)[0]
    leads = {plain(of_sheet[lead]) for of_sheet in words.values() if lead in of_sheet}
    found: set[int] = set()
    for row in rows.filter(~pl.col(lead).str.contains(r"[0-9]")).iter_rows(named=True):
        if not any(plain(row[lead]) in text for text in leads):
            continue
        own = words.get(row["_sheet"]) or next(iter(words.values()))
        filled = [(name, row[name]) for name in contract.cells if row[name]]
        if len(filled) >= 2 and all(plain(text) in plain(own.get(name, "")) for name, text in filled):
            found.add(row["_index"])
    return found


def _codes(name: str, cell: Cell, known: Known) -> Codes:
    """The codes of a column, with what settings add to it: further codes, and further spellings of declared ones."""
    return _joined(cell.codes, known.codes.get(name, {}))


def _joined(declared: Codes, added: Codes) -> Codes:
    return {code: (*declared.get(code, ()), *added.get(code, ())) for code in {**declared, **added}}


def _typed(live: pl.DataFrame, contract: Contract, known: Known, report: _Report) -> pl.DataFrame:
    """Every column typed; each cell that cannot be is reported and null."""
    columns = []
    for name, cell in contract.cells.items():
        codes = _codes(name, cell, known) if cell.kind == "code" else None
        read = parse(live[name], cell, codes=codes)
        value, fault = read["value"], read["fault"]
        for index in _indexes(fault.is_not_null()):
            if fault[index] == "code":
                report.add(index, name, *_unlisted(live[name][index], codes or {}))
            else:
                report.add(index, name, *FAULTS[fault[index]])
        blank = value.is_null() & fault.is_null()
        if cell.default is not None and blank.any():
            standard = parse(pl.Series([cell.default]), cell, codes=codes)["value"]
            value = pl.select(pl.when(blank).then(pl.lit(standard).first()).otherwise(value).alias(name))[name]
        elif cell.required:
            for index in _indexes(blank):
                report.add(index, name, *FAULTS["empty"])
        columns.append(value.rename(name))
    return pl.DataFrame(columns)


def _unlisted(text: str, codes: Codes) -> tuple[Text, Text]:
    near = difflib.get_close_matches(spelling(text), list(spellings(codes)), n=1, cutoff=0.5)
    options = listed(_shown(code, aliases) for code, aliases in codes.items())
    if near:
        code = spellings(codes)[near[0]]
        best = _shown(code, codes[code])
        remedy = Text(f"是否为“{best}”？可填：{options}", f'did you mean "{best}"? Listed are: {options}')
    else:
        remedy = Text(f"可填：{options}", f"listed are: {options}")
    return Text("不在可填的范围内", "is not one of the listed values"), remedy


def _shown(code: str, aliases: Sequence[str]) -> str:
    """A code in the office's words: English codes stand behind their first Chinese name."""
    return aliases[0] if aliases and code.isascii() and not aliases[0].isascii() else code


_REFERENCES: Final[Mapping[str, Text]] = {
    "stores": Text("门店", "store"),
    "people": Text("人员", "person"),
    "complaints": Text("投诉", "complaint"),
}


def _refer(typed: pl.DataFrame, contract: Contract, known: Known, report: _Report) -> None:
    """Refuse ids that no store, person or complaint on record has; give roles their codes (in place)."""
    ids: dict[str, Collection[str]] = {
        "stores": known.stores, "people": known.people, "complaints": known.complaints
    }  # fmt: skip
    if contract.name in ids:
        own = typed[contract.key[0]].drop_nulls().to_list()
        ids[contract.name] = {*ids[contract.name], *own}
    for name, cell in contract.cells.items():
        if cell.refers is not None:
            _unknown_ids(typed[name], pl.lit(True), name, cell.refers, ids[cell.refers], typed, report)
        if cell.refers_by is None:
            continue
        by, targets = cell.refers_by
        for value, target in targets.items():
            here = pl.col(by) == value
            if target != "roles":
                _unknown_ids(typed[name], here, name, target, ids[target], typed, report)
                continue
            roles = _joined(ROLES, known.codes.get("role", {}))
            read = parse(typed[name], Cell(kind="code", heading=cell.heading), codes=roles)
            at = typed.select(here.fill_null(False).alias("at"))["at"]
            for index in _indexes(at & read["fault"].is_not_null()):
                report.add(index, name, *_unlisted(typed[name][index], roles))
            coded = pl.select(pl.when(at).then(read["value"]).otherwise(typed[name]).alias(name))[name]
            typed.replace_column(typed.get_column_index(name), coded)


def _unknown_ids(
    values: pl.Series,
    where: pl.Expr,
    name: str,
    target: str,
    known: Collection[str],
    typed: pl.DataFrame,
    report: _Report,
) -> None:
    on_record = sorted(known)
    absent = values.is_not_null() & ~values.is_in(on_record)
    absent = typed.select((where & pl.lit(absent)).fill_null(False).alias("absent"))["absent"]
    title = _REFERENCES[target]
    near: dict[str, str | None] = {}
    for index in _indexes(absent):
        value = values[index]
        if value not in near:
            near[value] = _nearest_id(value, on_record) if len(near) < 30 else None
        guess = near[value]
        remedy = Text(f"请先导入该{title.zh}，或改正编号", f"import that {title.en} first, or correct the id")
        if guess is not None:
            remedy = Text(f"是否为 {guess}？否则{remedy.zh}", f"did you mean {guess}? Otherwise {remedy.en}")
        report.add(index, name, Text(f"没有这个{title.zh}编号", f"is not the id of a {title.en} on record"), remedy)


def _nearest_id(value: str, known: Sequence[str]) -> str | None:
    """The nearest id on record; one that differs by leading zeros only comes first."""
    bare = value.lstrip("0")
    candidates = [other for other in known if abs(len(other) - len(value)) <= 2]
    for other in candidates:
        if other.lstrip("0") == bare or other.casefold() == value.casefold():
            return other
    return next(iter(difflib.get_close_matches(value, candidates[:5000], n=1, cutoff=0.75)), None)


def _keep_rules(typed: pl.DataFrame, contract: Contract, report: _Report) -> None:
    """Refuse what breaks a rule across columns. A rule is silent where one of its cells was refused already."""
    for rule in contract.rules.values():
        holds = rule.holds(contract.schema)
        broken = ~typed.select(holds.fill_null(True).alias("holds"))["holds"]
        read = [name for name in set(holds.meta.root_names()) if name in report.cells]
        spoilt = {index for name in read for index in report.cells[name]}
        for index in _indexes(broken):
            if index not in spoilt:
                report.add(index, rule.blames, rule.reason, rule.remedy)


def _first_of_good(typed: pl.DataFrame, good: pl.Series) -> pl.Series:
    """Per row, whether it is the first of its identical good rows (rows that are not good are all first)."""
    marked = typed.with_columns(good.alias("_good"), (~good).cum_sum().alias("_apart"))
    marked = marked.with_columns(pl.when("_good").then(0).otherwise(pl.col("_apart")).alias("_apart"))
    return marked.select(pl.struct(pl.all()).is_first_distinct().alias("first"))["first"]


def _refuse_conflicts(
    typed: pl.DataFrame, contract: Contract, good: pl.Series, repeated: pl.Series, report: _Report
) -> None:
    """Refuse good rows whose key another row of the file holds with different values."""
    key = contract.key
    frame = typed.with_row_index("_index").filter(~repeated).drop_nulls(key)
    counted = frame.with_columns(
        pl.struct(pl.exclude("_index")).n_unique().over(key).alias("_versions"),
        pl.col("_index").over(key, mapping_strategy="join").alias("_all"),
    ).filter(pl.col("_versions") > 1)
    for index, together in counted.select("_index", "_all").iter_rows():
        if not good[index]:
            continue
        other = next(each for each in together if each != index)
        place = _place(report, index, other)
        names_zh = "、".join(contract.cells[name].heading.zh for name in key)
        names_en = ", ".join(contract.cells[name].heading.en for name in key)
        report.add(
            index,
            key[0],
            Text(f"与{place.zh}的{names_zh}相同，但内容不同", f"has the same {names_en} as {place.en}, but differs"),
            Text("请核对后只保留正确的一行", "check both and keep the right one only"),
        )


def _place(report: _Report, index: int, other: int) -> Text:
    sheet, row = report.sheets[other], report.numbers[other]
    if sheet == report.sheets[index]:
        return Text(f"第 {row} 行", f"row {row}")
    return Text(f"工作表“{sheet}”第 {row} 行", f'row {row} of sheet "{sheet}"')
