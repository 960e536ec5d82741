"""How the office's heading row is found, and which contract and columns it stands for.

An export may have title rows above its headings, headings merged over two rows or two columns, blank columns, and
headings with asterisks, line breaks or units. Everything here works on the text of cells; nothing is converted.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from data_contracts.cells import SHOWN_CONTROLS
from data_contracts.contract import Cell, Contract, Text, identifier_of

HEADING_ROWS = 40
"""How many rows from the top the headings are looked for in."""

_NOISE = re.compile(r"[\s\u200b-\u200f\ufeff_*:'\"`]+")
_BRACKETED = re.compile(r"[(\[【<]([^()\[\]【】<>]*)[)\]】>]")
_HARMLESS = re.compile(r"必填项?|选填|可选|可空|非必填|required|optional|文本|数字|日期|时间|日期时间|百分比|%")
_REMARKS: Mapping[str, re.Pattern[str]] = {
    "money": re.compile("元|人民币|rmb|cny|¥|yuan"),
    "score": re.compile("分|points"),
    "integer": re.compile("秒|次|人|天|台|个|份|户|s|seconds"),
    "code": re.compile(".*[/、].*"),
    "yes_no": re.compile(".*[/、].*"),
    "at": re.compile("yyyy.*|年.*"),
    "on": re.compile("yyyy.*|年.*"),
    "period": re.compile("yyyy.*|年.*"),
    "time": re.compile("hh.*"),
}
"""What may stand in brackets behind a heading without changing what its cells mean, by kind."""

Rows = Sequence[Sequence[str | None]]
"""Rows of a sheet from its first, as the office sees them; blank cells are None."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """Which contract a sheet keeps and where its columns are.

    ``first`` is the index of the first row below the headings; ``columns`` maps each typed column to the index of its
    column in the sheet, ``headings`` to what stands there in the office's words. ``unknown`` are headings that no
    column answers to. ``rivals`` maps a column to the indexes of further columns under an equal heading, which must
    hold the same values.
    """

    contract: Contract
    first: int
    columns: Mapping[str, int]
    headings: Mapping[str, str]
    unknown: Sequence[str] = ()
    rivals: Mapping[str, Sequence[int]] = field(default_factory=dict)
    width: int = 0


@dataclass(frozen=True, kw_only=True)
class NoMatch:
    """Why a sheet could not be taken; ``contract`` where it plainly means to be that one but lacks something.

    ``first`` is the index of the first row below what was taken for its headings, 0 where nothing was.
    """

    reason: Text
    remedy: Text
    contract: Contract | None = None
    first: int = 0

    @property
    def sentence(self) -> Text:
        """Reason and next step in one sentence."""
        return Text(f"{self.reason.zh}；{self.remedy.zh}", f"{self.reason.en}; {self.remedy.en}")


@lru_cache(maxsize=20_000)
def plain(heading: str) -> str:
    """A heading without what does not name it: case, width, spaces, line breaks, asterisks, underscores."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading)).casefold()


@lru_cache(maxsize=20_000)
def _forms(heading: str) -> tuple[str, str, frozenset[str]]:
    """A heading in full, without its bracketed remarks, and those remarks."""
    folded = plain(heading)
    bare = _BRACKETED.sub("", folded)
    return folded, bare, frozenset(remark for remark in _BRACKETED.findall(folded) if remark)


def _names(column: str, cell: Cell) -> Iterator[tuple[str, bool]]:
    """What a column answers to, and whether it is one of its own names (not an alias)."""
    for own in (cell.heading.zh, cell.heading.en, identifier_of(column, cell)):
        yield plain(own), True
    for alias in cell.also:
        yield plain(alias), False


