"""Prospects: from the lead and the invitation to the visit, and from the visit to the order."""

from dataclasses import replace
from typing import Any, Final

import polars as pl
from polars import col

from data_contracts.contract import Text
from metrics.attribution import CREDIT_NAMES, FIRST, LAST, LEAD_OWNER, SPLIT, Credit
from metrics.conversions import Conversion
from metrics.counts import Count, Rate, Share
from metrics.kinds import COUNT, HIGHER, PERCENT, Metric
from metrics.lead_states import Leads, is_valid
from metrics.leads import cards_opened, leads_received, open_prospects
from metrics.orders import Deals
from metrics.visits import InvitedDeals, VisitGroups

_CALL_CENTRE: Final = ("invite_specialist",)

invite_to_store_rate = Conversion(
    key="invite_to_store_rate",
    label=Text("邀约到店率", "Invite-to-store rate"),
    description=Text("有效邀约后 7 天内到店 ÷ 有效邀约", "arrived within 7 days ÷ effective invitations"),
    meaning=Text(
        "期间内发出的有效邀约中，客户在邀约之后、第 7 个自然日结束前到达该店的比例。每次到店计给最近一次有效邀约；"
        "到店后或到店前 30 分钟内才录入的邀约不计到店，仍留在分母。",
        "Of the effective invitations made in the period, the share whose customer came to that store after the "
        "invitation and no later than the 7th calendar day. A visit credits the latest effective invitation; one "
        "recorded after the visit, or less than 30 minutes before it, earns nothing and stays in the base.",
    ),
    roles=("invite_specialist",),
    base="invitations",
    base_at="invited_at",
    base_where=col("is_effective"),
    credited_to="person_id",
    event="store_visits",
    event_at="arrived_at",
    matched_on=("customer_id", "store_id"),
    within_days=7,
    recorded_at="recorded_at",
    recorded_minutes_before=30,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=7,
    source="S03, M10; window and backfill limit [infer]",
)

lead_visit_rate = Conversion(
    key="lead_visit_rate",
    label=Text("线索到店率", "Lead visit rate"),
    description=Text("下发后 30 天内到店 ÷ 全部线索", "arrived within 30 days ÷ leads received"),
    meaning=Text(
        "期间内下发的线索中，客户在下发之后、第 30 个自然日结束前到达该店的比例。",
        "Of the leads received in the period, the share whose customer came to that store after it and no later than "
        "the 30th calendar day.",
    ),
    roles=_CALL_CENTRE,
    base=Leads(),
    base_at="received_at",
    base_where=pl.lit(True),
    credited_to="person_id",
    event="store_visits",
    event_at="arrived_at",
    matched_on=("customer_id", "store_id"),
    within_days=30,
    credit="each",
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=30,
    source="S03, M10a",
)

valid_lead_visit_rate = replace(
    lead_visit_rate,
    key="valid_lead_visit_rate",
    label=Text("有效线索到店率", "Valid lead visit rate"),
    description=Text("下发后 30 天内到店 ÷ 有效线索", "arrived within 30 days ÷ valid leads"),
    meaning=Text(
        "期间内下发的有效线索中，客户在下发之后、第 30 个自然日结束前到达该店的比例；标为无效而未获批的仍留在分母。",
        "Of the valid leads received in the period, the share whose customer came to that store after it and no later "
        "than the 30th calendar day; a lead marked invalid without approval stays in the base.",
    ),
    base_where=is_valid(),
)

visit_groups = Count(
    key="visit_groups",
    label=Text("到店组数", "Visit groups"),
    description=Text("客户、门店、日期去重的到店", "distinct customer, store and day"),
    meaning=Text(
        "期间内到店的组数：同一客户同一天到同一门店算一组。计给到店前 30 天内最近一次有效邀约或接通联系的人；"
        "无人邀约的只计门店。",
        "The visits of the period, one per customer, store and day, credited to whoever last invited or reached the "
        "customer in the 30 days before; without anybody they count for the store alone.",
    ),
    roles=_CALL_CENTRE,
    base=VisitGroups(),
    base_where=pl.lit(True),
    credited_to="person_id",
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S03, M09",
)

