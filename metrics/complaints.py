"""Complaints: how soon they are answered and settled, who is at fault, and whether the customer is called again."""

from dataclasses import replace
from typing import Final

from polars import col

from data_contracts.contract import Text
from metrics.cases import OverdueComplaints, Verdicts
from metrics.counts import Composition, Count, OpenCount, Share
from metrics.kinds import COUNT, END, HIGHER, HOURS, LOWER, MEDIAN, NEUTRAL, P90, PERCENT, Duration, Punctuality
from metrics.limits import ALWAYS, Limit
from metrics.working_time import CALENDAR_DAYS, CN_WORKDAYS, DAY, OPENING_HOURS, PAST_HOLIDAYS, Clock

_HOUR: Final = 3600

complaint_resolution_time_elapsed = Duration(
    key="complaint_resolution_time_elapsed",
    label=Text("抱怨处理时长", "Complaint resolution time"),
    description=Text("受理到用户满意的自然时间，中位数", "received to satisfied, clock time, median"),
    meaning=Text(
        "期间内达到用户满意的有效抱怨（首轮），从受理到用户满意所经过的自然时间的中位数，计给处理人。",
        "Of the valid complaints (first loop) whose customer was satisfied in the period, the median clock time from "
        "receipt to satisfaction, credited to the handler.",
    ),
    roles=("customer_care_specialist", "showroom_manager", "service_manager"),
    base="complaints",
    base_where=(col("validity") == "有效") & (col("loop_no") == 1),
    from_at="received_at",
    to_at="satisfied_at",
    credited_to="handler_id",
    quantile=MEDIAN,
    better=LOWER,
    unit=HOURS,
    decimals=1,
    source="S08, M34",
)

complaint_first_response_time_elapsed = replace(
    complaint_resolution_time_elapsed,
    key="complaint_first_response_time_elapsed",
    label=Text("抱怨首次响应时长", "Complaint first response time"),
    description=Text("受理到首次响应的自然时间，中位数", "received to first contact, clock time, median"),
    meaning=Text(
        "期间内受理的有效抱怨（首轮），从受理到首次响应所经过的自然时间的中位数，计给处理人。",
        "Of the valid complaints (first loop) received in the period, the median clock time from receipt to the first "
        "contact, credited to the handler.",
    ),
    to_at="first_contact_at",
    dated_by="from",
    decimals=2,
    source="S08, M33",
)

complaint_first_response_punctuality_elapsed = Punctuality(
    key="complaint_first_response_punctuality_elapsed",
    label=Text("抱怨响应及时率", "Complaint response punctuality"),
    description=Text("2 小时内首次响应 ÷ 已响应或已超时", "first contact within 2 h ÷ answered or due"),
    meaning=Text(
        "期间内受理的有效抱怨（首轮）中，2 小时自然时间内首次响应的比例；既未响应又未超时的不计。",
        "Of the valid complaints (first loop) received in the period, the share answered within 2 hours of clock time; "
        "what is neither answered nor past its limit is left out.",
    ),
    roles=complaint_resolution_time_elapsed.roles,
    base="complaints",
    base_where=complaint_resolution_time_elapsed.base_where,
    from_at="received_at",
    to_at="first_contact_at",
    credited_to="handler_id",
    limits=(Limit(value=2 * _HOUR, since=ALWAYS, source="plan F2"),),
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=1,
    source="S08, M33",
)

complaint_resolution_punctuality_elapsed = replace(
    complaint_first_response_punctuality_elapsed,
    key="complaint_resolution_punctuality_elapsed",
    label=Text("抱怨处理及时率", "Complaint resolution punctuality"),
    description=Text("72 小时内用户满意 ÷ 已满意或已超时", "satisfied within 72 h ÷ satisfied or due"),
    meaning=Text(
        "期间内受理的有效抱怨（首轮）中，72 小时自然时间内达到用户满意的比例；既未满意又未超时的不计。",
        "Of the valid complaints (first loop) received in the period, the share whose customer was satisfied within 72 "
        "hours of clock time; what is neither satisfied nor past its limit is left out.",
    ),
    to_at="satisfied_at",
    limits=(Limit(value=72 * _HOUR, since=ALWAYS, source="plan F2"),),
    settles_after=3,
    source="S08, M35",
)

