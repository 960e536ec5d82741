"""A file goes back with a comment on every cell that was refused, its own cells as they were."""

import io
import zipfile

import fastexcel
import polars as pl

from kpi_app.intake.annotated import Remark, copy
from kpi_app.intake.read import SheetRows

ROWS = [("门店清单", None), ("门店编号", "门店名称"), ("007", "=1+1"), ("S02", None)]


def test_the_copy_holds_the_cells_as_they_were_and_the_words_as_comments() -> None:
    cells = pl.DataFrame(ROWS, schema={"0": pl.String, "1": pl.String}, orient="row")
    remarks = [
        Remark(sheet=None, row=4, column="门店名称", words="不能为空"),
        Remark(sheet=None, row=3, column="没有这列", words="请核对"),
        Remark(sheet=None, row=None, column=None, words="整份退回"),
    ]
    made = copy([SheetRows(name=None, cells=cells, widths=None)], remarks)
    read = fastexcel.read_excel(made).load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
    assert read.rows() == ROWS
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        comments = book.read("xl/comments1.xml").decode()
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    assert [place in comments for place in ('ref="A1"', 'ref="A3"', 'ref="B4"')] == [True, True, True]
    assert "没有这列：请核对" in comments
