"""What a contract is: columns with the office's headings, and how they are typed.

Conventions of every declaration:

- A column is declared once, with its Chinese and English heading. Its identifier is the attribute's name without
  the unit that typing adds: ``amount_fen`` answers to 金额, amount, and the aliases it lists.
- Units are in the typed name: money is integer fen (``_fen``), survey scores are integer hundredths
  (``_hundredths``), shares are integer basis points (``_bp``).
- Times are store-local and naive; ``_at`` is a date-time, ``_on`` a date.
- Ids are text. Codes hold the canonical value; what else an office writes for it is listed in ``Code.aliases``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

import dataframely as dy
import polars as pl


class Text(NamedTuple):
    """A sentence or name in both languages of the product."""

    zh: str
    en: str

    def said(self, lang: str) -> str:
        """In ``zh`` or ``en``."""
        return self.en if lang == "en" else self.zh


class Problem(Exception):
    """Something a person must put right, said in both languages, with the place and the next step."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.text = Text(zh, en)


Kind = Literal[
    "id",
    "text",
    "code",
    "at",
    "on",
    "time",
    "yes_no",
    "money",
    "percent",
    "score",
    "integer",
    "number",
    "period",
    "phone",
]

UNIT_SUFFIX: Mapping[str, str] = {"money": "_fen", "percent": "_bp", "score": "_hundredths"}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How one column is headed and read; kept in the column's metadata.

    ``default`` is the text taken for an empty cell; ``refers`` names the contract whose key an id must be found in
    (``refers_by`` does so by the value of another column: ``("level", {"person": "people"})``; "roles" is the table of
    roles, whose Chinese names are then replaced by their codes); ``codes`` maps each canonical value to the other ways
    an office writes it. ``also`` are further headings, beside the Chinese and English one and the identifier.
    """

    kind: Kind
    heading: Text
    also: Sequence[str] = ()
    required: bool = False
    default: str | None = None
    refers: str | None = None
    refers_by: tuple[str, Mapping[str, str]] | None = None
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    example: str = ""
    note: Text | None = None
    is_personal: bool = False


def _cell(kind: Kind, zh: str, en: str, *, key: bool, required: bool, **more: Any) -> dict[str, Any]:
    cell = Cell(kind=kind, heading=Text(zh, en), required=required or (key and more.get("default") is None), **more)
    return {
        "primary_key": key,
        "nullable": not (key or cell.required or cell.default is not None),
        "metadata": {"cell": cell},
    }


def identifier(zh: str, en: str, *, key: bool = False, required: bool = False, **more: Any) -> dy.String:
    """An id: text, so that leading zeros and 18 digits survive."""
    return dy.String(**_cell("id", zh, en, key=key, required=required, **more))


def text(zh: str, en: str, *, key: bool = False, required: bool = False, **more: Any) -> dy.String:
    """Free text."""
    return dy.String(**_cell("text", zh, en, key=key, required=required, **more))


def code(
    zh: str,
    en: str,
    codes: Mapping[str, Sequence[str]] | Sequence[str],
    *,
    key: bool = False,
    required: bool = False,
    **more: Any,
) -> dy.String:
    """One of a closed list; anything else is refused with the nearest."""
    listed = codes if isinstance(codes, Mapping) else dict.fromkeys(codes, ())
    return dy.String(**_cell("code", zh, en, key=key, required=required, codes=listed, **more))


def moment(zh: str, en: str, *, key: bool = False, required: bool = False, **more: Any) -> dy.Datetime:
    """A store-local date and time, to the second."""
    return dy.Datetime(time_unit="us", **_cell("at", zh, en, key=key, required=required, **more))


def day(zh: str, en: str, *, key: bool = False, required: bool = False, **more: Any) -> dy.Date:
    """A date."""
    return dy.Date(**_cell("on", zh, en, key=key, required=required, **more))


def clock(zh: str, en: str, *, required: bool = False, **more: Any) -> dy.Time:
    """A time of day."""
    return dy.Time(**_cell("time", zh, en, key=False, required=required, **more))


def yes_no(zh: str, en: str, *, required: bool = False, **more: Any) -> dy.Bool:
    """是/否 and what offices write for it."""
    return dy.Bool(**_cell("yes_no", zh, en, key=False, required=required, **more))


def money(zh: str, en: str, *, required: bool = False, **more: Any) -> dy.Int64:
    """Yuan in the office's cell, integer fen in the column (name it ``…_fen``)."""
    return dy.Int64(**_cell("money", zh, en, key=False, required=required, **more))