@lru_cache(maxsize=200)
def _answers(contract: Contract) -> Mapping[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    for column, cell in contract.cells.items():
        for text, is_own in _names(column, cell):
            if text not in found or is_own:
                found[text] = (column, is_own)
    return found


def column_for(heading: str, contract: Contract) -> tuple[str, bool] | None:
    """The typed column a heading stands for, and whether by its own name; None for an unknown heading.

    A remark in brackets is passed over only where it cannot change the meaning: 金额(元) is the amount, 金额(万元) is
    not.
    """
    answers = _answers(contract)
    full, bare, remarks = _forms(heading)
    if full in answers:
        return answers[full]
    if not remarks or bare not in answers:
        return None
    column, is_own = answers[bare]
    usual = _REMARKS.get(contract.cells[column].kind, _HARMLESS)
    if all(_HARMLESS.fullmatch(remark) or usual.fullmatch(remark) for remark in remarks):
        return column, is_own
    return None


def needed(contract: Contract) -> list[str]:
    """The columns without which no row can be kept."""
    return [column for column, cell in contract.cells.items() if cell.required]


def _layouts(rows: Rows) -> Iterator[tuple[int, list[list[str]]]]:
    """Every way to read the headings: the index of the first row below them, and per column the texts to try."""
    top = min(len(rows), HEADING_ROWS)
    for index in range(top):
        upper = [(cell or "").strip() for cell in rows[index]]
        if not any(upper):
            continue
        yield index + 1, [[text] if text else [] for text in upper]
        if index + 1 >= len(rows):
            continue
        lower = [(cell or "").strip() for cell in rows[index + 1]]
        if not any(lower):
            continue
        spanned, tried = "", []
        for column in range(max(len(upper), len(lower))):
            above = upper[column] if column < len(upper) else ""
            below = lower[column] if column < len(lower) else ""
            spanned = above or spanned
            tried.append([below, spanned + below] if below else [above] if above else [])
        yield index + 2, tried


def _read(first: int, tried: Sequence[Sequence[str]], contract: Contract) -> tuple[int, Match]:
    """One reading of the headings as one contract: how many columns stand under their own names, and the match."""
    columns: dict[str, int] = {}
    own: dict[str, bool] = {}
    headings: dict[str, str] = {}
    rivals: dict[str, list[int]] = {}
    unknown: dict[int, str] = {}
    for index, texts in enumerate(tried):
        named = next(((found, text) for text in texts if (found := column_for(text, contract))), None)
        if named is None:
            if texts:
                unknown[index] = texts[-1]
            continue
        (column, is_own), text = named
        if column not in columns or (is_own and not own[column]):
            if column in columns:  # an alias gives way to the column's own name
                for weaker in (columns[column], *rivals.pop(column, ())):
                    unknown[weaker] = tried[weaker][-1]
            columns[column], own[column], headings[column] = index, is_own, " ".join(text.split())
        elif is_own == own[column]:
            rivals.setdefault(column, []).append(index)
        else:
            unknown[index] = texts[-1]
    match = Match(
        contract=contract,
        first=first,
        columns=columns,
        headings=headings,
        unknown=[" ".join(unknown[index].split()).translate(SHOWN_CONTROLS) for index in sorted(unknown)],
        rivals=rivals,
        width=max((index for index, texts in enumerate(tried) if texts), default=-1) + 1,
    )
    return sum(own.values()), match


def _weight(own: int, match: Match, hints: str) -> float:
    """How much speaks for a reading: columns found, then the names of file and sheet, then own names over aliases."""
    title = match.contract.title
    hinted = any(plain(name) in hints for name in (match.contract.name, title.zh, title.en))
    return len(match.columns) + hinted / 2 + own / 1000


def _missing(match: Match, *, instead: Contract | None) -> NoMatch:
    contract = match.contract
    absent = [column for column in needed(contract) if column not in match.columns]
    parts_zh, parts_en = [], []
    for column in absent:
        cell = contract.cells[column]
        names = [cell.heading.zh, cell.heading.en, *cell.also]
        near = _nearest_heading(names, match.unknown)
        parts_zh.append(f"“{cell.heading.zh}”" + (f"（最接近的列是“{near}”）" if near else ""))
        parts_en.append(f'"{cell.heading.en}"' + (f' (the nearest column is "{near}")' if near else ""))
    or_zh = f"；若是“{instead.title.zh}”，请用 --as {instead.name}" if instead else ""
    or_en = f"; if these are {instead.title.en}, say --as {instead.name}" if instead else ""
    return NoMatch(
        reason=Text(
            f"按“{contract.title.zh}”读取时缺少必填列{'、'.join(parts_zh)}",
            f"read as {contract.title.en}, required columns are missing: {', '.join(parts_en)}",
        ),
        remedy=Text(
            f"请补上该列或改正标题后重新导入，整个文件未导入{or_zh}",
            f"add the column or correct its heading and import again; nothing of the file was imported{or_en}",
        ),
        contract=contract if _is_near(match) else None,
        first=match.first if _is_near(match) else 0,
    )


def _nearest_heading(names: Iterable[str], candidates: Sequence[str]) -> str | None:
    best, found = 0.0, None
    for candidate in candidates:
        for name in names:
            likeness = difflib.SequenceMatcher(None, plain(name), _forms(candidate)[1]).ratio()
            if likeness > best:
                best, found = likeness, candidate
    return found.replace("\n", "") if found and best >= 0.45 else None


def recognise(rows: Rows, contracts: Iterable[Contract], *, hints: str = "") -> Match | NoMatch:
    """Find the heading row and the contract it keeps.

    Args:
        rows: the first rows of the sheet (more than :data:`HEADING_ROWS` are not looked at for headings).
        contracts: those that come into question; a single one is forced.
        hints: the names of file and sheet, which decide only between readings that match equally well.
    """
    listed = list(contracts)
    folded = plain(hints)
    best: dict[str, tuple[float, Match]] = {}
    for first, tried in _layouts(rows):
        for contract in listed:
            own, match = _read(first, tried, contract)
            weight = _weight(own, match, folded)
            if match.columns and (contract.name not in best or weight > best[contract.name][0]):
                best[contract.name] = (weight, match)
    ranked = sorted(best.values(), key=lambda pair: -pair[0])
    whole = [pair for pair in ranked if all(column in pair[1].columns for column in needed(pair[1].contract))]
    near = [pair for pair in ranked if _is_near(pair[1])]
    if whole and not (near and len(near[0][1].columns) > len(whole[0][1].columns) + 1):
        if len(whole) > 1 and whole[0][0] - whole[1][0] < 0.3:
            one, other = whole[0][1].contract, whole[1][1].contract
            return NoMatch(
                reason=Text(
                    f"标题既符合“{one.title.zh}”也符合“{other.title.zh}”",
                    f"the headings fit both {one.title.en} and {other.title.en}",
                ),
                remedy=Text(
                    f"请用 --as {one.name} 或 --as {other.name} 指明",
                    f"say which: --as {one.name} or --as {other.name}",
                ),
                contract=one,
                first=whole[0][1].first,
            )
        return whole[0][1]
    if near or (len(listed) == 1 and ranked):
        return _missing((near or ranked)[0][1], instead=whole[0][1].contract if whole else None)
    return NoMatch(
        reason=Text(
            f"前 {HEADING_ROWS} 行中没有找到可识别的标题行", f"no known headings in the first {HEADING_ROWS} rows"
        ),
        remedy=Text(
            "请对照 kpi contracts 列出的标题，或用 --as 指明数据种类",
            "compare with the headings that kpi contracts lists, or say what it is with --as",
        ),
    )


def _is_near(match: Match) -> bool:
    """Whether a sheet plainly means to be this contract: at least half of what it needs, and more than one column."""
    wanted = needed(match.contract)
    found = sum(column in match.columns for column in wanted)
    return len(match.columns) >= 2 and 2 * found >= len(wanted)


def table(
    cells: pl.DataFrame, match: Match, *, sheet: str | None, widths: Sequence[int] | None = None
) -> pl.DataFrame | NoMatch:
    """The raw frame below the headings, ready for ``check``.

    Args:
        cells: all cells of the sheet as text, from its first row, one column each; blanks are null.
        match: what :func:`recognise` found.
        sheet: the sheet's name, null for a text file.
        widths: the number of cells of each row in a text file; a filled cell beyond the headings is then an error of
            its row, because something has shifted. In a workbook it is a remark beside the table.

    Returns String columns by typed name, ``_sheet``, ``_row`` (1-based), ``_first`` (the row's first filled cell) and
    ``_beyond`` (the first filled cell beyond the headings of a text file); wholly blank rows are left out. NoMatch
    where two columns under equal headings hold different values.
    """
    names = cells.columns
    trimmed = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name) for name in names]
    body = cells.with_row_index("_row", offset=1).slice(match.first).with_columns(trimmed)
    if not names:
        return _shaped(body, match, sheet, pl.lit(None, pl.String))
    body = body.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in names))
    for column, others in match.rivals.items():
        kept = names[match.columns[column]]
        for other in others:
            if not body[kept].str.strip_chars().eq_missing(body[names[other]].str.strip_chars()).all():
                return _twice(match, column, kept, names[other])
    beyond = pl.lit(None, pl.String)
    if widths is not None and match.first - 1 < len(widths):
        edge = max(widths[match.first - 1], match.width)
        if edge < len(names):
            beyond = pl.coalesce(names[edge:])
    return _shaped(body, match, sheet, beyond)


def _twice(match: Match, column: str, one: str, other: str) -> NoMatch:
    heading = match.headings[column]
    return NoMatch(
        reason=Text(
            f"“{heading}”有两列（第 {int(one) + 1} 列与第 {int(other) + 1} 列），内容不一致",
            f'there are two columns "{heading}" (nos. {int(one) + 1} and {int(other) + 1}) with different values',
        ),
        remedy=Text("请删去或改名其中一列后重新导入", "remove or rename one of them and import again"),
        contract=match.contract,
        first=match.first,
    )


def _shaped(body: pl.DataFrame, match: Match, sheet: str | None, beyond: pl.Expr) -> pl.DataFrame:
    names = [name for name in body.columns if name != "_row"]
    return body.select(
        *(pl.col(names[index]).alias(column) for column, index in sorted(match.columns.items(), key=lambda c: c[1])),
        pl.lit(sheet, pl.String).alias("_sheet"),
        pl.col("_row").cast(pl.Int64),
        (pl.coalesce(names) if names else pl.lit(None, pl.String)).alias("_first"),
        beyond.alias("_beyond"),
    )
