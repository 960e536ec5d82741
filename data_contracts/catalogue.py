"""Every contract, in the order in which files given together are imported: what others refer to comes first."""

from data_contracts import aftersales, club, people, prospects, voice
from data_contracts.contract import Contract, contract_of

THEMES = (people, prospects, aftersales, voice, club)
"""The modules that declare contracts."""

CONTRACTS: dict[str, Contract] = {
    name: contract_of(name)
    for name in (
        "stores",
        "people",
        "pay_profiles",
        "minimum_wages",
        "absences",
        "calendar_days",
        "targets",
        "leads",
        "lead_assignments",
        "follow_ups",
        "invitations",
        "store_visits",
        "credit_reassignments",
        "orders",
        "call_logs",
        "renewals",
        "complaints",
        "complaint_rulings",
        "surveys",
        "benchmarks",
        "stated_figures",
        "club_snapshots",
    )
}
"""Contract name → contract."""
