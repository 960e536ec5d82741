"""Data quality: ids that nobody knows, people who count without a post, records made afterwards, repeated leads."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from data_contracts.catalogue import CONTRACTS
from kpi_app.access import Right
from kpi_app.pages import address
from kpi_app.store.rows import quality
from kpi_app.store.views import review
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period

MONTHS_TO_CHOOSE = 6
MOST_ROWS = 300


def draw(here: Visit) -> None:
    """Draw the page."""
    text = here("导入之后仍要人看一眼的数据：改正源头再导入，或请知情的人确认；这里不改任何数据。")
    st.html(looks.fragment("page_head.html", title=here("数据质量"), text=text))
    lists: dict[str, tuple[str, Callable[[Visit, Period], None]]] = {
        "unknown": (here("未知的编号"), unknown),
        "without_post": (here("没有任职的人"), without_post),
    }
    if Right.SCORES in here.who.rights:
        lists |= {
            "backfilled": (here("事后补录"), backfilled),
            "duplicates": (here("重复线索"), duplicates),
        }
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        titles = {it: title for it, (title, _) in lists.items()}
        chosen = address.segments("list", here("清单"), titles, at="unknown", key="quality_list")
    with right:
        starts_on = here.db.settings.month_starts_on
        labels = [it.label for it in Period.containing(here.as_of, "month", starts_on).trailing(MONTHS_TO_CHOOSE)]
        months = {it: it for it in reversed(labels)}
        label = address.select("month", here("月份"), months, at=labels[-2], key="quality_month")
    with st.container(key="card_quality"):
        _, listed = lists[chosen]
        listed(here, Period.parse(label, month_starts_on=starts_on))


def unknown(here: Visit, period: Period) -> None:
    """Ids for which rows were refused; whatever month."""
    found = quality.unknown(here.db, here.who)
    title(
        here, here("未知的编号"), len(found),
        here("这些行因为找不到对应的人员、门店或抱怨而被退回；先导入缺的资料或改正编号，再把文件导入一次（不分月份）。"),
    )  # fmt: skip
    rows = [
        [
            here.text(CONTRACTS[it.contract].title) if it.contract in CONTRACTS else it.contract,
            it.column,
            it.value,
            f"{it.rows:,}",
            here("{file} 第 {row} 行", file=it.file, row=it.row),
            f"{it.import_id}",
            here.text(it.reason),
        ]
        for it in found[:MOST_ROWS]
    ]
    columns = [here("数据表"), here("列"), here("编号"), here("行数"), here("第一处"), here("导入"), here("原因")]
    table(here, columns, rows, here("没有因编号未知而退回的行。"), numbers=(3, 5), words=(4,))


def without_post(here: Visit, period: Period) -> None:
    """People named on rows of a day on which they hold no post."""
    found, stores = quality.without_post(here.db, here.who, period), quality.stores(here.db, here.who)
    title(
        here, here("没有任职的人"), found.height,
        here("发生当天没有任职记录：数字算在本人名下，但不属于任何小组；请更正人员任职的起止日期。"),
    )  # fmt: skip
    rows = [
        [
            row["person_id"],
            shown_store(stores, row["store_id"]),
            here.text(CONTRACTS[row["contract"]].title),
            f"{row['rows']:,}",
            f"{row['first']:%Y-%m-%d}",
            f"{row['last']:%Y-%m-%d}",
        ]
        for row in found.head(MOST_ROWS).to_dicts()
    ]
    columns = [here("工号"), here("门店"), here("数据表"), here("行数"), here("最早"), here("最晚")]
    table(here, columns, rows, here("{month} 没有这样的人。", month=period.label), numbers=(3,))


def backfilled(here: Visit, period: Period) -> None:
    """Contacts recorded too late to earn an arrival."""
    found = review.backfilled(here.db, here.who, period, as_of=here.as_of)
    title(
        here, here("事后补录"), found.height,
        here("客户到店之后、或到店前 30 分钟内才录入的邀约与外呼，不计功劳；请核对是否真实发生过。"),
    )  # fmt: skip
    frame(here, found, here("{month} 没有补录的记录。", month=period.label))


def duplicates(here: Visit, period: Period) -> None:
    """Leads that repeat another lead of the customer."""
    found = review.duplicates(here.db, here.who, period, as_of=here.as_of)
    title(
        here, here("重复线索"), found.height,
        here("同一客户在 30 天内的另一条线索，已按客户和时间识别，不重复计数；如识别有误请更正客户编号。"),
    )  # fmt: skip
    frame(here, found, here("{month} 没有重复线索。", month=period.label))


def title(here: Visit, name: str, count: int, text: str) -> None:
    """The heading of a list, how long it is, and what to do about it."""
    st.html(looks.fragment("title.html", title=name, note=here("{n} 条", n=count)))
    st.html(looks.fragment("note.html", text=text))


def table(
    here: Visit,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    nothing: str,
    *,
    numbers: Sequence[int] = (),
    words: Sequence[int] = (),
) -> None:
    """Rows as a table, or a sentence where there are none."""
    st.html(
        looks.fragment(
            "listing.html",
            columns=[{"title": it, "is_number": n in numbers, "is_words": n in words} for n, it in enumerate(columns)],
            rows=[{"cells": row} for row in rows],
            is_tall=True,
            nothing=nothing,
        )
    )


def frame(here: Visit, found: pl.DataFrame, nothing: str) -> None:
    """The rows of a review list under names that people use."""
    names: Mapping[str, str] = {
        "day": here("日期"),
        "store_id": here("门店"),
        "person_id": here("工号"),
        "contract": here("数据表"),
        "key": here("编号"),
        "lead_id": here("线索"),
        "first_lead_id": here("与哪条重复"),
        "customer_id": here("客户"),
        "event_at": here("到店时间"),
        "base_at": here("发生时间"),
        "received_at": here("下发时间"),
        "recorded_at": here("录入时间"),
    }
    shown = [name for name in names if name in found.columns]
    stores = quality.stores(here.db, here.who)
    rows = [[cell(here, stores, name, row[name]) for name in shown] for row in found.head(MOST_ROWS).to_dicts()]
    table(here, [names[it] for it in shown], rows, nothing)


def shown_store(stores: Mapping[str, str], store_id: str) -> str:
    """A store with the code that the rows to mend have; nothing where they name none."""
    return f"{stores.get(store_id, store_id)}（{store_id}）" if store_id else looks.NOTHING


def cell(here: Visit, stores: Mapping[str, str], name: str, value: Any) -> str:
    """A value as people read it."""
    match value:
        case None:
            return looks.NOTHING
        case _ if name == "store_id":
            return shown_store(stores, value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return f"{value:%Y-%m-%d}"
        case _ if name == "contract" and value in CONTRACTS:
            return here.text(CONTRACTS[value].title)
        case _:
            return str(value)
