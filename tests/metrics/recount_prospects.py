"""Leads, visits and deals counted again, row by row in plain Python, from the sentences that define them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from metrics.period import Period

Row = dict[str, Any]


class World(dict[str, list[Row]]):
    """Tables of rows, with the rows that have some values found without reading the others."""

    def __init__(self, tables: Mapping[str, list[Row]]) -> None:
        super().__init__(tables)
        self._places: dict[tuple[str, ...], dict[tuple[Any, ...], list[Row]]] = {}
        self._kept: dict[Any, Any] = {}

    def once(self, name: Any, make: Callable[[], Any]) -> Any:
        """What was made under that name before, or is made now."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def where(self, table: str, **values: Any) -> list[Row]:
        name = (table, *values)
        if name not in self._places:
            place = self._places[name] = {}
            for row in self[table]:
                place.setdefault(tuple(row[column] for column in values), []).append(row)
        return self._places[name].get(tuple(values.values()), [])


INTERVALS = {"H": 2, "A": 4, "B": 7, "C": 15, "O": 7, "N": 15}


def counted(row: Row, day: date, numerator: int | Fraction | None, denominator: int, **more: Any) -> Row:
    kept = {name: row.get(name) for name in ("store_id", "person_id", "department")}
    return {**kept, "day": day, "numerator": numerator, "denominator": denominator, **more}


