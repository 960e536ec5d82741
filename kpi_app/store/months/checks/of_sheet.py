"""Checks of the computed sheet: its day, figures, people, objections, differences, what is paid twice, sign-offs."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from kpi_app.store import tables
from kpi_app.store.disputes import objection_list
from kpi_app.store.months import snapshots
from kpi_app.store.months.checks import Ground, Place
from kpi_app.store.months.month_settings import MonthSettings
from kpi_app.store.months.standing import sign_offs
from scorecards.money import yuan
from scorecards.shapes import PerUnit

SHARED = ("benchmarks", "targets", "stated_figures", "pay_profiles", "complaints")
"""Contracts whose rows rightly stand behind the lines of several people."""


def computed_to_the_end(ground: Ground) -> Iterator[Place]:
    """The unit is computed, with the days up to the month's last."""
    state, last = ground.state, ground.period.last
    if state.status == "open" or state.as_of is None:
        yield Place(about=state.store_id, text=Text("还没有计算", "not computed yet"))
    elif state.as_of < last:
        text = Text(f"只算到 {state.as_of}，月份到 {last} 结束", f"computed as of {state.as_of}, before {last}")
        yield Place(about=state.store_id, text=text)


def figures_missing(ground: Ground) -> Iterator[Place]:
    """Rules that could not be judged for want of a figure."""
    if ground.sheet is None:
        return
    found: dict[tuple[str, Text], list[str]] = {}
    for one in ground.sheet.judgements:
        if one.outcome in ("no_figure", "not_known"):
            found.setdefault((one.rule, one.why), []).append(one.person_id)
    for (rule, why), people in found.items():
        who = "、".join(ground.named(person) for person in people[:5])
        yield Place(
            about=rule,
            mark=str(len(people)),
            text=Text(f"{rule} {len(people)} 人无法判定：{why.zh}：{who}", f"{rule}, {len(people)} people: {why.en}"),
        )


def provisional_figures(ground: Ground) -> Iterator[Place]:
    """Lines on figures that may still change."""
    if ground.sheet is None:
        return
    open_ = ground.sheet.lines.filter(~pl.col("is_settled"))
    for (plan, rule), lines in open_.group_by("plan", "rule", maintain_order=True):
        total = yuan(int(lines["amount_fen"].sum()))
        yield Place(
            about=f"{plan}/{rule}",
            text=Text(
                f"{rule} 有 {lines.height} 行未定数，共 {total} 元", f"{rule}: {lines.height} lines, {total} yuan"
            ),
        )


def pay_profiles_present(ground: Ground) -> Iterator[Place]:
    """Everybody on the sheet has a pay profile."""
    for person in ground.sheet.people if ground.sheet else ():
        if person.base_fen is None:
            said = ground.named(person.person_id)
            yield Place(about=person.person_id, text=Text(f"{said}没有薪资基数", f"{said} has no pay profile"))


def manual_lines_approved(ground: Ground) -> Iterator[Place]:
    """No manual line and no loss waits for its answer, and so does not count."""
    it, loss = tables.manual_lines.c, tables.loss_cases.c
    waiting = (
        sa.select(it.line_id, it.person_id, it.amount_fen, it.reason)
        .where(it.period == ground.period.label, it.store_id == ground.state.store_id)
        .where(it.approved_at.is_(None), it.refused_at.is_(None))
        .order_by(it.line_id),
        sa.select(loss.case_id.label("line_id"), loss.person_id, -loss.amount_fen, loss.reason)
        .where(loss.period <= ground.period.label, loss.store_id == ground.state.store_id)
        .where(loss.approved_at.is_(None), loss.ended_at.is_(None))
        .order_by(loss.case_id),
    )
    for row in (row for query in waiting for row in ground.conn.execute(query)):
        said, amount = ground.named(row.person_id), yuan(row[2])
        yield Place(
            about=row.line_id,
            text=Text(f"{said} {amount} 元（{row.reason}）未审批，不计入", f"{said} {amount} yuan is not approved"),
        )


def appeals_answered(ground: Ground) -> Iterator[Place]:
    """Every objection to the unit's month has its answer."""
    it = tables.objections.c
    waiting = objection_list.unanswered(ground.conn, ground.period.label, ground.state.store_id)
    rows = ground.conn.execute(
        sa.select(it.objection_id, it.person_id, it.reason, it.answer_due)
        .where(it.objection_id.in_(waiting))
        .order_by(it.objection_id)
    )
    for row in rows:
        said = ground.named(row.person_id)
        yield Place(
            about=str(row.objection_id),
            text=Text(
                f"{said}的异议 {row.objection_id} 未答复（应于 {row.answer_due} 前）：{row.reason}",
                f"objection {row.objection_id} of {said}, due {row.answer_due}, is not answered",
            ),
        )


