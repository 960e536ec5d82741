"""The month as papers and files, each made for who asks when it is fetched; and the history of months."""

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from data_contracts.contract import Problem
from kpi_app.access import Right
from kpi_app.exports import pay_items, sheets
from kpi_app.exports import statement as statement_file
from kpi_app.pages import deeds
from kpi_app.pages.month.chosen import Chosen, choose, nothing_yet
from kpi_app.store.months import month as months
from kpi_app.store.months import standing, statements
from kpi_app.store.proving import evidence
from kpi_app.web import files, looks
from kpi_app.web.visit import Visit
from scorecards.payout import COLUMN_NAMES
from scorecards.sheet import STATUS_NAMES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
JSON, PDF, ZIP = "application/json", "application/pdf", "application/zip"
MOST_TOML = 20_000
MOST_MONTHS = 60


def draw(here: Visit) -> None:
    """Draw the page."""
    chosen = choose(here, here("导出与历史 {month}"), here("导出带有导出人和时间，并记入操作记录"))
    deeds.say()
    if chosen.is_computed:
        with st.container(key="card_papers"):
            papers(chosen)
        with st.container(key="card_pay_items"):
            by_pay_items(chosen)
    else:
        nothing_yet(here)
    with st.container(key="card_history"):
        history(chosen)


# --- files ---


def papers(chosen: Chosen) -> None:
    """Every paper of the month with what it is for."""
    here = chosen.here
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        note = here("链接十分钟内有效，各取一次；再取请刷新")
        st.html(looks.fragment("title.html", title=here("导出"), note=note))
        st.button(here("刷新链接"), key="papers_again")
    groups = [
        (
            here("绩效表"),
            [
                sheet_link(
                    chosen, here("签字表与调整表 XLSX"), here("四页：签字表、调整表、奖惩明细、说明与校验"), "xlsx"
                ),
                sheet_link(
                    chosen, here("签字表与个人条 XLSX"), here("签字表之后每人一条，可裁开签字"), "xlsx", slips=True
                ),
                sheet_link(chosen, here("明细 CSV"), here("一行一事，Excel 可直接打开"), "csv"),
                sheet_link(chosen, "JSON", here("供其他系统读取"), "json"),
            ],
        ),
        (
            here("拆分"),
            [
                sheet_link(chosen, here("按门店拆分 ZIP"), here("每店一个工作簿，合计等于总表"), "xlsx", split="store"),
                sheet_link(chosen, here("按部门拆分 ZIP"), here("每部门一个工作簿"), "xlsx", split="department"),
            ],
        ),
        (
            here("对账单"),
            [
                statement_link(
                    chosen, here("全员对账单 PDF"), here("一个文件，每人从新页开始，含 13 周走势与签字处"), "pdf"
                ),
                statement_link(chosen, here("全员对账单 ZIP"), here("每人一个 PDF，便于分发"), "zip"),
            ],
        ),
    ]
    if Right.CONFIDENTIAL in here.who.rights:
        link = offered(
            chosen, here("备查资料 ZIP"), here("绩效表与全部依据，可用 kpi verify 独立重算；内含薪资，请妥善保管"),
            "evidence", "zip", ZIP, partial(pack, chosen),
        )  # fmt: skip
        groups.append((here("证据"), [link]))
    st.html(
        looks.fragment("month_papers.html", _=here, groups=[{"name": name, "links": links} for name, links in groups])
    )


def offered(
    chosen: Chosen, title: str, note: str, kind: str, ending: str, media_type: str, make: Callable[[], bytes]
) -> dict[str, Any]:
    """A link to a file that is made when it is fetched."""
    parts = [chosen.period.label, chosen.unit or "", kind]
    name = f"{'-'.join(part for part in parts if part)}.{ending}"
    return {"title": title, "note": note, "address": files.offer(chosen.here.who, name, media_type, make)}


def sheet_link(
    chosen: Chosen, title: str, note: str, ending: str, *, split: str | None = None, slips: bool = False
) -> dict[str, Any]:
    """The sheet as a workbook, CSV or JSON; split, as a zip of its parts."""
    kind = f"by-{split}" if split else "slips" if slips else ""
    media_type = ZIP if split else {"xlsx": XLSX, "csv": CSV, "json": JSON}[ending]
    make = partial(sheet_file, chosen, ending, split=split, slips=slips)
    return offered(chosen, title, note, kind, "zip" if split else ending, media_type, make)