def day_of(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def is_by(moment: datetime | None, as_of: date) -> bool:
    return moment is not None and moment.date() <= as_of


# Visits and who invited them


def visit_groups(world: World, as_of: date, credit: str) -> list[Row]:
    """One row for each person who has the credit of a group, or one for nobody, with their share."""
    return world.once(("groups", as_of, credit), lambda: find_groups(world, as_of, credit))  # type: ignore[no-any-return]


def find_groups(world: World, as_of: date, credit: str) -> list[Row]:
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
        given = given_to(world, visit)
        for person, share in [(given, 1)] if given else winners(world, visit, in_time, credit):
            groups.append({**visit, "day": visit["arrived_at"].date(), "person_id": person, "share": share})
    return groups


def given_to(world: World, visit: Row) -> str | None:
    """Whom a head gave the credit of the customer's day at the store."""
    decisions = [
        it
        for it in world["credit_reassignments"]
        for arrived in world.where("store_visits", visit_id=it["visit_id"])
        if all(arrived[name] == visit[name] for name in ("customer_id", "store_id"))
        and arrived["arrived_at"].date() == visit["arrived_at"].date()
    ]
    newest = max(decisions, key=lambda it: (it["decided_at"], it["visit_id"]), default=None)
    return newest and newest["person_id"]


Touch = tuple[datetime, int, str, datetime | None, str]


def winners(world: World, visit: Row, touches: list[Touch], credit: str) -> list[tuple[str | None, int | Fraction]]:
    if not touches:
        return [(None, 1)]
    if credit == "split":
        people = {it[4] for it in touches}
        return [(person, Fraction(1, len(people))) for person in people]
    if credit == "first":
        return [(min(touches, key=lambda it: (it[0], -it[1], it[2]))[4], 1)]
    last = max(touches, key=lambda it: it[:3])[4]
    owner = lead_owner(world, visit, visit["arrived_at"]) if credit == "lead_owner" else None
    return [(owner or last, 1)]


def lead_owner(world: World, row: Row, moment: datetime) -> str | None:
    leads = [
        lead
        for lead in world.where("leads", customer_id=row["customer_id"], store_id=row["store_id"])
        if lead["received_at"] <= moment
    ]
    if not leads:
        return None
    lead = max(leads, key=lambda it: (it["received_at"], it["lead_id"]))
    held = [
        it
        for it in world.where("lead_assignments", lead_id=lead["lead_id"])
        if it["since"] <= moment and (it["until"] is None or it["until"] > moment)
    ]
    newest = max((it["since"] for it in held), default=None)
    return min((it["person_id"] for it in held if it["since"] == newest), default=lead["person_id"])


def touches_of(world: World, visit: Row, as_of: date) -> Iterator[Touch]:
    """moment, precedence, key, recorded, person."""
    whom = {"customer_id": visit["customer_id"], "store_id": visit["store_id"]}
    for it in world.where("invitations", **whom):
        if it["is_effective"] and is_by(it["invited_at"], as_of):
            yield it["invited_at"], 2, it["invitation_id"], it["recorded_at"], it["person_id"]
    for lead in world.where("leads", **whom):
        for it in world.where("follow_ups", lead_id=lead["lead_id"]):
            if it["is_connected"] and is_by(it["done_at"], as_of):
                yield it["done_at"], 1, it["follow_up_id"], it["recorded_at"], it["person_id"]
    for it in world.where("call_logs", **whom):
        if it["direction"] == "呼出" and it["is_answered"] and is_by(it["started_at"], as_of):
            yield it["started_at"], 0, it["call_id"], None, it["person_id"]


Count = Callable[[World, date, int], Iterator[Row]]


def groups_by(credit: str) -> Count:
    def groups(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        for group in visit_groups(world, as_of, credit):
            yield counted(group, group["day"], group["share"], 1, key=group["visit_id"])

    return groups


def invited_visits_by(credit: str) -> Count:
    def invited_visits(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        for group in visit_groups(world, as_of, credit):
            if group["person_id"]:
                yield counted(group, group["day"], group["share"], 1, key=group["visit_id"])

    return invited_visits


def store_close_by(credit: str) -> Count:
    def store_close(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        for group in visit_groups(world, as_of, credit):
            if group["person_id"]:
                month = Period.containing(group["day"], "month", month_starts_on)
                bought = any(
                    group["day"] <= deal["ordered_at"].date() <= month.last
                    for deal in orders(world, as_of, customer_id=group["customer_id"], store_id=group["store_id"])
                )
                share = group["share"]
                yield counted(group, group["day"], bought * share, share, key=group["visit_id"])

    return store_close


def orders(world: World, as_of: date, event: str = "ordered_at", **whose: Any) -> list[Row]:
    rows = world.where("orders", **whose) if whose else world["orders"]
    return [it for it in rows if is_by(it[event], as_of) and not is_by(it["cancelled_at"], as_of)]


def deals_by(credit: str) -> Count:
    def deals(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        invited: dict[tuple[str, str], list[Row]] = {}
        for group in visit_groups(world, as_of, credit):
            if group["person_id"]:
                invited.setdefault((group["customer_id"], group["store_id"]), []).append(group)
        for deal in orders(world, as_of):
            ordered = deal["ordered_at"].date()
            mine = [
                group
                for group in invited.get((deal["customer_id"], deal["store_id"]), [])
                if 0 <= (ordered - group["day"]).days <= 30
            ]
            latest = max((group["day"] for group in mine), default=None)
            inviters = [group for group in mine if group["day"] == latest]
            for inviter in inviters or [{"person_id": None, "share": 1}]:
                row = {**deal, "person_id": inviter["person_id"]}
                yield counted(row, ordered, inviter["share"], 1, key=deal["order_id"])

    return deals


def cars_invoiced(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for deal in orders(world, as_of, "invoiced_at"):
        yield counted(deal, deal["invoiced_at"].date(), 1, 1)


def cars_delivered(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for deal in orders(world, as_of, "delivered_at"):
        yield counted(deal, deal["delivered_at"].date(), 1, 1)


def appointments(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for it in world["invitations"]:
        if it["is_effective"] and is_by(it["appointment_at"], as_of):
            kept = any(
                visit["arrived_at"].date() == it["appointment_at"].date()
                and visit["arrived_at"] > it["invited_at"]
                and (it["recorded_at"] is None or visit["arrived_at"] - it["recorded_at"] >= timedelta(minutes=30))
                for visit in world.where("store_visits", customer_id=it["customer_id"], store_id=it["store_id"])
            )
            yield counted(it, it["appointment_at"].date(), int(kept), 1)


# Leads


def repeats(world: World, lead: Row) -> Row | None:
    """The latest earlier lead of the customer at the store that it repeats within 30 days."""
    return world.once(("repeats", lead["lead_id"]), lambda: find_repeated(world, lead))  # type: ignore[no-any-return]


def find_repeated(world: World, lead: Row) -> Row | None:
    earlier = [
        it
        for it in world.where("leads", customer_id=lead["customer_id"], store_id=lead["store_id"])
        if (it["received_at"], it["lead_id"]) < (lead["received_at"], lead["lead_id"]) and not is_invalid(it)
    ]
    latest = max(earlier, key=lambda it: (it["received_at"], it["lead_id"]), default=None)
    if latest and (lead["received_at"].date() - latest["received_at"].date()).days <= 30:
        return latest
    return None


def first_of(world: World, lead: Row) -> Row:
    while (earlier := repeats(world, lead)) is not None:
        lead = earlier
    return lead


def leads_once(world: World) -> Iterator[Row]:
    return (lead for lead in world["leads"] if repeats(world, lead) is None)


def leads_received(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in leads_once(world):
        if is_by(lead["received_at"], as_of):
            yield counted(lead, lead["received_at"].date(), 1, 1)


def cards(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in leads_once(world):
        if is_by(lead["carded_at"], as_of):
            yield counted(lead, lead["carded_at"].date(), 1, 1)


def valid_leads(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in leads_once(world):
        if is_by(lead["received_at"], as_of) and lead["validity"] in ("有效", "无效"):
            is_good = lead["validity"] == "有效" or lead["validity_review"] == "拒绝"
            yield counted(lead, lead["received_at"].date(), int(is_good), 1)


def is_invalid(lead: Row) -> bool:
    mark = lead["validity"] or ("无效" if lead["status"] == "无效" else None)
    return mark == "无效" and lead["validity_review"] in (None, "通过")


def is_valid(lead: Row) -> bool:
    return lead["validity"] == "有效" or (lead["validity"] == "无效" and not is_invalid(lead))


def lead_visits(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for lead in leads_once(world):
        if is_by(lead["received_at"], as_of):
            came = any(
                visit["arrived_at"] > lead["received_at"]
                and visit["arrived_at"].date() <= lead["received_at"].date() + timedelta(days=30)
                and is_by(visit["arrived_at"], as_of)
                for visit in world.where("store_visits", customer_id=lead["customer_id"], store_id=lead["store_id"])
            )
            yield counted(lead, lead["received_at"].date(), int(came), 1, lead=lead)


def valid_lead_visits(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return (row for row in lead_visits(world, as_of, month_starts_on) if is_valid(row["lead"]))


def lead_closes(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    base = [lead for lead in leads_once(world) if is_valid(lead) and is_by(lead["received_at"], as_of)]
    counts = {lead["lead_id"] for lead in base}
    won = set()
    for deal in orders(world, as_of):
        if deal["lead_id"]:
            own = [first_of(world, lead) for lead in world.where("leads", lead_id=deal["lead_id"])]
        else:
            own = world.where("leads", customer_id=deal["customer_id"], store_id=deal["store_id"])
        own = [lead for lead in own if lead["lead_id"] in counts]
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
    for lead in leads_once(world):
        lost = lost_at(lead)
        if lost and is_by(lost, as_of):
            yield counted(lead, lost.date(), 1, 1)


def closings(world: World, lead: Row, as_of: date) -> list[datetime]:
    name = ("closings", lead["lead_id"], as_of)
    return world.once(name, lambda: find_closings(world, lead, as_of))  # type: ignore[no-any-return]


def find_closings(world: World, lead: Row, as_of: date) -> list[datetime]:
    found = [lead["ordered_at"], lost_at(lead)]
    whom = {"customer_id": lead["customer_id"], "store_id": lead["store_id"]}
    first = first_of(world, lead)["lead_id"]
    for same in world.where("leads", **whom):
        if first_of(world, same)["lead_id"] == first:
            found += [deal["ordered_at"] for deal in orders(world, as_of, lead_id=same["lead_id"])]
    found += [
        deal["ordered_at"]
        for deal in orders(world, as_of, lead_id=None, **whom)
        if lead["received_at"] <= deal["ordered_at"]
    ]
    return [it for it in found if it is not None and is_by(it, as_of)]


def is_closed_before(world: World, lead: Row, moment: datetime, as_of: date) -> bool:
    before = [it for it in closings(world, lead, as_of) if it < moment]
    again = lead["reactivated_at"]
    return bool(before) and not (again and max(before) < again < moment)


def open_prospects(world: World, as_of: date, period: Period) -> Iterator[Row]:
    start = datetime.combine(period.first, time())
    if period.first > as_of:
        return
    for lead in leads_once(world):
        is_carded = lead["carded_at"] and lead["carded_at"] < start
        if is_carded and not is_invalid(lead) and not is_closed_before(world, lead, start, as_of):
            yield counted(lead, period.first, 1, 1)


def business_seconds(world: World, row: Row, person: str | None, start: datetime, end: datetime) -> int:
    store = world.where("stores", store_id=row["store_id"])[0]
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
        for it in world.where("absences", person_id=person)
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
            (it for it in world.where("follow_ups", lead_id=lead["lead_id"]) if is_by(it["done_at"], as_of)),
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
    held = world.where("lead_assignments", lead_id=lead["lead_id"])
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
        for it in world.where("absences", person_id=owner)
        if it["covered_by"] and it["from_on"] <= due <= it["to_on"]
    ]
    return (max(cover, key=lambda it: it["from_on"])["covered_by"] if cover else owner), is_nobodys


def follow_ups(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    return iter(tasks(world, as_of))


def tasks(world: World, as_of: date) -> list[Row]:
    return world.once(("tasks", as_of), lambda: list(follow_up_tasks(world, as_of)))  # type: ignore[no-any-return]


def follow_ups_of(level: str) -> Callable[[World, date, int], Iterator[Row]]:
    return lambda world, as_of, _: (row for row in tasks(world, as_of) if row["level"] == level)


def hotline(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
    for call in world["call_logs"]:
        if call["direction"] == "呼入" and call["line"] == "400" and is_by(call["started_at"], as_of):
            yield counted(call, call["started_at"].date(), int(call["is_answered"]), 1)


FIRST_LIMITS = {"H": 86_400, **{level: days * 86_400 for level, days in {"A": 4, "B": 7, "C": 15, "N": 30}.items()}}


def first_contacts(*levels: str) -> Count:
    def rows(world: World, as_of: date, month_starts_on: int) -> Iterator[Row]:
        end = datetime.combine(as_of + timedelta(days=1), time())
        for lead in world["leads"]:
            level = lead["first_intent_level"] or lead["intent_level"]
            begun = lead["assigned_at"] or lead["received_at"]
            if level not in levels or level == "O" or begun.date() > as_of:
                continue
            is_done = is_by(lead["first_contact_at"], as_of)
            until = lead["first_contact_at"] if is_done else end
            taken = present_seconds(world, lead["person_id"], begun, until)
            if is_done or taken > FIRST_LIMITS[level]:
                yield counted(lead, begun.date(), int(taken <= FIRST_LIMITS[level]), 1)

    return rows


def present_seconds(world: World, person: str | None, start: datetime, end: datetime) -> int:
    away = 0
    for day in absent_on(world, person):
        midnight = datetime.combine(day, time())
        begin, stop = max(start, midnight), min(end, midnight + timedelta(days=1))
        away += max(0, int((stop - begin).total_seconds()))
    return int((end - start).total_seconds()) - away
