"""Generated months of pay: people in two stores, wages or none, lines, rulings and losses; and hypothesis' number of
cases, ``1,000`` in CI and ten times that in the soak."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st

from data_contracts.contract import Text
from data_contracts.results import PayLines
from metrics.period import Period
from scorecards import sheet as sheets
from scorecards.losses import LossCase, Losses
from scorecards.rules import PayResult, pay_lines
from scorecards.sheet import Sheet
from tests.scorecards.group import group, post

OCTOBER = Period.parse("2026-10")
AS_OF = date(2026, 10, 31)
HOME = {"E1": "S01", "E2": "S01", "E3": "S01", "E4": "S02"}
"""Person → the store of their post."""
STORES = ("S01", "S02")
NO_LINES = PayLines.create_empty().schema


def cases(times: int) -> settings:
    """So many times the profile's number of cases: 10 is 1,000 in CI and 10,000 in the soak."""
    return settings(max_examples=times * settings().max_examples)


@dataclass(frozen=True, kw_only=True)
class Month:
    """A generated month before the guards."""

    lines: list[dict[str, Any]]
    profiles: list[dict[str, Any]]
    minimum_wages: list[dict[str, Any]]
    losses: tuple[LossCase, ...]


fen = st.integers(0, 3_000_00) | st.integers(0, 3)
kinds = st.sampled_from(
    ["bonus", "commission", "coefficient", "kpi_reduction", "kpi_reduction", "manual", "correction", "fine"]
)


@st.composite
def a_line(draw: st.DrawFn) -> dict[str, Any]:
    kind, amount = draw(kinds), draw(fen)
    takes = kind in ("kpi_reduction", "fine") or (kind in ("manual", "correction") and draw(st.booleans()))
    person_id = draw(st.sampled_from(sorted(HOME)))
    event = draw(st.sampled_from([None, "C1", "C2"])) if kind == "kpi_reduction" else None
    day = draw(st.integers(1, 28))
    waived = draw(st.sampled_from([0, 0, 0, amount])) if kind == "kpi_reduction" else 0
    signed = -amount if takes else amount
    return {
        **dict.fromkeys(NO_LINES),
        "period": "2026-10",
        "store_id": draw(st.sampled_from([HOME[person_id], HOME[person_id], "S01"])),
        "person_id": person_id,
        "rule": "fine" if kind == "fine" else kind,
        "rule_since": date(2026, 1, 1),
        "kind": "manual" if kind == "fine" else kind,
        "requested_fen": signed,
        "amount_fen": signed + waived,
        "lapsed_fen": 0,
        "carried_fen": 0,
        "waived_fen": -waived,
        "arithmetic_zh": "",
        "arithmetic_en": "",
        "is_settled": True,
        "ruling_id": f"{event}|{draw(st.sampled_from(['责任', '未及时处理']))}|{person_id}" if event else None,
        "judged_at": datetime(2026, 10, day) if kind == "kpi_reduction" else None,
        "evidence": [],
    }


@st.composite
def a_profile(draw: st.DrawFn, person_id: str) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "since": date(2026, 1, 1),
        "contract_wage_fen": draw(st.integers(0, 10_000_00)),
        "other_pay_fen": draw(st.integers(0, 8_000_00) | st.integers(2_489_00, 2_491_00)),
        "performance_base_fen": None,
        "has_loss_clause": draw(st.sampled_from([True, True, True, False, None])),
    }


@st.composite
def a_loss(draw: st.DrawFn, number: int) -> LossCase:
    total = draw(st.integers(1, 5_000_00))
    return LossCase(
        case_id=f"L{number}",
        person_id=draw(st.sampled_from(sorted(HOME))),
        event=draw(st.sampled_from([None, None, "C1"])),
        reason="",
        amount_fen=total,
        outstanding_fen=draw(st.integers(0, total)),
        approved_by="B01",
        approved_at=datetime(2026, 10, draw(st.integers(1, 28))),
        words=Text("", ""),
        is_withdrawn=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def months(draw: st.DrawFn) -> Month:
    lines = draw(st.lists(a_line(), max_size=8))
    known = draw(st.sets(st.sampled_from(sorted(HOME)), min_size=1))
    cities = draw(st.sampled_from([("上海", "天津"), ("上海", "天津"), ("上海",), ()]))
    return Month(
        lines=[{**line, "line_id": f"{number:03}"} for number, line in enumerate(lines)],
        profiles=[draw(a_profile(person_id)) for person_id in sorted(known)],
        minimum_wages=[
            {"city": city, "since": date(2026, 1, 1), "amount_fen": 2_490_00, "source": "示例"} for city in cities
        ],
        losses=tuple(draw(a_loss(number)) for number in range(draw(st.integers(0, 3)))),
    )


@cache
def _base() -> dict[str, pl.LazyFrame]:
    return group([post(person_id, store_id=store_id) for person_id, store_id in HOME.items()])


def facts_of(month: Month) -> dict[str, pl.LazyFrame]:
    """The facts that the guards read: the roster is always the same, wages are the month's."""
    found = dict(_base())
    for name, rows in (("pay_profiles", month.profiles), ("minimum_wages", month.minimum_wages)):
        schema = found[name].collect_schema()
        placed = [{**row, "_import_id": 1, "_file": "x.csv", "_row": n} for n, row in enumerate(rows, 2)]
        found[name] = pl.DataFrame(placed, schema=schema).lazy()
    return found


def paid(month: Month, **more: Any) -> PayResult:
    """The month through the whole engine: its lines stand where those of rules and of hand come together."""
    return pay_lines(
        [],
        facts_of(month),
        OCTOBER,
        as_of=AS_OF,
        manual=pl.DataFrame(month.lines, schema=NO_LINES),
        losses=Losses(cases=month.losses),
        **more,
    )


def sheets_of(month: Month, result: PayResult) -> list[Sheet]:
    """The sheets of both stores."""
    return [sheets.build(result, [], facts_of(month), OCTOBER, store, as_of=AS_OF) for store in STORES]
