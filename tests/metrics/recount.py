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

    kind: str  # share, count, median, p90, mean, gap, weakest, rate, stated
    rows: Callable[..., Iterable[Row]]
    roles: set[str] = field(default_factory=lambda: CALL_CENTRE)
    per: tuple[Callable[..., Iterable[Row]], ...] = ()
    stocks: tuple[Callable[..., Iterable[Row]], ...] = ()
    settles_after: int = 0
    settles_with_month: bool = False
    better: str = "higher"
    reduced: bool = False


def invitations_by(credit: str) -> it.Count:
    def invitations(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        won: dict[str, Fraction] = {}
        for visit in world["store_visits"]:
            if visit["arrived_at"].date() > as_of:
                continue
            whom = {"customer_id": visit["customer_id"], "store_id": visit["store_id"]}
            open_ = [
                invitation
                for invitation in world.where("invitations", **whom)
                if invitation["is_effective"]
                and invitation["invited_at"] < visit["arrived_at"]
                and visit["arrived_at"].date() <= invitation["invited_at"].date() + timedelta(days=7)
            ]
            given = it.given_to(world, visit)
            if given is None:
                open_ = [row for row in open_ if not is_backfilled(row["recorded_at"], visit["arrived_at"])]
            else:
                open_ = [row for row in open_ if credited_to(world, row, credit) == given]
            if credit == "split":
                latest_of = {row["person_id"]: row for row in sorted(open_, key=latest)}
                for row in latest_of.values():
                    won[row["invitation_id"]] = won.get(row["invitation_id"], Fraction()) + Fraction(1, len(latest_of))
            elif open_:
                best = (min if credit == "first" else max)(open_, key=latest)
                won[best["invitation_id"]] = Fraction(1)
        for invitation in world["invitations"]:
            if invitation["is_effective"] and invitation["invited_at"].date() <= as_of:
                person = credited_to(world, invitation, credit)
                share = min(won.get(invitation["invitation_id"], Fraction()), Fraction(1))
                hit = share if credit == "split" else int(share)
                yield counted({**invitation, "person_id": person}, invitation["invited_at"].date(), hit, 1)

    return invitations


def credited_to(world: World, invitation: Row, credit: str) -> str:
    owner = it.lead_owner(world, invitation, invitation["invited_at"]) if credit == "lead_owner" else None
    return owner or str(invitation["person_id"])


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
        if answer["programme"] == "CSS" and answer["surveyed_on"] <= as_of:
            exact = Fraction(answer["score_hundredths"] * 10_000, answer["max_score_hundredths"])
            yield counted(answer, answer["surveyed_on"], int(exact + Fraction(1, 2)), 100, item=answer["item"])


def totals(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return ({**row, "item": ""} for row in surveys(world, as_of, month_starts_on) if row["item"] == "总分")


def items(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return (row for row in surveys(world, as_of, month_starts_on) if row["item"] != "总分")


def callbacks(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for answer in world["surveys"]:
        if answer["programme"] == "ISM" and answer["item"] == "总分" and answer["surveyed_on"] <= as_of:
            exact = Fraction(answer["score_hundredths"] * 10_000, answer["max_score_hundredths"])
            yield counted(answer, answer["surveyed_on"], int(exact + Fraction(1, 2)), 100, item="", programme="ISM")


def nothing(world: World, as_of: date, month_starts_on: int) -> Iterable[Row]:
    return ()


RENEWALS = {"renewal_specialist"}
ACCUSED = {"sales_consultant", "service_advisor", "technician"}
SURVEYED = {"sales_consultant", "service_advisor"}
RECOUNTS: dict[str, Recount] = {
    "ism_score": Recount("mean", callbacks, SURVEYED),
    "invite_to_store_rate": Recount("share", invitations_by("last"), settles_after=7),
    "lead_visit_rate": Recount("share", it.lead_visits, settles_after=30),
    "valid_lead_visit_rate": Recount("share", it.valid_lead_visits, settles_after=30),
    "month_visit_rate": Recount("rate", it.groups_by("last"), per=(it.leads_received,)),
    "stock_visit_rate": Recount("rate", it.groups_by("last"), per=(it.cards,), stocks=(it.open_prospects,)),
    "appointment_show_rate": Recount("share", it.appointments),
    "visit_groups": Recount("count", it.groups_by("last")),
    "invited_visits": Recount("count", it.invited_visits_by("last")),
    "store_close_rate": Recount("share", it.store_close_by("last"), settles_with_month=True),
    "deals": Recount("count", it.deals_by("last")),
    **{
        f"{name}_{credit}": Recount(
            kind,
            count(credit),
            reduced=credit == "split",
            **more,  # type: ignore[arg-type]
        )
        for name, kind, count, more in (
            ("invite_to_store_rate", "share", invitations_by, {"settles_after": 7}),
            ("month_visit_rate", "rate", it.groups_by, {"per": (it.leads_received,)}),
            ("stock_visit_rate", "rate", it.groups_by, {"per": (it.cards,), "stocks": (it.open_prospects,)}),
            ("visit_groups", "count", it.groups_by, {}),
            ("invited_visits", "count", it.invited_visits_by, {}),
            ("store_close_rate", "share", it.store_close_by, {"settles_with_month": True}),
            ("deals", "count", it.deals_by, {}),
        )
        for credit in ("first", "split", "lead_owner")
    },
    "cars_invoiced": Recount("count", it.cars_invoiced, {"sales_consultant"}),
    "cars_delivered": Recount("count", it.cars_delivered, {"sales_consultant"}),
    "leads_received": Recount("count", it.leads_received, better="neutral"),
    "valid_lead_rate": Recount("share", it.valid_leads),
    "lead_response_punctuality_business": Recount("share", it.response_punctuality, settles_after=1),
    "lead_response_time_business": Recount("median", it.response_time, better="lower"),
    "lead_response_time_p90_business": Recount("p90", it.response_time, better="lower"),
    "follow_up_punctuality": Recount("share", it.follow_ups),
    **{f"follow_up_punctuality_{level.lower()}": Recount("share", it.follow_ups_of(level)) for level in "HABCON"},
    "first_follow_up_punctuality_elapsed": Recount("share", it.first_contacts(*"HABCN"), settles_after=30),
    **{
        f"first_follow_up_punctuality_{level.lower()}_elapsed": Recount(
            "share", it.first_contacts(level), settles_after=it.FIRST_LIMITS[level] // 86_400
        )
        for level in "HABCN"
    },
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
    "complaint_recontact_3d_rate_past_holidays": Recount(
        "share", voice.recontacts_past_holidays, {"callback_agent"}, settles_after=12
    ),
    "complaints_received": Recount("count", voice.received, ACCUSED, better="lower"),
    "complaint_at_fault_rate": Recount("share", voice.verdicts, ACCUSED, better="lower"),
    "complaint_cause_mix": Recount("share", voice.causes, ACCUSED, better="neutral"),
    "css_score": Recount("mean", totals, SURVEYED),
    "css_score_published": Recount("stated", nothing, SURVEYED),
    "css_gap": Recount("gap", totals, SURVEYED),
    "css_item_score": Recount("mean", items, SURVEYED),
    "css_item_gap": Recount("gap", items, SURVEYED),
    "css_weakest_item": Recount("weakest", items, SURVEYED),
}


def is_held(post: Row, first: date, last: date) -> bool:
    return (
        post["since"] <= last
        and (post["until"] is None or first < post["until"])
        and (post["left_on"] is None or first <= post["left_on"])
    )


def credit(row: Row, world: World, roles: set[str]) -> Row:
    held = [post for post in world.where("people", person_id=row["person_id"]) if is_held(post, row["day"], row["day"])]
    listed = [post for post in held if post["role"] in roles] or held
    here = [post for post in listed if post["store_id"] == row["store_id"]] or listed
    post = min(
        here, key=lambda it: (-it["share_bp"], it["since"], it["team_id"], it["role"]), default=None
    )  # fmt: skip
    region = world.where("stores", store_id=row["store_id"])[0]["region"]
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
        for average in world.where(
            "benchmarks",
            programme=row.get("programme", "CSS"),
            item=row["item"] or "总分",
            region=region,
            department=department,
            period=period.label,
        ):
            if average["published_on"] <= as_of:
                return average
    return None


Figures = dict[tuple[str, str, str], dict[str, Any]]
Sides = tuple[list[Row], list[Row]]


def figures(metric: str, world: World, periods: list[Period], level: str, as_of: date, once: dict[Any, Any]) -> Figures:
    """(period label, subject, item) → what measure() must say. ``once`` keeps a world's rows, counted once."""
    if metric in recount_club.CLUB:
        club = recount_club.figures(metric, world, periods, level, as_of)
        for period in periods:
            if metric not in ("pending_members", "private_owners"):
                rank(
                    [its for (label, _), its in club.items() if label == period.label], Recount(kind="stock", rows=list)
                )
        return {(label, name, ""): its for (label, name), its in club.items()}
    how = RECOUNTS[metric]

    def rows_of(count: Callable[..., Iterable[Row]], period: Period | int) -> list[Row]:
        if (count, str(period)) not in once:
            once[count, str(period)] = list(count(world, as_of, period))
        name = (count, str(period), *sorted(how.roles))
        if name not in once:
            once[name] = [credit(row, world, how.roles) for row in once[count, str(period)]]
        return once[name]  # type: ignore[no-any-return]

    def days_of(count: Callable[..., Iterable[Row]], month_starts_on: int) -> dict[date, list[Row]]:
        name = ("by day", count, month_starts_on, *sorted(how.roles))
        if name not in once:
            once[name] = {}
            for row in rows_of(count, month_starts_on):
                once[name].setdefault(row["day"], []).append(row)
        return once[name]  # type: ignore[no-any-return]

    month_starts_on = periods[0].month_starts_on
    top = [days_of(how.rows, month_starts_on)]
    per = [days_of(part, month_starts_on) for part in how.per]
    found: Figures = {}
    for period in periods:
        days = [period.first + timedelta(days=n) for n in range((period.last - period.first).days + 1)]
        of_cell: dict[tuple[str, str], Sides] = {}
        stock = [row for part in how.stocks for row in rows_of(part, period)]
        of = [row for it in top for day in days for row in it.get(day, ())]
        base = [row for it in per for day in days for row in it.get(day, ())]
        both = ([*of, *stock], []) if how.kind != "rate" else (of, [*base, *stock])
        for side, rows in enumerate(both):
            for row in rows:
                if (name := subject(row, level)) is not None:
                    cell = (name, row.get("item", ""))
                    of_cell.setdefault(cell, ([], []))[side].append(row)
        if how.kind == "stated":
            said = {(name, ""): its for name, its in statements(how, world, period, level, as_of).items()}
        else:
            said = {cell: figure(how, *sides, world, period, level, as_of) for cell, sides in of_cell.items()}
        if how.kind == "weakest":
            said = weakest(said)
        names = {name for name, _ in said}
        for post in world["people"]:
            if post["role"] in how.roles and is_held(post, period.first, period.last):
                region = world.where("stores", store_id=post["store_id"])[0]["region"]
                name = subject({**post, "region": region}, level)
                if name not in names:
                    said[name or "", ""] = figure(how, [], [], world, period, level, as_of)
        for item in {""} if how.kind == "weakest" else {item for _, item in said}:
            rank([its for (_, its_item), its in said.items() if how.kind == "weakest" or its_item == item], how)
        found |= {(period.label, *cell): its for cell, its in said.items()}
    return found


def weakest(said: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    chosen = {}
    for name in {name for name, _ in said}:
        gaps = {
            item: Fraction(its["numerator"], its["denominator"])
            for (whose, item), its in said.items()
            if whose == name and its["denominator"]
        }
        if gaps:
            item = min(gaps, key=lambda item: (gaps[item], item))
            chosen[name, item] = said[name, item]
        else:
            first = min(item for whose, item in said if whose == name)
            chosen[name, ""] = said[name, first]
    return chosen


def statements(how: Recount, world: World, period: Period, level: str, as_of: date) -> dict[str, dict[str, Any]]:
    stated: dict[str, list[Row]] = {}
    for row in world["stated_figures"]:
        is_known = (row["published_on"] or period.last) <= as_of
        is_of = row["metric"] in ("css_score", "css_score_published") and row["level"] == level
        if is_of and is_known and row["period"] == period.label:
            stated.setdefault("group" if level == "group" else row["subject_id"], []).append(row)
    found = {}
    for name, rows in stated.items():
        parts = {recount_club.parts_of(str(row["value"])) for row in rows}
        numerator, denominator = parts.pop() if len(parts) == 1 else (None, None)
        said = figure(how, [], [], world, period, level, as_of)
        sample = max((row.get("sample") or 0 for row in rows), default=0) or len(rows)
        reason = ("来源不一致", "the sources disagree") if numerator is None else (None, None)
        found[name] = {**said, "numerator": numerator, "denominator": denominator, "sample": sample}
        found[name] |= {"reason_zh": reason[0], "reason_en": reason[1]}
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
    if how.reduced:
        said["sample"] = len({row.get("key", number) for number, row in enumerate(rows)})
    total = sum((row["numerator"] or 0 for row in rows), Fraction())
    if how.kind == "count" and (rows or period.first <= as_of):
        return {**said, "numerator": total.numerator, "denominator": total.denominator}
    if how.kind == "rate":
        counts = {"numerator": total, "denominator": len(per), "sample": len(per)}
        return in_terms(how, {**said, **counts}) if per else no_sample
    if not rows:
        return no_sample
    times = [row["numerator"] for row in rows]
    if any(time is None for time in times):
        return {**said, "reason_zh": "该年调休安排未知", "reason_en": "make-up working days unknown"}
    if how.kind in ("median", "p90"):
        part = Fraction(1, 2) if how.kind == "median" else Fraction(9, 10)
        return {**said, "numerator": sorted(times)[ceil(part * len(times)) - 1], "denominator": 1}
    said |= {"numerator": total, "denominator": sum(row["denominator"] for row in rows)}
    if how.kind == "share":
        return in_terms(how, said)
    averages = [benchmark(row, world, period, level, as_of) for row in rows]
    known = [average for average in averages if average]
    is_gap = how.kind in ("gap", "weakest")
    if len(known) == len(rows):
        sum_of_averages = sum(average["score_hundredths"] for average in known)
        said["benchmark"] = Fraction(sum_of_averages, 100 * len(rows))
        said["benchmark_published_on"] = max(average["published_on"] for average in known)
        if is_gap:
            said["numerator"] -= sum_of_averages
    elif is_gap:
        said |= {
            "numerator": None,
            "denominator": None,
            "reason_zh": "没有区域平均分",
            "reason_en": "no regional average",
        }
    return in_terms(how, said)


def in_terms(how: Recount, said: dict[str, Any]) -> dict[str, Any]:
    """Whole numbers; in lowest terms where credit is split."""
    if said["denominator"] is None:
        return said
    value = Fraction(said["numerator"]) / said["denominator"]
    if how.reduced:
        return {**said, "numerator": value.numerator, "denominator": value.denominator}
    return {**said, "numerator": int(said["numerator"]), "denominator": int(said["denominator"])}


def rank(of_period: list[dict[str, Any]], how: Recount) -> None:
    values = [Fraction(said["numerator"], said["denominator"]) for said in of_period if said["denominator"]]
    for said in of_period:
        said["rank"] = said["ranked_of"] = None
        if said["denominator"] and how.better != "neutral":
            own = Fraction(said["numerator"], said["denominator"])
            said["rank"] = 1 + sum(value < own if how.better == "lower" else value > own for value in values)
            said["ranked_of"] = len(values)