_P90: Final = tuple(
    replace(
        median,
        key=median.key.replace("_time_", "_time_p90_"),
        label=Text(f"{median.label.zh}（P90）", f"{median.label.en} (P90)"),
        description=Text(
            median.description.zh.replace("中位数", "第 90 百分位"), median.description.en.replace("median", "P90")
        ),
        meaning=Text(
            median.meaning.zh.replace("中位数", "第 90 百分位数"),
            median.meaning.en.replace("median", "90th percentile of"),
        ),
        quantile=P90,
    )
    for median in (complaint_first_response_time_elapsed, complaint_resolution_time_elapsed)
)

_BUSINESS: Final[dict[str, tuple[Clock, Text, int]]] = {
    "business": (OPENING_HOURS, Text("营业时间", "opening time"), 2),
    "cn_workdays_business": (CN_WORKDAYS, Text("工作日营业时间", "opening time on working days"), 12),
}
"""How a key ends → the clock, its name, and the days in which three days of it surely pass."""

_WORKING_LIMITS: Final = (Limit(value=27 * _HOUR, since=ALWAYS, source="[infer] three days of nine hours"),)


def _said(text: Text, clock: Text) -> Text:
    """The text of a metric on clock time for another clock, with its limit."""
    return Text(
        text.zh.replace("72 小时", "27 小时").replace("自然时间", clock.zh),
        text.en.replace("72 hours", "27 hours").replace("72 h", "27 h").replace("clock time", clock.en),
    )


def _times_by(ending: str) -> tuple[Duration, ...]:
    clock, name, _ = _BUSINESS[ending]
    return tuple(
        replace(
            it,
            key=it.key.replace("elapsed", ending),
            label=Text(f"{it.label.zh}（{name.zh}）", f"{it.label.en} ({name.en})"),
            description=_said(it.description, name),
            meaning=_said(it.meaning, name),
            clock=clock,
        )
        for it in (complaint_first_response_time_elapsed, complaint_resolution_time_elapsed, *_P90)
    )


def _punctuality_by(ending: str) -> tuple[Punctuality, ...]:
    clock, name, days = _BUSINESS[ending]
    return tuple(
        replace(
            it,
            key=it.key.replace("elapsed", ending),
            label=Text(f"{it.label.zh}（{name.zh}）", f"{it.label.en} ({name.en})"),
            description=Text(
                f"{_said(it.description, name).zh}，{name.zh}", f"{_said(it.description, name).en}, {name.en}"
            ),
            meaning=_said(it.meaning, name),
            clock=clock,
            limits=limits,
            settles_after=days,
        )
        for it, limits in (
            (complaint_first_response_punctuality_elapsed, complaint_first_response_punctuality_elapsed.limits),
            (complaint_resolution_punctuality_elapsed, _WORKING_LIMITS),
        )
    )


COMPLAINT_TIMES: Final[tuple[Duration | Punctuality, ...]] = (
    complaint_first_response_time_elapsed,
    *_P90,
    complaint_first_response_punctuality_elapsed,
    complaint_resolution_punctuality_elapsed,
    *_times_by("business"),
    *_punctuality_by("business"),
    *_times_by("cn_workdays_business"),
    *_punctuality_by("cn_workdays_business"),
)
"""First response and resolution, as median, P90 and share in time: by the clock, by opening hours, by working days."""

complaints_open_over_limit = OpenCount(
    key="complaints_open_over_limit",
    label=Text("超时未满意抱怨", "Complaints open over the limit"),
    description=Text("期末受理满 72 小时仍未满意", "72 h or more old and not satisfied at the end"),
    meaning=Text(
        "期间结束时（未结束的到截止日）受理已满 72 小时而用户仍未满意的有效抱怨（首轮）数，计给处理人。",
        "The valid complaints (first loop) that, at the period's end (or as of today, if that is earlier), were "
        "received 72 hours or more ago and not satisfied, for the handler.",
    ),
    roles=complaint_resolution_time_elapsed.roles,
    base=OverdueComplaints(),
    base_where=complaint_resolution_time_elapsed.base_where,
    credited_to="handler_id",
    at=END,
    better=LOWER,
    unit=COUNT,
    decimals=0,
    source="S08, M36; 72 h from plan F2",
)

