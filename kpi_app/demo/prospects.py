"""The demo group's front: leads come in, are called, invited, come to the store, and some buy."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from kpi_app.demo.days import (
    MONTHS,
    chance,
    clock_on,
    days_between,
    how_many,
    minutes,
    month_start,
    season,
    wobble,
)
from kpi_app.demo.group import STORES
from kpi_app.demo.roster import Roster, Row

_LEADS_A_DAY = 6.8
_WALK_INS_A_DAY = 1.6
_OWNER_CALLS_A_DAY = 2.8
_SHOWS = 0.27  # of an invitation, before the person's own hand and the season
_BUYS = 0.25  # of a customer who came
_DELAYS = (30, 52, 44, 30, 22, 16, 12, 11, 5, 4, 3, 2, 2)  # days from invitation to arrival: most within seven
_CHANNELS = {"线上": 52, "异业联盟": 9, "广宣": 10, "外展": 12, "转介绍": 17}
_LEVELS = {"H": 14, "A": 22, "B": 28, "C": 22, "N": 14}
_INTERVAL_DAYS = {"O": 7, "H": 2, "A": 4, "B": 7, "C": 15, "N": 15}
_PURPOSES = {"保有客户": 44, "续保": 16, "活动": 24, "战败激活": 16}
_LOST = ("价格因素", "竞品成交", "暂缓购车", "家人意见", "配置不符")
_MODELS = {"行云 S3": 98_800, "行云 S5": 129_800, "行云 L7": 179_800, "行云 E6": 208_800}


def _pick(rng: Random, weighted: dict[str, int]) -> str:
    return rng.choices(list(weighted), list(weighted.values()))[0]


@dataclass
class Front:
    """Everything the showrooms and call centres wrote down, in the order it happened."""

    roster: Roster
    rng: Random
    skill: dict[str, float]
    leads: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    follow_ups: list[Row] = field(default_factory=list)
    invitations: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)

    @property
    def as_of(self) -> date:
        return self.roster.as_of

    def known(self, at: datetime | None) -> datetime | None:
        """The moment, unless it still lies ahead."""
        return at if at is not None and at.date() <= self.as_of else None

    def holder(self, store_id: str, person_id: str, day: date) -> tuple[str, date] | None:
        """The invite specialist who has the customer that day: the same while in office (after an absence), else
        a colleague; None when nobody is left before the data ends."""
        while day <= self.as_of:
            present = self.roster.at_work(store_id, "invite_specialist", day)
            if person_id in present:
                return person_id, day
            in_office = any(
                post.person_id == person_id and post.store_id == store_id and post.holds_on(day)
                for post in self.roster.posts
            )
            away = self.roster.absent.get(person_id, set())
            if present and not (in_office and day - timedelta(days=5) not in away):
                return present[(day.toordinal() + int(person_id[1:])) % len(present)], day
            day += timedelta(days=1)
        return None

    def lead(self, store_id: str, day: date, number: int) -> None:
        """One lead and all that follows from it."""
        rng = self.rng
        received = clock_on(rng, day, 7, 21)
        assigned = received + minutes(rng, 0.5, 14)
        if assigned.time() > time(17, 30):
            assigned = clock_on(rng, day + timedelta(days=1), 8, 8).replace(minute=31 + number % 20)
        elif assigned.time() < time(8, 30):
            assigned = assigned.replace(hour=8, minute=31 + number % 20)
        staff = self.roster.at_work(store_id, "invite_specialist", assigned.date())
        lead_id = f"L{store_id[1:]}{day:%y%m%d}{number:02d}"
        customer_id = f"C{store_id[1:]}{day:%y%m%d}{number:02d}"
        if self.leads and rng.random() < 0.05:  # the customer is known from an earlier lead of this store
            earlier = rng.choice(self.leads)
            if earlier["store_id"] == store_id:
                customer_id = str(earlier["customer_id"])
        owner = rng.choice(staff) if staff and assigned.date() <= self.as_of else None
        level = _pick(rng, _LEVELS)
        quick = rng.random() < (0.82 if self.skill.get(owner or "", 1) > 0.95 else 0.66)
        first = assigned + (minutes(rng, 1, 26) if quick else minutes(rng, 31, 900))
        if first.hour >= 20 or first.hour < 8:
            first = first.replace(hour=9) + timedelta(days=1 if first.hour >= 20 else 0)
        row: Row = {
            "lead_id": lead_id,
            "store_id": store_id,
            "customer_id": customer_id,
            "person_id": owner,
            "channel": _pick(rng, _CHANNELS),
            "received_at": received,
            "assigned_at": self.known(assigned) if owner else None,
            "carded_at": None,
            "first_contact_at": self.known(first) if owner else None,
            "first_intent_level": None,
            "validity": "待定",
            "intent_level": None,
            "status": "跟进中",
            "reported_by": "厂家" if rng.random() < 0.4 else "店端",
        }
        self.leads.append(row)
        if owner is None:
            return
        self._assign(row, owner, assigned)
        if self.known(first) is None:
            return
        row["first_intent_level"] = row["intent_level"] = level
        if rng.random() < 0.16:
            self._invalid(row, first)
            return
        row["validity"] = "有效"
        row["carded_at"] = self.known(first + minutes(rng, 2, 50))
        self._work(row, owner, first, level)

    def _assign(self, row: Row, owner: str, assigned: datetime) -> None:
        left = self.roster.left_on(owner)
        handed = None
        if left is not None and left - timedelta(days=25) < assigned.date():
            handed = datetime.combine(left, time(17, 0))
        elif self.rng.random() < 0.03:
            handed = self.known(assigned + timedelta(days=self.rng.randint(3, 12)))
        to = self.holder(str(row["store_id"]), owner, handed.date() + timedelta(days=1)) if handed else None
        if to is not None and to[0] == owner:
            others = [p for p in self.roster.at_work(str(row["store_id"]), "invite_specialist", to[1]) if p != owner]
            to = (others[0], to[1]) if others else None
        handed = handed if to else None
        first: Row = {"lead_id": row["lead_id"], "person_id": owner, "since": assigned, "until": handed}
        self.assignments.append({**first, "reason": "分配"})
        if to is not None and handed is not None:
            row["person_id"] = to[0]
            reason = "离职交接" if left is not None and handed.date() == left else "转派"
            self.assignments.append({**first, "person_id": to[0], "since": handed, "until": None, "reason": reason})

    def _invalid(self, row: Row, first: datetime) -> None:
        row["validity"] = "无效"
        row["validity_review"] = self.rng.choices(("通过", "拒绝", "待审"), (80, 8, 12))[0]
        row["status"] = "无效"
        self._follow_up(row, str(self._owner_at(row, first)), first, is_connected=self.rng.random() < 0.5, level=None)

    def _owner_at(self, row: Row, at: datetime) -> str | None:
        found = self.holder(str(row["store_id"]), str(row["person_id"]), at.date())
        return found[0] if found else None

    def _follow_up(self, row: Row, person_id: str, done: datetime, *, is_connected: bool, level: str | None) -> None:
        agreed = None
        if is_connected and level is not None and self.rng.random() < 0.4:
            agreed = datetime.combine(done.date() + timedelta(days=_INTERVAL_DAYS[level]), time(10, 0))
        self.follow_ups.append(
            {
                "lead_id": row["lead_id"],
                "person_id": person_id,
                "done_at": done,
                "is_connected": is_connected,
                "intent_level": level,
                "next_contact_at": agreed,
                "recorded_at": done + minutes(self.rng, 0.5, 6),
            }
        )

    def _work(self, row: Row, owner: str, at: datetime, level: str) -> None:
        """Call, invite, and call again until the customer comes, is lost, or the data ends."""
        rng, store_id, customer_id = self.rng, str(row["store_id"]), str(row["customer_id"])
        came: datetime | None = None
        for attempt in range(3):
            held = self.holder(store_id, owner, at.date())
            if held is None:
                return
            owner = held[0]
            at = datetime.combine(held[1], at.time())
            is_connected = rng.random() < 0.68
            self._follow_up(row, owner, at, is_connected=is_connected, level=level)
            if is_connected and rng.random() < 0.82:
                came = self.invite(store_id, customer_id, owner, at, "潜客", str(row["lead_id"]))
                if came is not None:
                    break
            at = clock_on(rng, at.date() + timedelta(days=_INTERVAL_DAYS[level] + rng.randint(0, 2)), 9, 17)
            if at.date() > self.as_of or (attempt == 1 and rng.random() < 0.5):
                break
        bought = self.visit(store_id, customer_id, came, "看车", str(row["lead_id"])) if self.known(came) else None
        if bought is not None:
            row["ordered_at"], row["status"], row["intent_level"] = bought, "成交", "O"
            return
        self._give_up(row, came or at)

    def _give_up(self, row: Row, at: datetime) -> None:
        rng = self.rng
        lost = self.known(at + timedelta(days=rng.randint(8, 45)))
        if lost is None or rng.random() < 0.3:
            return
        row["lost_at"] = row["lost_applied_at"] = lost
        row["lost_reason"] = rng.choice(_LOST)
        row["status"] = "战败"
        reviewed = self.known(lost + timedelta(days=rng.randint(1, 4)))
        row["lost_review"] = "待审" if reviewed is None else rng.choices(("通过", "拒绝"), (88, 12))[0]
        row["lost_reviewed_at"] = reviewed
        back = self.known(lost + timedelta(days=rng.randint(15, 90)))
        if back is not None and rng.random() < 0.05:
            row["reactivated_at"], row["status"], row["intent_level"] = back, "跟进中", "B"

    def invite(
        self, store_id: str, customer_id: str, person_id: str, at: datetime, purpose: str, lead_id: str | None
    ) -> datetime | None:
        """An invitation; returns when the customer will come because of it, if at all."""
        rng = self.rng
        at = at + minutes(rng, 1, 5)
        agreed = datetime.combine(at.date() + timedelta(days=rng.randint(0, 6)), time(rng.randint(9, 16), 0))
        invitation: Row = {
            "customer_id": customer_id,
            "store_id": store_id,
            "person_id": person_id,
            "invited_at": at,
            "purpose": purpose,
            "is_effective": rng.random() < 0.93,
            "appointment_at": agreed if agreed > at else agreed + timedelta(days=1),
            "lead_id": lead_id,
            "recorded_at": at + minutes(rng, 0.5, 5),
        }
        self.invitations.append(invitation)
        shows = _SHOWS * self.skill.get(person_id, 1) * (0.75 + 0.25 * season(at.date()))
        if rng.random() >= shows:
            return None
        days = rng.choices(range(len(_DELAYS)), _DELAYS)[0]
        if days == 0 and at.hour >= 15:
            days = 1
        came = clock_on(rng, at.date() + timedelta(days=days), 9, 17) if days else at + minutes(rng, 45, 150)
        self._record_late(invitation, came)
        return came

    def _record_late(self, invitation: Row, came: datetime) -> None:
        """A few invitations are typed in when the customer already stands in the showroom, or just before."""
        fate = self.rng.random()
        if self.known(came + timedelta(hours=6)) is None:
            return
        if fate < 0.05:
            invitation["recorded_at"] = came + minutes(self.rng, 3, 240)
        elif fate < 0.07:
            invitation["recorded_at"] = came - minutes(self.rng, 4, 25)

    def visit(
        self, store_id: str, customer_id: str, came: datetime | None, purpose: str, lead_id: str | None
    ) -> datetime | None:
        """The customer's visits from ``came`` on, and the order if one follows; returns when it was placed."""
        rng = self.rng
        if came is None or self.known(came) is None:
            return None
        consultants = self.roster.at_work(store_id, "sales_consultant", came.date())
        if not consultants:
            return None
        consultant = rng.choice(consultants)
        visits = [came]
        if rng.random() < 0.26:
            again = rng.choice((0, 1, 1, 2, 3, 4, 6))
            if again == 0 and came.hour <= 14:
                visits.append(came + minutes(rng, 90, 170))
            else:
                visits.append(clock_on(rng, came.date() + timedelta(days=again or 1), 9, 17))
        for arrived in visits:
            present = self.roster.at_work(store_id, "sales_consultant", arrived.date())
            if self.known(arrived) and present:
                self.visits.append(
                    {
                        "customer_id": customer_id,
                        "store_id": store_id,
                        "arrived_at": arrived,
                        "received_by": consultant if consultant in present else rng.choice(present),
                        "has_test_drive": purpose == "看车" and rng.random() < 0.45,
                        "is_focus_model": rng.random() < 0.2,
                        "purpose": purpose,
                        "recorded_at": arrived + minutes(rng, 2, 45),
                    }
                )
        if purpose != "看车" or rng.random() >= _BUYS:
            return None
        return self._order(store_id, customer_id, consultant, visits[-1] + minutes(rng, 40, 110), lead_id)

    def _order(
        self, store_id: str, customer_id: str, consultant: str, ordered: datetime, lead_id: str | None
    ) -> datetime | None:
        rng = self.rng
        if rng.random() < 0.4:
            ordered = clock_on(rng, ordered.date() + timedelta(days=rng.randint(1, 9)), 10, 17)
        if self.known(ordered) is None:
            return None
        held = [p for p in self.roster.at_work(store_id, "sales_consultant", ordered.date()) if p == consultant]
        if not held:
            return None
        is_cancelled = rng.random() < 0.07
        cancelled = self.known(ordered + timedelta(days=rng.randint(2, 40))) if is_cancelled else None
        invoiced = None if is_cancelled else self.known(ordered + timedelta(days=rng.randint(3, 25)))
        delivered = self.known(invoiced + timedelta(days=rng.randint(1, 6))) if invoiced else None
        model = rng.choice(list(_MODELS))
        self.orders.append(
            {
                "customer_id": customer_id,
                "store_id": store_id,
                "person_id": consultant,
                "ordered_at": ordered,
                "invoiced_at": invoiced,
                "delivered_at": delivered,
                "cancelled_at": cancelled,
                "cancel_reason": rng.choice(("资金原因", "改购他牌", "贷款未批")) if cancelled else None,
                "reported_by": "店端",
                "lead_id": lead_id,
                "model": model,
                "amount": Decimal(_MODELS[model] - rng.randrange(0, 9000, 100)),
                "referrer_customer_id": str(rng.choice(self.leads)["customer_id"]) if rng.random() < 0.06 else None,
                "is_trade_in": rng.random() < 0.18,
                "is_repeat": rng.random() < 0.1,
                "is_focus_model": model.endswith("E6"),
            }
        )
        return ordered if cancelled is None else None

    def other_call(self, store_id: str, day: date) -> None:
        """An invitation to somebody who is not a new lead: an owner, a lapsed policy, a lost lead, a class.

        Sales consultants make about half of these, to their own customers.
        """
        role = "sales_consultant" if self.rng.random() < 0.55 else "invite_specialist"
        staff = self.roster.at_work(store_id, role, day)
        if not staff:
            return
        rng = self.rng
        purpose, lead_id = _pick(rng, _PURPOSES), None
        customer_id = f"K{store_id[1:]}{rng.randrange(4000):05d}"
        if purpose == "战败激活":
            lost = [lead for lead in self.leads[-900:] if lead["store_id"] == store_id and lead["status"] == "战败"]
            if lost:
                lead = rng.choice(lost)
                customer_id, lead_id = str(lead["customer_id"]), str(lead["lead_id"])
        at = clock_on(rng, day, 9, 16)
        came = self.invite(store_id, customer_id, rng.choice(staff), at, purpose, lead_id)
        reason = {"保有客户": "保养", "续保": "续保", "活动": "活动", "战败激活": "看车"}[purpose]
        self.visit(store_id, customer_id, came, reason, lead_id)

    def numbered(self) -> dict[str, list[Row]]:
        """The rows in the order of their times, with the numbers the office's system gave them."""
        return {
            "leads": sorted(self.leads, key=lambda row: str(row["received_at"])),
            "lead_assignments": self.assignments,
            "follow_ups": _numbered(self.follow_ups, "follow_up_id", "G", "done_at"),
            "invitations": _numbered(self.invitations, "invitation_id", "Y", "invited_at"),
            "store_visits": _numbered(self.visits, "visit_id", "D", "arrived_at"),
            "orders": _numbered(self.orders, "order_id", "DD", "ordered_at"),
        }


