"""Prospects: from the invitation to the visit."""

from polars import col

from data_contracts.contract import Text
from metrics.kinds import HIGHER, PERCENT, Conversion

invite_to_store_rate = Conversion(
    key="invite_to_store_rate",
    label=Text("邀约到店率", "Invite-to-store rate"),
    description=Text("有效邀约后 7 天内到店 ÷ 有效邀约", "arrived within 7 days ÷ effective invitations"),
    meaning=Text(
        "期间内发出的有效邀约中,客户在邀约之后、第 7 个自然日结束前到达该店的比例。每次到店计给最近一次有效邀约;"
        "到店后或到店前 30 分钟内才录入的邀约不计到店,仍留在分母。",
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
