"""The metrics counted again, row by row in plain Python, from the sentences that define them.

Nothing here is shared with the package but the shape of a period. A counted row is a dict of day, store_id, person_id,
department, numerator, denominator.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from metrics.period import Period
from tests.metrics import recount_club
from tests.metrics import recount_complaints as voice
from tests.metrics import recount_prospects as it
from tests.metrics.recount_prospects import Row, World, counted

CALL_CENTRE = {"invite_specialist"}
CARE = {"customer_care_specialist", "showroom_manager", "service_manager"}


@dataclass(frozen=True)
class Recount:
    """How a metric is counted again: ``rows`` of (world, as_of, month_starts_on), or of a period for a stock."""

    kind: str  # share, count, median, p90, mean, gap, rate
    rows: Callable[..., Iterable[Row]]
    roles: set[str] = field(default_factory=lambda: CALL_CENTRE)
    per: tuple[Callable[..., Iterable[Row]], ...] = ()
    stocks: tuple[Callable[..., Iterable[Row]], ...] = ()
    settles_after: int = 0
    settles_with_month: bool = False
    better: str = "higher"


def invitations(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    converted = set()
    for visit in world["store_visits"]:
        if visit["arrived_at"].date() > as_of:
            continue
        best: Row | None = None
        for invitation in world["invitations"]:
            if (
                invitation["is_effective"]
                and invitation["customer_id"] == visit["customer_id"]
                and invitation["store_id"] == visit["store_id"]
                and invitation["invited_at"] < visit["arrived_at"]
                and visit["arrived_at"].date() <= invitation["invited_at"].date() + timedelta(days=7)
                and not is_backfilled(invitation["recorded_at"], visit["arrived_at"])
                and (best is None or latest(invitation) > latest(best))
            ):
                best = invitation
        if best:
            converted.add(best["invitation_id"])
    for invitation in world["invitations"]:
        if invitation["is_effective"] and invitation["invited_at"].date() <= as_of:
            won = invitation["invitation_id"] in converted
            yield counted(invitation, invitation["invited_at"].date(), int(won), 1)


def is_backfilled(recorded_at: datetime | None, arrived_at: datetime) -> bool:
    return recorded_at is not None and recorded_at > arrived_at - timedelta(minutes=30)


def latest(invitation: Row) -> tuple[datetime, str]:
    return invitation["invited_at"], invitation["invitation_id"]


def quotes(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for first, policies in units(world, month_starts_on):
        quoted = [policy["quoted_at"].date() for policy in policies if policy["quoted_at"]]
        latest = min(as_of, first["expires_on"] + timedelta(days=30))
        yield counted(first, first["expires_on"], int(any(day <= latest for day in quoted)), 1)


def due(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return (counted(first, first["expires_on"], 1, 1) for first, _ in units(world, month_starts_on))


def lost(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for row in renewals(world, as_of, month_starts_on):
        if not row["numerator"] and (as_of - row["day"]).days >= 30:
            yield {**row, "numerator": 1}


def in_progress(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for row in renewals(world, as_of, month_starts_on):
        if not row["numerator"] and (as_of - row["day"]).days < 30:
            yield {**row, "numerator": 1}


def units(world: World, month_starts_on: int) -> Iterator[tuple[Row, list[Row]]]:
    found: dict[tuple[str, str, str], list[Row]] = {}
    for policy in world["renewals"]:
        month = Period.containing(policy["expires_on"], "month", month_starts_on).label
        found.setdefault((policy["vin"], policy["store_id"], month), []).append(policy)
    for policies in found.values():
        if not any(policy["exclusion"] for policy in policies):
            yield min(policies, key=lambda policy: (policy["expires_on"], policy["policy_id"])), policies


def renewals(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for first, policies in units(world, month_starts_on):
        expiry = first["expires_on"]
        renewed = any(
            policy["signed_on"]
            and expiry - timedelta(days=90) <= policy["signed_on"] <= expiry + timedelta(days=30)
            and policy["signed_on"] <= as_of
            and not (policy["cancelled_on"] and policy["cancelled_on"] <= as_of)
            for policy in policies
        )
        yield counted(first, expiry, int(renewed), 1)


def complaints(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for case in world["complaints"]:
        satisfied = case["satisfied_at"]
        if case["loop_no"] == 1 and case["validity"] == "有效" and satisfied and satisfied.date() <= as_of:
            seconds = int((satisfied - case["received_at"]).total_seconds())
            yield counted({**case, "person_id": case["handler_id"]}, satisfied.date(), seconds, 1)


def surveys(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for answer in world["surveys"]:
        if answer["programme"] == "CSS" and answer["item"] == "总分" and answer["surveyed_on"] <= as_of:
            exact = Fraction(answer["score_hundredths"] * 10_000, answer["max_score_hundredths"])
            yield counted(answer, answer["surveyed_on"], int(exact + Fraction(1, 2)), 100)


def callbacks(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for answer in world["surveys"]:
        if answer["programme"] == "ISM" and answer["item"] == "总分" and answer["surveyed_on"] <= as_of:
            exact = Fraction(answer["score_hundredths"] * 10_000, answer["max_score_hundredths"])
            yield counted(answer, answer["surveyed_on"], int(exact + Fraction(1, 2)), 100)


def nothing(world: World, as_of: date, month_starts_on: int) -> Iterable[Row]:
    return ()


RENEWALS = {"renewal_specialist"}
ACCUSED = {"sales_consultant", "service_advisor", "technician"}
SURVEYED = {"sales_consultant", "service_advisor"}
RECOUNTS: dict[str, Recount] = {
    "ism_score": Recount("mean", callbacks, SURVEYED),
    "invite_to_store_rate": Recount("share", invitations, settles_after=7),
    "lead_visit_rate": Recount("share", it.lead_visits, settles_after=30),
    "valid_lead_visit_rate": Recount("share", it.valid_lead_visits, settles_after=30),
    "month_visit_rate": Recount("rate", it.groups, per=(it.leads_received,)),
    "stock_visit_rate": Recount("rate", it.groups, per=(it.cards,), stocks=(it.open_prospects,)),
    "appointment_show_rate": Recount("share", it.appointments),
    "visit_groups": Recount("count", it.groups),
    "invited_visits": Recount("count", it.invited_visits),
    "store_close_rate": Recount("share", it.store_close, settles_with_month=True),
    "deals": Recount("count", it.deals),
    "cars_delivered": Recount("count", it.cars_delivered, {"sales_consultant"}),
    "leads_received": Recount("count", it.leads_received, better="neutral"),
    "valid_lead_rate": Recount("share", it.valid_leads),
    "lead_response_punctuality_business": Recount("share", it.response_punctuality, settles_after=1),
    "lead_response_time_business": Recount("median", it.response_time, better="lower"),
    "lead_response_time_p90_business": Recount("p90", it.response_time, better="lower"),
    "follow_up_punctuality": Recount("share", it.follow_ups),
    **{f"follow_up_punctuality_{level.lower()}": Recount("share", it.follow_ups_of(level)) for level in "HABCON"},
    "lead_close_rate": Recount("share", it.lead_closes, settles_after=30),
    "defeat_rate": Recount("rate", it.defeats, per=(it.cards,), stocks=(it.open_prospects,), better="lower"),
    "approved_defeats": Recount("count", it.defeats, better="lower"),
    "open_prospects": Recount("count", nothing, stocks=(it.open_prospects,), better="neutral"),
    "cards_opened": Recount("count", it.cards, better="neutral"),
    "hotline_answer_rate": Recount("share", it.hotline, {"invite_specialist", "callback_agent"}),
    "renewal_rate": Recount("share", renewals, RENEWALS, settles_after=30),
    "renewals_quoted_rate": Recount("share", quotes, RENEWALS, settles_after=30),
    "renewals_due": Recount("count", due, RENEWALS, better="neutral"),
    "renewals_lost": Recount("count", lost, RENEWALS, settles_after=30, better="lower"),
    "renewals_in_progress": Recount("count", in_progress, RENEWALS, settles_after=30, better="neutral"),
    "complaint_resolution_time_elapsed": Recount("median", complaints, CARE, better="lower"),
    **{
        f"complaint_{what}_{shown}_{clock}": Recount(
            kind,
            voice.times(clock, end, dated_by) if kind != "share" else voice.in_time(clock, end),
            CARE,
            better="higher" if kind == "share" else "lower",
            settles_after=0 if kind != "share" else voice.SETTLES[clock, end],
        )
        for clock in ("elapsed", "business", "cn_workdays_business")
        for what, end, dated_by in (
            ("first_response", "first_contact_at", "received_at"),
            ("resolution", "satisfied_at", "satisfied_at"),
        )
        for shown, kind in (("time", "median"), ("time_p90", "p90"), ("punctuality", "share"))
    },
    "complaints_open_over_limit": Recount("count", nothing, CARE, stocks=(voice.overdue,), better="lower"),
    "complaint_recontact_3d_rate": Recount("share", voice.recontacts, {"callback_agent"}, settles_after=3),
    "complaints_received": Recount("count", voice.received, ACCUSED, better="lower"),
    "complaint_at_fault_rate": Recount("share", voice.verdicts, ACCUSED, better="lower"),
    **{
        f"complaint_cause_{name}_share": Recount("share", voice.caused_by(cause), ACCUSED, better="neutral")
        for name, cause in (("service", "服务"), ("customer", "用户"), ("product", "产品"))
    },
    "css_score": Recount("mean", surveys, SURVEYED),
    "css_gap": Recount("gap", surveys, SURVEYED),
}


def is_held(post: Row, first: date, last: date) -> bool:
    return (
        post["since"] <= last
        and (post["until"] is None or first < post["until"])
        and (post["left_on"] is None or first <= post["left_on"])
    )


def credit(row: Row, world: World, roles: set[str]) -> Row:
    held = [
        post
        for post in world["people"]
        if post["person_id"] == row["person_id"] and is_held(post, row["day"], row["day"])
    ]
    listed = [post for post in held if post["role"] in roles] or held
    here = [post for post in listed if post["store_id"] == row["store_id"]] or listed
    post = min(
        here, key=lambda it: (-it["share_bp"], it["since"], it["team_id"], it["role"]), default=None
    )  # fmt: skip
    region = next(store["region"] for store in world["stores"] if store["store_id"] == row["store_id"])
    return {
        **row,
        "region": region,
        "team_id": post and post["team_id"],
        "department": row["department"] or (post and post["department"]),
    }


def subject(row: Row, level: str) -> str | None:
    if level == "department":
        return f"{row['store_id']}/{row['department']}" if row["department"] else None
    names = {"person": "person_id", "team": "team_id", "store": "store_id", "region": "region"}
    found: str | None = "group" if level == "group" else row[names[level]]
    return found


def benchmark(row: Row, world: World, period: Period, level: str, as_of: date) -> Row | None:
    region = "全国" if level in ("region", "group") else row["region"]
    for department in (row["department"], "全部"):
        for average in world["benchmarks"]:
            if (
                average["programme"] == "CSS"
                and average["item"] == "总分"
                and (average["region"], average["department"], average["period"]) == (region, department, period.label)
                and average["published_on"] <= as_of
            ):
                return average
    return None


def figures(
    metric: str, world: World, periods: list[Period], level: str, as_of: date, once: dict[Any, list[Row]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """(period label, subject) → what measure() must say. ``once`` keeps a world's rows, counted once."""
    if metric in recount_club.CLUB:
        club = recount_club.figures(metric, world, periods, level, as_of)
        for period in periods:
            if metric not in ("pending_members", "private_owners"):
                rank(
                    [its for (label, _), its in club.items() if label == period.label], Recount(kind="stock", rows=list)
                )
        return club
    how = RECOUNTS[metric]

    def rows_of(count: Callable[..., Iterable[Row]], period: Period | int) -> list[Row]:
        name = (metric, count, str(period))
        if name not in once:
            once[name] = [credit(row, world, how.roles) for row in count(world, as_of, period)]
        return once[name]

    month_starts_on = periods[0].month_starts_on
    top = rows_of(how.rows, month_starts_on)
    per = [row for part in how.per for row in rows_of(part, month_starts_on)]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for period in periods:
        of_subject: dict[str, tuple[list[Row], list[Row]]] = {}
        for post in world["people"]:
            if post["role"] in how.roles and is_held(post, period.first, period.last):
                region = next(store["region"] for store in world["stores"] if store["store_id"] == post["store_id"])
                name = subject({**post, "region": region}, level)
                of_subject.setdefault(name or "", ([], []))
        stock = [row for part in how.stocks for row in rows_of(part, period)]
        both = ([*top, *stock], []) if how.kind != "rate" else (top, [*per, *stock])
        for side, rows in enumerate(both):
            for row in rows:
                if period.first <= row["day"] <= period.last and (name := subject(row, level)) is not None:
                    of_subject.setdefault(name, ([], []))[side].append(row)
        said = {name: figure(how, *sides, world, period, level, as_of) for name, sides in of_subject.items()}
        rank(list(said.values()), how)
        found |= {(period.label, name): its for name, its in said.items()}
    return found


