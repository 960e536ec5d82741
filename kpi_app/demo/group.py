"""The demo group as a story: its stores and teams, who starts as what, and what happens to them.

Times are months back from the month of ``as_of`` and days of that month. Every name is put together from common
syllables; none is anybody's.
"""

from collections.abc import Mapping
from typing import NamedTuple

from kpi_app.demo.days import chance


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

FIRST_POSTS = (  # store by store: who starts as what in which team; an asterisk leads the team
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
JOINS = {  # person → months back and day of the month; three months of protection
    "E116": (4, 1),
    "E114": (1, 8),
    "E315": (2, 1),
    "E212": (6, 16),
    "E308": (10, 1),
}
LEAVES = {"E119": (9, 28), "E115": (4, 20), "E217": (1, 18), "E309": (9, 15)}  # person → the last day
MOVES = (  # person, months back, day, new role, new team
    ("E113", 5, 11, "invite_specialist", "T12"),
    ("E216", 7, 1, "sales_consultant", "T34"),
    ("E122", 8, 1, "showroom_manager", "T14*"),
    ("E128", 3, 16, "service_advisor", "T26"),
)
TWO_POSTS = ("E206", 12, 60, "callback_agent", "T27")  # since 12 months back: 60 % there, the rest here
_SAME_NAME = ("E112", "E208")
ABSENCES = (  # person, months back, from day, to day, kind, stand-in
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
BASE = {  # role → contract wage, other pay of the month, performance base, in yuan
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
MANAGER_BASE = (8500, 6800, 2500)
MINIMUM_WAGES = {"云州": (2280, 2360), "澜江": (2070, 2140), "锦阳": (1970, 2100)}

_SURNAMES = "陈林许沈韩蒋冯程邓曹彭曾萧蔡潘袁董余苏叶吕魏卢汪田姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟"
_FIRST = "文思嘉雨晓子明俊梓欣若安书立海志云建"
_SECOND = "辰瑶航宁彤哲琳妍凯岚桐越涵铭洁烨"


def _names() -> dict[str, str]:
    rng, names = chance(1, "names"), dict[str, str]()
    for person_id, _, _ in FIRST_POSTS:
        name = ""
        while not name or name in names.values():
            name = rng.choice(_SURNAMES) + rng.choice(_FIRST) + rng.choice(_SECOND)
        names[person_id] = name
    names[_SAME_NAME[1]] = names[_SAME_NAME[0]]
    return names


NAMES: Mapping[str, str] = _names()
