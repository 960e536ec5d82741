"""Checks of what was imported: sources, averages, complaints, refused rows, wages, late facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import holidays
import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from kpi_app.store import tables
from kpi_app.store.months import calendar
from kpi_app.store.months.checks import Ground, Place
from kpi_app.store.months.deadlines import entered, working_days_between
from metrics.credit import Facts
from metrics.period import Period
from scorecards.shapes import Threshold

WEEKS = 8
"""So many weeks before a month show what is usual for a source in this store."""
SEEN = 4
"""So many of them are needed to know a weekday."""
MANY = 5
"""A weekday that always has rows, and usually so many, is complete only with rows; of fewer, none may be chance."""
BENCHMARK_MONTHS = 3


def sources_complete(ground: Ground) -> Iterator[Place]:
    """Each source has rows on every day on which this store always has several, and no gap twice its usual length.

    Of a month that still runs the days up to today are looked at."""
    first, last = ground.period.first, min(ground.period.last, ground.db.settings.today())
    if last < first:
        return
    since = first - timedelta(weeks=WEEKS)
    chinese = holidays.country_holidays("CN", years=range(since.year, last.year + 1))
    expected = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for name, contract in CONTRACTS.items():
        rows = _of_store(ground.facts, name, ground.state.store_id)
        if contract.dated_by is None or rows is None:
            continue
        in_view = rows.filter(pl.col("day").is_between(since, last))
        count = dict(in_view.group_by("day").agg(pl.len()).sort("day").collect().iter_rows())
        before = [day for day in count if day < first]
        if not before:
            continue
        usual = _busy_weekdays(count, before[0], first)
        missing = {day for day in expected if day not in count and day.weekday() in usual and day not in chinese}
        missing |= _long_gaps(before, [day for day in count if day >= first], expected)
        if missing:
            days = _spelled(sorted(missing))
            yield Place(
                about=name,
                mark=days,
                text=Text(
                    f"{contract.title.zh}在 {days} 没有数据，与前 {WEEKS} 周的规律不符",
                    f"{contract.title.en}: no rows on {days.replace('、', ', ')}, unlike the {WEEKS} weeks before",
                ),
            )


def _of_store(rows: Facts, name: str, store_id: str) -> pl.LazyFrame | None:
    """A source's rows of a store, by their lead where they name no store; None for what belongs to none."""
    columns = rows[name].collect_schema()
    if "store_id" in columns:
        return rows[name].filter(pl.col("store_id") == store_id)
    if "lead_id" in columns:
        of_store = rows["leads"].filter(pl.col("store_id") == store_id).select("lead_id")
        return rows[name].join(of_store, on="lead_id", how="semi")
    return None


