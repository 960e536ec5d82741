"""Which rows are kept, and what is said about the others."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.check import Checked, Known, check
from data_contracts.contract import contract_of

KNOWN = Known(
    stores=frozenset({"S01", "S02"}), people=frozenset({"E001", "E002", "007"}), complaints=frozenset({"TS1"})
)
INVITATION = {
    "invitation_id": "Y1", "customer_id": "C1", "store_id": "S01", "person_id": "E001",
    "invited_at": "2026-10-05 10:00", "purpose": "潜客",
}  # fmt: skip


STORE = {"store_id": "S1", "store_name": "店", "region": "华东"}


def run(name: str, *rows: dict[str, str | None], known: Known = KNOWN, first: list[str] | None = None) -> Checked:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    raw = pl.DataFrame(
        {column: [row.get(column) for row in rows] for column in columns}, schema=dict.fromkeys(columns, pl.String)
    ).with_columns(pl.lit("表", pl.String).alias("_sheet"), pl.Series("_row", range(2, len(rows) + 2), dtype=pl.Int64))
    if first is not None:
        raw = raw.with_columns(pl.Series("_first", first, dtype=pl.String))
    checked = check(raw, contract_of(name), known)
    assert checked.accepted.height + checked.refused + checked.ignored == checked.rows == len(rows)
    return checked


def said(checked: Checked) -> list[tuple[int, str, str]]:
    return [(refusal.row, refusal.column, refusal.reason.zh) for refusal in checked.refusals]


def test_a_good_row_is_typed_and_keeps_its_place() -> None:
    checked = run("invitations", INVITATION)
    row = checked.accepted.row(0, named=True)
    assert (row["invitation_id"], str(row["invited_at"]), row["purpose"]) == ("Y1", "2026-10-05 10:00:00", "潜客")
    assert row["is_effective"] is True  # the default of an empty cell
    assert (row["_sheet"], row["_row"]) == ("表", 2)


def test_the_accepted_frame_keeps_the_schema_even_when_it_is_empty() -> None:
    for name in ("invitations", "surveys", "targets", "club_snapshots", "stores"):
        contract = contract_of(name)
        empty = pl.DataFrame(schema={"_sheet": pl.String, "_row": pl.Int64})
        checked = check(empty, contract, KNOWN)
        assert checked.accepted.columns == [*contract.cells, "_sheet", "_row"]
        assert contract.schema.is_valid(checked.accepted.drop("_sheet", "_row"))


def test_every_bad_cell_is_named_and_the_row_counts_once() -> None:
    checked = run(
        "invitations",
        INVITATION | {"invited_at": "2026-02-30", "purpose": "潜客啊", "store_id": None},
        INVITATION | {"invitation_id": "Y2"},
    )
    assert checked.refused == 1
    assert said(checked) == [
        (2, "门店编号", "必填，但为空"),
        (2, "邀约时间", "没有这一天或这一时刻"),
        (2, "邀约类型", "不在可填的范围内"),
    ]
    sentence = checked.refusals[1].sentence
    assert sentence.zh == "工作表“表”第 2 行 邀约时间 2026-02-30 没有这一天或这一时刻；请核对后改为 YYYY-MM-DD 的形式"
    assert "row 2" in sentence.en
    assert "是否为“潜客”" in checked.refusals[2].remedy.zh


def test_the_office_reads_its_own_heading() -> None:
    raw = pl.DataFrame(
        {"invitation_id": ["Y1"], "_sheet": ["A"], "_row": [9]},
        schema={"invitation_id": pl.String, "_sheet": pl.String, "_row": pl.Int64},
    ).with_columns(pl.lit("2026-99-99").alias("invited_at"))
    checked = check(raw, contract_of("invitations"), KNOWN, headings={"A": {"invited_at": "*邀约日期"}})
    assert {(refusal.row, refusal.column) for refusal in checked.refusals} >= {(9, "*邀约日期")}


@pytest.mark.parametrize(
    "noise",
    [
        {"invitation_id": "合计", "customer_id": "12"},
        {"invitation_id": "小 计："},
        {"invitation_id": "一店小计", "store_id": "S01"},
        {"invitation_id": "备注：十月数据"},
        {"invitation_id": "审核:李四"},
        {"invitation_id": "审核：李四"},
        {"customer_id": "合计", "purpose": "31"},
        {"customer_id": None, "purpose": None, "lead_id": "77"},  # nothing that a row needs
        {"invitation_id": "邀约编号", "customer_id": "客户编号", "invited_at": "邀约时间"},
    ],
)
def test_subtotals_notes_and_repeated_headings_are_ignored(noise: dict[str, str | None]) -> None:
    checked = run("invitations", INVITATION, noise)
    assert (checked.accepted.height, checked.refused, checked.ignored) == (1, 0, 1)


def test_a_total_in_a_column_of_its_own_is_seen() -> None:
    checked = run("invitations", INVITATION, {"customer_id": "31"}, first=["1", "合计"])
    assert checked.ignored == 1


def test_a_row_with_all_its_ids_is_never_ignored() -> None:
    total_named = INVITATION | {"invitation_id": "Y2", "purpose": "合计"}
    checked = run("invitations", INVITATION, total_named, first=["1", "合计"])
    assert (checked.ignored, checked.refused) == (0, 1)


def test_a_row_that_lacks_only_its_id_is_refused() -> None:
    checked = run("invitations", INVITATION | {"invitation_id": None})
    assert (checked.ignored, checked.refused) == (0, 1)


def test_the_same_row_twice_counts_once() -> None:
    checked = run("invitations", INVITATION, INVITATION | {"invited_at": "2026年10月5日 10时"})
    assert (checked.accepted.height, checked.ignored) == (1, 1)
    assert checked.accepted["_row"].to_list() == [2]


def test_the_same_key_with_different_values_refuses_both() -> None:
    checked = run(
        "invitations",
        INVITATION,
        INVITATION | {"customer_id": "C2"},
        INVITATION | {"invitation_id": "Y9"},
        INVITATION,
    )
    assert (checked.accepted.height, checked.refused, checked.ignored) == (1, 2, 1)
    assert said(checked) == [
        (2, "邀约编号", "与第 3 行的邀约编号相同，但内容不同"),
        (3, "邀约编号", "与第 2 行的邀约编号相同，但内容不同"),
    ]


def test_unknown_stores_and_people_are_refused_with_the_nearest() -> None:
    checked = run("invitations", INVITATION | {"store_id": "S1", "person_id": "7"})
    assert said(checked) == [(2, "门店编号", "没有这个门店编号"), (2, "邀约人工号", "没有这个人员编号")]
    assert "007" in checked.refusals[1].remedy.zh  # Excel has eaten the zeros


def test_customers_and_leads_are_not_references() -> None:
    assert run("invitations", INVITATION | {"customer_id": "nobody", "lead_id": "none"}).refused == 0


def test_people_of_one_file_may_name_each_other() -> None:
    person = {
        "person_id": "N1", "person_name": "示例甲", "role": "邀约专员", "team_id": "T1", "department": "呼叫中心",
        "store_id": "S01", "since": "2026-01-01",
    }  # fmt: skip
    leader = person | {"person_id": "N2", "person_name": "示例乙", "manager_id": None}
    checked = run("people", person | {"manager_id": "N2"}, leader)
    assert checked.refused == 0
    assert checked.accepted["role"].to_list() == ["invite_specialist", "invite_specialist"]
    assert checked.accepted["share_bp"].to_list() == [10000, 10000]


def test_settings_add_roles_and_departments() -> None:
    person = {
        "person_id": "N1", "person_name": "示例甲", "role": "茶艺师", "team_id": "T1", "department": "餐饮部",
        "store_id": "S01", "since": "2026-01-01",
    }  # fmt: skip
    assert run("people", person).refused == 1
    known = Known(stores={"S01"}, codes={"role": {"tea_host": ("茶艺师",)}, "department": {"餐饮部": ()}})
    checked = run("people", person, known=known)
    assert checked.accepted["role"].to_list() == ["tea_host"]


def test_one_number_never_stands_for_two_people() -> None:
    person = {
        "person_id": "N1", "person_name": "示例甲", "role": "邀约专员", "team_id": "T1", "department": "呼叫中心",
        "store_id": "S01", "since": "2026-01-01",
    }  # fmt: skip
    checked = run("people", person, person | {"person_name": "示例乙", "team_id": "T2"})
    assert checked.refused == 2
    assert "对应不同的姓名" in checked.refusals[0].reason.zh


def test_a_name_left_out_is_no_other_name() -> None:
    at = {"role": "邀约专员", "team_id": "T01", "department": "呼叫中心", "store_id": "S01", "person_id": "E9"}
    checked = run("people", at | {"person_name": "甲", "since": "2026-01-01"}, at | {"since": "2026-02-01"})
    assert said(checked) == [(3, "姓名", "必填，但为空")]


@pytest.mark.parametrize("on_record", [["07", "007", "0007"], ["0007", "007", "07"]])
def test_the_nearest_id_does_not_hang_on_the_order_of_those_on_record(on_record: list[str]) -> None:
    known = Known(stores=frozenset({"S01", "S02"}), people=on_record)
    (refusal,) = run("invitations", INVITATION | {"person_id": "7"}, known=known).refusals
    assert "是否为 007？" in refusal.remedy.zh


def test_names_and_phones_are_masked_in_the_report() -> None:
    lead = {
        "lead_id": "X1", "store_id": "S01", "customer_id": "C1", "received_at": "2026-10-05", "phone": "一三八零零"
    }  # fmt: skip
    refusal = run("leads", lead).refusals[0]
    assert (refusal.column, refusal.value) == ("手机", "一***")
    assert run("leads", lead | {"phone": "13800000000"}).accepted["phone"].to_list() == ["13800000000"]


@pytest.mark.parametrize(
    ("name", "row", "blamed"),
    [
        ("absences", {"person_id": "E001", "from_on": "2026-10-12", "to_on": "2026-10-11", "kind": "病假"}, "结束日期"),
        (
            "complaint_rulings",
            {"complaint_id": "TS1", "kind": "责任", "person_id": "E001", "fault": "有责", "penalty": None,
             "penalty_fen": "-200", "judged_by": "E002", "judged_at": "2026-10-09"},
            "处罚金额",
        ),
        (
            "surveys",
            {"survey_id": "W1", "programme": "CSS", "store_id": "S01", "surveyed_on": "2026-10-12", "item": "总分",
             "score_hundredths": "101"},
            "得分",
        ),
        (
            "orders",
            {"order_id": "D1", "customer_id": "C1", "store_id": "S01", "person_id": "E001",
             "ordered_at": "2026-10-08 16:00", "delivered_at": "2026-10-07"},
            "交车时间",
        ),
        (
            "complaints",
            {"complaint_id": "TS1", "store_id": "S01", "department": "售后部", "received_at": "2026-10-06 09:00",
             "satisfied_at": "2026-10-06 08:59"},
            "用户满意时间",
        ),
        (
            "club_snapshots",
            {"month": "2026Q4", "store_id": "S01", "region": "华东", "has_club": "是", "has_full_after_sales": "是"},
            "月份",
        ),
        ("stores", {"store_id": "S1", "store_name": "店", "region": "华东", "zone": "Asia/Atlantis"}, "时区"),
        ("stores", STORE | {"weekday_weights": "1,1,1,1,1,2"}, "星期权重"),
        ("stores", STORE | {"weekday_weights": "0,0,0,0,0,0,0"}, "星期权重"),
        ("stores", STORE | {"weekday_weights": "1,1,1,1,1,2,-2"}, "星期权重"),
    ],
)  # fmt: skip
def test_rules_across_columns_blame_one(name: str, row: dict[str, str | None], blamed: str) -> None:
    checked = run(name, row)
    assert [refusal.column for refusal in checked.refusals] == [blamed]


def test_the_edges_of_those_rules_are_kept() -> None:
    absence = {"person_id": "E001", "from_on": "2026-10-12", "to_on": "2026-10-12", "kind": "病假"}
    assert run("absences", absence).refused == 0
    for weights in ("1,1,1,1,1,2,2", "1，1，1，1，1，0，0", "0,0,0,0,0,0,1", None):
        assert run("stores", STORE | {"weekday_weights": weights}).refused == 0
    order = {
        "order_id": "D1", "customer_id": "C1", "store_id": "S01", "person_id": "E001",
        "ordered_at": "2026-10-08 16:00", "delivered_at": "2026-10-08",  # many systems export the delivery as a date
    }  # fmt: skip
    assert run("orders", order).refused == 0


def test_a_rule_is_silent_about_a_cell_refused_already() -> None:
    absence = {"person_id": "E001", "from_on": "2026-10-12", "to_on": "2026-10-99", "kind": "病假"}
    assert len(run("absences", absence).refusals) == 1
    figure = {
        "source": "厂家月报", "metric": "css_score_published", "level": "门店", "subject_id": "S01",
        "period": "2026-10", "value": "九十",
    }  # fmt: skip
    assert [refusal.reason.zh for refusal in run("stated_figures", figure).refusals] == ["不是数字"]
    assert run("stated_figures", figure | {"value": None}).refusals[0].reason.zh == "数值与分子、分母都为空"


def test_a_target_names_its_subject_by_its_level() -> None:
    target = {
        "metric": "renewal_rate", "level": "岗位", "subject_id": "续保专员", "since": "2026-10", "goal": "70%",
    }  # fmt: skip
    checked = run(
        "targets",
        target,
        target | {"subject_id": "sales_consultant"},
        target | {"subject_id": "水手"},
        target | {"level": "门店", "subject_id": "S01"},
        target | {"level": "门店", "subject_id": "S99"},
        target | {"level": "区域", "subject_id": "华东"},
    )
    assert checked.accepted["subject_id"].to_list() == ["renewal_specialist", "sales_consultant", "S01", "华东"]
    assert checked.accepted["level"].to_list() == ["role", "role", "store", "region"]
    assert checked.accepted["period_kind"].unique().to_list() == ["month"]
    assert [refusal.row for refusal in checked.refusals] == [4, 6]


def test_a_benchmark_without_department_is_for_all() -> None:
    row = {
        "programme": "CSS", "item": "总分", "region": "华东", "period": "2026-10", "score_hundredths": "88.0",
        "published_on": "2026-11-08",
    }  # fmt: skip
    checked = run("benchmarks", row, row | {"department": "售后部"})
    assert checked.accepted["department"].to_list() == ["全部", "售后部"]
    assert checked.accepted["score_hundredths"].to_list() == [8800, 8800]


CELLS = st.sampled_from(
    [None, "", "Y1", "Y2", "C1", "S01", "S99", "E001", "合计", "备注：", "邀约编号", "2026-10-05", "2026-02-30", "潜客",
     "是", "#N/A", "\x00", "-", "12.5", "１", "客户编号"]
)  # fmt: skip
PLAUSIBLE = st.fixed_dictionaries({
    "invitation_id": st.sampled_from(["Y1", "Y2", "Y3", "合计", None]),
    "customer_id": st.sampled_from(["C1", "C2", None]),
    "store_id": st.sampled_from(["S01", "S01", "S99"]),
    "person_id": st.sampled_from(["E001", "E002"]),
    "invited_at": st.sampled_from(["2026-10-05", "2026/10/5", "46300", "soon"]),
    "purpose": st.sampled_from(["潜客", "续保"]),
})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(PLAUSIBLE | st.dictionaries(st.sampled_from(list(INVITATION)), CELLS), min_size=1, max_size=12))
def test_every_row_ends_in_exactly_one_place_and_order_is_kept(rows: list[dict[str, str | None]]) -> None:
    complete = [dict.fromkeys(INVITATION) | row for row in rows]
    checked = run("invitations", *complete)
    accepted = checked.accepted["_row"].to_list()
    blamed = {refusal.row for refusal in checked.refusals}
    assert accepted == sorted(accepted)
    assert len(blamed) == checked.refused
    assert not blamed & set(accepted)
    assert checked.accepted["invitation_id"].is_unique().all()