def percent(zh: str, en: str, *, required: bool = False, **more: Any) -> dy.Int64:
    """``85%`` or ``0.85`` in the cell, integer basis points in the column (name it ``…_bp``)."""
    return dy.Int64(**_cell("percent", zh, en, key=False, required=required, **more))


def score(zh: str, en: str, *, required: bool = False, **more: Any) -> dy.Int64:
    """Points in the cell, integer hundredths in the column (name it ``…_hundredths``)."""
    return dy.Int64(**_cell("score", zh, en, key=False, required=required, **more))


def integer(
    zh: str, en: str, *, key: bool = False, required: bool = False, alias: str | None = None, **more: Any
) -> dy.Int64:
    """A whole number. ``alias`` is the column's name where the attribute cannot bear it (``sample``)."""
    return dy.Int64(alias=alias, **_cell("integer", zh, en, key=key, required=required, **more))


def number(zh: str, en: str, *, required: bool = False, **more: Any) -> dy.Decimal:
    """An exact decimal number with at most six places; ``15%`` reads as 0.15."""
    return dy.Decimal(precision=38, scale=6, **_cell("number", zh, en, key=False, required=required, **more))


def period(zh: str, en: str, *, key: bool = False, required: bool = False, **more: Any) -> dy.String:
    """A month ``2026-10``, quarter ``2026Q4`` or year ``2026``, held as that text."""
    return dy.String(**_cell("period", zh, en, key=key, required=required, **more))


def phone(zh: str, en: str, **more: Any) -> dy.String:
    """A phone number: input only. Intake replaces it by a keyed hash and a masked form kept apart from the facts."""
    return dy.String(**_cell("phone", zh, en, key=False, required=False, is_personal=True, **more))


Holds = Callable[[Any], pl.Expr]
"""A rule's predicate: the schema → an expression that is true where a row keeps the rule."""

Rule = Any
"""What ``dy.rule()`` makes; dataframely does not publish its type."""


@dataclass(frozen=True, kw_only=True)
class Across:
    """What a row must keep that no single cell can show.

    A row breaks it where ``holds`` is false; null, because a cell is empty or was refused, is no breach. The sentences
    may name columns in braces, which stand for their headings.
    """

    blames: str
    reason: Text
    remedy: Text
    holds: Holds


_across: dict[Holds, Across] = {}


def across(*, blames: str, reason: tuple[str, str], remedy: tuple[str, str]) -> Callable[[Holds], Rule]:
    """Declare a dataframely rule together with the sentence an office reads when a row breaks it."""

    def declare(holds: Holds) -> Rule:
        _across[holds] = Across(blames=blames, reason=Text(*reason), remedy=Text(*remedy), holds=holds)
        return dy.rule()(holds)

    return declare


def not_before(later: str, earlier: str, *, strictly: bool = False, by_day: bool = False) -> Rule:
    """``later`` is not before ``earlier`` (``strictly``: after it; ``by_day``: the time of day is left out, because
    many systems export one of the two as a bare date)."""

    def holds(schema: type[dy.Schema]) -> pl.Expr:
        end, start = pl.col(later), pl.col(earlier)
        if by_day:
            end, start = end.cast(pl.Date), start.cast(pl.Date)
        return end > start if strictly else end >= start

    than = ("应晚于", "must be after") if strictly else ("不能早于", "must not be before")
    return across(
        blames=later,
        reason=(f"{{{later}}}{than[0]}{{{earlier}}}", f"{{{later}}} {than[1]} {{{earlier}}}"),
        remedy=(f"请核对{{{later}}}与{{{earlier}}}", f"check {{{later}}} against {{{earlier}}}"),
    )(holds)