def _numbered(rows: list[Row], key: str, letter: str, at: str) -> list[Row]:
    ordered = sorted(rows, key=lambda row: str(row[at]))
    return [{key: f"{letter}{number:06d}", **row} for number, row in enumerate(ordered, start=1)]


def prospects(roster: Roster, seed: int) -> dict[str, list[Row]]:
    """Contract → rows of leads, assignments, follow-ups, invitations, visits and orders up to ``as_of``."""
    rng = chance(seed, "prospects")
    skill = {post.person_id: 1 + wobble(rng, 0.3) for post in roster.posts}
    front = Front(roster=roster, rng=rng, skill=skill)
    for day in days_between(month_start(roster.as_of, MONTHS - 1), roster.as_of):
        for store_id, store in STORES.items():
            busy = season(day) * store.size
            for number in range(1, 1 + how_many(rng, _LEADS_A_DAY * busy)):
                front.lead(store_id, day, number)
            for _ in range(how_many(rng, _OWNER_CALLS_A_DAY * busy)):
                front.other_call(store_id, day)
            for number in range(1, 1 + how_many(rng, _WALK_INS_A_DAY * busy)):
                customer_id = f"W{store_id[1:]}{day:%y%m%d}{number:02d}"
                front.visit(store_id, customer_id, clock_on(rng, day, 9, 17), "看车", None)
    return front.numbered()