def figure(
    how: Recount, rows: list[Row], per: list[Row], world: World, period: Period, level: str, as_of: date
) -> dict[str, Any]:
    settles_on = period.last + timedelta(days=how.settles_after)
    if how.settles_with_month:
        settles_on = max(settles_on, Period.containing(period.last, "month", period.month_starts_on).last)
    settled = {"settles_on": settles_on, "is_settled": as_of >= settles_on}
    nothing = {"numerator": None, "denominator": None, "benchmark": None, "benchmark_published_on": None}
    no_sample = {**nothing, **settled, "sample": 0, "reason_zh": "没有样本", "reason_en": "no sample"}
    said = {**nothing, **settled, "sample": len(rows), "reason_zh": None, "reason_en": None}
    if how.kind == "count" and (rows or period.first <= as_of):
        return {**said, "numerator": sum(row["numerator"] for row in rows), "denominator": 1}
    if how.kind == "rate":
        counts = {"numerator": len(rows), "denominator": len(per), "sample": len(per)}
        return {**said, **counts} if per else no_sample
    if not rows:
        return no_sample
    times = [row["numerator"] for row in rows]
    if any(time is None for time in times):
        return {**said, "reason_zh": "该年调休安排未知", "reason_en": "make-up working days unknown"}
    if how.kind in ("median", "p90"):
        part = Fraction(1, 2) if how.kind == "median" else Fraction(9, 10)
        return {**said, "numerator": sorted(times)[ceil(part * len(times)) - 1], "denominator": 1}
    said |= {"numerator": sum(times), "denominator": sum(row["denominator"] for row in rows)}
    if how.kind == "share":
        return said
    averages = [benchmark(row, world, period, level, as_of) for row in rows]
    known = [average for average in averages if average]
    if len(known) == len(rows):
        total = sum(average["score_hundredths"] for average in known)
        said["benchmark"] = Fraction(total, 100 * len(rows))
        said["benchmark_published_on"] = max(average["published_on"] for average in known)
        if how.kind == "gap":
            said["numerator"] -= total
    elif how.kind == "gap":
        said |= {
            "numerator": None,
            "denominator": None,
            "reason_zh": "没有区域平均分",
            "reason_en": "no regional average",
        }
    return said


def rank(of_period: list[dict[str, Any]], how: Recount) -> None:
    values = [Fraction(said["numerator"], said["denominator"]) for said in of_period if said["denominator"]]
    for said in of_period:
        said["rank"] = said["ranked_of"] = None
        if said["denominator"] and how.better != "neutral":
            own = Fraction(said["numerator"], said["denominator"])
            said["rank"] = 1 + sum(value < own if how.better == "lower" else value > own for value in values)
            said["ranked_of"] = len(values)
