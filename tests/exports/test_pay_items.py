"""Another payroll system gets every amount under its own item, to the fen, or nothing at all."""

import csv
import io
import json
from pathlib import Path

import pytest

from data_contracts.contract import Problem
from kpi_app.exports import pay_items, sheets
from kpi_app.exports.pay_items import read
from scorecards.rules import PayResult, as_frame
from scorecards.sheet import Sheet
from tests.exports.pay import LATER, TEMPLATE, made

ROOT = Path(__file__).resolve().parents[2]
ITEMS = '[items]\nbonus = "P1"\ncommission = "P1"\nkpi_reduction = "P2"\nheld = "P3"\nrounding = "P9"\n'


def sheet() -> Sheet:
    moved = [("007", "bonus", 95_03, 5_00), ("007", "commission", 10_00, 0), ("E2", "kpi_reduction", -60_01, 0)]
    rows = [
        {
            **TEMPLATE, "line_id": f"{n:016}", "person_id": person, "kind": kind, "amount_fen": fen,
            "requested_fen": fen + held, "carried_fen": held,
        }
        for n, (person, kind, fen, held) in enumerate(moved)
    ]  # fmt: skip
    return made(PayResult(lines=as_frame(rows)), stores=("S01",), payout_unit="jiao")


def written(text: str, of: Sheet | None = None) -> list[dict[str, str]]:
    data = pay_items.pay_items_csv(of or sheet(), read(text))
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_each_item_of_each_person_is_a_row_and_columns_may_share_an_item() -> None:
    assert [(row["工号"], row["工资项"], row["金额"]) for row in written(ITEMS)] == [
        ("007", "P1", "110.03"),  # 100.03 of bonus with what is held back, and 10.00
        ("007", "P3", "-5.00"),
        ("007", "P9", "-0.03"),
        ("E2", "P2", "-60.01"),
        ("E2", "P9", "0.01"),
    ]


def test_the_file_adds_up_to_the_sheet_in_both_layouts() -> None:
    total = sheet().total_fen
    assert sum(round(float(row["金额"]) * 100) for row in written(ITEMS)) == total
    wide = written('layout = "columns"\n' + ITEMS)
    assert list(wide[0]) == ["月份", "门店", "工号", "姓名", "P1", "P2", "P3", "P9"]
    assert len(wide) == len(sheet().people)
    assert sum(round(float(row[item]) * 100) for row in wide for item in ("P1", "P2", "P3", "P9")) == total


def test_columns_and_items_are_called_as_the_system_wants() -> None:
    (row, *_) = written(
        ITEMS + '[names]\nP1 = "奖励"\n[columns]\n"员工" = "person_id"\n"名称" = "item_name"\n"值" = "amount"\n'
    )
    assert row == {"员工": "007", "名称": "奖励", "值": "110.03"}


def test_an_amount_without_an_item_is_refused() -> None:
    with pytest.raises(Problem, match=r"尾差（rounding）没有对应的工资项，而 007 有 -0.03 元"):
        written(ITEMS.replace('rounding = "P9"\n', ""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[items", "不是 TOML"),
        ('[items]\nbonsu = "P1"\n', "没有 items.bonsu 这一项，是否指 bonus"),
        ("[items]\nbonus = 7\n", r"\[items\] 应为一组"),
        ('layout = "wide"\n', "layout 应为 rows、columns 之一"),
        ('encoding = "gbk"\n', "encoding 应为"),
        ('[columns]\n"金额" = "amonut"\n', "没有 columns.amonut 这一项，是否指 amount"),
        ('[itmes]\nbonus = "P1"\n', "没有 itmes 这一项，是否指 items"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(text: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read(text)


def test_names_that_a_spreadsheet_would_execute_are_guarded() -> None:
    rows = written(ITEMS)
    assert {row["姓名"][0] for row in rows} == {"'"}
    code = written(ITEMS.replace('"P1"', '"=1+1"'))
    assert code[0]["工资项"] == "'=1+1"


def test_an_encoding_that_lacks_a_character_says_which() -> None:
    assert (
        pay_items.pay_items_csv(sheet(), read('encoding = "gb18030"\n' + ITEMS)).decode("gb18030").startswith("月份,")
    )


def test_it_is_written_as_csv_with_its_sidecar_only() -> None:
    files = sheets.as_files(sheet(), "p.csv", exported_by="hr", exported_at=LATER, pay_items=read(ITEMS))
    assert sorted(files) == ["p.csv", "p.csv.meta.json"]
    assert json.loads(files["p.csv.meta.json"])["total_fen"] == sheet().total_fen
    with pytest.raises(Problem, match=r"\.csv"):
        sheets.as_files(sheet(), "p.xlsx", exported_by="hr", exported_at=LATER, pay_items=read(ITEMS))


def test_the_example_maps_every_column() -> None:
    example = read((ROOT / "examples" / "pay-items.toml").read_text(encoding="utf-8"))
    assert pay_items.pay_items_csv(sheet(), example)
    assert set(example.items) == set(pay_items.COLUMN_NAMES)
