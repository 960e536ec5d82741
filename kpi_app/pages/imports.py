"""Import: drag files in, check or import, read what became of each, take the annotated copies back, undo."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl
import streamlit as st

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem, Text
from kpi_app.intake import templates
from kpi_app.pages import address, deeds
from kpi_app.store.rows import imports, reach, returned
from kpi_app.store.rows.imports import FileReport, Incoming
from kpi_app.web import files as given
from kpi_app.web import looks
from kpi_app.web.visit import Visit

OnError = Literal["refuse", "skip"]
MOST_IMPORTS = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIXES = ["csv", "txt", "xlsx", "xls"]


def draw(here: Visit) -> None:
    """Draw the page."""
    st.html(
        looks.fragment(
            "page_head.html",
            title=here("数据导入"),
            text=here(
                "把各部门导出的文件一起拖进来：自动识别表头，按依赖顺序导入；同一份数据再导一次不会改变任何结果。"
            ),
        )
    )
    if reach.is_bound(here.who):
        text = here("您可以导入管理范围内的门店和人员的数据；其他门店的行会被退回并说明原因。")
        st.html(looks.fragment("note.html", text=text))
    with st.container(key="card_import"):
        files, on_error = choose(here)
        left, right, _ = st.columns([1, 1, 3])
        checked = left.button(here("预检"), disabled=not files, width="stretch", key="import_check")
        taken = right.button(here("导入"), disabled=not files, type="primary", width="stretch", key="import_run")
        if checked or taken:
            run(here, files, on_error, dry_run=not taken)
    result: tuple[bool, list[FileReport]] | None = st.session_state.get("import_result")
    if result is not None:
        with st.container(key="card_report"):
            report(here, result[1], was_dry=result[0])
    with st.container(key="card_history"):
        history(here)
    with st.container(key="card_templates"):
        blank_files(here)


def blank_files(here: Visit) -> None:
    """An empty file with the right headings, for an office without an export."""
    st.html(looks.fragment("title.html", title=here("空白模板"), note=here("没有系统导出的部门可以照模板填写")))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            here("数据表"),
            list(CONTRACTS),
            format_func=lambda it: here.text(CONTRACTS[it].title) if it in CONTRACTS else here("未知"),
            key="import_template",
        )
    if name in CONTRACTS:
        file = f"{here.text(CONTRACTS[name].title)}.xlsx"
        address = given.offer(here.who, file, XLSX, lambda: templates.template(CONTRACTS[name]))
        links = [{"title": here("下载模板"), "address": address}]
        right.html(looks.fragment("downloads.html", _=here, links=links))


def choose(here: Visit) -> tuple[list[Incoming], OnError]:
    """The files and what happens to one with a bad row."""
    uploaded = st.file_uploader(
        here("文件（CSV、XLSX、XLS，可多选）"),
        type=SUFFIXES,
        accept_multiple_files=True,
        key=f"import_files_{st.session_state.get('import_round', 0)}",
    )
    how = {"refuse": here("遇错整份退回"), "skip": here("跳过错行")}
    on_error = st.radio(
        here("文件里有不合格的行时"), list(how), format_func=lambda it: how[it], horizontal=True, key="import_on_error"
    )
    found = uploaded if isinstance(uploaded, list) else []
    return [Incoming(name=it.name, data=it.getvalue()) for it in found], "skip" if on_error == "skip" else "refuse"


def run(here: Visit, files: Sequence[Incoming], on_error: OnError, *, dry_run: bool) -> None:
    """Check or import the files, showing how far it is; the result is kept for the reruns that follow."""
    bar = st.progress(0.0, here("读取文件"))

    def progress(share: float, text: Text) -> None:
        bar.progress(min(1.0, share), here.text(text))

    reports = imports.run(here.db, here.who, files, on_error=on_error, dry_run=dry_run, progress=progress)
    bar.empty()
    st.session_state["import_result"] = (dry_run, reports)
    # For as long as this visit: the annotated copy is made from the file, which the store does not keep.
    refused = {it.sha256 for it in reports if it.errors}
    st.session_state["import_refused"] = [it for it in files if hashlib.sha256(it.data).hexdigest() in refused]


def report(here: Visit, reports: Sequence[FileReport], *, was_dry: bool) -> None:
    """What became of each file, then every refused cell with its reason and remedy."""
    total = {name: sum(getattr(it, name) for it in reports) for name in ("rows", "accepted", "refused", "ignored")}
    said = here("共 {rows} 行 = 接收 {accepted} + 退回 {refused} + 忽略 {ignored}", **total)
    note = (
        here("预检：没有写入任何数据")
        if was_dry
        else here("导入 {n} 已完成", n=reports[0].import_id if reports else "")
    )
    st.html(looks.fragment("title.html", title=here("结果"), note=f"{note} · {said}"))
    st.html(looks.fragment("import_report.html", _=here, reports=[report_row(here, it) for it in reports]))
    if was_dry:
        preview(here, reports)
    errors = error_table(here, reports)
    if errors.height:
        st.html(looks.fragment("title.html", title=here("退回的单元格"), note=here("{n} 处", n=errors.height)))
        links = annotated_links(here, reports)
        if links:
            st.html(
                looks.fragment(
                    "note.html",
                    text=here("批注副本：原样的单元格，有问题的标了底色，批注里写着原因和改法；改好后可直接再导入。"),
                )
            )
            st.html(looks.fragment("downloads.html", _=here, links=links))
        st.dataframe(errors, hide_index=True, key="import_errors")


def annotated_links(here: Visit, reports: Sequence[FileReport]) -> list[dict[str, str]]:
    """An annotated copy of each file of this visit in which something was refused."""
    links = []
    for file in st.session_state.get("import_refused", []):
        digest = hashlib.sha256(file.data).hexdigest()
        own = [it for it in reports if it.sha256 == digest and it.file == file.name]

        def make(file: Incoming = file, own: Sequence[FileReport] = own) -> bytes:
            return returned.annotated(here.db, here.who, file, own, lang=here.language)

        name = f"{Path(file.name).stem}-{here('批注')}.xlsx"
        links.append({"title": name, "address": given.offer(here.who, name, XLSX, make)})
    return links


def preview(here: Visit, reports: Sequence[FileReport]) -> None:
    """The first rows of each file as they would be taken in."""
    found = [it for it in reports if it.contract is not None and it.first_rows is not None and it.first_rows.height]
    if not found:
        return
    with st.expander(here("预览：每份文件将导入的前几行")):
        for number, it in enumerate(found):
            assert it.contract is not None
            assert it.first_rows is not None
            contract = CONTRACTS[it.contract]
            names = {
                column: here.text(cell.heading)
                for column, cell in contract.cells.items()
                if column in it.first_rows.columns and it.first_rows[column].null_count() < it.first_rows.height
            }
            note = here("{contract} · 将导入 {n} 行", contract=here.text(contract.title), n=it.accepted)
            st.html(looks.fragment("title.html", title=it.file, note=note))
            st.dataframe(
                it.first_rows.select(list(names)).rename(names), hide_index=True, key=f"import_preview_{number}"
            )


def report_row(here: Visit, it: FileReport) -> dict[str, Any]:
    """A file's counts and notes."""
    contract = CONTRACTS.get(it.contract or "")
    return {
        "file": it.file,
        "contract": looks.NOTHING if contract is None else here.text(contract.title),
        "is_refused": it.is_refused,
        **{name: f"{getattr(it, name):,}" for name in ("rows", "accepted", "unchanged", "refused", "ignored")},
        "has_refused": it.refused > 0,
        "notes": [here.text(note) for note in it.notes] or [why(here, it)],
    }


