"""The owner club: members, what they bring, and how many dealers have one. All at store, region and group.

What stands at a month end is a stock. The same figures as the manufacturer publishes them are stated figures with keys
of their own, which end in ``_published``; stated under a computed metric's key they are laid beside it.
"""

from typing import Final

from polars import col

from data_contracts.contract import Text
from metrics.credit import Level
from metrics.kinds import COUNT, HIGHER, NEUTRAL, PERCENT
from metrics.stated import Stated
from metrics.stocks import Growth, Stock

CARE: Final = ("customer_care_director",)
"""The post that answers for the club."""

LEVELS: Final[tuple[Level, ...]] = ("store", "region", "group")
ABOVE_STORES: Final[tuple[Level, ...]] = ("region", "group")

_SNAPSHOTS: Final = "club_snapshots"
_EVERY_STORE: Final = col("store_id").is_not_null()
_HAS_CLUB: Final = col("has_club")
_HAS_FULL_AFTER_SALES: Final = col("has_full_after_sales")

members = Stock(
    key="members",
    label=Text("会员数量", "Members"),
    description=Text("截至最近月末", "at the latest month end"),
    meaning=Text(
        "截至期间结束日或之前最近一个月末的会员数量。未填写的门店不按零计。",
        "Members at the latest month end on or before the period's last day. A store that left the cell empty is not "
        "counted as zero.",
    ),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_EVERY_STORE,
    amount=col("members"),
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M70",
)

pending_members = Stock(
    key="pending_members",
    label=Text("申请中数量", "Pending members"),
    description=Text("截至最近月末", "at the latest month end"),
    meaning=Text(
        "截至最近月末已申请、尚未成为会员的人数。",
        "Those who had applied and were not yet members at the latest month end.",
    ),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_EVERY_STORE,
    amount=col("pending_members"),
    better=NEUTRAL,
    unit=COUNT,
    decimals=0,
    source="S01, M71",
)

private_owners = Stock(
    key="private_owners",
    label=Text("个人车主数量", "Private owners"),
    description=Text("已建分会的门店，截至最近月末", "of stores with a club, at the latest month end"),
    meaning=Text(
        "截至最近月末，已建立分会的门店的个人车主数量。",
        "Private owners at the latest month end, of the stores that have a club.",
    ),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_HAS_CLUB,
    amount=col("private_owners"),
    better=NEUTRAL,
    unit=COUNT,
    decimals=0,
    source="S01, M71",
)

clubs = Stock(
    key="clubs",
    label=Text("分会数量", "Clubs"),
    description=Text("截至最近月末", "at the latest month end"),
    meaning=Text("截至最近月末已建立分会的门店数。", "Stores that have a club at the latest month end."),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_EVERY_STORE,
    amount=col("has_club").cast(int),
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M73",
)

members_per_club = Stock(
    key="members_per_club",
    label=Text("会均会员数", "Members per club"),
    description=Text("会员数量 ÷ 分会数量", "members ÷ clubs"),
    meaning=Text(
        "截至最近月末，已建立分会的门店的会员数量除以分会数量。",
        "At the latest month end, the members of the stores that have a club, by the number of these clubs.",
    ),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_HAS_CLUB,
    amount=col("members"),
    out_of=col("has_club").cast(int),
    better=HIGHER,
    unit=COUNT,
    decimals=1,
    source="S01, M70",
)

recruitment_rate = Stock(
    key="recruitment_rate",
    label=Text("会员招募率", "Recruitment rate"),
    description=Text("（会员+申请中）÷ 个人车主", "(members + pending) ÷ private owners"),
    meaning=Text(
        "截至最近月末，已建立分会的门店中，会员与申请中人数之和除以个人车主数量。三项有缺的门店不计。",
        "At the latest month end, members and pending members of the stores that have a club, by their private owners. "
        "A store that left out one of the three is not counted.",
    ),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_HAS_CLUB,
    amount=col("members") + col("pending_members"),
    out_of=col("private_owners"),
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S01, M71",
)

owner_conversion_rate = Stock(
    key="owner_conversion_rate",
    label=Text("车主转化率", "Owner conversion rate"),
    description=Text("会员 ÷ 个人车主", "members ÷ private owners"),
    meaning=Text(
        "截至最近月末，已建立分会的门店中，会员数量除以个人车主数量；不含申请中。",
        "At the latest month end, members of the stores that have a club, by their private owners; pending members are "
        "left out.",
    ),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_HAS_CLUB,
    amount=col("members"),
    out_of=col("private_owners"),
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S01, M72",
)

dealer_enrolment_rate = Stock(
    key="dealer_enrolment_rate",
    label=Text("经销商入会率", "Dealer enrolment rate"),
    description=Text("已建分会 ÷ 具备完整售后功能的经销商", "with a club ÷ dealers with full after-sales"),
    meaning=Text(
        "截至最近月末，具备完整售后功能的经销商中已建立分会的比例。",
        "At the latest month end, of the dealers with full after-sales, the share that has a club.",
    ),
    roles=CARE,
    levels=ABOVE_STORES,
    base=_SNAPSHOTS,
    base_where=_HAS_FULL_AFTER_SALES,
    amount=col("has_club").cast(int),
    out_of=col("has_full_after_sales").cast(int),
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S01, M73",
)

