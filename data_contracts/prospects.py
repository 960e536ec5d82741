"""Leads and what becomes of them: assignment, follow-up, invitation, visit, order, and the calls in between."""

import dataframely as dy

from data_contracts.contract import (
    at_least,
    code,
    contract,
    identifier,
    integer,
    moment,
    money,
    not_before,
    phone,
    text,
    yes_no,
)
from data_contracts.people import STORE_HEADINGS

INTENT_LEVELS = {level: (f"{level}级",) for level in "OHABCN"}
REVIEWS = {"通过": ("审核通过", "同意"), "拒绝": ("驳回", "不通过"), "待审": ("待审核", "审核中")}
REPORTERS = {"厂家": ("厂端", "主机厂"), "店端": ("经销商", "门店")}
CUSTOMER_HEADINGS = ("客户ID", "客户号", "客户代码")
LEAD_HEADINGS = ("线索ID", "厂发线索编号", "线索号")


@contract("leads", "线索", "Leads", dated_by="received_at")
class Leads(dy.Schema):
    """One row per lead the store was given. ``first_contact_at`` is the first attempt, connected or not."""

    lead_id = identifier("线索编号", "Lead ID", key=True, also=(*LEAD_HEADINGS, "商机ID"), example="XS2610050001")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    customer_id = identifier("客户编号", "Customer ID", required=True, also=CUSTOMER_HEADINGS, example="C000123")
    person_id = identifier(
        "跟进人工号", "Person ID", also=("跟进人编号", "工号", "邀约专员工号"), refers="people", example="E001"
    )
    channel = text("来源渠道", "Channel", also=("线索来源", "渠道", "渠道来源"), example="线上")
    received_at = moment(
        "线索下发时间", "Received at", required=True, also=("下发时间", "线索接收时间"), example="2026-10-05 09:12:00"
    )
    assigned_at = moment("分配时间", "Assigned at", also=("线索分配时间",), example="2026-10-05 09:15:00")
    carded_at = moment("建档时间", "Carded at", also=("建卡时间", "建档日期"), example="2026-10-05 10:00:00")
    first_contact_at = moment(
        "首次跟进时间", "First contact at", also=("首次联系时间", "首次响应时间"), example="2026-10-05 09:30:00"
    )
    first_intent_level = code("首次意向级别", "First intent level", INTENT_LEVELS, also=("首触意向级别",), example="A")
    validity = code(
        "线索有效性", "Validity", {"有效": ("有效线索",), "无效": ("无效线索",), "待定": ("待确认",)},
        also=("是否有效线索",), example="有效",
    )  # fmt: skip
    intent_level = code("意向级别", "Intent level", INTENT_LEVELS, also=("当前意向级别",), example="H")
    status = code(
        "线索状态", "Status",
        {"跟进中": ("在跟进",), "成交": ("已成交",), "战败": ("已战败",), "无效": ()},
        also=("状态",), example="跟进中",
    )  # fmt: skip
    ordered_at = moment("下单时间", "Ordered at", also=("首次下单时间", "成交时间"))
    lost_at = moment("战败时间", "Lost at", also=("战败日期",))
    lost_reason = text("战败原因", "Lost reason")
    lost_applied_at = moment("战败申请时间", "Lost applied at")
    lost_review = code("战败审核", "Lost review", REVIEWS, also=("战败审核结果",))
    lost_reviewed_at = moment("战败审核时间", "Lost reviewed at")
    reactivated_at = moment("激活时间", "Reactivated at", also=("战败激活时间",))
    validity_review = code("无效审核", "Invalidity review", REVIEWS, also=("无效审核结果",))
    reported_by = code("数据来源", "Reported by", REPORTERS, example="厂家")
    phone = phone("手机", "Phone", also=("手机号", "手机号码", "客户电话", "联系电话"), example="13800000000")

    reviewed_after_applied = not_before("lost_reviewed_at", "lost_applied_at", by_day=True)


@contract("lead_assignments", "线索分配记录", "Lead assignments", dated_by="since")
class LeadAssignments(dy.Schema):
    """Who held a lead from when to when."""

    lead_id = identifier("线索编号", "Lead ID", key=True, also=LEAD_HEADINGS, example="XS2610050001")
    person_id = identifier("工号", "Person ID", required=True, also=("跟进人工号",), refers="people", example="E001")
    since = moment("开始时间", "Since", key=True, also=("分配时间",), example="2026-10-05 09:15:00")
    until = moment("结束时间", "Until", example="2026-10-20 18:00:00")
    reason = code(
        "原因",
        "Reason",
        {"分配": (), "转派": ("改派",), "离职交接": (), "回收": ()},
        also=("分配原因",),
        example="分配",
    )

    until_not_before_since = not_before("until", "since")


