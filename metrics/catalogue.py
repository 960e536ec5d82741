"""All metrics, in reading order, and how to find one by its key."""

from difflib import get_close_matches

from data_contracts.contract import Problem
from metrics import complaints, leads, prospects, renewals
from metrics.club import CLUB
from metrics.complaints import complaint_resolution_time_elapsed
from metrics.follow_ups import FOLLOW_UPS
from metrics.kinds import Metric
from metrics.prospects import invite_to_store_rate
from metrics.renewals import renewal_rate
from metrics.satisfaction import SATISFACTION

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        invite_to_store_rate,
        prospects.lead_visit_rate,
        prospects.valid_lead_visit_rate,
        prospects.month_visit_rate,
        prospects.stock_visit_rate,
        prospects.appointment_show_rate,
        prospects.visit_groups,
        prospects.invited_visits,
        prospects.store_close_rate,
        prospects.deals,
        prospects.cars_invoiced,
        prospects.cars_delivered,
        *prospects.CREDIT_VARIANTS,
        leads.leads_received,
        leads.valid_lead_rate,
        leads.lead_response_punctuality_business,
        leads.lead_response_time_business,
        leads.lead_response_time_p90_business,
        *FOLLOW_UPS,
        leads.lead_close_rate,
        leads.defeat_rate,
        leads.approved_defeats,
        leads.open_prospects,
        leads.cards_opened,
        leads.hotline_answer_rate,
        renewal_rate,
        renewals.renewals_quoted_rate,
        renewals.renewals_due,
        renewals.renewals_lost,
        renewals.renewals_in_progress,
        complaint_resolution_time_elapsed,
        *complaints.COMPLAINT_TIMES,
        complaints.complaints_open_over_limit,
        complaints.complaint_recontact_3d_rate,
        complaints.complaint_recontact_3d_rate_past_holidays,
        complaints.complaints_received,
        complaints.complaint_at_fault_rate,
        complaints.complaint_cause_mix,
        *SATISFACTION,
        *CLUB,
    )
}
"""Metric key → metric."""


class UnknownMetric(Problem, LookupError):
    """A key that names no metric, or several; says which ones are near."""


def find(key: str) -> Metric:
    """The metric of that key, or of the only key that starts with its words, or with its letters.

    A variant is found by its whole key alone.

    Raises UnknownMetric with the nearest keys.
    """
    if key in METRICS:
        return METRICS[key]
    named = [known for known, metric in METRICS.items() if metric.variant_of is None]
    starting = [known for known in named if key and known.startswith(key)]
    in_words = [known for known in starting if known.startswith(f"{key}_")]
    for found in (in_words, starting):
        if len(found) == 1:
            return METRICS[found[0]]
    near = starting or get_close_matches(key, METRICS, cutoff=0.4) or list(METRICS)
    raise UnknownMetric(
        f"没有指标“{key}”；是否指 {'、'.join(near)}？kpi metrics 列出全部指标。",
        f"No metric “{key}”; did you mean {', '.join(near)}? kpi metrics lists them all.",
    )
