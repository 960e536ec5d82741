"""The logins of the demo group."""

from dataclasses import dataclass

from data_contracts.contract import Text
from kpi_app.demo.group import STORES


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
        name="showroom",
        roles=("head",),
        person_id="E122",
        scopes=("department:S01/销售部",),
        text=Text("云州店销售部负责人（展厅经理）", "head of the sales department of S01"),
    ),
    Account(
        name="director",
        roles=("director",),
        person_id="E102",
        scopes=("store:S01",),
        text=Text("云州店销售总监：判定与审批", "sales director of S01: rules and approves"),
    ),
    Account(
        name="service",
        roles=("director",),
        person_id="E103",
        scopes=tuple(f"department:{store}/{name}" for store in STORES for name in ("售后部", "客服部")),
        text=Text("服务总监：判定三店售后与客服的抱怨", "service director: rules on after-sales of all three stores"),
    ),
    Account(
        name="manager",
        roles=("director",),
        person_id="E101",
        scopes=("group",),
        text=Text("总经理：审批三店", "general manager: approves all three stores"),
    ),
    Account(
        name="hr",
        roles=("hr",),
        person_id="E104",
        scopes=("group",),
        text=Text("人事：核算三店", "HR: computes all three stores"),
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
        name="inviter", roles=("staff",), person_id="E112", text=Text("邀约专员（云州店）", "invite specialist of S01")
    ),
    Account(
        name="consultant",
        roles=("staff",),
        person_id="E120",
        text=Text("销售顾问（云州店）", "sales consultant of S01"),
    ),
)
