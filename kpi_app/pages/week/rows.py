"""A figure's parts and the rows behind them: against every comparison, as stated elsewhere, with file and row."""

from typing import Any

import polars as pl
import streamlit as st

from data_contracts.catalogue import CONTRACTS
from kpi_app.pages import address, sentences
from kpi_app.pages.week.gathering import Row, Week, quietly
from kpi_app.store.views import figures
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.catalogue import METRICS
from metrics.kinds import HOURS, Metric


def rows_card(here: Visit, week: Week) -> None:
    """A chosen figure, of the subject or one person: its parts, then the rows that were counted."""
    st.html(looks.fragment("title.html", title=here("计入明细"), note=here("每一个数都能查到导入文件的行")))
    if not week.metrics:
        return
    keys = [metric.key for metric in week.metrics]
    left, right = st.columns([3, 2])
    with left:
        names = {it: here.text(METRICS[it].label) for it in keys}
        metric = METRICS[address.segments("metric", here("指标"), names, at=keys[0], key="rows_metric")]
    people = {person.person_id: person for person in week.people if (metric.key, person.person_id) in week.of_people}
    with right:
        names = {"": here("全部")} | {it: f"{person.name}（{it}）" for it, person in people.items()}
        person_id = address.select("person", here("人员"), names, at="", key=f"rows_person_{metric.key}") or None
    st.html(looks.fragment("parts.html", _=here, parts=parts_of(here, week, metric, person_id)))
    level, subject_id = (week.subject.level, week.subject.subject_id) if person_id is None else ("person", person_id)
    rows = quietly(
        here,
        ("rows", metric.key, level, subject_id, week.period),
        lambda: figures.rows(here.db, here.who, metric, level, subject_id, week.period, as_of=here.as_of),
    )
    st.html(
        looks.fragment(
            "note.html",
            text=here(
                "{name}：{meaning} 本周计入 {n} 行。", name=here.text(metric.label), meaning=here.text(metric.meaning),
                n=rows.height,
            ),
        )
    )  # fmt: skip
    table = rows.select(
        pl.col("day").cast(pl.String).alias(here("日期")),
        pl.col("person_id").replace_strict(week.names, default=pl.col("person_id")).alias(here("姓名")),
        pl.col("numerator").alias(here("分子")),
        pl.col("denominator").alias(here("分母")),
        pl.col("contract").replace_strict(
            {name: here.text(it.title) for name, it in CONTRACTS.items()}, return_dtype=pl.String
        ).alias(here("数据表")),
        pl.col("key").alias(here("编号")),
        pl.col("_file").alias(here("文件")),
        pl.col("_row").alias(here("行")),
    )  # fmt: skip
    st.dataframe(table, hide_index=True, height=min(320, 38 + 35 * max(1, rows.height)), key="rows_table")


def parts_of(here: Visit, week: Week, metric: Metric, person_id: str | None) -> list[dict[str, Any]]:
    """The figure against each comparison, a line each: value, numerator and denominator, how far this one is away."""
    if person_id is not None:
        row = week.of_people.get((metric.key, person_id))
        of_subject = part(here, metric, here.text(week.subject.name), week.row(metric), row)
        return [part(here, metric, here("本周"), row), of_subject]
    now, pace = week.row(metric), week.pace
    found = [
        part(here, metric, here("本周"), now),
        part(here, metric, here("上周"), week.row(metric, week.period.previous()), now),
        part(here, metric, here("去年同周"), week.row(metric, week.year_ago), now),
    ]
    so_far = pace.so_far.get(metric.key)
    found.append(part(here, metric, here("{month} 至 {day}", month=pace.month.label, day=f"{pace.days.last:%m-%d}"),
                      so_far))  # fmt: skip
    found.append(part(here, metric, here("上月同期（{n} 个营业日，按当时已知）", n=pace.days_gone),
                      pace.before.get(metric.key), so_far))  # fmt: skip
    for level, name in (("store", here("门店本周")), ("region", here("区域本周"))):
        if found_row := week.beside.get((metric.key, level)):
            found.append(part(here, metric, name, found_row, now))
    for row in week.stated.get(metric.key, ()):
        told = {"numerator": row["stated_numerator"], "denominator": row["stated_denominator"],
                "sample": row["stated_sample"] or 0}  # fmt: skip
        computed = {"numerator": row["numerator"], "denominator": row["denominator"], "sample": 0}
        name = here("{source} 公布（{period}），与计算并列", source=row["source"], period=row["period"])
        found.append(part(here, metric, name, told, computed))
    return found


def part(here: Visit, metric: Metric, name: str, row: Row | None, than: Row | None = None) -> dict[str, Any]:
    """A line of the comparison; ``than`` is the figure whose distance to this one is said."""
    value, other = sentences.value_of(row), sentences.value_of(than)
    by = None if value is None or other is None else sentences.change(metric, other, value)
    return {
        "name": name,
        "value": sentences.shown(metric, value, here.language),
        "parts": "" if row is None or value is None else parts_said(metric, row),
        "apart": "" if by is None else sentences.difference(here, metric, by),
        "is_better": by is not None and sentences.is_better(metric, by),
    }


def parts_said(metric: Metric, row: Row) -> str:
    """Numerator ÷ denominator, or the sample of a mean or median."""
    if metric.unit == HOURS or not row["denominator"]:
        return looks.parts(row, metric.unit)
    return f"{row['numerator']:,} ÷ {row['denominator']:,}"
