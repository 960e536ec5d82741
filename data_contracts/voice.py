"""What customers say: complaints and their rulings, surveys, and the figures the manufacturer publishes."""

import dataframely as dy
import polars as pl

from data_contracts.contract import (
    across,
    at_least,
    code,
    contract,
    day,
    identifier,
    integer,
    moment,
    money,
    not_before,
    number,
    period,
    score,
    text,
    yes_no,
)
from data_contracts.people import DEPARTMENTS, LEVELS, STORE_HEADINGS, SUBJECTS
from data_contracts.prospects import CUSTOMER_HEADINGS, REPORTERS

ANY_DEPARTMENT = "全部"
"""The department of a benchmark that stands for every department."""

PROGRAMMES = {
    "CSS": (),
    "CSI": (),
    "SSI": (),
    "MOT": (),
    "ISM": (),
    "神秘访客": ("神秘客户", "MS"),
    "400": ("400回访",),
}


@contract("complaints", "抱怨处理表", "Complaints", dated_by="received_at")
class Complaints(dy.Schema):
    """One loop of handling a complaint: received, first answer, satisfied, closed, contacted again."""

    complaint_id = identifier(
        "投诉编号", "Complaint ID", key=True, also=("抱怨编号", "投诉单号", "工单编号"), example="TS000001"
    )
    loop_no = integer("轮次", "Loop no.", key=True, default="1", example="1")
    kind = code("抱怨类型", "Kind", {"投诉": (), "抱怨": ()}, also=("投诉类型",), example="投诉")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    department = code(
        "部门", "Department", DEPARTMENTS, required=True, also=("责任部门", "被投诉部门"), example="售后部"
    )
    customer_id = identifier("客户编号", "Customer ID", also=CUSTOMER_HEADINGS, example="C000045")
    person_id = identifier("被投诉人工号", "Person ID", also=("当事人工号",), refers="people", example="E030")
    handler_id = identifier("处理人工号", "Handler ID", also=("处理人编号",), refers="people", example="E040")
    received_at = moment(
        "受理时间", "Received at", required=True, also=("投诉时间", "受理日期"), example="2026-10-06 09:00:00"
    )
    first_contact_at = moment("首次响应时间", "First contact at", also=("首次联系时间",), example="2026-10-06 09:40:00")
    satisfied_at = moment("用户满意时间", "Satisfied at", also=("客户满意时间",), example="2026-10-07 17:00:00")
    closed_at = moment("闭环时间", "Closed at", also=("关闭时间", "结案时间"), example="2026-10-08 10:00:00")
    recontacted_at = moment("复访时间", "Recontacted at", also=("回访时间",), example="2026-10-10 10:00:00")
    recontacted_by = identifier("回访员工号", "Recontacted by", also=("复访人工号",), refers="people", example="E041")
    recontact_result = code(
        "复访结果", "Recontact result", {"满意": (), "不满意": (), "未接通": ("无人接听",), "拒访": ()},
        also=("回访结果",), example="满意",
    )  # fmt: skip
    recontact_attempts = integer("复访次数", "Recontact attempts", also=("回访次数",), example="1")
    validity = code(
        "有效性",
        "Validity",
        {"有效": (), "重复": (), "恶意": (), "非本店": (), "撤诉": ()},
        default="有效",
        example="有效",
    )
    oem_case_no = identifier("厂家单号", "OEM case no.", also=("厂家编号",))
    cause = code("原因分类", "Cause", {"服务": (), "用户": (), "产品": ()}, example="服务")
    severity = code("级别", "Severity", {"一般": (), "重大": ()}, also=("抱怨级别", "投诉级别"), example="一般")
    escalated_at = moment("上报总经理时间", "Escalated at")
    channel = text("来源渠道", "Channel", also=("投诉渠道", "投诉来源"), example="400热线")

    first_contact_after_received = not_before("first_contact_at", "received_at")
    satisfied_after_received = not_before("satisfied_at", "received_at")
    closed_after_received = not_before("closed_at", "received_at")
    recontacted_after_received = not_before("recontacted_at", "received_at")
    escalated_after_received = not_before("escalated_at", "received_at")
    loop_counts_from_one = at_least("loop_no", 1)
    attempts_not_negative = at_least("recontact_attempts", 0)


@contract("complaint_rulings", "责任判定", "Complaint rulings", dated_by="judged_at")
class ComplaintRulings(dy.Schema):
    """What was ruled about one person in one complaint; several people on a case are several rows."""

    complaint_id = identifier(
        "投诉编号", "Complaint ID", key=True, also=("抱怨编号", "投诉单号"), refers="complaints", example="TS000001"
    )
    kind = code("判定类型", "Kind", {"责任": (), "未及时处理": ("处理不及时",)}, key=True, example="责任")
    person_id = identifier("被判定人工号", "Person ID", key=True, also=("责任人工号",), refers="people", example="E030")
    fault = code("判定结果", "Fault", {"有责": (), "无责": (), "未判定": ("待判定",)}, required=True, example="有责")
    penalty_fen = money("处罚金额", "Penalty", also=("扣减金额", "考核金额"), example="200.00")
    judged_by = identifier("判定人工号", "Judged by", required=True, refers="people", example="E050")
    judged_at = moment("判定时间", "Judged at", required=True, also=("判定日期",), example="2026-10-09 16:00:00")
    evidence = text("证据", "Evidence", also=("判定依据",), example="录音编号 示例-1")
    note = text("说明", "Note", example="未按约定时间回电")

    penalty_not_negative = at_least("penalty_fen", 0)