monthly_joins_average = Growth(
    key="monthly_joins_average",
    label=Text("平均月入会", "Monthly joins, average"),
    description=Text("（末月 − 首月）÷ 间隔月数", "(last month − first) ÷ month steps"),
    meaning=Text(
        "期间末月与首月的月末会员数量之差，除以两者相隔的月数（十个月的期间相隔九个月）。",
        "Members at the end of the period's last month less those at the end of its first, by the month steps between "
        "(a period of ten months has nine).",
    ),
    roles=CARE,
    levels=LEVELS,
    of=members,
    since="first_month",
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M70",
)

referral_deals = Stock(
    key="referral_deals",
    label=Text("推荐购车成功量（累计）", "Referral deals, cumulative"),
    description=Text("截至最近月末的累计数", "all until the latest month end"),
    meaning=Text(
        "截至最近月末经会员推荐成交的累计台数；闭店门店的成交仍计在内。",
        "All deals until the latest month end that members had recommended; those of closed stores stay.",
    ),
    roles=CARE,
    levels=LEVELS,
    base=_SNAPSHOTS,
    base_where=_EVERY_STORE,
    amount=col("referral_deals"),
    outlives_store=True,
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M67",
)

referral_deals_increment = Growth(
    key="referral_deals_increment",
    label=Text("推荐购车成功量（当期）", "Referral deals of the period"),
    description=Text("本期末累计 − 上期末累计", "cumulative now − at the end of the period before"),
    meaning=Text(
        "期间内新增的推荐成交台数：期末累计数减去上一期末累计数。没有上一期的首期不计算。",
        "Deals of the period that members had recommended: the cumulative count at its end less that at the end of the "
        "period before. The first one, which has none before it, has no figure.",
    ),
    roles=CARE,
    levels=LEVELS,
    of=referral_deals,
    since="period_before",
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M67",
)

members_published = Stated(
    key="members_published",
    label=Text("会员数量（公布）", "Members, as published"),
    description=Text("外部公布，截至最近月末", "as stated from outside, at the latest month end"),
    meaning=Text(
        "外部指标中公布的会员数量，不由门店月报计算。",
        "Members as the stated figures say, not computed from the stores.",
    ),
    roles=CARE,
    levels=LEVELS,
    states="members",
    stands_on=True,
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M70",
)

monthly_joins_average_published = Growth(
    key="monthly_joins_average_published",
    label=Text("平均月入会（公布）", "Monthly joins, average, of the published members"),
    description=Text(
        "公布的会员数：（末月 − 首月）÷ 间隔月数", "of the published members: (last − first) ÷ month steps"
    ),
    meaning=Text(
        "以公布的会员数量计算的平均月入会。",
        "The monthly joins on average, from the members as the stated figures say.",
    ),
    roles=CARE,
    levels=LEVELS,
    of=members_published,
    since="first_month",
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M70",
)

recruitment_rate_published = Stated(
    key="recruitment_rate_published",
    label=Text("会员招募率（公布）", "Recruitment rate, as published"),
    description=Text("外部公布，截至最近月末", "as stated from outside, at the latest month end"),
    meaning=Text(
        "外部指标中公布的会员招募率，不由门店月报计算。",
        "The recruitment rate as the stated figures say, not computed from the stores.",
    ),
    roles=CARE,
    levels=LEVELS,
    states="recruitment_rate",
    stands_on=True,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    source="S01, M71",
)

referral_deals_published = Stated(
    key="referral_deals_published",
    label=Text("推荐购车成功量（累计，公布）", "Referral deals, cumulative, as published"),
    description=Text("外部公布的累计数，截至最近月末", "all until the latest month end, as stated from outside"),
    meaning=Text(
        "外部指标中公布的推荐成交累计台数，不由门店月报计算。",
        "All deals that members had recommended as the stated figures say, not computed from the stores.",
    ),
    roles=CARE,
    levels=LEVELS,
    states="referral_deals",
    stands_on=True,
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M67",
)

referral_deals_increment_published = Growth(
    key="referral_deals_increment_published",
    label=Text("推荐购车成功量（当期，公布）", "Referral deals of the period, of the published count"),
    description=Text("公布的累计数：本期末 − 上期末", "of the published count: now − at the end of the period before"),
    meaning=Text(
        "以公布的累计数计算的当期推荐成交台数；首期不计算。",
        "The period's deals from the cumulative count as the stated figures say; the first one has no figure.",
    ),
    roles=CARE,
    levels=LEVELS,
    of=referral_deals_published,
    since="period_before",
    better=HIGHER,
    unit=COUNT,
    decimals=0,
    source="S01, M67",
)

CLUB: Final = (
    members,
    pending_members,
    private_owners,
    clubs,
    members_per_club,
    recruitment_rate,
    owner_conversion_rate,
    dealer_enrolment_rate,
    monthly_joins_average,
    referral_deals,
    referral_deals_increment,
    members_published,
    monthly_joins_average_published,
    recruitment_rate_published,
    referral_deals_published,
    referral_deals_increment_published,
)
"""The club's metrics, in reading order."""