def differences_looked_at(ground: Ground) -> Iterator[Place]:
    """Whoever gets much more or less than last month was looked at."""
    if ground.sheet is None:
        return
    now = {person.person_id: person for person in ground.sheet.people}
    for person in ground.sheet.people:
        if person.previous_fen is not None and _is_large(ground.settings, person.previous_fen, person.total_fen):
            cause = person.change_cause
            yield _difference(ground, person.person_id, person.previous_fen, person.total_fen, cause)
    for gone in _last_month(ground):
        if gone["person_id"] not in now and _is_large(ground.settings, gone["total_fen"], 0):
            cause = Text("本月不在表上", "not on this sheet")
            yield _difference(ground, gone["person_id"], gone["total_fen"], 0, cause)


def _is_large(settings: MonthSettings, before: int, now: int) -> bool:
    change = abs(now - before)
    return change > 100 * settings.change_limit_yuan and 100 * change > settings.change_limit_percent * abs(before)


def _difference(ground: Ground, person_id: str, before: int, now: int, cause: Text) -> Place:
    said = ground.named(person_id)
    return Place(
        about=person_id,
        mark=f"{before}>{now}",
        text=Text(
            f"{said}上月 {yuan(before)}，本月 {yuan(now)}，差 {yuan(now - before)} 元，主因{cause.zh}",
            f"{said} {yuan(before)} → {yuan(now)}, {yuan(now - before)} yuan, mainly {cause.en}",
        ),
    )


def _last_month(ground: Ground) -> list[dict[str, Any]]:
    it = tables.pay_units.c
    before = ground.conn.execute(
        sa.select(it.snapshot_id).where(
            it.period == ground.period.previous().label,
            it.store_id == ground.state.store_id,
            it.snapshot_id.is_not(None),
        )
    ).scalar()
    return [] if before is None else snapshots.people(ground.conn, before)


def paid_twice(ground: Ground) -> Iterator[Place]:
    """Rows that one rule pays by the unit for two people, or again after an earlier month."""
    if ground.sheet is None:
        return
    by_unit = {
        key
        for key, rule in ground.rules.items()
        if isinstance(rule, PerUnit) and getattr(rule, "measured_on", "person") == "person"
    }
    rows = _counted(ground.sheet.lines, by_unit)
    if rows.is_empty():
        return
    before = snapshots.frozen_lines(ground.conn, ground.period.label)
    corrected = ground.sheet.lines["corrects"].drop_nulls()
    earlier = _counted(before.filter(~pl.col("line_id").is_in(corrected.to_list())), by_unit)
    both = pl.concat([rows, earlier]).join(
        rows.select("rule", "contract", "key").unique(), on=["rule", "contract", "key"]
    )
    twice = both.group_by("rule", "contract", "key", maintain_order=True).agg("line_id", "person_id", "period")
    for row in twice.filter(pl.col("line_id").list.n_unique() > 1).to_dicts():
        who = "、".join(
            f"{ground.named(person)}{month}" for person, month in zip(row["person_id"], row["period"], strict=True)
        )
        yield Place(
            about=f"{row['rule']}/{row['contract']}/{row['key']}",
            mark=",".join(sorted(row["line_id"])),
            text=Text(
                f"{CONTRACTS[row['contract']].title.zh} {row['key']} 按 {row['rule']} 计发多次：{who}",
                f"{row['contract']} {row['key']} is paid more than once by {row['rule']}: {who}",
            ),
        )


def _counted(lines: pl.DataFrame, rules: set[tuple[str, str]]) -> pl.DataFrame:
    """The rows behind the lines of some rules: rule, contract, key, line_id, person_id, period.

    Corrections, and what an earlier month had earned, are paid for the same rows by right.
    """
    keys = pl.DataFrame(sorted(rules), schema={"plan": pl.String, "rule": pl.String}, orient="row")
    return (
        lines.filter(pl.col("amount_fen") > 0, pl.col("kind") != "correction", pl.col("case_id").is_null())
        .join(keys, on=["plan", "rule"], how="semi")
        .explode("evidence")
        .unnest("evidence")
        .filter(pl.col("contract").is_not_null(), ~pl.col("contract").is_in(SHARED))
        .select("rule", "contract", "key", "line_id", "person_id", "period")
    )


def plan_findings(ground: Ground) -> Iterator[Place]:
    """What the plans said of the data when the sheet was computed."""
    for one in ground.sheet.findings if ground.sheet else ():
        yield Place(about=one.where, text=one.message)


def departments_signed_off(ground: Ground) -> Iterator[Place]:
    """Every department on the sheet was checked and signed off by its head."""
    for it in sign_offs(ground.db, ground.conn, ground.state):
        if it.name is None:
            text = Text(f"{it.department}还没有签认", f"{it.department} is not signed off")
            yield Place(about=it.department, text=text, mark=str(ground.state.snapshot_id))
