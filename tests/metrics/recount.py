"""The five metrics counted again, row by row in plain Python, from the sentences that define them.

Nothing here is shared with the package but the shape of a period. A counted row is a dict of day, store_id, person_id,
department, numerator, denominator.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from metrics.period import Period
from tests.metrics import recount_club

Row = dict[str, Any]
World = Mapping[str, list[Row]]

ROLES = {
    "invite_to_store_rate": {"invite_specialist"},
    "renewal_rate": {"renewal_specialist"},
    "complaint_resolution_time_elapsed": {"customer_care_specialist", "showroom_manager", "service_manager"},
    "css_score": {"sales_consultant", "service_advisor"},
    "css_gap": {"sales_consultant", "service_advisor"},
}
SETTLES_AFTER = {"invite_to_store_rate": 7, "renewal_rate": 30}


def invitations(world: World, as_of: date) -> Iterator[Row]:
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


def renewals(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    units: dict[tuple[str, str, str], list[Row]] = {}
    for policy in world["renewals"]:
        month = Period.containing(policy["expires_on"], "month", month_starts_on).label
        units.setdefault((policy["vin"], policy["store_id"], month), []).append(policy)
    for policies in units.values():
        if any(policy["exclusion"] for policy in policies):
            continue
        first = min(policies, key=lambda policy: (policy["expires_on"], policy["policy_id"]))
        expiry = first["expires_on"]
        renewed = any(
            policy["signed_on"]
            and expiry - timedelta(days=90) <= policy["signed_on"] <= expiry + timedelta(days=30)
            and policy["signed_on"] <= as_of
            and not (policy["cancelled_on"] and policy["cancelled_on"] <= as_of)
            for policy in policies
        )
        yield counted(first, expiry, int(renewed), 1)


def complaints(world: World, as_of: date) -> Iterator[Row]:
    for case in world["complaints"]:
        satisfied = case["satisfied_at"]
        if case["loop_no"] == 1 and case["validity"] == "有效" and satisfied and satisfied.date() <= as_of:
            seconds = int((satisfied - case["received_at"]).total_seconds())
            yield counted({**case, "person_id": case["handler_id"]}, satisfied.date(), seconds, 1)


def surveys(world: World, as_of: date) -> Iterator[Row]:
    for answer in world["surveys"]:
        if answer["programme"] == "CSS" and answer["item"] == "总分" and answer["surveyed_on"] <= as_of:
            exact = Fraction(answer["score_hundredths"] * 10_000, answer["max_score_hundredths"])
            yield counted(answer, answer["surveyed_on"], int(exact + Fraction(1, 2)), 100)


def counted(row: Row, day: date, numerator: int, denominator: int) -> Row:
    kept = {name: row.get(name) for name in ("store_id", "person_id", "department")}
    return {**kept, "day": day, "numerator": numerator, "denominator": denominator}


def base_rows(metric: str, world: World, as_of: date, month_starts_on: int) -> Iterable[Row]:
    match metric:
        case "invite_to_store_rate":
            return invitations(world, as_of)
        case "renewal_rate":
            return renewals(world, as_of, month_starts_on)
        case "complaint_resolution_time_elapsed":
            return complaints(world, as_of)
        case _:
            return surveys(world, as_of)


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
    metric: str, world: World, periods: list[Period], level: str, as_of: date
) -> dict[tuple[str, str], dict[str, Any]]:
    """(period label, subject) → what measure() must say."""
    if metric in recount_club.CLUB:
        found = recount_club.figures(metric, world, periods, level, as_of)
        for period in periods:
            if metric not in ("pending_members", "private_owners"):
                rank(found, period.label, is_lower_better=False)
        return found
    rows = [
        credit(row, world, ROLES[metric])
        for row in base_rows(metric, world, as_of, periods[0].month_starts_on)
    ]  # fmt: skip
    found = {}
    for period in periods:
        of_subject: dict[str, list[Row]] = {}
        for post in world["people"]:
            if post["role"] in ROLES[metric] and is_held(post, period.first, period.last):
                region = next(store["region"] for store in world["stores"] if store["store_id"] == post["store_id"])
                name = subject({**post, "region": region}, level)
                of_subject.setdefault(name or "", [])
        for row in rows:
            name = subject(row, level)
            if name is not None and period.first <= row["day"] <= period.last:
                of_subject.setdefault(name, []).append(row)
        for name, its in of_subject.items():
            found[period.label, name] = figure(metric, its, world, period, level, as_of)
        rank(found, period.label, is_lower_better=metric.startswith("complaint"))
    return found


def figure(metric: str, rows: list[Row], world: World, period: Period, level: str, as_of: date) -> dict[str, Any]:
    settles_on = period.last + timedelta(days=SETTLES_AFTER.get(metric, 0))
    settled = {"settles_on": settles_on, "is_settled": as_of >= settles_on}
    nothing = {"numerator": None, "denominator": None, "benchmark": None, "benchmark_published_on": None}
    if not rows:
        return {**nothing, **settled, "sample": 0, "reason_zh": "没有样本", "reason_en": "no sample"}
    said = {**nothing, **settled, "sample": len(rows), "reason_zh": None, "reason_en": None}
    if metric.startswith("complaint"):
        in_order = sorted(row["numerator"] for row in rows)
        return {**said, "numerator": in_order[(len(rows) + 1) // 2 - 1], "denominator": 1}
    said |= {"numerator": sum(row["numerator"] for row in rows), "denominator": sum(row["denominator"] for row in rows)}
    if not metric.startswith("css"):
        return said
    averages = [benchmark(row, world, period, level, as_of) for row in rows]
    known = [average for average in averages if average]
    if len(known) == len(rows):
        total = sum(average["score_hundredths"] for average in known)
        said["benchmark"] = Fraction(total, 100 * len(rows))
        said["benchmark_published_on"] = max(average["published_on"] for average in known)
        if metric == "css_gap":
            said["numerator"] -= total
    elif metric == "css_gap":
        said |= {
            "numerator": None,
            "denominator": None,
            "reason_zh": "没有区域平均分",
            "reason_en": "no regional average",
        }
    return said


def rank(found: dict[tuple[str, str], dict[str, Any]], label: str, *, is_lower_better: bool) -> None:
    of_period = [said for (period, _), said in found.items() if period == label]
    values = [Fraction(said["numerator"], said["denominator"]) for said in of_period if said["denominator"]]
    for said in of_period:
        said["rank"] = said["ranked_of"] = None
        if said["denominator"]:
            own = Fraction(said["numerator"], said["denominator"])
            said["rank"] = 1 + sum(value < own if is_lower_better else value > own for value in values)
            said["ranked_of"] = len(values)
