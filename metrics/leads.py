"""Leads: whether they are valid, how soon and how regularly they are contacted, and how they end."""

from dataclasses import replace
from typing import Final

import polars as pl
from polars import col

from data_contracts.contract import Text
from metrics.conversions import Conversion
from metrics.counts import Count, OpenCount, Rate, Share
from metrics.kinds import COUNT, HIGHER, HOURS, LOWER, MEDIAN, NEUTRAL, P90, PERCENT, Duration, Punctuality
from metrics.lead_states import Defeats, LeadDeals, Leads, OpenProspects, is_valid
from metrics.limits import ALWAYS, Limit
from metrics.working_time import OPENING_HOURS

_CALL_CENTRE: Final = ("invite_specialist",)

leads_received = Count(
    key="leads_received",
    label=Text("线索量", "Leads received"),
    description=Text("期间内下发的线索数，重复的只计一条", "leads handed down in the period, duplicates once"),
    meaning=Text(
        "期间内下发给门店的线索数。同一客户在同一门店 30 天内再次下发的视为重复线索，不论如何标记，只计第一条。",
        "The leads that the store was given in the period. One of the same customer at the same store within 30 days "
        "of another is a duplicate, however it was marked: the first counts.",
    ),
    roles=_CALL_CENTRE,
    base=Leads(),
    base_where=pl.lit(True),
    credited_to="person_id",
    better=NEUTRAL,
    unit=COUNT,
    decimals=0,
    source="S03, M01",
)

valid_lead_rate = Share(
    key="valid_lead_rate",
    label=Text("有效线索率", "Valid lead rate"),
    description=Text("有效线索 ÷（有效 + 无效）", "valid ÷ (valid + invalid)"),
    meaning=Text(
        "期间内下发且已判定的线索中有效线索的比例；待定的和重复的不计。标为无效但审核被拒绝的按有效计。",
        "Of the leads received in the period and judged, the share that is valid; undetermined ones and "
        "duplicates are left out. One marked invalid whose review refused that is valid.",
    ),
    roles=_CALL_CENTRE,
    base=Leads(),
    base_where=col("validity").is_in(["有效", "无效"]),
    hit=(col("validity") == "有效") | (col("validity_review") == "拒绝").fill_null(False),
    credited_to="person_id",
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S02, M02",
)

lead_response_time_business = Duration(
    key="lead_response_time_business",
    label=Text("线索首次响应时长", "Lead response time"),
    description=Text("分配到首次联系的营业时间，中位数", "assigned to first attempt, opening hours, median"),
    meaning=Text(
        "期间内分配的线索，从分配（没有分配时间的从下发）到首次联系之间的营业时间的中位数；"
        "本人缺勤日不计时，分配之前已联系的按 0 计。",
        "Of the leads assigned in the period, the median opening time from assignment (from receipt where none is "
        "given) to the first attempt; the person's days of absence do not run. One contacted before its assignment "
        "took no time.",
    ),
    roles=_CALL_CENTRE,
    base="leads",
    base_where=pl.lit(True),
    from_at="assigned_at",
    else_from="received_at",
    to_at="first_contact_at",
    credited_to="person_id",
    quantile=MEDIAN,
    clock=OPENING_HOURS,
    dated_by="from",
    better=LOWER,
    unit=HOURS,
    decimals=2,
    source="S02, M03",
)

lead_response_time_p90_business = replace(
    lead_response_time_business,
    key="lead_response_time_p90_business",
    label=Text("线索首次响应时长（P90）", "Lead response time (P90)"),
    description=Text("分配到首次联系的营业时间，第 90 百分位", "assigned to first attempt, opening hours, P90"),
    meaning=Text(
        "期间内分配的线索中，90% 在这段营业时间之内得到首次联系。",
        "Of the leads assigned in the period, nine in ten had their first attempt within this opening time.",
    ),
    quantile=P90,
)

lead_response_punctuality_business = Punctuality(
    key="lead_response_punctuality_business",
    label=Text("响应及时率", "Lead response punctuality"),
    description=Text(
        "30 分钟营业时间内首次联系 ÷ 已响应或已超时", "first attempt within 30 business minutes ÷ answered or due"
    ),
    meaning=Text(
        "期间内分配的线索中，30 分钟营业时间内首次联系的比例；既未响应又未超时的不计；本人缺勤日不计时。",
        "Of the leads assigned in the period, the share first attempted within 30 minutes of opening time; what is "
        "neither answered nor past its limit is left out; the person's days of absence do not run.",
    ),
    roles=_CALL_CENTRE,
    base="leads",
    base_where=pl.lit(True),
    from_at="assigned_at",
    else_from="received_at",
    to_at="first_contact_at",
    credited_to="person_id",
    limits=(Limit(value=30 * 60, since=ALWAYS, source="practice F6"),),
    clock=OPENING_HOURS,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=1,
    source="S02, M04",
)

