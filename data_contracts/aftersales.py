"""Owners and after-sales: the policies that expire and whether they were renewed here."""

import dataframely as dy
import polars as pl

from data_contracts.contract import across, at_least, code, contract, day, identifier, moment, money, not_before, text
from data_contracts.people import STORE_HEADINGS
from data_contracts.prospects import CUSTOMER_HEADINGS


@contract("renewals", "续保台账", "Renewals", dated_by="expires_on")
class Renewals(dy.Schema):
    """One row per expiring policy. ``signed_on`` is the renewal through this store; empty if elsewhere or not yet."""

    policy_id = identifier("到期保单号", "Policy ID", key=True, also=("保单号", "原保单号"), example="BD000001")
    line = code("险种", "Line", {"交强": ("交强险",), "商业": ("商业险",)}, example="商业")
    vin = identifier(
        "车架号", "VIN", required=True, also=("VIN码", "车辆识别代号", "底盘号"), example="LSVTEST0000000001"
    )
    customer_id = identifier("客户编号", "Customer ID", also=CUSTOMER_HEADINGS, example="C000045")
    store_id = identifier("门店编号", "Store ID", required=True, also=STORE_HEADINGS, refers="stores", example="S01")
    person_id = identifier(
        "续保专员工号", "Person ID", required=True, also=("续保员工号", "工号"), refers="people", example="E020"
    )
    expires_on = day("到期日期", "Expires on", required=True, also=("保险到期日", "到期日"), example="2026-10-31")
    quoted_at = moment("报价时间", "Quoted at", also=("报价日期",), example="2026-10-10 10:00:00")
    signed_on = day("续保签单日期", "Signed on", also=("签单日期", "续保日期"), example="2026-10-20")
    new_policy_id = identifier("新保单号", "New policy ID", also=("续保保单号",), example="BD000099")
    cancelled_on = day("退保日期", "Cancelled on")
    premium_fen = money("续保保费", "Premium", also=("保费",), example="3280.00")
    insurer = text("保险公司", "Insurer", also=("承保公司",), example="示例保险")
    kind = code("续保类型", "Kind", {"新转续": ("新保转续保",), "续转续": ("续保转续保",)}, example="续转续")
    exclusion = code("剔除原因", "Exclusion", {"全损": (), "过户": (), "注销": ()})

    cancelled_after_signed = not_before("cancelled_on", "signed_on")
    premium_not_negative = at_least("premium_fen", 0)

    @across(
        blames="signed_on",
        reason=("{signed_on}与{expires_on}相差超过一年", "{signed_on} is more than a year away from {expires_on}"),
        remedy=("请核对两个日期的年份", "check the year of both dates"),
    )
    def signed_near_expiry(cls) -> pl.Expr:
        return (pl.col("signed_on") - pl.col("expires_on")).dt.total_days().is_between(-366, 366)