invited_visits = replace(
    visit_groups,
    key="invited_visits",
    label=Text("邀约到店组数", "Invited visits"),
    description=Text("到店前 30 天内有邀约或接通的到店组", "visit groups invited or reached in the 30 days before"),
    meaning=Text(
        "期间内的到店组中，到店前 30 天内有过有效邀约或接通联系的组数，计给最近一次的人；"
        "到店后或到店前 30 分钟内才录入的不计。",
        "The period's visit groups with an effective invitation or a connected contact in the 30 days before, credited "
        "to the latest; what was recorded after the visit, or less than 30 minutes before it, earns nothing.",
    ),
    base_where=col("is_invited"),
)

month_visit_rate = Rate(
    key="month_visit_rate",
    label=Text("当期到店率", "Visit rate of the period"),
    description=Text("当期到店组 ÷ 当期线索，可超过 100%", "visit groups ÷ leads of the period, may exceed 100 %"),
    meaning=Text(
        "期间内的到店组数 ÷ 期间内下发的线索数。两者不是同一批客户，不是转化率，可以超过 100%。",
        "The period's visit groups per lead received in it. The two are not the same customers: it is no conversion "
        "and may exceed 100 %.",
    ),
    roles=_CALL_CENTRE,
    of=(visit_groups,),
    per=(leads_received,),
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S03, plan F1",
)

stock_visit_rate = Rate(
    key="stock_visit_rate",
    label=Text("存量到店率", "Visit rate of the stock"),
    description=Text("到店组 ÷（新建档 + 期初潜客）", "visit groups ÷ (new cards + open at the start)"),
    meaning=Text(
        "期间内的到店组数 ÷（期间内建档的线索 + 期初仍在跟进的潜客）。",
        "The period's visit groups per prospect carded in it or open at its start.",
    ),
    roles=_CALL_CENTRE,
    of=(visit_groups,),
    per=(cards_opened, open_prospects),
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S03, M10b",
)

appointment_show_rate = Conversion(
    key="appointment_show_rate",
    label=Text("预约到店率", "Appointment show rate"),
    description=Text("预约当天到店 ÷ 到期的预约", "arrived on the day ÷ appointments due"),
    meaning=Text(
        "预约到店日在期间内的有效邀约中，客户在邀约之后、预约当天到达该店的比例；"
        "到店后或到店前 30 分钟内才录入的邀约不计到店。",
        "Of the effective invitations whose appointment falls in the period, the share whose customer came to that "
        "store on its day, after the invitation; one recorded after the visit, or less than 30 minutes before it, "
        "earns nothing.",
    ),
    roles=_CALL_CENTRE,
    base="invitations",
    base_at="appointment_at",
    base_where=col("is_effective"),
    credited_to="person_id",
    event="store_visits",
    event_at="arrived_at",
    matched_on=("customer_id", "store_id"),
    after="invited_at",
    within_days=0,
    credit="each",
    recorded_at="recorded_at",
    recorded_minutes_before=30,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S03, M10c, M11",
)

store_close_rate = Share(
    key="store_close_rate",
    label=Text("到店成交率", "Store close rate"),
    description=Text(
        "当月成交的邀约到店组 ÷ 邀约到店组", "invited visits with an order in their month ÷ invited visits"
    ),
    meaning=Text(
        "期间内的邀约到店组中，客户在到店当天或之后、到店当月之内在该店下单且未退订的比例。",
        "Of the period's invited visits, the share whose customer ordered at the store on the day or later in the "
        "visit's month, and did not cancel.",
    ),
    roles=_CALL_CENTRE,
    base=VisitGroups(),
    base_where=col("is_invited"),
    hit=col("has_deal"),
    credited_to="person_id",
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_with_month=True,
    source="S03, M12",
)

