"""Who works in the demo group: three stores in two regions, some sixty people, and what happens to them.

Every name is put together from common syllables; none is anybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from data_contracts.contract import Text
from kpi_app.demo.days import chance, days_between, month_end, month_start

Value = str | int | bool | Decimal | date | None
Row = dict[str, Value]


class Store(NamedTuple):
    """A store of the demo group; ``size`` scales its traffic."""

    name: str
    region: str
    city: str
    size: float


STORES: Mapping[str, Store] = {
    "S01": Store("禾川云州店", "东部大区", "云州", 1.0),
    "S02": Store("禾川澜江店", "东部大区", "澜江", 0.75),
    "S03": Store("禾川锦阳店", "西部大区", "锦阳", 0.65),
}

TEAMS: Mapping[str, tuple[str, str, str]] = {  # team → store, department, name
    "T10": ("S01", "管理层", "店管理层"),
    "T11": ("S01", "呼叫中心", "邀约一组"),
    "T12": ("S01", "呼叫中心", "邀约二组"),
    "T13": ("S01", "呼叫中心", "续保组"),
    "T14": ("S01", "销售部", "展厅一组"),
    "T15": ("S01", "销售部", "展厅二组"),
    "T16": ("S01", "售后部", "前台接待组"),
    "T17": ("S01", "客服部", "客户关爱组"),
    "T18": ("S01", "网销部", "网销组"),
    "T19": ("S01", "市场部", "市场组"),
    "T1H": ("S01", "人事行政部", "人事组"),
    "T20": ("S02", "管理层", "店管理层"),
    "T21": ("S02", "呼叫中心", "邀约组"),
    "T23": ("S02", "呼叫中心", "续保组"),
    "T24": ("S02", "销售部", "展厅组"),
    "T26": ("S02", "售后部", "前台接待组"),
    "T27": ("S02", "客服部", "客户关爱组"),
    "T28": ("S02", "网销部", "网销组"),
    "T29": ("S02", "市场部", "市场组"),
    "T2H": ("S02", "人事行政部", "人事组"),
    "T30": ("S03", "管理层", "店管理层"),
    "T31": ("S03", "呼叫中心", "邀约组"),
    "T33": ("S03", "呼叫中心", "续保组"),
    "T34": ("S03", "销售部", "展厅组"),
    "T36": ("S03", "售后部", "前台接待组"),
    "T37": ("S03", "客服部", "客户关爱组"),
    "T39": ("S03", "市场部", "市场组"),
}

ROLE_HEADING: Mapping[str, str] = {
    "invite_specialist": "邀约专员",
    "renewal_specialist": "续保专员",
    "callback_agent": "回访员",
    "sales_consultant": "销售顾问",
    "service_advisor": "服务顾问",
    "technician": "技师",
    "marketing_specialist": "市场专员",
    "team_leader": "组长",
    "internet_sales_manager": "网销经理",
    "showroom_manager": "展厅经理",
    "service_manager": "服务经理",
    "customer_service_manager": "客服经理",
    "marketing_manager": "市场经理",
    "sales_director": "销售总监",
    "service_director": "服务总监",
    "general_manager": "总经理",
    "hr_specialist": "人事专员",
}

_FIRST_POSTS = (  # store by store: who starts as what in which team; an asterisk leads the team
    ("E101", "general_manager", "T10*"),
    ("E102", "sales_director", "T10"),
    ("E103", "service_director", "T10"),
    ("E104", "hr_specialist", "T1H*"),
    ("E105", "hr_specialist", "T1H"),
    ("E106", "marketing_manager", "T19*"),
    ("E107", "customer_service_manager", "T17*"),
    ("E108", "callback_agent", "T17"),
    ("E109", "internet_sales_manager", "T18*"),
    ("E110", "invite_specialist", "T18"),
    ("E111", "team_leader", "T11*"),
    ("E112", "invite_specialist", "T11"),
    ("E113", "invite_specialist", "T11"),
    ("E114", "invite_specialist", "T11"),
    ("E115", "invite_specialist", "T12"),
    ("E116", "invite_specialist", "T12"),
    ("E117", "renewal_specialist", "T13*"),
    ("E118", "renewal_specialist", "T13"),
    ("E119", "showroom_manager", "T14*"),
    ("E120", "sales_consultant", "T14"),
    ("E121", "sales_consultant", "T14"),
    ("E122", "sales_consultant", "T14"),
    ("E123", "sales_consultant", "T15*"),
    ("E124", "sales_consultant", "T15"),
    ("E125", "sales_consultant", "T15"),
    ("E126", "service_manager", "T16*"),
    ("E127", "service_advisor", "T16"),
    ("E128", "service_advisor", "T16"),
    ("E129", "technician", "T16"),
    ("E201", "general_manager", "T20*"),
    ("E202", "sales_director", "T20"),
    ("E203", "hr_specialist", "T2H*"),
    ("E204", "marketing_specialist", "T29*"),
    ("E205", "callback_agent", "T27*"),
    ("E206", "invite_specialist", "T28*"),
    ("E207", "team_leader", "T21*"),
    ("E208", "invite_specialist", "T21"),
    ("E209", "invite_specialist", "T21"),
    ("E210", "invite_specialist", "T21"),
    ("E211", "renewal_specialist", "T23*"),
    ("E212", "renewal_specialist", "T23"),
    ("E213", "showroom_manager", "T24*"),
    ("E214", "sales_consultant", "T24"),
    ("E215", "sales_consultant", "T24"),
    ("E216", "sales_consultant", "T24"),
    ("E217", "sales_consultant", "T24"),
    ("E218", "service_manager", "T26*"),
    ("E219", "service_advisor", "T26"),
    ("E220", "service_advisor", "T26"),
    ("E301", "general_manager", "T30*"),
    ("E302", "sales_director", "T30"),
    ("E304", "marketing_specialist", "T39*"),
    ("E305", "callback_agent", "T37*"),
    ("E306", "team_leader", "T31*"),
    ("E307", "invite_specialist", "T31"),
    ("E308", "invite_specialist", "T31"),
    ("E309", "invite_specialist", "T31"),
    ("E310", "renewal_specialist", "T33*"),
    ("E311", "showroom_manager", "T34*"),
    ("E312", "sales_consultant", "T34"),
    ("E313", "sales_consultant", "T34"),
    ("E314", "sales_consultant", "T34"),
    ("E315", "sales_consultant", "T34"),
    ("E316", "service_manager", "T36*"),
    ("E317", "service_advisor", "T36"),
    ("E318", "service_advisor", "T36"),
)
_JOINS = {  # person → months back and day of the month; three months of protection
    "E116": (4, 1),
    "E114": (1, 8),
    "E315": (2, 1),
    "E212": (6, 16),
    "E308": (10, 1),
}
_LEAVES = {"E119": (9, 28), "E115": (4, 20), "E217": (1, 18), "E309": (9, 15)}  # person → the last day
_MOVES = (  # person, months back, day, new role, new team
    ("E113", 5, 11, "invite_specialist", "T12"),
    ("E216", 7, 1, "sales_consultant", "T34"),
    ("E122", 8, 1, "showroom_manager", "T14*"),
    ("E128", 3, 16, "service_advisor", "T26"),
)
_TWO_POSTS = ("E206", 12, 60, "callback_agent", "T27")  # since 12 months back: 60 % there, the rest here
_SAME_NAME = ("E112", "E208")
_ABSENCES = (  # person, months back, from day, to day, kind, stand-in
    ("E112", 2, 9, 13, "病假", "E116"),
    ("E118", 3, 3, 7, "培训", "E117"),
    ("E210", 8, 1, 120, "产假", "E209"),
    ("E121", 1, 20, 22, "事假", None),
    ("E214", 4, 11, 15, "培训", None),
    ("E307", 1, 5, 8, "病假", "E308"),
    ("E220", 5, 17, 19, "停岗", "E219"),
    ("E313", 6, 24, 25, "事假", None),
    ("E124", 10, 6, 10, "病假", None),
    ("E209", 1, 14, 15, "事假", "E210"),
)
_BASE = {  # role → contract wage, other pay of the month, performance base, in yuan
    "invite_specialist": (4800, 3600, 1500),
    "renewal_specialist": (4800, 3600, 1500),
    "callback_agent": (4600, 3500, 1200),
    "sales_consultant": (5200, 3400, 2000),
    "service_advisor": (5500, 3900, 2000),
    "technician": (6000, 4800, 1500),
    "team_leader": (6500, 5000, 2000),
    "hr_specialist": (5800, 5200, 800),
    "marketing_specialist": (5500, 4700, 1000),
    "general_manager": (18000, 15000, 5000),
    "sales_director": (13000, 10500, 4000),
    "service_director": (12500, 10000, 4000),
}
_MANAGER_BASE = (8500, 6800, 2500)
_MINIMUM_WAGES = {"云州": (2280, 2360), "澜江": (2070, 2140), "锦阳": (1970, 2100)}

_SURNAMES = "陈林许沈韩蒋冯程邓曹彭曾萧蔡潘袁董余苏叶吕魏卢汪田姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟"
_FIRST = "文思嘉雨晓子明俊梓欣若安书立海志云建"
_SECOND = "辰瑶航宁彤哲琳妍凯岚桐越涵铭洁烨"


def _names() -> dict[str, str]:
    rng, names = chance(1, "names"), dict[str, str]()
    for person_id, _, _ in _FIRST_POSTS:
        name = ""
        while not name or name in names.values():
            name = rng.choice(_SURNAMES) + rng.choice(_FIRST) + rng.choice(_SECOND)
        names[person_id] = name
    names[_SAME_NAME[1]] = names[_SAME_NAME[0]]
    return names


NAMES: Mapping[str, str] = _names()


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
        if person_id in _JOINS:
            back, day = _JOINS[person_id]
            return month_start(self.as_of, back) + timedelta(days=day - 1)
        number = int(person_id[1:])
        return month_start(self.as_of, 20 + number * 7 % 60) + timedelta(days=number * 11 % 27)

    def left_on(self, person_id: str) -> date | None:
        """The last day in office."""
        if person_id not in _LEAVES:
            return None
        back, day = _LEAVES[person_id]
        return month_start(self.as_of, back) + timedelta(days=day - 1)

    def protected_until(self, person_id: str) -> date | None:
        """The first day of the fourth month after joining."""
        return month_start(self.hired_on(person_id), -3) if person_id in _JOINS else None

    @cached_property
    def posts(self) -> list[Post]:
        """All posts, person by person, oldest first."""
        held: dict[str, list[Post]] = {}
        for person_id, role, team in _FIRST_POSTS:
            post = self._post(person_id, role, team, self.hired_on(person_id))
            held[person_id] = [post]
        for person_id, back, day, role, team in _MOVES:
            on = month_start(self.as_of, back) + timedelta(days=day - 1)
            held[person_id][-1] = replace(held[person_id][-1], until=on)
            held[person_id].append(self._post(person_id, role, team, on))
        person_id, back, share, role, team = _TWO_POSTS
        on, first = month_start(self.as_of, back), held[person_id][-1]
        second = replace(self._post(person_id, role, team, on), share=100 - share)
        held[person_id] = [replace(first, until=on), replace(first, since=on, share=share), second]
        for person_id in _LEAVES:
            last_day = self.left_on(person_id)
            assert last_day is not None
            held[person_id][-1] = replace(held[person_id][-1], until=last_day + timedelta(days=1))
        return [post for person in sorted(held) for post in held[person]]

    @staticmethod
    def _post(person_id: str, role: str, team: str, since: date) -> Post:
        return Post(
            person_id=person_id, role=role, team_id=team.rstrip("*"), since=since, is_leader=team.endswith("*")
        )

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
        for person_id, back, first, last, kind, stand_in in _ABSENCES:
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
            wage, other, base = _BASE.get(post.role, _MANAGER_BASE)
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
            {"city": city, "since": since, "amount": amount, "source": f"示例:虚构城市{city}的最低工资,非官方数据"}
            for city, (before, after) in _MINIMUM_WAGES.items()
            for since, amount in ((date(2021, 8, 1), before), (raised, after))
        ]

    def last_day(self, back: int) -> date:
        """The last day of that month the demo knows of."""
        return min(month_end(self.as_of, back), self.as_of)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A login of the demo group; ``scopes`` as ``kpi user add --scope`` takes them."""

    name: str
    roles: tuple[str, ...]
    person_id: str | None
    scopes: tuple[str, ...] = ()
    text: Text

    @property
    def password(self) -> str:
        """Printed for everybody to see; a demo's door is open."""
        return f"demo-{self.name}-2468"


