"""Headings as offices send them."""

import polars as pl

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import contract_of
from data_contracts.headings import Match, NoMatch, column_for, recognise, table

INVITATIONS = ["邀约编号", "客户编号", "门店编号", "邀约人工号", "邀约时间", "邀约类型"]
ROW = ["Y1", "C1", "S01", "E001", "2026-10-05", "潜客"]


def find(*rows: list[str | None], contract: str | None = None, hints: str = "") -> Match | NoMatch:
    listed = [contract_of(contract)] if contract else CONTRACTS.values()
    return recognise(rows, listed, hints=hints)


def found(*rows: list[str | None], **more: str) -> Match:
    match = find(*rows, **more)
    assert isinstance(match, Match), match
    return match


def cut(rows: list[list[str | None]], *, widths: list[int] | None = None) -> pl.DataFrame | NoMatch:
    width = max(map(len, rows))
    cells = pl.DataFrame(
        {str(i): [row[i] if i < len(row) else None for row in rows] for i in range(width)},
        schema={str(i): pl.String for i in range(width)},
    )
    return table(cells, found(*rows), sheet="表", widths=widths)


def test_title_rows_above_are_passed_over() -> None:
    match = found(["示例集团 2026年10月 邀约记录"], [None], ["导出人：系统"], INVITATIONS, ROW)
    assert (match.contract.name, match.first) == ("invitations", 4)


def test_noise_in_headings_does_not_count() -> None:
    noisy = [
        "*邀约\n编号",
        " 客 户 编 号 ",
        "门店编号（必填）",
        "邀约人工号：",
        "邀约时间(YYYY-MM-DD)",
        "ＰＵＲＰＯＳＥ",
    ]
    assert list(found(noisy).columns) == [
        "invitation_id", "customer_id", "store_id", "person_id", "invited_at", "purpose",
    ]  # fmt: skip


def test_a_unit_that_changes_the_figure_is_no_noise() -> None:
    orders = contract_of("orders")
    assert column_for("金额(元)", orders) == ("amount_fen", True)
    assert column_for("金额（万元）", orders) is None
    assert column_for("金额(万元/台)", orders) is None
    assert column_for("金额(不含税)", orders) is None
    assert column_for("是否置换(是/否)", orders) == ("is_trade_in", True)
    assert column_for("下单时间(yyyy-mm-dd hh:mm)", orders) == ("ordered_at", True)


def test_headings_merged_over_two_rows() -> None:
    upper = ["邀约编号", "客户", None, "邀约", None, None]
    lower = [None, "编号", "门店编号", "人工号", "时间", "类型"]
    match = found(upper, lower, ROW)
    assert match.first == 2
    assert match.columns == {
        "invitation_id": 0, "customer_id": 1, "store_id": 2, "person_id": 3, "invited_at": 4, "purpose": 5,
    }  # fmt: skip


def test_a_group_row_above_the_headings_is_not_part_of_them() -> None:
    match = found(["基本信息", None, None, "邀约信息", None, None], INVITATIONS, ROW)
    assert (match.first, len(match.columns)) == (2, 6)


def test_blank_columns_and_unknown_ones_are_passed_over_and_told() -> None:
    match = found(["序号", "", *INVITATIONS, "客户姓名"])
    assert match.columns["invitation_id"] == 2
    assert match.unknown == ["序号", "客户姓名"]


def test_a_missing_required_column_refuses_with_the_nearest_heading() -> None:
    miss = find(["邀约单编号", *INVITATIONS[1:]], contract="invitations")
    assert isinstance(miss, NoMatch)
    assert "“邀约编号”（最接近的列是“邀约单编号”）" in miss.reason.zh
    assert "Invitation ID" in miss.reason.en
    assert isinstance(find(["邀约单编号", *INVITATIONS[1:]]), NoMatch)


def test_headings_that_nobody_knows_are_said_so() -> None:
    miss = find(["水果", "颜色"], ["苹果", "红"])
    assert isinstance(miss, NoMatch)
    assert "没有找到可识别的标题行" in miss.reason.zh
    assert miss.contract is None


def test_an_own_name_beats_an_alias_in_the_same_file() -> None:
    leads = ["厂发线索编号", "线索编号", "门店编号", "客户编号", "线索下发时间"]
    match = found(leads)
    assert match.columns["lead_id"] == 1
    assert match.unknown == ["厂发线索编号"]


def test_a_column_given_twice_must_hold_the_same_values() -> None:
    headings: list[str | None] = [*INVITATIONS, "邀约编号"]
    same = cut([headings, [*ROW, "Y1"]])
    assert isinstance(same, pl.DataFrame)
    differs = cut([headings, [*ROW, "Y2"]])
    assert isinstance(differs, NoMatch)
    assert "第 1 列与第 7 列" in differs.reason.zh


def test_the_dms_headings_of_the_manufacturers_are_known() -> None:
    match = found(
        ["线索编号", "经销商代码", "客户ID", "来源渠道", "线索下发时间", "首次跟进时间", "线索状态", "战败时间"]
    )
    assert match.contract.name == "leads"
    assert match.unknown == []


def test_a_file_that_fits_two_contracts_asks_for_as() -> None:
    both: list[str | None] = ["工号", "生效日期", "开始日期", "结束日期", "类型", "合同工资", "其他应发"]
    miss = find(both)  # four columns of 薪资基数, four of 缺勤
    assert isinstance(miss, NoMatch)
    assert "--as pay_profiles" in miss.remedy.zh
    assert "--as absences" in miss.remedy.zh
    assert found(both, contract="absences").contract.name == "absences"
    assert found(both, hints="2026年薪资基数.xlsx").contract.name == "pay_profiles"


def test_a_fuller_contract_that_lacks_a_column_is_not_taken_for_a_smaller_one() -> None:
    leads: list[str | None] = [
        "线索编号",
        "工号",
        "开始时间",
        "客户编号",
        "门店编号",
        "来源渠道",
        "建档时间",
        "线索状态",
    ]
    miss = find(leads)  # whole as 线索分配记录, but plainly leads without 线索下发时间
    assert isinstance(miss, NoMatch)
    assert "线索下发时间" in miss.reason.zh
    assert "--as lead_assignments" in miss.remedy.zh


def test_rows_keep_the_numbers_the_office_sees_and_blank_rows_are_left_out() -> None:
    raw = cut([["标题"], INVITATIONS, ROW, [None], ["  "], ["Y2", *ROW[1:]]])
    assert isinstance(raw, pl.DataFrame)
    assert raw["_row"].to_list() == [3, 6]
    assert raw["_sheet"].to_list() == ["表", "表"]


def test_a_filled_cell_beyond_the_headings_of_a_text_file_is_noticed() -> None:
    rows: list[list[str | None]] = [INVITATIONS, [*ROW, "多"], ROW]
    raw = cut(rows, widths=[6, 7, 6])
    assert isinstance(raw, pl.DataFrame)
    assert raw["_beyond"].to_list() == ["多", None]
    in_a_workbook = cut(rows)
    assert isinstance(in_a_workbook, pl.DataFrame)
    assert in_a_workbook["_beyond"].to_list() == [None, None]