@contract("follow_ups", "跟进记录", "Follow-ups", dated_by="done_at")
class FollowUps(dy.Schema):
    """One contact with a lead, connected or not."""

    follow_up_id = identifier("跟进编号", "Follow-up ID", key=True, also=("跟进ID", "跟进记录编号"), example="GJ000001")
    lead_id = identifier("线索编号", "Lead ID", required=True, also=LEAD_HEADINGS, example="XS2610050001")
    person_id = identifier(
        "跟进人工号", "Person ID", required=True, also=("跟进人编号", "工号"), refers="people", example="E001"
    )
    done_at = moment("跟进时间", "Done at", required=True, also=("跟进日期",), example="2026-10-05 09:30:00")
    is_connected = yes_no("是否接通", "Is connected", also=("接通",), example="是")
    intent_level = code("跟进后级别", "Intent level after", INTENT_LEVELS, also=("跟进后意向级别",), example="A")
    next_contact_at = moment(
        "约定下次联系时间", "Next contact at", also=("下次跟进时间", "下次联系时间"), example="2026-10-07 10:00:00"
    )
    recorded_at = moment("录入时间", "Recorded at", example="2026-10-05 09:31:00")

    next_after_done = not_before("next_contact_at", "done_at", by_day=True)


@contract("invitations", "邀约记录", "Invitations", dated_by="invited_at")
class Invitations(dy.Schema):
    """One invitation of a customer to a store."""

    invitation_id = identifier(
        "邀约编号", "Invitation ID", key=True, also=("邀约ID", "邀约记录编号"), example="YY000001"
    )
    customer_id = identifier("客户编号", "Customer ID", required=True, also=CUSTOMER_HEADINGS, example="C000123")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    person_id = identifier(
        "邀约人工号",
        "Person ID",
        required=True,
        also=("邀约专员工号", "邀约人编号", "工号"),
        refers="people",
        example="E001",
    )
    invited_at = moment("邀约时间", "Invited at", required=True, also=("邀约日期",), example="2026-10-05 10:20:00")
    purpose = code(
        "邀约类型", "Purpose",
        {"潜客": ("潜在客户",), "战败激活": (), "保有客户": ("保客", "保客(基盘)"), "续保": (), "活动": ()},
        required=True, also=("邀约目的",), example="潜客",
    )  # fmt: skip
    is_effective = yes_no("是否有效邀约", "Is effective", default="是", also=("有效邀约",), example="是")
    appointment_at = moment("预约到店时间", "Appointment at", also=("预约时间",), example="2026-10-08 14:00:00")
    lead_id = identifier("线索编号", "Lead ID", also=LEAD_HEADINGS, example="XS2610050001")
    recorded_at = moment("录入时间", "Recorded at", example="2026-10-05 10:25:00")

    appointment_after_invitation = not_before("appointment_at", "invited_at", by_day=True)


@contract("store_visits", "到店记录", "Store visits", dated_by="arrived_at")
class StoreVisits(dy.Schema):
    """One arrival of a customer at a store."""

    visit_id = identifier(
        "到店编号", "Visit ID", key=True, also=("到店ID", "到店记录编号", "来店编号"), example="DD000001"
    )
    customer_id = identifier("客户编号", "Customer ID", required=True, also=CUSTOMER_HEADINGS, example="C000123")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    arrived_at = moment(
        "到店时间",
        "Arrived at",
        required=True,
        also=("来店时间", "进店时间", "到店日期"),
        example="2026-10-08 14:05:00",
    )
    received_by = identifier(
        "接待人工号", "Received by", also=("接待人编号", "接待销售顾问工号"), refers="people", example="E010"
    )
    has_test_drive = yes_no("是否试驾", "Has test drive", also=("是否试乘试驾", "试驾"), example="是")
    is_focus_model = yes_no("是否重点车型", "Is focus model", example="否")
    purpose = text("到店目的", "Purpose", also=("来店目的",), example="看车")
    recorded_at = moment("录入时间", "Recorded at", example="2026-10-08 14:30:00")