ACCOUNTS: tuple[Account, ...] = (
    Account(
        name="head",
        roles=("head",),
        person_id="E111",
        scopes=("department:S01/呼叫中心",),
        text=Text("云州店呼叫中心负责人", "head of the call centre of S01"),
    ),
    Account(
        name="director",
        roles=("head", "director"),
        person_id="E102",
        scopes=("store:S01",),
        text=Text("云州店销售总监:判定与审批", "sales director of S01: rules and approves"),
    ),
    Account(
        name="manager",
        roles=("director",),
        person_id="E101",
        scopes=("store:S01", "store:S02", "store:S03"),
        text=Text("总经理:审批三店", "general manager: approves all three stores"),
    ),
    Account(
        name="hr",
        roles=("hr",),
        person_id="E104",
        scopes=("store:S01", "store:S02", "store:S03"),
        text=Text("人事:核算三店", "HR: computes all three stores"),
    ),
    Account(
        name="hr2",
        roles=("hr",),
        person_id="E203",
        scopes=("store:S02",),
        text=Text("澜江店人事", "HR of S02"),
    ),
    Account(name="admin", roles=("admin",), person_id=None, text=Text("系统管理员", "administrator")),
    Account(
        name="inviter", roles=("staff",), person_id="E112", text=Text("邀约专员(云州店)", "invite specialist of S01")
    ),
    Account(
        name="consultant", roles=("staff",), person_id="E120", text=Text("销售顾问(云州店)", "sales consultant of S01")
    ),
)
