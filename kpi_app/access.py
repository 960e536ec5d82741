"""Who may do what: roles give rights, scopes say for which posts.

Scopes are written ``person:E001``, ``team:T01``, ``department:S01/售后部``, ``store:S01`` or ``group``. Everybody
sees their own scores and pay, whatever their roles. Verbs of the store call :func:`require` before they do anything;
a page that hides a button protects nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from data_contracts.contract import Problem, Text


class Right(StrEnum):
    """Something that a person may be allowed to do."""

    SCORES = "scores"
    PAY = "pay"
    EXPORT = "export"
    SIGN_OFF = "sign_off"
    PREPARE = "prepare"
    APPROVE = "approve"
    RULE = "rule"
    LEAD = "lead"
    IMPORT = "import"
    IMPORT_ALL = "import_all"
    CONFIDENTIAL = "confidential"
    PLANS = "plans"
    USERS = "users"
    SETTINGS = "settings"
    AUDIT = "audit"
    BACKUP = "backup"


NAMES: dict[Right, Text] = {
    Right.SCORES: Text("查看得分", "see these scores"),
    Right.PAY: Text("查看绩效金额", "see this pay"),
    Right.EXPORT: Text("导出指标、绩效表、对账单和备查资料", "export these figures, sheets, statements and evidence"),
    Right.SIGN_OFF: Text("核对并签认本部门绩效", "check and sign off this department's pay"),
    Right.PREPARE: Text("编制绩效月", "prepare this pay month"),
    Right.APPROVE: Text("审批绩效月", "approve this pay month"),
    Right.RULE: Text("判定责任", "rule on this complaint"),
    Right.LEAD: Text("管理这个部门", "lead this department"),
    Right.IMPORT: Text("导入数据", "import data"),
    Right.IMPORT_ALL: Text("导入范围以外的数据", "import data beyond the scopes"),
    Right.CONFIDENTIAL: Text("导入或查看薪资基数", "import or see pay profiles"),
    Right.PLANS: Text("维护方案", "load plans"),
    Right.USERS: Text("维护用户", "manage users"),
    Right.SETTINGS: Text("修改设置", "change settings"),
    Right.AUDIT: Text("查看操作记录", "read the audit"),
    Right.BACKUP: Text("备份数据", "back up the store"),
}

ROLES: dict[str, frozenset[Right]] = {
    "staff": frozenset(),
    "head": frozenset({Right.SCORES, Right.SIGN_OFF, Right.LEAD}),
    "hr": frozenset({Right.SCORES, Right.PAY, Right.EXPORT, Right.PREPARE, Right.IMPORT, Right.CONFIDENTIAL}),
    "director": frozenset(
        {Right.SCORES, Right.PAY, Right.EXPORT, Right.SIGN_OFF, Right.APPROVE, Right.RULE, Right.LEAD}
    ),
    "admin": frozenset(
        {Right.IMPORT, Right.IMPORT_ALL, Right.PLANS, Right.USERS, Right.SETTINGS, Right.AUDIT, Right.BACKUP},
    ),
}
"""Role → its rights."""

ROLE_NAMES: dict[str, Text] = {
    "staff": Text("员工", "staff"),
    "head": Text("部门负责人", "head of department"),
    "hr": Text("人事", "HR"),
    "director": Text("总监", "director"),
    "admin": Text("系统管理员", "administrator"),
}

SCOPED = frozenset(
    {
        Right.SCORES,
        Right.PAY,
        Right.EXPORT,
        Right.SIGN_OFF,
        Right.PREPARE,
        Right.APPROVE,
        Right.RULE,
        Right.LEAD,
    }
)
"""Rights that reach only as far as the scopes; the others hold for the whole store."""

OWN = frozenset({Right.SCORES, Right.PAY})
"""Rights that everybody has over themselves."""

PERSONAL = frozenset({Right.SIGN_OFF, Right.APPROVE, Right.RULE})
"""Rights that need a named person: the console's operator has all others."""

SCOPE_KINDS = ("person", "team", "department", "store")
GROUP: Final = "group"


class Forbidden(Problem):
    """The person asking has no right to that."""

    def __init__(self, right: Right, who: "Identity") -> None:
        name = NAMES[right]
        super().__init__(
            f"{who.name} 没有权限{name.zh}；如有需要，请管理员调整角色或范围。",
            f"{who.name} may not {name.en}; an administrator can change roles and scopes.",
        )
        self.right = right


class Post(NamedTuple):
    """Where somebody or something belongs; ``department`` as ``S01/售后部``."""

    store_id: str | None = None
    department: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Somebody who asks: a signed-in user, or the operator of the command line.

    Who still has the password that another gave them sees no page before they have chosen their own.
    """

    user_id: int | None
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    person_id: str | None = None
    has_first_password: bool = False

    @property
    def is_console(self) -> bool:
        """Is this the operator of the machine, who stands in for nobody?"""
        return self.user_id is None

    @property
    def rights(self) -> frozenset[Right]:
        """What the roles allow, scopes aside."""
        if self.is_console:
            return frozenset(Right) - PERSONAL
        return frozenset[Right]().union(*(ROLES[role] for role in self.roles))

    def covers(self, *, person_id: str | None = None, posts: Iterable[Post] = ()) -> bool:
        """Do the scopes reach that person or one of those posts? With neither given: do they reach everything?"""
        if self.is_console or GROUP in self.scopes:
            return True
        if person_id is not None and f"person:{person_id}" in self.scopes:
            return True
        return any(
            f"{kind}:{place}" in self.scopes
            for post in posts
            for kind, place in (("store", post.store_id), ("department", post.department), ("team", post.team_id))
            if place is not None
        )


CONSOLE = Identity(user_id=None, name="console")
"""The operator of the command line without ``--user``: every right but signing off, approving and ruling."""


def may(who: Identity, right: Right, *, person_id: str | None = None, posts: Iterable[Post] = ()) -> bool:
    """Has ``who`` this right over that person or those posts (over everything, where none are given)?

    A person is reached through any of their ``posts``; a team, department or store is one post.
    """
    if right in OWN and person_id is not None and person_id == who.person_id:
        return True
    if right not in who.rights:
        return False
    return right not in SCOPED or who.covers(person_id=person_id, posts=posts)


def require(who: Identity, right: Right, *, person_id: str | None = None, posts: Iterable[Post] = ()) -> None:
    """Raise :class:`Forbidden` unless :func:`may`."""
    if not may(who, right, person_id=person_id, posts=posts):
        raise Forbidden(right, who)


def scope(text: str) -> str:
    """A scope as an administrator writes it, checked. Raises Problem for anything else."""
    kind, _, place = text.partition(":")
    is_place = kind in SCOPE_KINDS and place == place.strip() != ""
    if text == GROUP or (is_place and (kind != "department" or all(place.partition("/")))):
        return text
    raise Problem(
        f"范围 {text!r} 无效；请写 person:E001、team:T01、department:S01/售后部、store:S01 或 group。",
        f"{text!r} is no scope; write person:E001, team:T01, department:S01/售后部, store:S01 or group.",
    )


def role(text: str) -> str:
    """A role, checked. Raises Problem for an unknown one."""
    if text not in ROLES:
        raise Problem(f"没有角色 {text}；可选 {'、'.join(ROLES)}。", f"No role {text}; choose from {', '.join(ROLES)}.")
    return text