def _busy_weekdays(count: Mapping[date, int], begun: date, first: date) -> set[int]:
    """The weekdays that always have rows since the source began, and usually many."""
    days = [first - timedelta(days=n) for n in range(1, 7 * WEEKS + 1)]
    busy = set()
    for weekday in range(7):
        counts = sorted(count.get(day, 0) for day in days if day.weekday() == weekday and day >= begun)
        if len(counts) >= SEEN and counts[0] and counts[(len(counts) - 1) // 2] >= MANY:
            busy.add(weekday)
    return busy


def _long_gaps(before: Sequence[date], within: Sequence[date], expected: Sequence[date]) -> set[date]:
    """The days of gaps more than twice as long as any in the weeks before; none where the source was rare."""
    gaps = [(later - day).days - 1 for day, later in pairwise(before)]
    if len(before) < SEEN:
        return set()
    most = 2 * max(1, *gaps)
    edges = [before[-1], *within, expected[-1] + timedelta(days=1)]
    return {
        day for start, end in pairwise(edges) if (end - start).days - 1 > most for day in expected if start < day < end
    }


def _spelled(days: Sequence[date]) -> str:
    """Days as an office writes them: neighbours as a stretch."""
    stretches: list[list[date]] = []
    for day in days:
        if stretches and day - stretches[-1][-1] == timedelta(days=1):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return "、".join(f"{it[0]:%m-%d}" + (f" 至 {it[-1]:%m-%d}" if len(it) > 1 else "") for it in stretches)


def benchmarks_present(ground: Ground) -> Iterator[Place]:
    """Each regional average that a rule judges by was published in this month, where one usually is."""
    region, month = ground.store["region"], ground.period
    published = ground.facts["benchmarks"].filter(pl.col("region") == region).collect()
    read = {(rule.programme, rule.item) for rule in ground.rules.values() if isinstance(rule, Threshold)}
    for programme, item in sorted(read):
        days = published.filter(pl.col("programme") == programme, pl.col("item") == item)["published_on"]
        months = [Period.containing(day, "month", month.month_starts_on).label for day in days]
        before = [it.label for it in month.trailing(BENCHMARK_MONTHS + 1)[:-1]]
        is_usual = sum(label in months for label in before) >= BENCHMARK_MONTHS - 1
        if month.label not in months and (is_usual or not months):
            yield Place(
                about=f"{programme}/{item}/{region}",
                text=Text(
                    f"{month.label} 没有公布{region}的 {programme} {item} 均值，相关奖励本月不计",
                    f"no {programme} {item} average of {region} was published in {month.label}: its awards pay nothing",
                ),
            )


def complaints_ruled(ground: Ground) -> Iterator[Place]:
    """Every valid complaint of the month against somebody on the sheet is ruled on, and every one carried before."""
    yield from _unruled(ground, on_sheet=True)


def other_complaints_ruled(ground: Ground) -> Iterator[Place]:
    """Complaints that name nobody on the sheet, and wait for a ruling all the same."""
    yield from _unruled(ground, on_sheet=False)


def unruled(rows: Facts) -> pl.LazyFrame:
    """The valid complaints that nobody has ruled on."""
    ruled = rows["complaint_rulings"].filter(pl.col("fault") != "未判定").select("complaint_id")
    valid = rows["complaints"].filter(pl.col("loop_no") == 1, pl.col("validity") == "有效")
    return valid.join(ruled, on="complaint_id", how="anti")


def _unruled(ground: Ground, *, on_sheet: bool) -> Iterator[Place]:
    it, today = tables.month_answers.c, ground.db.settings.today()
    carried = ground.conn.execute(
        sa.select(it.about).where(
            it.store_id == ground.state.store_id, it.period < ground.period.label, it.choice == "carry"
        )
    ).scalars()
    waiting = (
        unruled(ground.facts)
        .filter(
            pl.col("store_id") == ground.state.store_id,
            pl.col("day").is_between(ground.period.first, ground.period.last)
            | pl.col("complaint_id").is_in(carried.all()),
        )
        .sort("received_at", "complaint_id")
        .collect()
    )
    calendar_days = entered(ground.db, ground.conn)
    for row in waiting.to_dicts():
        if (row["person_id"] in ground.names) != on_sheet:
            continue
        days = working_days_between(row["day"], today, calendar_days)
        late = f"，已过 {days} 个工作日" if days > ground.settings.ruling_days else ""
        yield Place(
            about=row["complaint_id"],
            text=Text(
                f"{row['department']} {row['complaint_id']} 于 {row['day']} 受理，还没有判定{late}",
                f"{row['complaint_id']} of {row['department']}, received {row['day']}, is not ruled on",
            ),
        )


def unknown_references(ground: Ground) -> Iterator[Place]:
    """No row of the month's imports was refused for a person or store that nobody knows, and left at that."""
    since = datetime.combine(ground.period.first, time(), tzinfo=ground.db.settings.zone_info)
    for (contract, column, value), found in sorted(refused_references(ground.conn, since=since).items()):
        if not _concerns(ground, contract, found[0].file):
            continue
        title, count = CONTRACTS[contract].title, len(found)
        yield Place(
            about=f"{contract}/{column}/{value}",
            mark=str(count),
            text=Text(
                f"{title.zh} {found[0].file} 第 {found[0].row} 行等 {count} 行：{column} {value} {found[0].reason_zh}",
                f"{title.en}, {found[0].file} row {found[0].row}, {count} in all: {column} {value} "
                f"{found[0].reason_en}",
            ),
        )


def refused_references(conn: sa.Connection, *, since: datetime | None = None) -> dict[tuple[str, str, str], list[Any]]:
    """Contract, column and unknown id → the rows refused for it by the newest import of each file, in their order."""
    it, file, run = tables.refusals.c, tables.import_files.c, tables.imports.c
    undone = sa.select(run.undoes).where(run.undoes.is_not(None))
    query = (
        sa.select(file.contract, file.file, file.import_id, run.user_name, it.column, it.value, it.row, it.reason_zh,
                  it.reason_en)
        .join_from(tables.refusals, tables.import_files,
                   sa.and_(file.import_id == it.import_id, file.position == it.position))
        .join(tables.imports, run.import_id == it.import_id)
        .where(it.reason_en.like("is not the id of a % on record"), run.import_id.not_in(undone))
        .order_by(it.import_id, it.position, it.number)
    )  # fmt: skip
    rows = conn.execute(query if since is None else query.where(run.at >= since)).all()
    newest = {
        row.file: row.import_id
        for row in conn.execute(
            sa.select(file.file, sa.func.max(file.import_id).label("import_id"))
            .where(file.import_id.not_in(undone))
            .group_by(file.file)
        )
    }
    refused: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        if row.import_id == newest[row.file]:  # the same file imported again stands for it
            refused.setdefault((row.contract, row.column, row.value or ""), []).append(row)
    return refused


def _concerns(ground: Ground, contract: str, file: str) -> bool:
    """Does a file bring rows of this store, or of none that can be told?"""
    rows = ground.facts[contract]
    if "store_id" not in rows.collect_schema():
        return True
    stores = rows.filter(pl.col("_file") == file).select(pl.col("store_id").unique()).collect()["store_id"]
    return stores.is_empty() or ground.state.store_id in stores


def minimum_wages_set(ground: Ground) -> Iterator[Place]:
    """The city of the store has a minimum wage in force."""
    city = ground.store["city"]
    wages = ground.facts["minimum_wages"].filter(pl.col("city") == city, pl.col("since") <= ground.period.first)
    if not city:
        yield Place(about="city", text=Text("门店没有填写城市，无法校验最低工资", "the store names no city"))
    elif wages.collect().is_empty():
        yield Place(about=city, text=Text(f"没有{city}的最低工资，无法校验扣减", f"no minimum wage of {city}"))


def late_facts(ground: Ground) -> Iterator[Place]:
    """Imports after the data cut-off, which come into the next month as corrections unless HR takes them in."""
    for number in calendar.late_imports(ground.db, ground.conn, ground.period, ground.state.store_id):
        yield Place(
            about=str(number),
            text=Text(f"导入 {number} 在数据截止之后，不进本月", f"import {number} came after the cut-off: not read"),
        )
