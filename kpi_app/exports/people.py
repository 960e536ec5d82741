"""The columns of tables with one row a person: ① 签字表 with its slips, and ② 调整表."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kpi_app.exports.detail import role_name
from scorecards.payout import COLUMN_NAMES
from scorecards.sheet import Sheet, SheetPerson

SIGNATURE_WIDTH = 16  # characters: 117 pixels, 3.1 cm


@dataclass(frozen=True, kw_only=True)
class Row:
    """A person of a sheet with their fen by column of money."""

    person: SheetPerson
    columns: Mapping[str, int]
    outstanding_fen: int
    """What their lines carry on to later months: a holdback, or what is still to be taken back."""


@dataclass(frozen=True, kw_only=True)
class PersonColumn:
    """A column of a table of persons; ``total`` columns are money and are added up."""

    heading: str
    width: float
    kind: str
    value: Callable[[Row], Any]

    @property
    def is_total(self) -> bool:
        return self.kind in ("money", "sum", "change")


def rows_of(sheet: Sheet) -> Iterator[Row]:
    """Everyone on a sheet, in its order."""
    for person in sheet.people:
        outstanding = sum(line["carried_fen"] for line in sheet.lines_of(person))
        yield Row(person=person, columns=sheet.columns_of(person), outstanding_fen=outstanding)


def _money(column: str) -> PersonColumn:
    widths = {"paid_later": 11.0, "held": 11.0, "rounding": 9.0}
    return PersonColumn(
        heading=COLUMN_NAMES[column].zh,
        width=widths.get(column, 12.0),
        kind="money",
        value=lambda it: it.columns[column],
    )


_MONEY = tuple(_money(column) for column in COLUMN_NAMES)
_NET = PersonColumn(heading="净调整额", width=13.5, kind="sum", value=lambda it: it.person.total_fen)
_SIGNATURE = PersonColumn(heading="签字", width=SIGNATURE_WIDTH, kind="text", value=lambda it: "")

SIGNING = (
    PersonColumn(heading="门店", width=11, kind="text", value=lambda it: it.person.store_name),
    PersonColumn(heading="部门", width=9.5, kind="text", value=lambda it: it.person.department),
    PersonColumn(heading="工号", width=9, kind="text", value=lambda it: it.person.person_id),
    PersonColumn(heading="姓名", width=9, kind="text", value=lambda it: it.person.person_name),
    PersonColumn(heading="岗位", width=11, kind="text", value=lambda it: role_name(it.person.role)),
    *_MONEY,
    _NET,
    _SIGNATURE,
)
SLIP = (*_MONEY, _NET, _SIGNATURE)
SUMMARY = (
    *SIGNING[:5],
    PersonColumn(heading="在岗天数", width=9, kind="whole", value=lambda it: it.person.days_in_office),
    PersonColumn(heading="适用方案", width=34, kind="text", value=lambda it: it.person.plans),
    PersonColumn(heading="绩效基数", width=12.5, kind="base", value=lambda it: it.person.base_fen),
    PersonColumn(heading="考核得分", width=9, kind="score", value=lambda it: it.person.score or "—"),
    PersonColumn(heading="绩效系数", width=9, kind="factor", value=lambda it: it.person.factor),
    *_MONEY,
    _NET,
    PersonColumn(heading="上月净额", width=13.5, kind="base", value=lambda it: it.person.previous_fen),
    PersonColumn(
        heading="差额",
        width=13.5,
        kind="change",
        value=lambda it: it.person.total_fen - (it.person.previous_fen or 0),
    ),
    PersonColumn(heading="差额主因", width=12, kind="text", value=lambda it: it.person.change_cause.zh),
    PersonColumn(heading="扣减校验", width=26, kind="text", value=lambda it: it.person.check.zh),
    _SIGNATURE,
)