def sheet_file(
    chosen: Chosen,
    ending: str,
    *,
    split: str | None = None,
    slips: bool = False,
    items: pay_items.PayItems | None = None,
) -> bytes:
    """The sheet as somebody's file, with the right checked again."""
    here, name = chosen.here, f"{chosen.period.label}.{ending}"
    sheet = months.sheet(here.db, here.who, chosen.period, unit=chosen.unit, is_export=True)
    made = sheets.as_files(
        sheet, name, exported_by=here.who.name, exported_at=here.db.settings.now_local(), split_by=split,
        pay_items=items, with_slips=slips,
    )  # fmt: skip
    return zipped(made) if split else made[name]


def zipped(made: Mapping[str, bytes]) -> bytes:
    """Several files as one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in made.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def statement_link(chosen: Chosen, title: str, note: str, ending: str) -> dict[str, Any]:
    """Everybody's statements, as one file or as one each."""
    write = statement_file.archive if ending == "zip" else statement_file.pdf
    make = partial(statement_pages, chosen, write)
    return offered(chosen, title, note, "statements", ending, ZIP if ending == "zip" else PDF, make)


def statement_pages(chosen: Chosen, write: Callable[..., bytes]) -> bytes:
    """The statements that this person may see."""
    here = chosen.here
    made = statements.export(here.db, here.who, chosen.period, unit=chosen.unit)
    return write(made, lang=here.language, fonts=here.db.settings.fonts)


def pack(chosen: Chosen) -> bytes:
    """The evidence pack."""
    here = chosen.here
    return evidence.pack(here.db, here.who, chosen.period, unit=chosen.unit)[0]


def by_pay_items(chosen: Chosen) -> None:
    """The sheet for another payroll system, by the pay items that the office writes down."""
    here = chosen.here
    st.html(
        looks.fragment(
            "title.html",
            title=here("算薪映射"),
            note=here("把各类金额对应到贵司工资系统的工资项代码，导出该系统的 CSV"),
        )
    )
    opened = st.expander(here("填写对照并导出"), key="pay_items", on_change="rerun", type="compact")
    if not opened.open:
        return
    with opened:
        text = st.text_area(here("对照（TOML）"), sample(here), height=300, max_chars=MOST_TOML, key="pay_items_text")
        try:
            items = pay_items.read(text)
        except Problem as problem:
            deeds.tell(here.text(problem.text))
            return
        make = partial(sheet_file, chosen, "csv", items=items)
        link = offered(chosen, here("算薪映射 CSV"), here("金额都有工资项才能导出"), "pay-items", "csv", CSV, make)
        st.html(looks.fragment("month_papers.html", _=here, groups=[{"name": "", "links": [link]}]))


def sample(here: Visit) -> str:
    """A mapping to begin with: every column of money has its item."""
    items = "\n".join(
        f'{column} = "P{number:02}"  # {here.text(name)}'
        for number, (column, name) in enumerate(COLUMN_NAMES.items(), 1)
    )
    return f'layout = "rows"\n\n[items]\n{items}\n'


# --- history ---


def history(chosen: Chosen) -> None:
    """Every month of the units in reach with its hashes: the same inputs give the same content."""
    here = chosen.here
    found = standing_history(chosen)
    st.html(
        looks.fragment(
            "month_history.html",
            _=here,
            months=[
                {
                    "period": row["period"],
                    "store": chosen.name_of(row["unit"]),
                    "status": here.text(STATUS_NAMES[row["status"]]),
                    "is_locked": row["status"] == "locked",
                    "revision": here("第 {n} 版", n=row["revision"]),
                    "total": looks.yuan(row["total_fen"]),
                    "compared": "differences?" + urlencode({"period": row["period"], "unit": row["unit"]}),
                    "digest": row["digest"],
                    "inputs": row["inputs"],
                    "import_id": row["import_id"],
                    "computed_by": row["computed_by"],
                    "locked": f"{row['locked_at'][:16].replace('T', ' ')} · {row['locked_by']}"
                    if row["locked_at"]
                    else looks.NOTHING,
                }
                for row in found[:MOST_MONTHS]
            ],
        )
    )


def standing_history(chosen: Chosen) -> list[dict[str, Any]]:
    """The months of the chosen store, or of all in reach, newest first."""
    found: list[dict[str, Any]] = chosen.ask(_history)
    return found


def _history(db: Any, who: Any, period: Any, *, unit: str | None) -> list[dict[str, Any]]:
    return standing.history(db, who, unit=unit)
