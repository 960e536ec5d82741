"""Who works in the demo group on which day, and what its personnel department exports."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from kpi_app.demo.days import MONTHS, days_between, label, month_end, month_start
from kpi_app.demo.group import (
    ABSENCES,
    BASE,
    FIRST_POSTS,
    JOINS,
    LEAVES,
    MANAGER_BASE,
    MINIMUM_WAGES,
    MOVES,
    NAMES,
    ROLE_HEADING,
    STORES,
    TEAMS,
    TWO_POSTS,
)

Value = str | int | bool | Decimal | date | None
Row = dict[str, Value]


@dataclass(frozen=True, kw_only=True)
class Post:
    """A person's post from ``since`` to the day before ``until``; ``share`` in percent."""

    person_id: str
    role: str
    team_id: str
    since: date
    until: date | None = None
    share: int = 100
    is_leader: bool = False

    @property
    def store_id(self) -> str:
        return TEAMS[self.team_id][0]

    def holds_on(self, day: date) -> bool:
        """Whether the post is active that day."""
        return self.since <= day and (self.until is None or day < self.until)


class Roster:
    """The people of the group as they stand on ``as_of``."""

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self._at_work: dict[tuple[str, str, date], list[str]] = {}

    def hired_on(self, person_id: str) -> date:
        """Newcomers by their story; the others years ago."""
        if person_id in JOINS:
            back, day = JOINS[person_id]
            return month_start(self.as_of, back) + timedelta(days=day - 1)
        number = int(person_id[1:])
        return month_start(self.as_of, 20 + number * 7 % 60) + timedelta(days=number * 11 % 27)

    def left_on(self, person_id: str) -> date | None:
        """The last day in office."""
        if person_id not in LEAVES:
            return None
        back, day = LEAVES[person_id]
        return month_start(self.as_of, back) + timedelta(days=day - 1)

    def protected_until(self, person_id: str) -> date | None:
        """The first day of the fourth month after joining."""
        return month_start(self.hired_on(person_id), -3) if person_id in JOINS else None

    @cached_property
    def posts(self) -> list[Post]:
        """All posts, person by person, oldest first."""
        held: dict[str, list[Post]] = {}
        for person_id, role, team in FIRST_POSTS:
            post = self._post(person_id, role, team, self.hired_on(person_id))
            held[person_id] = [post]
        for person_id, back, day, role, team in MOVES:
            on = month_start(self.as_of, back) + timedelta(days=day - 1)
            held[person_id][-1] = replace(held[person_id][-1], until=on)
            held[person_id].append(self._post(person_id, role, team, on))
        person_id, back, share, role, team = TWO_POSTS
        on, first = month_start(self.as_of, back), held[person_id][-1]
        second = replace(self._post(person_id, role, team, on), share=100 - share)
        held[person_id] = [replace(first, until=on), replace(first, since=on, share=share), second]
        for person_id in LEAVES:
            last_day = self.left_on(person_id)
            assert last_day is not None
            held[person_id][-1] = replace(held[person_id][-1], until=last_day + timedelta(days=1))
        return [post for person in sorted(held) for post in held[person]]

    @staticmethod
    def _post(person_id: str, role: str, team: str, since: date) -> Post:
        return Post(person_id=person_id, role=role, team_id=team.rstrip("*"), since=since, is_leader=team.endswith("*"))

    @cached_property
    def absent(self) -> dict[str, set[date]]:
        """Person → days of absence."""
        away: dict[str, set[date]] = {}
        for row in self.absences():
            first, last = row["from_on"], row["to_on"]
            assert isinstance(first, date)
            assert isinstance(last, date)
            away.setdefault(str(row["person_id"]), set()).update(days_between(first, last))
        return away

    def at_work(self, store_id: str, role: str, day: date) -> list[str]:
        """Who holds that role in that store on that day and is not absent."""
        wanted = (store_id, role, day)
        if wanted not in self._at_work:
            self._at_work[wanted] = sorted(
                post.person_id
                for post in self.posts
                if post.role == role and post.store_id == store_id and post.holds_on(day)
                if day not in self.absent.get(post.person_id, ())
            )
        return self._at_work[wanted]

    def _manager(self, post: Post) -> str | None:
        store = post.store_id[-1]
        above = f"E{store}01"
        if post.role == "general_manager":
            return None
        if post.is_leader or TEAMS[post.team_id][1] in {"管理层", "人事行政部"}:
            return above
        leads = [
            other.person_id
            for other in self.posts
            if other.team_id == post.team_id and other.is_leader and other.holds_on(post.since)
        ]
        return leads[-1] if leads else above

    def stores(self) -> list[Row]:
        """Rows of the contract stores."""
        return [
            {
                "store_id": store_id,
                "store_name": store.name,
                "region": store.region,
                "city": store.city,
                "opened_on": date(2012 + 3 * place, 4 + place, 18),
                "opens_at": "08:30",
                "closes_at": "17:30" if store_id != "S02" else "18:00",
            }
            for place, (store_id, store) in enumerate(STORES.items())
        ]

    def people(self) -> list[Row]:
        """Rows of the contract people."""
        return [
            {
                "person_id": post.person_id,
                "person_name": NAMES[post.person_id],
                "role": ROLE_HEADING[post.role],
                "team_id": post.team_id,
                "team_name": TEAMS[post.team_id][2],
                "department": TEAMS[post.team_id][1],
                "store_id": post.store_id,
                "since": post.since,
                "until": post.until,
                "share": Decimal(post.share) / 100,
                "hired_on": self.hired_on(post.person_id),
                "left_on": self.left_on(post.person_id),
                "manager_id": self._manager(post),
                "protected_until": self.protected_until(post.person_id),
                "is_leader": post.is_leader,
            }
            for post in self.posts
        ]

    def absences(self) -> list[Row]:
        """Rows of the contract absences."""
        rows: list[Row] = []
        for person_id, back, first, last, kind, stand_in in ABSENCES:
            start = month_start(self.as_of, back)
            rows.append(
                {
                    "person_id": person_id,
                    "from_on": start + timedelta(days=first - 1),
                    "to_on": min(start + timedelta(days=last - 1), self.as_of),
                    "kind": kind,
                    "covered_by": stand_in,
                }
            )
        return rows

    def pay_profiles(self) -> list[Row]:
        """Rows of the contract pay_profiles: one from the start, one more where a role changed or a raise came."""
        rows: list[Row] = []
        seen: set[str] = set()
        for post in self.posts:
            if post.share <= 50:
                continue
            wage, other, base = BASE.get(post.role, MANAGER_BASE)
            step = int(post.person_id[1:]) * 37 % 9 * 50
            row: Row = {
                "person_id": post.person_id,
                "since": post.since,
                "contract_wage": wage + step,
                "other_pay": Decimal(other + step) + Decimal("0.50"),
                # the newest colleague's base has not been agreed yet: the sheet must say so
                "performance_base": None if post.person_id == "E114" else base,
                "has_loss_clause": int(post.person_id[1:]) % 4 != 0,
            }
            rows.append(row)
            if post.person_id not in seen and int(post.person_id[1:]) % 5 == 0 and post.until is None:
                raised = month_start(self.as_of, 6)
                if raised > post.since:
                    rows.append({**row, "since": raised, "contract_wage": wage + step + 300})
            seen.add(post.person_id)
        return rows

    def minimum_wages(self) -> list[Row]:
        """Rows of the contract minimum_wages: invented cities, invented amounts."""
        raised = month_start(self.as_of, 8)
        return [
            {"city": city, "since": since, "amount": amount, "source": f"示例：虚构城市{city}的最低工资，非官方数据"}
            for city, (before, after) in MINIMUM_WAGES.items()
            for since, amount in ((date(2021, 8, 1), before), (raised, after))
        ]

    def last_day(self, back: int) -> date:
        """The last day of that month the demo knows of."""
        return min(month_end(self.as_of, back), self.as_of)


