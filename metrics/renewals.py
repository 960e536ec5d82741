"""Renewals: policies that fall due and are signed again here."""

from data_contracts.contract import Text
from metrics.kinds import HIGHER, PERCENT, Cohort

renewal_rate = Cohort(
    key="renewal_rate",
    label=Text("续保率", "Renewal rate"),
    description=Text("在本店续保 ÷ 当期到期车辆", "renewed here ÷ vehicles due"),
    meaning=Text(
        "期间内保险到期的车辆中,在到期前 90 天至到期后 30 天之间经本店续保且未退保的比例。"
        "同一车辆同月到期的多张保单算一台,以最早到期日为准;全损、过户、注销的车辆不计。",
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
