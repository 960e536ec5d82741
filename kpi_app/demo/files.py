"""What the demo group's offices send: which rows go into which file, and how each office writes it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from kpi_app.demo.care import call_logs, club_snapshots, complaints, renewals
from kpi_app.demo.days import MONTHS, label, month_end, month_start
from kpi_app.demo.office import Export, Hand
from kpi_app.demo.planted import PLANTED
from kpi_app.demo.prospects import prospects
from kpi_app.demo.roster import Roster, Row, targets
from kpi_app.demo.surveys import surveys

_GROUP = "禾川汽车集团(虚构示例)"
_SECOND_HALF = 7  # the first of two overlapping exports ends with the month this many before the last

_LEADS = (
    "lead_id", "store_id", "customer_id", "channel", "received_at", "assigned_at", "person_id", "first_contact_at",
    "carded_at", "first_intent_level", "intent_level", "validity", "validity_review", "status", "ordered_at",
    "lost_applied_at", "lost_at", "lost_reason", "lost_review", "lost_reviewed_at", "reactivated_at", "reported_by",
)  # fmt: skip
_FOLLOW_UPS = (
    "follow_up_id", "lead_id", "person_id", "done_at", "is_connected", "intent_level", "next_contact_at", "recorded_at",
)  # fmt: skip
_INVITATIONS = (
    "invitation_id", "customer_id", "store_id", "person_id", "invited_at", "purpose", "is_effective",
    "appointment_at", "lead_id", "recorded_at",
)  # fmt: skip
_VISITS = (
    "visit_id", "store_id", "customer_id", "arrived_at", "received_by", "purpose", "has_test_drive", "is_focus_model",
    "recorded_at",
)  # fmt: skip
_RENEWALS = (
    "policy_id", "line", "vin", "customer_id", "store_id", "person_id", "expires_on", "kind", "quoted_at", "signed_on",
    "new_policy_id", "premium", "insurer", "cancelled_on", "exclusion",
)  # fmt: skip
_SURVEYS = (
    "survey_id", "programme", "store_id", "department", "person_id", "surveyed_on", "customer_id", "wave", "item",
    "score", "max_score", "grade", "is_passed", "reported_by",
)  # fmt: skip


def _of(rows: list[Row], store_id: str) -> list[Row]:
    return [row for row in rows if row["store_id"] == store_id]


def _between(rows: list[Row], column: str, first: date, last: date) -> list[Row]:
    """The rows dated from first to last, both included."""
    return [row for row in rows if first <= _day(row, column) <= last]


def _day(row: Row, column: str) -> date:
    value = row[column]
    assert isinstance(value, date)
    return value.date() if isinstance(value, datetime) else value


def exports(as_of: date, seed: int) -> list[Export]:
    """Every file of the demo group, in the order in which an office would think of them."""
    roster = Roster(as_of)
    first, halves = month_start(as_of, MONTHS - 1), month_start(as_of, _SECOND_HALF)
    half_ends = month_end(as_of, _SECOND_HALF)
    front, scored, voiced = prospects(roster, seed), surveys(roster, seed), complaints(roster, seed)
    return [
        *_people(roster),
        *_front(front, first, halves, half_ends, as_of),
        *_after_sales(roster, seed, voiced),
        *_scores(scored, as_of),
    ]


def _people(roster: Roster) -> list[Export]:
    return [
        Export(
            file="门店.xlsx",
            contract="stores",
            columns=("store_id", "store_name", "region", "city", "opened_on", "opens_at", "closes_at"),
            rows=roster.stores(),
            called={"store_id": "经销商代码", "region": "大区"},
            titles=(f"{_GROUP}门店一览",),
            hand=Hand(dates="chinese"),
        ),
        Export(
            file="人员任职.xlsx",
            contract="people",
            columns=(
                "person_id", "person_name", "store_id", "department", "team_id", "team_name", "role", "share",
                "is_leader", "manager_id", "since", "until", "hired_on", "left_on", "protected_until",
            ),
            rows=roster.people(),
            titles=(f"{_GROUP}花名册", f"截至{roster.as_of.year}年{roster.as_of.month}月{roster.as_of.day}日"),
            bands=(("所在组织", "store_id", "team_name"), ("任职期间", "since", "until")),
            hand=Hand(dates="cell", yes="√", no="×"),
        ),
        Export(
            file="薪资基数.xlsx",
            contract="pay_profiles",
            columns=("person_id", "since", "contract_wage", "other_pay", "performance_base", "has_loss_clause"),
            rows=roster.pay_profiles(),
            titles=("薪资基数表(保密)",),
            hand=Hand(dates="chinese", money="sign"),
        ),
        Export(
            file="最低工资.csv",
            contract="minimum_wages",
            columns=("city", "since", "amount", "source"),
            rows=roster.minimum_wages(),
        ),
        Export(
            file="缺勤登记.csv",
            contract="absences",
            columns=("person_id", "kind", "from_on", "to_on", "covered_by"),
            rows=roster.absences(),
            encoding="gb18030",
            hand=Hand(dates="slash"),
        ),
        Export(
            file="目标.xlsx",
            contract="targets",
            columns=(
                "metric", "level", "subject_id", "period_kind", "since", "until", "goal", "floor", "stretch",
            ),
            rows=targets(roster.as_of),
            titles=("考核目标",),
        ),
    ]  # fmt: skip


def _front(front: Mapping[str, list[Row]], first: date, halves: date, half_ends: date, as_of: date) -> list[Export]:
    leads, invitations, visits = front["leads"], front["invitations"], front["store_visits"]
    late = label(month_start(as_of, 2))  # the month that S03's front desk typed in afterwards
    s03_visits = _of(visits, "S03")
    dcc = {"lead_id": "线索ID", "received_at": "下发时间", "store_id": "经销商代码"}
    return [
        Export(
            file="S01_线索_上.csv",
            contract="leads",
            columns=_LEADS,
            rows=_between(_of(leads, "S01"), "received_at", first, half_ends),
            encoding="gb18030",
        ),
        Export(
            file="S01_线索_下.csv",
            contract="leads",
            columns=_LEADS,
            rows=_between(_of(leads, "S01"), "received_at", halves, as_of),
            encoding="gb18030",
        ),
        Export(
            file="S02_线索.csv",
            contract="leads",
            columns=_LEADS,
            rows=_of(leads, "S02"),
            delimiter=";",
            hand=Hand(dates="slash"),
        ),
        Export(file="S03_线索.csv", contract="leads", columns=_LEADS, rows=_of(leads, "S03"), called=dcc),
        Export(
            file="线索分配记录.csv",
            contract="lead_assignments",
            columns=("lead_id", "person_id", "since", "until", "reason"),
            rows=front["lead_assignments"],
            delimiter="\t",
        ),
        Export(
            file="跟进记录_上.csv",
            contract="follow_ups",
            columns=_FOLLOW_UPS,
            rows=_between(front["follow_ups"], "done_at", first, half_ends),
            encoding="gb18030",
        ),
        Export(
            file="跟进记录_下.csv",
            contract="follow_ups",
            columns=_FOLLOW_UPS,
            rows=_between(front["follow_ups"], "done_at", halves, as_of),
            hand=Hand(yes="1", no="0"),
            encoding="gb18030",
        ),
        Export(
            file="S01_邀约记录.csv",
            contract="invitations",
            columns=_INVITATIONS,
            rows=_of(invitations, "S01"),
            called={"person_id": "邀约专员工号"},
            encoding="gb18030",
        ),
        Export(
            file="S02_邀约记录.xlsx",
            contract="invitations",
            columns=_INVITATIONS[:-1],  # S02's system keeps no time of recording
            rows=_of(invitations, "S02"),
            titles=("澜江店邀约台账", "导出条件：全部"),
            hand=Hand(dates="cell", yes="Y", no="N"),
        ),
        Export(
            file="S03_邀约记录.csv",
            contract="invitations",
            columns=_INVITATIONS,
            rows=_of(invitations, "S03"),
            delimiter=";",
            hand=Hand(dates="slash"),
        ),
        Export(
            file="S01_到店记录.csv",
            contract="store_visits",
            columns=_VISITS,
            rows=_of(visits, "S01"),
            encoding="gb18030",
        ),
        Export(
            file="S02_到店记录.csv",
            contract="store_visits",
            columns=_VISITS,
            rows=_of(visits, "S02"),
            called={"arrived_at": "来店时间"},
            delimiter="\t",
        ),
        Export(
            file="S03_到店记录.csv",
            contract="store_visits",
            columns=_VISITS,
            rows=[row for row in s03_visits if label(_day(row, "arrived_at")) != late],
        ),
        _planted(
            Export(
                file="S03_到店记录_补录.csv",
                contract="store_visits",
                columns=_VISITS,
                rows=[row for row in s03_visits if label(_day(row, "arrived_at")) == late],
                encoding="utf-8",
                delimiter=";",
            )
        ),
        Export(
            file="订单.xlsx",
            contract="orders",
            columns=(
                "order_id", "store_id", "customer_id", "person_id", "model", "amount", "ordered_at", "invoiced_at",
                "delivered_at", "cancelled_at", "cancel_reason", "lead_id", "referrer_customer_id", "is_trade_in",
                "is_repeat", "is_focus_model", "reported_by",
            ),
            rows=sorted(front["orders"], key=lambda row: str(row["store_id"])),
            titles=(f"{_GROUP}订单明细",),
            bands=(("关键时间", "ordered_at", "cancelled_at"), ("标记", "is_trade_in", "is_focus_model")),
            total_of="amount",
            subtotal_by="store_id",
            hand=Hand(dates="cell"),
        ),
    ]  # fmt: skip


def _after_sales(roster: Roster, seed: int, voiced: Mapping[str, list[Row]]) -> list[Export]:
    ledger = renewals(roster, seed)
    return [
        Export(
            file="S01_续保台账.csv",
            contract="renewals",
            columns=_RENEWALS,
            rows=_of(ledger, "S01"),
            hand=Hand(money="sign"),
        ),
        Export(
            file="S02_续保台账.csv",
            contract="renewals",
            columns=_RENEWALS,
            rows=_of(ledger, "S02"),
            called={"expires_on": "保险到期日", "policy_id": "保单号"},
            encoding="gb18030",
            hand=Hand(dates="slash"),
        ),
        _planted(
            Export(
                file="S03_续保台账.xlsx",
                contract="renewals",
                columns=_RENEWALS,
                rows=_of(ledger, "S03"),
                titles=("锦阳店续保台账", "含未到期"),
                hand=Hand(dates="cell"),
                total_of="premium",
            )
        ),
        Export(
            file="抱怨处理表.xlsx",
            contract="complaints",
            columns=(
                "complaint_id", "loop_no", "kind", "severity", "store_id", "department", "customer_id", "person_id",
                "handler_id", "channel", "cause", "validity", "oem_case_no", "received_at", "first_contact_at",
                "satisfied_at", "closed_at", "escalated_at", "recontacted_by", "recontacted_at", "recontact_attempts",
                "recontact_result",
            ),
            rows=voiced["complaints"],
            titles=("用户抱怨处理表",),
            bands=(("处理时间", "received_at", "escalated_at"), ("三日复访", "recontacted_by", "recontact_result")),
            hand=Hand(dates="cell"),
        ),
        Export(
            file="责任判定.csv",
            contract="complaint_rulings",
            columns=(
                "complaint_id", "kind", "person_id", "fault", "penalty", "judged_by", "judged_at", "evidence", "note",
            ),
            rows=voiced["complaint_rulings"],
            hand=Hand(dates="chinese", money="wide"),
        ),
        Export(
            file="车友汇月报.xlsx",
            contract="club_snapshots",
            columns=(
                "month", "region", "store_id", "has_club", "has_full_after_sales", "members", "pending_members",
                "private_owners", "referral_deals",
            ),
            rows=club_snapshots(roster, seed),
            titles=("车友汇月报",),
            hand=Hand(dates="chinese"),
        ),
        Export(
            file="通话记录_400.csv",
            contract="call_logs",
            columns=("call_id", "store_id", "person_id", "started_at", "direction", "line", "is_answered", "seconds"),
            rows=call_logs(roster, seed),
            hand=Hand(yes="Y", no="N"),
        ),
    ]  # fmt: skip


def _scores(scored: Mapping[str, list[Row]], as_of: date) -> list[Export]:
    css = [row for row in scored["surveys"] if row["programme"] == "CSS"]
    sales = [row for row in css if row["department"] == "销售部"]
    service = [row for row in css if row["department"] == "售后部"]
    late = label(month_start(as_of, 3))  # S02's questionnaires of that month arrived on a sheet of their own
    own = {
        str(row["survey_id"]) for row in service if row["store_id"] == "S02" and label(_day(row, "surveyed_on")) == late
    }
    return [
        Export(
            file="满意度调查_销售.csv",
            contract="surveys",
            columns=_SURVEYS,
            rows=sales,
            delimiter="\t",
        ),
        Export(
            file="满意度调查_售后.xlsx",
            contract="surveys",
            columns=_SURVEYS,
            rows=[row for row in service if row["survey_id"] not in own],
            titles=("售后满意度调查明细",),
            sheet_by="store_id",
            hand=Hand(dates="cell"),
        ),
        _planted(
            Export(
                file="S02_满意度调查_补充问卷.csv",
                contract="surveys",
                columns=_SURVEYS,
                rows=[row for row in service if row["survey_id"] in own],
                encoding="gb18030",
                delimiter="\t",
                hand=Hand(dates="chinese"),
            )
        ),
        Export(
            file="内部回访_ISM.csv",
            contract="surveys",
            columns=("survey_id", "programme", "store_id", "department", "person_id", "surveyed_on", "customer_id",
                     "item", "score", "max_score", "reported_by"),
            rows=[row for row in scored["surveys"] if row["programme"] == "ISM"],
            hand=Hand(dates="slash"),
        ),
        Export(
            file="区域平均分.xlsx",
            contract="benchmarks",
            columns=("period", "programme", "region", "department", "item", "score", "published_on"),
            rows=scored["benchmarks"],
            titles=("厂家公布的区域平均分", "百分制"),
            hand=Hand(dates="chinese"),
        ),
        Export(
            file="外部指标.csv",
            contract="stated_figures",
            columns=("source", "metric", "level", "subject_id", "period", "value", "sample", "published_on"),
            rows=scored["stated_figures"],
        ),
    ]  # fmt: skip


def _planted(export: Export) -> Export:
    return replace(export, planted=PLANTED[export.file])