complaints_received = Count(
    key="complaints_received",
    label=Text("抱怨量", "Complaints received"),
    description=Text("期间内受理的有效抱怨（首轮）", "valid complaints received, first loop"),
    meaning=Text(
        "期间内受理的有效抱怨（首轮）数，计给被投诉人。",
        "The valid complaints (first loop) received in the period, for the person complained of.",
    ),
    roles=("sales_consultant", "service_advisor", "technician"),
    base="complaints",
    base_where=complaint_resolution_time_elapsed.base_where,
    dated_by="received_at",
    credited_to="person_id",
    better=LOWER,
    unit=COUNT,
    decimals=0,
    source="S08, M31",
)

complaint_recontact_3d_rate = Punctuality(
    key="complaint_recontact_3d_rate",
    label=Text("3天复访率", "3-day recontact rate"),
    description=Text("满意后 3 天内复访 ÷ 已复访或已满 3 天", "recontacted within 3 days ÷ recontacted or 3 days past"),
    meaning=Text(
        "期间内用户满意的有效抱怨（每一轮）中，满意后 3 个自然日内复访的比例，计给复访人。不同时间三次未接通算已复访；"
        "既未复访又未满 3 天的不计。",
        "Of the valid complaints (every loop) satisfied in the period, the share called again within 3 calendar days, "
        "for whoever called. Three attempts without an answer count as a call; what is neither called nor 3 days old "
        "is left out.",
    ),
    roles=("callback_agent",),
    base="complaints",
    base_where=col("validity") == "有效",
    from_at="satisfied_at",
    to_at="recontacted_at",
    done_where=(
        (col("recontact_result") != "未接通").fill_null(True) | (col("recontact_attempts") >= 3).fill_null(False)
    )
    & (col("recontacted_at").dt.date() >= col("satisfied_at").dt.date()),
    credited_to="recontacted_by",
    limits=(Limit(value=3 * DAY, since=ALWAYS, source="rule R4"),),
    clock=CALENDAR_DAYS,
    better=HIGHER,
    unit=PERCENT,
    decimals=1,
    settles_after=3,
    source="S08, M37",
)

complaint_recontact_3d_rate_past_holidays = replace(
    complaint_recontact_3d_rate,
    key="complaint_recontact_3d_rate_past_holidays",
    label=Text("3天复访率（节假日顺延）", "3-day recontact rate, past holidays"),
    description=Text("满意后 3 天内复访，遇法定节假日顺延", "recontacted within 3 days, moved past statutory holidays"),
    meaning=Text(
        "与“3天复访率”相同，但第 3 天落在法定节假日（含调休放假）时，顺延到假后第一天；普通周末不顺延。",
        "As the 3-day recontact rate, but a third day that falls on a statutory holiday or a day off in lieu moves to "
        "the first day after it; an ordinary weekend moves nothing.",
    ),
    clock=PAST_HOLIDAYS,
    settles_after=12,
    variant_of="complaint_recontact_3d_rate",
    source="S08, M37; semantics: complaints",
)

complaint_at_fault_rate = Share(
    key="complaint_at_fault_rate",
    label=Text("有责率", "At-fault rate"),
    description=Text("判为有责 ÷（有责 + 无责）", "at fault ÷ (at fault + not at fault)"),
    meaning=Text(
        "期间内对有效抱怨作出的责任判定中判为有责的比例；未判定的不计。",
        "Of the rulings of the period on valid complaints, the share at fault; undecided ones are left out.",
    ),
    roles=complaints_received.roles,
    base=Verdicts(kind="责任"),
    base_where=col("fault").is_in(["有责", "无责"]),
    hit=col("fault") == "有责",
    credited_to="person_id",
    better=LOWER,
    unit=PERCENT,
    decimals=1,
    source="S08, M39",
)

complaint_cause_mix = Composition(
    key="complaint_cause_mix",
    label=Text("抱怨原因构成", "Complaint cause mix"),
    description=Text("服务、用户、产品各占已填原因的比例", "service, customer, product: each ÷ cause given"),
    meaning=Text(
        "期间内受理且已填原因的有效抱怨（首轮）中，各类原因的比例；三类合计 100%。",
        "Of the valid complaints (first loop) received in the period with a cause, the share of each; the three total "
        "100 %.",
    ),
    roles=complaints_received.roles,
    base="complaints",
    base_where=complaint_resolution_time_elapsed.base_where,
    of="cause",
    parts=("服务", "用户", "产品"),
    dated_by="received_at",
    credited_to="person_id",
    better=NEUTRAL,
    unit=PERCENT,
    decimals=1,
    source="S08, M40",
)
