"""Complaints: how long they take."""

from polars import col

from data_contracts.contract import Text
from metrics.kinds import HOURS, LOWER, MEDIAN, Duration

complaint_resolution_time_elapsed = Duration(
    key="complaint_resolution_time_elapsed",
    label=Text("抱怨处理时长", "Complaint resolution time"),
    description=Text("受理到用户满意的自然时间,中位数", "received to satisfied, clock time, median"),
    meaning=Text(
        "期间内达到用户满意的有效抱怨(首轮),从受理到用户满意所经过的自然时间的中位数,计给处理人。",
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