deals = Count(
    key="deals",
    label=Text("成交台数", "Deals"),
    description=Text("期间内的订单，计给邀约人", "orders of the period, for the inviter"),
    meaning=Text(
        "期间内下单且未退订的台数，计给客户下单前 30 天内最近一次邀约到店的邀约人；没有邀约到店的只计门店。",
        "The cars ordered in the period and not cancelled, credited to the inviter of the customer's latest invited "
        "visit in the 30 days before; without one they count for the store alone.",
    ),
    roles=_CALL_CENTRE,
    base=InvitedDeals(),
    base_where=pl.lit(True),
    credited_to="person_id",
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S03, M14; window [infer]",
)

cars_delivered = replace(
    deals,
    key="cars_delivered",
    label=Text("交车台数", "Cars delivered"),
    description=Text("期间内交车，计给销售顾问", "cars delivered in the period, for the sales consultant"),
    meaning=Text(
        "期间内交车且未退订的台数，计给订单上的销售顾问。",
        "The cars delivered in the period and not cancelled, credited to the sales consultant on the order.",
    ),
    roles=("sales_consultant",),
    base=Deals(event="delivered"),
)

cars_invoiced = replace(
    cars_delivered,
    key="cars_invoiced",
    label=Text("开票台数", "Cars invoiced"),
    description=Text("期间内开票，计给销售顾问", "cars invoiced in the period, for the sales consultant"),
    meaning=Text(
        "期间内开票且未退订的台数，计给订单上的销售顾问。",
        "The cars invoiced in the period and not cancelled, credited to the sales consultant on the order.",
    ),
    base=Deals(event="invoiced"),
)


def by_credit(metric: Metric, credit: Credit) -> Metric:
    """The metric with the credit of an arrival given to somebody else, under a key of its own."""
    name = CREDIT_NAMES[credit]
    shown: dict[str, Any] = {
        "key": f"{metric.key}_{credit}",
        "label": Text(f"{metric.label.zh}（{name.zh}）", f"{metric.label.en} ({name.en})"),
        "description": Text(
            f"{metric.description.zh}，{_CREDITED[credit].zh}", f"{metric.description.en}, {_CREDITED[credit].en}"
        ),
        "meaning": Text(
            f"与“{metric.label.zh}”相同，但{_CREDITED[credit].zh}。",
            f"As {metric.label.en}, but {_CREDITED[credit].en}.",
        ),
        "variant_of": metric.key,
    }
    visits = VisitGroups(credit=credit)
    match metric:
        case Conversion():
            return replace(metric, **shown, credit=credit)
        case Rate():
            return replace(metric, **shown, of=tuple(replace(part, base=visits) for part in metric.of))
        case Share(base=VisitGroups()) | Count(base=VisitGroups()):
            return replace(metric, **shown, base=visits)
        case Count(base=InvitedDeals()):
            return replace(metric, **shown, base=InvitedDeals(visits=visits))
        case _:
            raise ValueError(f"{metric.key} credits no arrival")


_CREDITING: Final = (
    invite_to_store_rate,
    month_visit_rate,
    stock_visit_rate,
    visit_groups,
    invited_visits,
    store_close_rate,
    deals,
)
_CREDITED: Final[dict[Credit, Text]] = {
    LAST: Text("计给末次", "credited to the last"),
    FIRST: Text("计给首次", "credited to the first"),
    SPLIT: Text("由各候选人均分", "shared alike by all who could have it"),
    LEAD_OWNER: Text("计给线索归属人", "credited to the lead's owner"),
}

CREDIT_OF: Final[dict[str, Credit]] = {
    f"{metric.key}_{credit}": credit for metric in _CREDITING for credit in (FIRST, SPLIT, LEAD_OWNER)
}
"""A variant's key → who has the credit in it; everywhere else it is the last."""

CREDIT_VARIANTS: Final = tuple(
    by_credit(metric, credit) for metric in _CREDITING for credit in (FIRST, SPLIT, LEAD_OWNER)
)  # fmt: skip
"""The metrics that credit an arrival to the last who invited, credited otherwise; one office, one choice."""
