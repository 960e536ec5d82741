"""Leads, visits and deals counted again, row by row in plain Python, from the sentences that define them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from metrics.period import Period

Row = dict[str, Any]
World = Mapping[str, list[Row]]
INTERVALS = {"H": 2, "A": 4, "B": 7, "C": 15, "O": 7, "N": 15}


def counted(row: Row, day: date, numerator: int | None, denominator: int, **more: Any) -> Row:
    kept = {name: row.get(name) for name in ("store_id", "person_id", "department")}
    return {**kept, "day": day, "numerator": numerator, "denominator": denominator, **more}


def day_of(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def is_by(moment: datetime | None, as_of: date) -> bool:
    return moment is not None and moment.date() <= as_of


# Visits and who invited them


def visit_groups(world: World, as_of: date) -> list[Row]:
    firsts: dict[tuple[str, str, date], Row] = {}
    for visit in sorted(world["store_visits"], key=lambda it: (it["arrived_at"], it["visit_id"])):
        if is_by(visit["arrived_at"], as_of):
            firsts.setdefault((visit["customer_id"], visit["store_id"], visit["arrived_at"].date()), visit)
    groups = []
    for visit in firsts.values():
        touches = [it for it in touches_of(world, visit, as_of) if it[0] < visit["arrived_at"]]
        near = [it for it in touches if (visit["arrived_at"].date() - it[0].date()).days <= 30]
        in_time = [
            it for it in near if it[3] is None or (visit["arrived_at"] - it[3]) >= timedelta(minutes=30)
        ]  # fmt: skip
        best = max(in_time, key=lambda it: it[:3], default=None)
        groups.append({**visit, "day": visit["arrived_at"].date(), "person_id": best and best[4]})
    return groups


def touches_of(world: World, visit: Row, as_of: date) -> Iterator[tuple[datetime, int, str, datetime | None, str]]:
    """moment, precedence, key, recorded, person."""
    whom = (visit["customer_id"], visit["store_id"])
    for it in world["invitations"]:
        if (it["customer_id"], it["store_id"]) == whom and it["is_effective"] and is_by(it["invited_at"], as_of):
            yield it["invited_at"], 2, it["invitation_id"], it["recorded_at"], it["person_id"]
    leads = {lead["lead_id"]: (lead["customer_id"], lead["store_id"]) for lead in world["leads"]}
    for it in world["follow_ups"]:
        if leads.get(it["lead_id"]) == whom and it["is_connected"] and is_by(it["done_at"], as_of):
            yield it["done_at"], 1, it["follow_up_id"], it["recorded_at"], it["person_id"]
    for it in world["call_logs"]:
        is_reached = it["direction"] == "呼出" and it["is_answered"] and is_by(it["started_at"], as_of)
        if (it["customer_id"], it["store_id"]) == whom and is_reached:
            yield it["started_at"], 0, it["call_id"], None, it["person_id"]


def groups(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for group in visit_groups(world, as_of):
        yield counted(group, group["day"], 1, 1)


def invited_visits(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for group in visit_groups(world, as_of):
        if group["person_id"]:
            yield counted(group, group["day"], 1, 1)


def store_close(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for group in visit_groups(world, as_of):
        if group["person_id"]:
            month = Period.containing(group["day"], "month", month_starts_on)
            bought = any(
                (deal["customer_id"], deal["store_id"]) == (group["customer_id"], group["store_id"])
                and group["day"] <= deal["ordered_at"].date() <= month.last
                for deal in orders(world, as_of)
            )
            yield counted(group, group["day"], int(bought), 1)


def orders(world: World, as_of: date, event: str = "ordered_at") -> list[Row]:
    return [it for it in world["orders"] if is_by(it[event], as_of) and not is_by(it["cancelled_at"], as_of)]


def deals(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    invited = [group for group in visit_groups(world, as_of) if group["person_id"]]
    for deal in orders(world, as_of):
        ordered = deal["ordered_at"].date()
        mine = [
            group
            for group in invited
            if (group["customer_id"], group["store_id"]) == (deal["customer_id"], deal["store_id"])
            and 0 <= (ordered - group["day"]).days <= 30
        ]
        latest = max(mine, key=lambda group: group["day"], default=None)
        yield counted({**deal, "person_id": latest and latest["person_id"]}, ordered, 1, 1)


def cars_delivered(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for deal in orders(world, as_of, "delivered_at"):
        yield counted(deal, deal["delivered_at"].date(), 1, 1)


def appointments(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for it in world["invitations"]:
        if it["is_effective"] and is_by(it["appointment_at"], as_of):
            kept = any(
                (visit["customer_id"], visit["store_id"]) == (it["customer_id"], it["store_id"])
                and visit["arrived_at"].date() == it["appointment_at"].date()
                and visit["arrived_at"] > it["invited_at"]
                and (it["recorded_at"] is None or visit["arrived_at"] - it["recorded_at"] >= timedelta(minutes=30))
                for visit in world["store_visits"]
            )
            yield counted(it, it["appointment_at"].date(), int(kept), 1)


# Leads


def leads_received(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in world["leads"]:
        if is_by(lead["received_at"], as_of):
            yield counted(lead, lead["received_at"].date(), 1, 1)


def cards(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in world["leads"]:
        if is_by(lead["carded_at"], as_of):
            yield counted(lead, lead["carded_at"].date(), 1, 1)


def valid_leads(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in world["leads"]:
        if is_by(lead["received_at"], as_of) and lead["validity"] in ("有效", "无效"):
            is_good = lead["validity"] == "有效" or lead["validity_review"] == "拒绝"
            yield counted(lead, lead["received_at"].date(), int(is_good), 1)


def is_invalid(lead: Row) -> bool:
    mark = lead["validity"] or ("无效" if lead["status"] == "无效" else None)
    return mark == "无效" and lead["validity_review"] in (None, "通过")


def is_valid(lead: Row) -> bool:
    return lead["validity"] == "有效" or (lead["validity"] == "无效" and not is_invalid(lead))


def lead_visits(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in world["leads"]:
        if is_by(lead["received_at"], as_of):
            came = any(
                (visit["customer_id"], visit["store_id"]) == (lead["customer_id"], lead["store_id"])
                and visit["arrived_at"] > lead["received_at"]
                and visit["arrived_at"].date() <= lead["received_at"].date() + timedelta(days=30)
                and is_by(visit["arrived_at"], as_of)
                for visit in world["store_visits"]
            )
            yield counted(lead, lead["received_at"].date(), int(came), 1, lead=lead)


def valid_lead_visits(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return (row for row in lead_visits(world, as_of, month_starts_on) if is_valid(row["lead"]))


def lead_closes(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    base = [lead for lead in world["leads"] if is_valid(lead) and is_by(lead["received_at"], as_of)]
    won = set()
    for deal in orders(world, as_of):
        if deal["lead_id"]:
            own = [lead for lead in base if lead["lead_id"] == deal["lead_id"]]
        else:
            whom = (deal["customer_id"], deal["store_id"])
            own = [lead for lead in base if (lead["customer_id"], lead["store_id"]) == whom]
        near = [
            lead
            for lead in own
            if lead["received_at"] < deal["ordered_at"]
            and (deal["ordered_at"].date() - lead["received_at"].date()).days <= 30
        ]
        if near:
            won.add(max(near, key=lambda it: (it["received_at"], it["lead_id"]))["lead_id"])
    for lead in base:
        yield counted(lead, lead["received_at"].date(), int(lead["lead_id"] in won), 1)


def lost_at(lead: Row) -> datetime | None:
    if lead["lost_review"] is None:
        found = lead["lost_at"]
    elif lead["lost_review"] == "通过":
        found = lead["lost_reviewed_at"] or lead["lost_at"]
    else:
        found = None
    return found  # type: ignore[no-any-return]


def defeats(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in world["leads"]:
        lost = lost_at(lead)
        if lost and is_by(lost, as_of):
            yield counted(lead, lost.date(), 1, 1)


def closings(world: World, lead: Row, as_of: date) -> list[datetime]:
    found = [lead["ordered_at"], lost_at(lead)]
    for deal in orders(world, as_of):
        if deal["lead_id"] == lead["lead_id"] or (
            deal["lead_id"] is None
            and (deal["customer_id"], deal["store_id"]) == (lead["customer_id"], lead["store_id"])
            and lead["received_at"] <= deal["ordered_at"]
        ):
            found.append(deal["ordered_at"])
    return [it for it in found if it is not None and is_by(it, as_of)]


def is_closed_before(world: World, lead: Row, moment: datetime, as_of: date) -> bool:
    before = [it for it in closings(world, lead, as_of) if it < moment]
    again = lead["reactivated_at"]
    return bool(before) and not (again and max(before) < again < moment)


def open_prospects(world: World, as_of: date, period: Period) -> Iterator[Row]:
    start = datetime.combine(period.first, time())
    if period.first > as_of:
        return
    for lead in world["leads"]:
        is_carded = lead["carded_at"] and lead["carded_at"] < start
        if is_carded and not is_invalid(lead) and not is_closed_before(world, lead, start, as_of):
            yield counted(lead, period.first, 1, 1)


def business_seconds(world: World, row: Row, person: str | None, start: datetime, end: datetime) -> int:
    store = next(it for it in world["stores"] if it["store_id"] == row["store_id"])
    away = absent_on(world, person)
    total, day = 0, start.date()
    while day <= end.date():
        opens = datetime.combine(day, store["opens_at"])
        closes = datetime.combine(day, store["closes_at"])
        if day not in away and min(end, closes) > max(start, opens):
            total += int((min(end, closes) - max(start, opens)).total_seconds())
        day += timedelta(days=1)
    return total


def absent_on(world: World, person: str | None) -> set[date]:
    return {
        it["from_on"] + timedelta(days=n)
        for it in world["absences"]
        if it["person_id"] == person
        for n in range((it["to_on"] - it["from_on"]).days + 1)
    }


def response_time(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in world["leads"]:
        if is_by(lead["first_contact_at"], as_of):
            begun = lead["assigned_at"] or lead["received_at"]
            yield counted(
                lead,
                begun.date(),
                business_seconds(world, lead, lead["person_id"], begun, lead["first_contact_at"]),
                1,
            )


def response_punctuality(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    end = datetime.combine(as_of + timedelta(days=1), time())
    for lead in world["leads"]:
        begun = lead["assigned_at"] or lead["received_at"]
        if begun.date() > as_of:
            continue
        if is_by(lead["first_contact_at"], as_of):
            taken = business_seconds(world, lead, lead["person_id"], begun, lead["first_contact_at"])
            yield counted(lead, begun.date(), int(taken <= 1800), 1)
        elif business_seconds(world, lead, lead["person_id"], begun, end) > 1800:
            yield counted(lead, begun.date(), 0, 1)


def follow_up_tasks(world: World, as_of: date) -> Iterator[Row]:
    for lead in world["leads"]:
        if is_invalid(lead):
            continue
        contacts = sorted(
            (it for it in world["follow_ups"] if it["lead_id"] == lead["lead_id"] and is_by(it["done_at"], as_of)),
            key=lambda it: (it["done_at"], it["follow_up_id"]),
        )
        level = None
        for n, contact in enumerate(contacts):
            level = contact["intent_level"] or level
            shown = level or lead["first_intent_level"] or lead["intent_level"]
            done = contact["done_at"].date()
            if contact["next_contact_at"]:
                due = contact["next_contact_at"].date()
            elif shown:
                due = done + timedelta(days=INTERVALS[shown])
            else:
                continue
            after_due = datetime.combine(due + timedelta(days=1), time())
            if is_closed_before(world, lead, after_due, as_of):
                continue
            owner, is_nobodys = holder(world, lead, contact, due)
            following = contacts[n + 1]["done_at"].date() if n + 1 < len(contacts) else None
            until = following or as_of + timedelta(days=1)
            away = sum(done < day <= until for day in absent_on(world, owner))
            is_late = (until - done).days - away > (due - done).days
            if (following and not is_late) or (is_late and not is_nobodys):
                row = {"store_id": lead["store_id"], "person_id": owner}
                yield counted(row, due, int(not is_late), 1, level=shown)


def holder(world: World, lead: Row, contact: Row, due: date) -> tuple[str, bool]:
    held = [it for it in world["lead_assignments"] if it["lead_id"] == lead["lead_id"]]
    first = min((it["since"] for it in held), default=None)
    begun = [it for it in held if it["since"].date() <= due]
    on_day = [it for it in begun if it["until"] is None or it["until"].date() >= due]
    owner = max(on_day, key=lambda it: it["since"])["person_id"] if on_day else contact["person_id"]
    is_nobodys = any(
        (due - it["since"].date()).days <= 3 and (it["since"] != first or it["reason"] in ("转派", "离职交接", "回收"))
        for it in begun
    )
    cover = [
        it
        for it in world["absences"]
        if it["person_id"] == owner and it["covered_by"] and it["from_on"] <= due <= it["to_on"]
    ]
    return (max(cover, key=lambda it: it["from_on"])["covered_by"] if cover else owner), is_nobodys


def follow_ups(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return follow_up_tasks(world, as_of)


def follow_ups_of(level: str) -> Callable[[World, date, int], Iterator[Row]]:
    return lambda world, as_of, _: (row for row in follow_up_tasks(world, as_of) if row["level"] == level)


def hotline(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for call in world["call_logs"]:
        if call["direction"] == "呼入" and call["line"] == "400" and is_by(call["started_at"], as_of):
            yield counted(call, call["started_at"].date(), int(call["is_answered"]), 1)
