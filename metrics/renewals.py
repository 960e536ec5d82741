"""Renewals: policies that fall due and are signed again here."""

from dataclasses import replace

from data_contracts.contract import Text
from metrics.counts import DUE, IN_PROGRESS, LOST, CohortCount
from metrics.kinds import COUNT, HIGHER, LOWER, NEUTRAL, PERCENT, Cohort

renewal_rate = Cohort(
    key="renewal_rate",
    label=Text("续保率", "Renewal rate"),
    description=Text("在本店续保 ÷ 当期到期车辆", "renewed here ÷ vehicles due"),
    meaning=Text(
        "期间内保险到期的车辆中，在到期前 90 天至到期后 30 天之间经本店续保且未退保的比例。"
        "同一车辆同月到期的多张保单算一台，以最早到期日为准；全损、过户、注销的车辆不计。",
        "Of the vehicles whose insurance expired in the period, the share renewed through this store from 90 days "
        "before to 30 days after expiry and not cancelled. Policies of one vehicle expiring in one month count once, "
        "by the earliest; written-off, transferred and deregistered vehicles are left out.",
    ),
    roles=("renewal_specialist",),
    base="renewals",
    due_on="expires_on",
    once_per=("vin", "store_id"),
    credited_to="person_id",
    done_on="signed_on",
    undone_on="cancelled_on",
    excluded_by="exclusion",
    days_before=90,
    days_after=30,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=30,
    source="S04, M23",
)

renewals_quoted_rate = replace(
    renewal_rate,
    key="renewals_quoted_rate",
    label=Text("续保报价率", "Renewal quote rate"),
    description=Text("已报价 ÷ 当期到期车辆", "quoted ÷ vehicles due"),
    meaning=Text(
        "期间内保险到期的车辆中，不晚于到期后 30 天报过价的比例。车辆的算法与续保率相同。",
        "Of the vehicles whose insurance expired in the period, the share quoted no later than 30 days after expiry. "
        "Vehicles are counted as for the renewal rate.",
    ),
    done_on="quoted_at",
    undone_on=None,
    days_before=None,
    source="S04, M24",
)

renewals_due = CohortCount(
    key="renewals_due",
    label=Text("应续台数", "Renewals due"),
    description=Text("期间内到期的车辆", "vehicles due in the period"),
    meaning=Text(
        "期间内保险到期的车辆数，算法与续保率相同。",
        "The vehicles whose insurance expired in the period, counted as for the renewal rate.",
    ),
    roles=renewal_rate.roles,
    of=renewal_rate,
    state=DUE,
    better=NEUTRAL,
    unit=COUNT,
    decimals=0,
    source="S04, M22",
)

renewals_lost = replace(
    renewals_due,
    key="renewals_lost",
    label=Text("续保流失台数", "Renewals lost"),
    description=Text("到期满 30 天仍未续保", "not renewed 30 days after expiry"),
    meaning=Text(
        "期间内保险到期、到期已满 30 天而未经本店续保的车辆数。",
        "The vehicles whose insurance expired in the period, 30 days ago or more, and was not renewed here.",
    ),
    state=LOST,
    better=LOWER,
    settles_after=30,
    source="S04, M26",
)

renewals_in_progress = replace(
    renewals_due,
    key="renewals_in_progress",
    label=Text("续保进行中台数", "Renewals in progress"),
    description=Text("未续保且到期未满 30 天", "not renewed, not yet 30 days after expiry"),
    meaning=Text(
        "期间内保险到期、尚未续保而到期未满 30 天的车辆数。",
        "The vehicles whose insurance expires in the period, not renewed yet and less than 30 days past expiry.",
    ),
    state=IN_PROGRESS,
    settles_after=30,
    source="S04, M23",
)
