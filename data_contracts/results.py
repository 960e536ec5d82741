"""The frames handed on between the layers: figures, scorecard lines, pay lines.

A value is always ``numerator / denominator`` of two integers; null where nothing was counted, with the reason.
Durations are seconds, survey scores hundredths over hundred times the sample, money integer fen.
"""

from typing import TypeVar, cast

import dataframely as dy
import polars as pl

LEVELS = ("person", "team", "department", "store", "region", "group")
LINE_KINDS = ("coefficient", "bonus", "commission", "kpi_reduction", "loss_compensation", "correction", "manual")


class MetricValues(dy.Schema):
    """One figure per metric, level, subject and period; of some metrics one for each item, else ``item`` is empty."""

    metric = dy.String(primary_key=True)
    level = dy.Enum(LEVELS, primary_key=True)
    subject_id = dy.String(primary_key=True)
    period = dy.String(primary_key=True)
    item = dy.String(primary_key=True)
    value = dy.Float64(nullable=True)
    numerator = dy.Int64(nullable=True)
    denominator = dy.Int64(nullable=True)
    sample_size = dy.Int64(alias="sample", min=0)
    benchmark = dy.Float64(nullable=True)
    benchmark_published_on = dy.Date(nullable=True)
    rank = dy.Int64(nullable=True, min=1)
    ranked_of = dy.Int64(nullable=True, min=1)
    is_settled = dy.Bool()
    settles_on = dy.Date()
    reason_zh = dy.String(nullable=True)
    reason_en = dy.String(nullable=True)

    @dy.rule()
    def nothing_has_a_reason(cls) -> pl.Expr:
        return pl.col("value").is_not_null() | pl.col("reason_zh").is_not_null()

    @dy.rule()
    def value_is_finite(cls) -> pl.Expr:
        return pl.col("value").is_null() | pl.col("value").is_finite()


class PayLines(dy.Schema):
    """One line of money. ``requested_fen`` is what the rule says, ``amount_fen`` what moves after the guards:
    requested = amount + lapsed + carried + waived, all with the line's sign.

    ``corrects`` is the line of an earlier month that a correction names, ``corrects_period`` that month. ``case_id`` is
    what a carried loss or one sanctioned event belongs to.
    """

    line_id = dy.String(primary_key=True)
    period = dy.String()
    store_id = dy.String()
    person_id = dy.String()
    plan = dy.String(nullable=True)
    rule = dy.String()
    rule_since = dy.Date()
    notice = dy.String(nullable=True)
    basis = dy.String(nullable=True)
    kind = dy.Enum(LINE_KINDS)
    metric = dy.String(nullable=True)
    metric_period = dy.String(nullable=True)
    value = dy.Float64(nullable=True)
    numerator = dy.Int64(nullable=True)
    denominator = dy.Int64(nullable=True)
    sample_size = dy.Int64(alias="sample", nullable=True)
    benchmark = dy.Float64(nullable=True)
    benchmark_published_on = dy.Date(nullable=True)
    requested_fen = dy.Int64()
    amount_fen = dy.Int64()
    lapsed_fen = dy.Int64()
    carried_fen = dy.Int64()
    waived_fen = dy.Int64()
    arithmetic_zh = dy.String()
    arithmetic_en = dy.String()
    is_settled = dy.Bool()
    ruling_id = dy.String(nullable=True)
    judged_by = dy.String(nullable=True)
    judged_at = dy.Datetime(time_unit="us", nullable=True)
    corrects = dy.String(nullable=True)
    corrects_period = dy.String(nullable=True)
    case_id = dy.String(nullable=True)
    evidence = dy.List(
        dy.Struct(
            {
                "contract": dy.String(),
                "key": dy.String(),
                "file": dy.String(),
                "sheet": dy.String(nullable=True),
                "row": dy.Int64(),
            }
        )
    )

    @dy.rule()
    def nothing_is_lost(cls) -> pl.Expr:
        moved = pl.col("amount_fen") + pl.col("lapsed_fen") + pl.col("carried_fen") + pl.col("waived_fen")
        return pl.col("requested_fen") == moved


Rows = TypeVar("Rows", bound=dy.Schema)


def some_of(rows: dy.DataFrame[Rows], *where: pl.Expr) -> dy.DataFrame[Rows]:
    """Some of the rows: what holds of each of them, and of no two, still does, and is not checked again."""
    return cast("dy.DataFrame[Rows]", rows.filter(*where))