def why(here: Visit, it: FileReport) -> str:
    """The first thing that was wrong with a file of which nothing was taken in."""
    if not it.is_refused or not it.errors:
        return ""
    first = it.errors[0]
    return f"{here.text(first.reason)} · {here.text(first.remedy)}"


def error_table(here: Visit, reports: Sequence[FileReport]) -> pl.DataFrame:
    """File, sheet, row, column, value, reason, remedy of every refused cell."""
    headings = [here("文件"), here("工作表"), here("行"), here("列"), here("值"), here("原因"), here("怎样改")]
    rows = [
        (
            it.file,
            error.sheet or "",
            error.row,
            error.column or "",
            error.value or "",
            here.text(error.reason),
            here.text(error.remedy),
        )
        for it in reports
        for error in it.errors
    ]
    kinds: list[Any] = [pl.String, pl.String, pl.Int64, pl.String, pl.String, pl.String, pl.String]
    return pl.DataFrame(rows, schema=dict(zip(headings, kinds, strict=True)), orient="row")


def history(here: Visit) -> None:
    """The newest imports; each can be looked into and undone."""
    listed = imports.listing(here.db, here.who)
    st.html(looks.fragment("title.html", title=here("导入记录"), note=here("共 {n} 次", n=len(listed))))
    if not listed:
        st.html(looks.fragment("note.html", text=here("还没有导入过数据。")))
        return
    st.html(
        looks.fragment("import_history.html", _=here, imports=[history_row(here, it) for it in listed[:MOST_IMPORTS]])
    )
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        names = {str(it["import_id"]): here("导入 {n}", n=it["import_id"]) for it in listed}
        number = address.select("import", here("选择一次导入"), names, at=next(iter(names)), key="import_chosen")
    chosen = next(it for it in listed if str(it["import_id"]) == number)
    if middle.button(here("查看退回明细"), width="stretch", key="import_show"):
        found = imports.show(here.db, here.who, chosen["import_id"])
        errors = error_table(here, found)
        if errors.height:
            st.dataframe(errors, hide_index=True, key="import_shown")
        elif not any(it.refused or it.is_refused for it in found):
            st.html(looks.fragment("note.html", text=here("这次导入没有退回的行。")))
        for it in found:
            for note in it.notes:
                st.html(looks.fragment("note.html", text=f"{it.file}：{here.text(note)}"))
    can_undo = chosen["undone_by"] is None and chosen["kind"] == "file"
    if right.button(here("撤销这次导入"), disabled=not can_undo, width="stretch", key="import_undo"):
        confirm_undo(here, chosen)