def at_least(column: str, least: int, *, shown: str | None = None) -> Rule:
    """``column`` is not below ``least`` (in the typed unit; ``shown`` as the office writes it)."""

    def holds(schema: type[dy.Schema]) -> pl.Expr:
        return pl.col(column) >= least

    return across(
        blames=column,
        reason=(f"{{{column}}}不能小于 {shown or least}", f"{{{column}}} must not be below {shown or least}"),
        remedy=("请改正该数值", "correct the figure"),
    )(holds)


def is_month(column: str) -> Rule:
    """``column`` is a month, not a quarter or year."""

    def holds(schema: type[dy.Schema]) -> pl.Expr:
        return pl.col(column).str.contains(r"^[0-9]{4}-[0-9]{2}$")

    return across(
        blames=column,
        reason=(f"{{{column}}}应为月份", f"{{{column}}} must be a month"),
        remedy=("请写成 2026-10 的形式", "write it as 2026-10"),
    )(holds)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One kind of row that an office sends.

    ``dated_by`` names the column that places a row in its month; without one all rows stay together.
    """

    name: str
    title: Text
    schema: type[dy.Schema]
    dated_by: str | None = None
    is_confidential: bool = False

    @cached_property
    def key(self) -> list[str]:
        """The columns that together identify a row."""
        return list(self.schema.primary_key())

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """Typed column → how its cell is headed and read, in declared order."""
        return {name: column.metadata["cell"] for name, column in self.schema.columns().items() if column.metadata}

    @cached_property
    def rules(self) -> dict[str, Across]:
        """The declared rules across columns, in declared order; sentences name the headings."""
        zh = {name: cell.heading.zh for name, cell in self.cells.items()}
        en = {name: cell.heading.en for name, cell in self.cells.items()}
        found = {}
        for name, member in vars(self.schema).items():
            rule = _across.get(getattr(member, "validation_fn", None))  # type: ignore[arg-type]
            if rule is not None:
                found[name] = Across(
                    blames=rule.blames,
                    reason=Text(rule.reason.zh.format_map(zh), rule.reason.en.format_map(en)),
                    remedy=Text(rule.remedy.zh.format_map(zh), rule.remedy.en.format_map(en)),
                    holds=rule.holds,
                )
        return found

    @property
    def day(self) -> pl.Expr:
        """The day that places a row, from its typed columns; a month stands for its last day. Raises ValueError for a
        contract that no column dates."""
        if self.dated_by is None:
            raise ValueError(f"{self.name} is not dated")
        column = pl.col(self.dated_by)
        match self.cells[self.dated_by].kind:
            case "at":
                day = column.dt.date()
            case "period":
                day = (column + "-01").str.to_date("%Y-%m-%d").dt.month_end()
            case _:
                day = column
        return day.alias("day")


def identifier_of(column: str, cell: Cell) -> str:
    """The contract's published identifier of a typed column: its name without the unit that typing added."""
    return column.removesuffix(UNIT_SUFFIX.get(cell.kind, ""))


Schema = TypeVar("Schema", bound=type[dy.Schema])

_declared: dict[str, Contract] = {}


def contract(
    name: str, zh: str, en: str, *, dated_by: str | None = None, is_confidential: bool = False
) -> Callable[[Schema], Schema]:
    """Declare a schema as the contract ``name``; :func:`contract_of` finds it again."""

    def declare(schema: Schema) -> Schema:
        _declared[name] = Contract(
            name=name, title=Text(zh, en), schema=schema, dated_by=dated_by, is_confidential=is_confidential
        )
        return schema

    return declare


def contract_of(name: str) -> Contract:
    """The declared contract of that name. Raises KeyError for an unknown one."""
    return _declared[name]