VISIT_TASKS = {
    ("岗位", "邀约专员"): 24,
    **{("个人", person): 24 for person, role, _ in FIRST_POSTS if role == "invite_specialist"},
    **{("班组", team): task for team, task in {"T11": 48, "T12": 44, "T18": 28, "T21": 56, "T31": 76}.items()},
    **{("部门", f"{store}/呼叫中心"): task for store, task in {"S01": 92, "S02": 56, "S03": 76}.items()},
    ("部门", "S01/网销部"): 28,
    ("部门", "S02/网销部"): 24,
    **{("门店", store): task for store, task in {"S01": 190, "S02": 140, "S03": 125}.items()},
}
"""Level and subject → the visits a month asked of it."""


def targets(as_of: date) -> list[Row]:
    """Rows of targets: month by month, for the roles and stores whose cards read them."""
    rows: list[Row] = []
    for back in reversed(range(-1, MONTHS)):
        since = month_start(as_of, back)
        # less is asked in the festival month
        invites = Decimal("0.18") if since.month == 2 else Decimal("0.24")
        asked: dict[str, tuple[Decimal, Decimal | None, Decimal | None]] = {
            "invite_to_store_rate": (invites, Decimal("0.08"), invites + Decimal("0.08")),
            "renewal_rate": (Decimal("0.62"), Decimal("0.35"), Decimal("0.72")),
            "complaint_resolution_time_elapsed": (Decimal(48), None, Decimal(24)),
            "css_score": (Decimal("88.00"), Decimal("75.00"), Decimal("92.00")),
            "css_gap": (Decimal("1.00"), None, Decimal("2.50")),
            "lead_response_punctuality_business": (Decimal("0.80"), Decimal("0.40"), Decimal("0.90")),
        }
        graded = {
            "invite_to_store_rate": ("邀约专员", "销售顾问"),
            "renewal_rate": ("续保专员",),
            "complaint_resolution_time_elapsed": ("展厅经理", "服务经理", "销售顾问"),
            "css_score": ("销售顾问", "服务顾问"),
            "css_gap": ("销售顾问", "服务顾问"),
            "lead_response_punctuality_business": ("邀约专员",),
        }
        rows += [
            {
                "metric": "visit_groups",
                "level": level,
                "subject_id": subject_id,
                "period_kind": "月",
                "since": label(since),
                "until": label(month_start(since, -1)),
                "goal": task,
                "floor": None,
                "stretch": None,
            }
            for (level, subject_id), task in VISIT_TASKS.items()
        ]
        for metric, (goal, floor, stretch) in asked.items():
            subjects = [("岗位", role) for role in graded[metric]] + [("门店", store_id) for store_id in STORES]
            for level, subject_id in subjects:
                rows.append(
                    {
                        "metric": metric,
                        "level": level,
                        "subject_id": subject_id,
                        "period_kind": "月",
                        "since": label(since),
                        "until": label(month_start(since, -1)),
                        "goal": goal,
                        "floor": floor,
                        "stretch": stretch,
                    }
                )
    return rows