@contract("credit_reassignments", "归属改定", "Credit re-assignments")
class CreditReassignments(dy.Schema):
    """To whom a head of department gave the credit of an arrival, and why. It stands for the customer's whole day at
    the store; the latest decision on it counts."""

    visit_id = identifier("到店编号", "Visit ID", key=True, also=("到店ID", "到店记录编号"), example="DD000001")
    person_id = identifier(
        "归属人工号", "Credited to", required=True, also=("改定归属人工号",), refers="people", example="E010"
    )
    reason = text("改定理由", "Reason for the credit", required=True, example="电话邀约未录入，有通话录音")
    decided_by = identifier("改定人工号", "Decided by", required=True, refers="people", example="E050")
    decided_at = moment("改定时间", "Decided at", required=True, example="2026-10-09 16:00:00")


@contract("orders", "订单", "Orders", dated_by="ordered_at")
class Orders(dy.Schema):
    """One order of a car; a cancelled one stays, with its date."""

    order_id = identifier("订单编号", "Order ID", key=True, also=("订单号", "订单ID"), example="DH000001")
    customer_id = identifier("客户编号", "Customer ID", required=True, also=CUSTOMER_HEADINGS, example="C000123")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    person_id = identifier(
        "销售顾问工号",
        "Person ID",
        required=True,
        also=("销售员工号", "销售顾问编号", "工号"),
        refers="people",
        example="E010",
    )
    ordered_at = moment(
        "下单时间",
        "Ordered at",
        required=True,
        also=("订单时间", "下单日期", "订单日期"),
        example="2026-10-08 16:00:00",
    )
    invoiced_at = moment("开票时间", "Invoiced at", also=("开票日期",), example="2026-10-18 11:00:00")
    delivered_at = moment("交车时间", "Delivered at", also=("交车日期",), example="2026-10-20 15:00:00")
    cancelled_at = moment("退订时间", "Cancelled at", also=("退订日期", "退单时间"))
    cancel_reason = text("退订原因", "Cancel reason", also=("退单原因",))
    reported_by = code("数据来源", "Reported by", REPORTERS, example="店端")
    lead_id = identifier("线索编号", "Lead ID", also=LEAD_HEADINGS, example="XS2610050001")
    model = text("车型", "Model", also=("型号", "车系"), example="示例车型")
    amount_fen = money("金额", "Amount", also=("订单金额", "成交金额"), example="128800.00")
    referrer_customer_id = identifier("推荐人客户编号", "Referrer customer ID", example="C000045")
    is_trade_in = yes_no("是否置换", "Is trade-in", also=("置换",), example="否")
    is_repeat = yes_no("是否增换购", "Is repeat", also=("增换购",), example="否")
    is_focus_model = yes_no("是否重点车型", "Is focus model", example="否")

    invoiced_after_ordered = not_before("invoiced_at", "ordered_at", by_day=True)
    delivered_after_ordered = not_before("delivered_at", "ordered_at", by_day=True)
    cancelled_after_ordered = not_before("cancelled_at", "ordered_at", by_day=True)
    amount_not_negative = at_least("amount_fen", 0)


@contract("call_logs", "通话记录", "Call logs", dated_by="started_at")
class CallLogs(dy.Schema):
    """One telephone call; the customer is known where the exchange matched the number."""

    call_id = identifier("通话编号", "Call ID", key=True, also=("通话ID", "通话流水号", "录音编号"), example="TH000001")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    person_id = identifier(
        "坐席工号", "Person ID", required=True, also=("工号", "员工工号", "坐席编号"), refers="people", example="E001"
    )
    started_at = moment(
        "通话开始时间",
        "Started at",
        required=True,
        also=("开始时间", "通话时间", "呼叫时间"),
        example="2026-10-05 09:30:05",
    )
    direction = code(
        "呼叫方向", "Direction", {"呼入": ("来电", "inbound"), "呼出": ("去电", "外呼", "outbound")},
        required=True, also=("通话方向", "呼叫类型"), example="呼出",
    )  # fmt: skip
    line = code("线路", "Line", {"400": ("400热线",), "普通": ("普通线路",)}, example="普通")
    is_answered = yes_no("是否接通", "Is answered", required=True, also=("是否应答", "接通"), example="是")
    seconds = integer("通话秒数", "Seconds", also=("通话时长(秒)", "通话时长秒"), example="75")
    customer_id = identifier("客户编号", "Customer ID", also=CUSTOMER_HEADINGS, example="C000123")

    seconds_not_negative = at_least("seconds", 0)