def confirm_undo(here: Visit, chosen: dict[str, Any]) -> None:
    """Ask once more, then undo."""

    @st.dialog(here("撤销导入 {n}", n=chosen["import_id"]))
    def ask() -> None:
        st.html(
            looks.fragment(
                "note.html",
                text=here("数据将回到这次导入之前；之后改动过同一月份的导入须先撤销，已封账的月份用到的不能撤销。"),
            )
        )
        if st.button(here("确认撤销"), type="primary", key="import_undo_sure"):
            try:
                imports.undo(here.db, here.who, chosen["import_id"])
            except Problem as problem:
                deeds.tell(here.text(problem.text))
                return
            st.rerun()

    ask()


def history_row(here: Visit, it: dict[str, Any]) -> dict[str, Any]:
    """A line of the history."""
    kinds = {"file": here("文件"), "entered": here("系统内录入"), "undo": here("撤销")}
    state = ""
    if it["undone_by"] is not None:
        state = here("已由 {n} 撤销", n=it["undone_by"])
    elif it["undoes"] is not None:
        state = here("撤销了 {n}", n=it["undoes"])
    return {
        "import_id": it["import_id"],
        "at": it["at"][:16].replace("T", " "),
        "user": it["user"],
        "kind": kinds.get(it["kind"], it["kind"]),
        "files": it["files"],
        **{name: f"{it[name]:,}" for name in ("rows", "accepted", "unchanged", "refused", "ignored")},
        "state": state,
    }