@contract("surveys", "满意度调查", "Surveys", dated_by="surveyed_on")
class Surveys(dy.Schema):
    """One answer of a questionnaire; item 总分 is its overall score."""

    survey_id = identifier("问卷编号", "Survey ID", key=True, also=("问卷ID", "样本编号"), example="WJ000001")
    programme = code("调查项目", "Programme", PROGRAMMES, required=True, also=("项目",), example="CSS")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    department = code("部门", "Department", DEPARTMENTS, also=("被访部门",), example="售后部")
    person_id = identifier("对应员工工号", "Person ID", also=("员工工号", "工号"), refers="people", example="E030")
    surveyed_on = day("调查日期", "Surveyed on", required=True, also=("回访日期", "访问日期"), example="2026-10-12")
    customer_id = identifier("客户编号", "Customer ID", also=CUSTOMER_HEADINGS, example="C000045")
    order_id = identifier("订单编号", "Order ID", also=("订单号",))
    repair_order_id = identifier("工单号", "Repair order ID", also=("工单编号", "维修工单号"), example="GD000001")
    wave = text("期次", "Wave", also=("波次",), example="2026Q4")
    item = text("题目", "Item", key=True, also=("题项", "指标项"), example="总分")
    score_hundredths = score("得分", "Score", required=True, also=("分数", "评分"), example="92.5")
    max_score_hundredths = score("满分", "Max score", default="100", also=("满分值",), example="100")
    grade = code(
        "满意度", "Grade", {"特别满意": ("非常满意",), "满意": (), "一般": (), "不满意": ("很不满意",)},
        also=("满意度等级",), example="满意",
    )  # fmt: skip
    is_passed = yes_no("是否通过", "Is passed", example="是")
    reported_by = code("数据来源", "Reported by", REPORTERS, example="厂家")

    score_not_negative = at_least("score_hundredths", 0)
    max_score_positive = at_least("max_score_hundredths", 1, shown="0.01")

    @across(
        blames="score_hundredths",
        reason=("{score_hundredths}超过{max_score_hundredths}", "{score_hundredths} is above {max_score_hundredths}"),
        remedy=("请核对两列；不是百分制时请填写满分", "check both; fill in the max score where it is not 100"),
    )
    def score_within_max(cls) -> pl.Expr:
        return pl.col("score_hundredths") <= pl.col("max_score_hundredths")


@contract("benchmarks", "区域平均分", "Benchmarks")
class Benchmarks(dy.Schema):
    """The regional average the manufacturer publishes: on 100, never computed here.

    ``department`` is 全部 where the average stands for every department (an empty cell means that).
    """

    programme = code("调查项目", "Programme", PROGRAMMES, key=True, also=("项目",), example="CSS")
    item = text("题目", "Item", key=True, also=("题项", "指标项"), example="总分")
    region = text("区域", "Region", key=True, also=("大区", "RBO", "RSSC"), example="华东")
    department = code(
        "部门", "Department", {**DEPARTMENTS, ANY_DEPARTMENT: ("不限", "全店", "any", "all")},
        key=True, default=ANY_DEPARTMENT, example="售后部",
    )  # fmt: skip
    period = period("期间", "Period", key=True, also=("月份", "季度"), example="2026-10")
    score_hundredths = score("平均分", "Average", required=True, also=("区域平均分", "区域均值"), example="88.0")
    published_on = day("发布日期", "Published on", required=True, also=("公布日期",), example="2026-11-08")

    @across(
        blames="score_hundredths",
        reason=("{score_hundredths}应在 0 与 100 之间", "{score_hundredths} must lie between 0 and 100"),
        remedy=("请换算为百分制", "convert it to a scale of 100"),
    )
    def score_on_hundred(cls) -> pl.Expr:
        return pl.col("score_hundredths").is_between(0, 10_000)


@contract("stated_figures", "外部指标", "Stated figures")
class StatedFigures(dy.Schema):
    """A figure an office receives ready-made; shown beside a computed one, never instead of it."""

    source = text("来源", "Source", key=True, also=("数据来源",), example="厂家月报")
    metric = text("指标", "Metric", key=True, also=("指标编号", "指标代码"), example="css_score_published")
    level = code("层级", "Level", LEVELS, key=True, example="门店")
    subject_id = identifier("对象编号", "Subject ID", key=True, also=("对象",), refers_by=SUBJECTS, example="S01")
    period = period("期间", "Period", key=True, also=("月份", "季度"), example="2026-10")
    numerator = number("分子", "Numerator", example="455")
    denominator = number("分母", "Denominator", example="500")
    value = number("数值", "Value", also=("值",), example="91")
    sample_size = integer("样本量", "Sample", alias="sample", also=("样本数",), example="32")
    published_on = day("发布日期", "Published on", also=("公布日期",), example="2026-11-08")

    sample_not_negative = at_least("sample", 0)

    @across(
        blames="denominator",
        reason=("{denominator}不能为 0", "{denominator} must not be 0"),
        remedy=("没有样本时请留空", "leave it empty where there is no sample"),
    )
    def denominator_not_zero(cls) -> pl.Expr:
        return pl.col("denominator") != 0

    @across(
        blames="value",
        reason=("{value}与{numerator}、{denominator}都为空", "{value}, {numerator} and {denominator} are all empty"),
        remedy=("请填写数值，或同时填写分子与分母", "give the value, or both numerator and denominator"),
    )
    def something_is_stated(cls) -> pl.Expr:
        both = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()
        return pl.col("value").is_not_null() | both
