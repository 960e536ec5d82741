"""The columns of 奖惩明细: one event a row, the same in the workbook and the CSV."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from data_contracts.people import ROLES
from metrics.catalogue import METRICS
from scorecards.figures import figure_text
from scorecards.money import printed_plain
from scorecards.sheet import Sheet, SheetPerson

Kind = Literal["text", "money", "whole", "date"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A line with the person it belongs to, as a row of 奖惩明细 reads it."""

    sheet: Sheet
    person: SheetPerson
    line: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its heading, width in characters, and how a row fills it."""

    heading: str
    width: float
    kind: Kind
    value: Callable[[Event], Any]


def events(sheet: Sheet) -> Iterator[Event]:
    """The lines of a sheet in its order, each with its person."""
    people = {(person.store_id, person.person_id): person for person in sheet.people}
    for line in sheet.lines.to_dicts():
        yield Event(sheet=sheet, person=people[line["store_id"], line["person_id"]], line=line)


def role_name(role: str) -> str:
    """岗位 of a role's code."""
    return ROLES[role][0] if role in ROLES else role


def _metric(event: Event) -> str:
    """What 指标值 is a figure of; of one count per another both."""
    keys = (event.line["metric"] or "").split("/")
    return " ÷ ".join(METRICS[key].label.zh if key in METRICS else key for key in keys)


def _figure(event: Event) -> str:
    line = event.line
    if line["metric"] is None or line["numerator"] is None:
        return ""
    value = Fraction(line["numerator"], line["denominator"])
    return figure_text(METRICS[line["metric"]], value).zh if line["metric"] in METRICS else printed_plain(value)


def _benchmark(event: Event) -> str:
    line = event.line
    if line["metric"] in METRICS and line["benchmark"] is not None:
        return figure_text(METRICS[line["metric"]], Fraction(str(line["benchmark"]))).zh
    return ""


COLUMNS = (
    Column(heading="期间", width=9, kind="text", value=lambda it: it.line["period"]),
    Column(heading="门店编号", width=9, kind="text", value=lambda it: it.line["store_id"]),
    Column(heading="门店", width=16, kind="text", value=lambda it: it.person.store_name),
    Column(heading="部门", width=11, kind="text", value=lambda it: it.person.department),
    Column(heading="工号", width=10, kind="text", value=lambda it: it.line["person_id"]),
    Column(heading="姓名", width=10, kind="text", value=lambda it: it.person.person_name),
    Column(heading="岗位", width=12, kind="text", value=lambda it: role_name(it.person.role)),
    Column(heading="规则编号", width=16, kind="text", value=lambda it: it.line["rule"]),
    Column(heading="规则名称", width=18, kind="text", value=lambda it: it.sheet.rule_name(it.line).zh),
    Column(heading="规则版本", width=10, kind="text", value=lambda it: f"{it.line['rule_since']:%Y-%m}"),
    Column(heading="文号", width=14, kind="text", value=lambda it: it.line["notice"]),
    Column(heading="类型", width=10, kind="text", value=lambda it: it.sheet.kind_name(it.line).zh),
    Column(heading="单据号", width=22, kind="text", value=lambda it: it.line["ruling_id"]),
    Column(heading="事由", width=60, kind="text", value=lambda it: it.line["arithmetic_zh"]),
    Column(heading="指标", width=16, kind="text", value=_metric),
    Column(heading="指标期间", width=10, kind="text", value=lambda it: it.line["metric_period"]),
    Column(heading="指标值", width=11, kind="text", value=_figure),
    Column(heading="对标值", width=11, kind="text", value=_benchmark),
    Column(heading="对标发布日", width=12, kind="date", value=lambda it: it.line["benchmark_published_on"]),
    Column(heading="样本", width=7, kind="whole", value=lambda it: it.line["sample"]),
    Column(heading="应计金额", width=13, kind="money", value=lambda it: it.line["requested_fen"]),
    Column(heading="不再扣", width=12, kind="money", value=lambda it: it.line["lapsed_fen"]),
    Column(heading="顺延", width=12, kind="money", value=lambda it: it.line["carried_fen"]),
    Column(heading="免扣", width=12, kind="money", value=lambda it: it.line["waived_fen"]),
    Column(heading="金额", width=13, kind="money", value=lambda it: it.line["amount_fen"]),
    Column(heading="是否已定", width=9, kind="text", value=lambda it: "已定" if it.line["is_settled"] else "未定"),
    Column(heading="判定人", width=10, kind="text", value=lambda it: it.line["judged_by"]),
    Column(heading="判定日期", width=12, kind="date", value=lambda it: it.line["judged_at"]),
    Column(heading="更正期间", width=10, kind="text", value=lambda it: it.line["corrects_period"]),
    Column(heading="更正行号", width=19, kind="text", value=lambda it: it.line["corrects"]),
    Column(heading="事项编号", width=19, kind="text", value=lambda it: it.line["case_id"]),
    Column(heading="行号", width=19, kind="text", value=lambda it: it.line["line_id"]),
)
"""In the order of the file. Money is in fen here and becomes yuan in the cell."""
