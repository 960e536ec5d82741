"""The owner club as the stores report it each month."""

import dataframely as dy

from data_contracts.contract import at_least, contract, identifier, integer, is_month, period, text, yes_no
from data_contracts.people import STORE_HEADINGS


@contract("club_snapshots", "车友汇月报", "Club snapshots", dated_by="month")
class ClubSnapshots(dy.Schema):
    """A store's club at the end of a month. ``referral_deals`` is cumulative."""

    month = period("月份", "Month", key=True, also=("统计月份",), example="2026-10")
    store_id = identifier("门店编号", "Store ID", key=True, also=STORE_HEADINGS, refers="stores", example="S01")
    region = text("区域", "Region", required=True, also=("大区", "RBO"), example="华东")
    has_club = yes_no("是否建立分会", "Has club", required=True, also=("是否成立分会",), example="是")
    has_full_after_sales = yes_no(
        "是否具备完整售后功能", "Has full after-sales", required=True, also=("完整售后功能",), example="是"
    )
    members = integer("会员数量", "Members", also=("会员数",), example="1200")
    pending_members = integer("申请中数量", "Pending members", also=("申请中",), example="35")
    private_owners = integer("个人车主数量", "Private owners", also=("个人车主数",), example="5400")
    referral_deals = integer("推荐购车成功量", "Referral deals", also=("推荐购车量",), example="18")

    month_is_month = is_month("month")
    members_not_negative = at_least("members", 0)
    pending_not_negative = at_least("pending_members", 0)
    owners_not_negative = at_least("private_owners", 0)
    deals_not_negative = at_least("referral_deals", 0)