cards_opened = Count(
    key="cards_opened",
    label=Text("建档数", "Cards opened"),
    description=Text("期间内建档的线索数", "leads carded in the period"),
    meaning=Text("期间内建档的线索数。", "The leads for which a card was opened in the period."),
    roles=_CALL_CENTRE,
    base=Leads(at="carded_at"),
    base_where=pl.lit(True),
    credited_to="person_id",
    better=NEUTRAL,
    unit=COUNT,
    decimals=0,
    source="S03, M10",
)

open_prospects = OpenCount(
    key="open_prospects",
    label=Text("期初在跟潜客", "Open prospects"),
    description=Text("期间开始时仍在跟进的潜客", "prospects still open when the period begins"),
    meaning=Text(
        "期间第一天零点已建档，且尚未下单、未获批战败、不是无效线索，或其后又被激活的潜客数。",
        "The prospects carded before the period's first day and, before it, without an order or approved defeat and "
        "not invalid, or reactivated since.",
    ),
    roles=_CALL_CENTRE,
    base=OpenProspects(),
    base_where=pl.lit(True),
    credited_to="person_id",
    better=NEUTRAL,
    unit=COUNT,
    decimals=0,
    source="S03, M10",
)

approved_defeats = Count(
    key="approved_defeats",
    label=Text("战败数", "Approved defeats"),
    description=Text("期间内获批的战败", "defeats approved in the period"),
    meaning=Text(
        "期间内审核通过的战败线索数；导出没有审核列的按战败时间计。",
        "The leads whose defeat was approved in the period; without reviews in the export, by the day of the loss.",
    ),
    roles=_CALL_CENTRE,
    base=Defeats(),
    base_where=pl.lit(True),
    credited_to="person_id",
    better=LOWER,
    unit=COUNT,
    decimals=0,
    source="S03, M15",
)

defeat_rate = Rate(
    key="defeat_rate",
    label=Text("战败率", "Defeat rate"),
    description=Text("获批战败 ÷（期初潜客 + 新建档）", "approved defeats ÷ (open at the start + new cards)"),
    meaning=Text(
        "期间内审核通过的战败 ÷（期初仍在跟进的潜客 + 期间内新建档的线索）。",
        "Defeats approved in the period, per prospect open at its start or carded in it.",
    ),
    roles=_CALL_CENTRE,
    of=(approved_defeats,),
    per=(open_prospects, cards_opened),
    better=LOWER,
    unit=PERCENT,
    decimals=1,
    source="S03, M15",
)

lead_close_rate = Conversion(
    key="lead_close_rate",
    label=Text("线索成交率", "Lead close rate"),
    description=Text("30 天内成交 ÷ 有效线索", "ordered within 30 days ÷ valid leads"),
    meaning=Text(
        "期间内下发的有效线索中，30 个自然日内下单且未退订的比例。订单按线索编号对应，没有编号的按客户和门店，"
        "计给最近一条线索；重复线索的订单计给所重复的那条。标为无效而未获批的仍留在分母。",
        "Of the valid leads received in the period, the share with an order, not cancelled, within 30 calendar days. "
        "An order counts for the lead that it names, else for the latest of its customer and store; that of a "
        "duplicate for the lead it repeats. A lead marked invalid without approval stays in the base.",
    ),
    roles=_CALL_CENTRE,
    base=Leads(),
    base_at="received_at",
    base_where=is_valid(),
    credited_to="person_id",
    event=LeadDeals(),
    event_at="ordered_at",
    named_by="lead_id",
    matched_on=("customer_id", "store_id"),
    within_days=30,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=30,
    source="S03, M13; window [infer]",
)

hotline_answer_rate = Share(
    key="hotline_answer_rate",
    label=Text("400接起率", "Hotline answer rate"),
    description=Text("400 来电接起 ÷ 400 来电", "400 calls answered ÷ 400 calls"),
    meaning=Text(
        "期间内 400 热线的来电中接起的比例。", "Of the period's incoming calls on the 400 line, the share answered."
    ),
    roles=("invite_specialist", "callback_agent"),
    base="call_logs",
    dated_by="started_at",
    base_where=(col("direction") == "呼入") & (col("line") == "400"),
    hit=col("is_answered"),
    credited_to="person_id",
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S03, M05",
)
