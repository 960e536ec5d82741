"""The club's metrics counted again, store by store in plain Python, from the sentences that define them."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from metrics.period import Period

Row = dict[str, Any]
World = Mapping[str, list[Row]]

RATIOS = {
    "members_per_club": ("has_club", ("members",), "has_club"),
    "recruitment_rate": ("has_club", ("members", "pending_members"), "private_owners"),
    "owner_conversion_rate": ("has_club", ("members",), "private_owners"),
    "dealer_enrolment_rate": ("has_full_after_sales", ("has_club",), "has_full_after_sales"),
}
COUNTS = {
    "members": (None, "members"),
    "pending_members": (None, "pending_members"),
    "private_owners": ("has_club", "private_owners"),
    "clubs": (None, "has_club"),
    "referral_deals": (None, "referral_deals"),
}
PUBLISHED = {
    "members_published": "members",
    "recruitment_rate_published": "recruitment_rate",
    "referral_deals_published": "referral_deals",
}
GROWTHS = {
    "monthly_joins_average": "members",
    "referral_deals_increment": "referral_deals",
    "monthly_joins_average_published": "members_published",
    "referral_deals_increment_published": "referral_deals_published",
}
CLUB = {*RATIOS, *COUNTS, *PUBLISHED, *GROWTHS}


@cache
def month_end(label: str, month_starts_on: int = 1) -> date:
    """The last day of the month of that label."""
    return Period.parse(label, month_starts_on).last


def standing(metric: str, world: World, end: date, level: str, as_of: date, starts_on: int) -> dict[str, list[Row]]:
    """Subject → the rows (day, numerator, denominator) that stand at the end of a day."""
    found: dict[str, list[Row]] = {}
    if metric in PUBLISHED:
        latest: dict[str, tuple[date, list[Row]]] = {}
        for row in world["stated_figures"]:
            day = month_end(row["period"], starts_on)
            if row["metric"] != PUBLISHED[metric] or row["level"] != level or day > end:
                continue
            if (row["published_on"] or day) > as_of:
                continue
            name = "group" if level == "group" else row["subject_id"]
            if name not in latest or day > latest[name][0]:
                latest[name] = (day, [])
            if day == latest[name][0]:
                latest[name][1].append(row)
        for name, (day, rows) in latest.items():
            agree = len({parts_of(row["value"]) for row in rows}) == 1
            found[name] = [{"day": day, "value": rows[0]["value"] if agree else None, "sample": len(rows)}]
        return found
    for store in world["stores"]:
        reported = [
            row
            for row in world["club_snapshots"]
            if row["store_id"] == store["store_id"] and month_end(row["month"]) <= min(end, as_of)
        ]
        if not reported:
            continue
        row = max(reported, key=lambda it: it["month"])
        day = month_end(row["month"])
        closed = store.get("closed_on")
        newest = (end + timedelta(days=1)).replace(day=1) - timedelta(days=1)
        if closed and closed <= end and day < newest and not metric.startswith("referral"):
            continue
        if metric in RATIOS:
            condition, amounts, out_of = RATIOS[metric]
            parts = [row[name] for name in amounts]
            if not row[condition] or None in parts or row[out_of] is None:
                continue
            counted = {"day": day, "numerator": sum(parts), "denominator": int(row[out_of])}
        else:
            only_where, amount = COUNTS[metric]
            if (only_where and not row[only_where]) or row[amount] is None:
                continue
            counted = {"day": day, "numerator": int(row[amount]), "denominator": 1}
        name = {"store": row["store_id"], "region": row["region"], "group": "group"}[level]
        found.setdefault(name, []).append(counted)
    return found


def figures(
    metric: str, world: World, periods: list[Period], level: str, as_of: date
) -> dict[tuple[str, str], dict[str, Any]]:
    """(period label, subject) → what measure() must say, but for the rank."""
    levels = ("region", "group") if metric == "dealer_enrolment_rate" else ("store", "region", "group")
    if level not in levels:
        return {}
    found = {}
    for period in periods:
        asked = (world, level, as_of, period.month_starts_on)
        if metric in GROWTHS:
            said = growths(metric, period, *asked)
        else:
            rows = standing(metric, world, period.last, *asked[1:])
            said = {name: figure(metric, its) for name, its in rows.items()}
        for name, it in said.items():
            found[period.label, name] = {
                **it,
                "benchmark": None,
                "benchmark_published_on": None,
                "settles_on": period.last,
                "is_settled": as_of >= period.last,
                "rank": None,
                "ranked_of": None,
            }
    return found


def figure(metric: str, rows: list[Row]) -> dict[str, Any]:
    if metric in PUBLISHED:
        (row,) = rows
        reason = ("来源不一致", "the sources disagree") if row["value"] is None else (None, None)
        numerator, denominator = parts_of(row["value"])
        return said(numerator, denominator, row["sample"], reason)
    numerator = sum(row["numerator"] for row in rows)
    if metric in COUNTS:
        return said(numerator, 1, len(rows), (None, None))
    denominator = sum(row["denominator"] for row in rows)
    if denominator == 0:
        return said(None, None, len(rows), ("分母为零", "nothing to divide by"))
    return said(numerator, denominator, len(rows), (None, None))


def parts_of(value: str | None) -> tuple[int | None, int | None]:
    """A decimal text as integer parts over a power of ten."""
    if value is None:
        return None, None
    whole, _, places = value.partition(".")
    places = places.rstrip("0")
    return int(whole + places), 10 ** len(places)


def growths(
    metric: str, period: Period, world: World, level: str, as_of: date, starts_on: int
) -> dict[str, dict[str, Any]]:
    of = GROWTHS[metric]
    start = period.first - timedelta(days=1)
    if metric.startswith("monthly_joins"):
        start = min(Period.containing(period.first, "month", starts_on).last, period.last)
    before = standing(of, world, start, level, as_of, starts_on)
    after = standing(of, world, period.last, level, as_of, starts_on)
    found = {}
    for name in {*before, *after}:
        ends = [(before.get(name, []), -1), (after.get(name, []), 1)]
        days = [max((row["day"] for row in rows), default=None) for rows, _ in ends]
        steps = 0
        if days[0] and days[1]:
            steps = (days[1].year - days[0].year) * 12 + days[1].month - days[0].month
        amounts = [
            (parts_of(row["value"]) if "value" in row else (row["numerator"], 1), sign)
            for rows, sign in ends
            for row in rows
        ]
        sample = len(ends[1][0])
        if steps > 0 and all(part[1] == 1 for part, _ in amounts):
            total = sum((part[0] or 0) * sign for part, sign in amounts)
            found[name] = said(total, steps if metric.startswith("monthly_joins") else 1, sample, (None, None))
        elif sample:
            found[name] = said(None, None, sample, ("没有可相减的两个月末", "no two month ends to compare"))
        else:
            found[name] = said(None, None, 0, ("没有样本", "no sample"))
    return found


def said(
    numerator: int | None, denominator: int | None, sample: int, reason: tuple[str | None, str | None]
) -> dict[str, Any]:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "sample": sample,
        "reason_zh": reason[0],
        "reason_en": reason[1],
    }
