"""How the house runs a pay month: publication, approval chain, calendar, limits. Dated, for all stores or for one.

A version holds only what it changes and applies from its pay month on; a store's own goes before the general one.
Every value is written as text: ``publication=on``, ``chain=sales_director; general_manager>50000``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from data_contracts.people import ROLES
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from scorecards.dated import month_of
from scorecards.money import yuan
from scorecards.payout import UNIT_FEN
from scorecards.posts import store_names

MOST_LEVELS = 4

ITEMS: Mapping[str, Text] = {
    "computed_to_the_end": Text("算到月末", "computed to the month's end"),
    "sources_complete": Text("各数据源每天齐全", "every source complete for every day"),
    "late_facts": Text("数据截止之后的导入", "imports after the data cut-off"),
    "unknown_references": Text("没有查无此人、查无此店的行", "no rows of unknown people or stores"),
    "benchmarks_present": Text("区域均值已公布", "regional averages published"),
    "complaints_ruled": Text("涉及本表人员的抱怨已判定", "complaints against people on the sheet ruled on"),
    "other_complaints_ruled": Text("其他抱怨已判定", "other complaints ruled on"),
    "figures_missing": Text("没有无法判定的规则", "no rule without its figure"),
    "provisional_figures": Text("未定数", "provisional figures"),
    "minimum_wages_set": Text("最低工资已设定", "minimum wages set"),
    "pay_profiles_present": Text("薪资基数齐全", "pay profiles present"),
    "manual_lines_approved": Text("手工行已审批", "manual lines approved"),
    "appeals_answered": Text("异议已答复或顺延", "objections answered or carried"),
    "differences_looked_at": Text("与上月差异较大的已核对", "large differences from last month looked at"),
    "paid_twice": Text("同一事项没有重复计发", "nothing paid twice for one event"),
    "plan_findings": Text("方案对数据的提示", "what the plans say of the data"),
    "sign_offs": Text("部门已签认", "departments signed off"),
}
"""What is checked before a month is handed in: key → title."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of approval: who may fill it, by role or post, and above which total it is asked for at all."""

    roles: tuple[str, ...]
    above_fen: int | None = None

    def is_asked_for(self, total_fen: int) -> bool:
        """Does a sheet of that total need this level?"""
        return self.above_fen is None or abs(total_fen) > self.above_fen


@dataclass(frozen=True, kw_only=True)
class MonthSettings:
    """What applies to one unit's month. Days of the calendar are working days after the month's last day."""

    publication: bool = False
    cutoff: bool = False
    chain: tuple[Level, ...] = (Level(roles=("director",)),)
    data_cutoff: int = 3
    ruling_cutoff: int = 4
    publish_on: int = 5
    objections_until: int = 8
    lock_by: int = 10
    pay_day: int = 12
    ruling_days: int = 5
    answer_days: int = 3
    payout_unit: str = "fen"
    change_limit_yuan: int = 500
    change_limit_percent: int = 30
    blocking: tuple[str, ...] = ("computed_to_the_end", "complaints_ruled", "appeals_answered")
    no_bands: tuple[str, ...] = ()

    def levels(self, total_fen: int) -> tuple[Level, ...]:
        """The levels that a sheet of that total needs, in order."""
        return tuple(level for level in self.chain if level.is_asked_for(total_fen))

    def as_text(self) -> dict[str, str]:
        """Every value as it is written."""
        return {it.name: WRITTEN[it.name].write(getattr(self, it.name)) for it in fields(self)}


@dataclass(frozen=True)
class Written:
    """A setting as text: its meaning, how it is read (ValueError where it cannot be), how it is written."""

    meaning: Text
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def _switch(text: str) -> bool:
    return {"on": True, "off": False}[text.strip()]


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 200:
        raise ValueError(text)
    return number


def _amount(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number * 100


def _payout_unit(text: str) -> str:
    if text.strip() not in UNIT_FEN:
        raise ValueError(text)
    return text.strip()


def _chain(text: str) -> tuple[Level, ...]:
    levels = []
    for number, part in enumerate(text.replace("；", ";").split(";") if text.strip() else (), start=1):
        names, _, above = part.partition(">")
        roles = tuple(name for it in names.split("|") if (name := it.strip()))
        if not roles:
            raise Problem(
                f"审批链第 {number} 级没有审批人；请选上，或去掉这一级的金额。",
                f"Nobody approves at level {number} of the chain; name somebody, or take its amount away.",
            )
        levels.append(Level(roles=roles, above_fen=_amount(above) if above.strip() else None))
    if len(levels) > MOST_LEVELS or all(level.above_fen is not None for level in levels):
        raise Problem(
            f"审批链须有一至 {MOST_LEVELS} 级，至少一级不论金额都要审批；请调整后再保存。",
            f"The approval chain has one to {MOST_LEVELS} levels, one of them for any total at least; mend it.",
        )
    return tuple(levels)


def _chain_text(chain: tuple[Level, ...]) -> str:
    return "; ".join(
        "|".join(level.roles) + ("" if level.above_fen is None else f">{level.above_fen // 100}") for level in chain
    )


def _items(text: str) -> tuple[str, ...]:
    named = tuple(name for it in text.replace("，", ",").split(",") if (name := it.strip()))
    if unknown := [name for name in named if name not in ITEMS]:
        raise ValueError(unknown[0])
    return tuple(name for name in ITEMS if name in named)


def _departments(text: str) -> tuple[str, ...]:
    return tuple(name for it in text.replace("，", ",").split(",") if (name := it.strip()))


def _days(zh: str, en: str) -> Written:
    return Written(Text(f"{zh}：月末后第几个工作日", f"{en}: so many working days after the month's end"), _count, str)


WRITTEN: Mapping[str, Written] = {
    "publication": Written(
        Text("先向员工公示再提交（on/off）", "published to the staff before it is submitted (on/off)"),
        _switch,
        lambda it: "on" if it else "off",
    ),
    "cutoff": Written(
        Text("数据截止后导入的数据不进本月（on/off）", "facts imported after the cut-off stay out (on/off)"),
        _switch,
        lambda it: "on" if it else "off",
    ),
    "chain": Written(
        Text(
            "审批链，一至四级：岗位或角色，| 表示任一，> 后为金额（元），超过才需要",
            "approval chain of one to four levels: roles or posts, | for either, > the yuan above which it is needed",
        ),
        _chain,
        _chain_text,
    ),
    "data_cutoff": _days("数据截止", "data cut-off"),
    "ruling_cutoff": _days("判定截止", "ruling cut-off"),
    "publish_on": _days("公示", "publication"),
    "objections_until": _days("异议截止", "objections end"),
    "lock_by": _days("封账", "lock"),
    "pay_day": _days("发薪", "pay day"),
    "ruling_days": Written(
        Text("抱怨受理几个工作日后仍未判定则提醒", "working days after which an unruled complaint is reminded of"),
        _count,
        str,
    ),
    "answer_days": Written(
        Text("异议须在几个工作日内答复", "working days in which an objection is answered"), _count, str
    ),
    "payout_unit": Written(
        Text("发放到 fen、jiao 或 yuan，每人合计四舍五入", "people's totals are paid in whole fen, jiao or yuan"),
        _payout_unit,
        str,
    ),
    "change_limit_yuan": Written(
        Text("与上月差异超过多少元须核对", "a difference from last month above so many yuan is looked at"),
        lambda text: _amount(text) // 100,
        str,
    ),
    "change_limit_percent": Written(
        Text("且超过上月的百分之几", "and above so many per cent of last month"), _count, str
    ),
    "blocking": Written(
        Text("哪些检查项未处理不得提交，逗号分隔", "which checks stop a submission, separated by commas"),
        _items,
        ",".join,
    ),
    "no_bands": Written(
        Text("哪些部门的员工不显示同岗段位，逗号分隔", "departments whose staff see no band among their peers"),
        _departments,
        ",".join,
    ),
}
"""Every setting, in the order in which it is shown."""

ORDERED = ("data_cutoff", "ruling_cutoff", "publish_on", "objections_until", "lock_by", "pay_day")


def set_(
    db: Database,
    who: access.Identity,
    values: Mapping[str, str],
    *,
    since: str,
    store_id: str | None = None,
) -> MonthSettings:
    """Let values apply from a pay month on, for all stores or one; what then applies.

    Raises Problem for an unknown name, a value that cannot be, or days of the calendar that are not in order.
    """
    access.require(who, Right.SETTINGS)
    try:
        month_of(since)
    except ValueError:
        raise Problem(f"{since} 不是月份；请写成 2026-10。", f"{since} is not a month; write 2026-10.") from None
    read = {name: _read(name, text) for name, text in values.items()}
    with db.write() as conn:
        _check_roles(db, read.get("chain", ()))
        _check_store(db, conn, store_id)
        made = replace(of(conn, since, store_id), **read)
        days = [getattr(made, name) for name in ORDERED]
        if days != sorted(days):
            raise Problem(
                "日历须依次为数据截止、判定截止、公示、异议截止、封账、发薪；请调整天数。",
                "The calendar runs data cut-off, ruling cut-off, publication, objections, lock, pay day; mend it.",
            )
        it = tables.month_settings
        body = {name: WRITTEN[name].write(value) for name, value in read.items()}
        conn.execute(
            sa.insert(it).values(
                version=(conn.execute(sa.select(sa.func.max(it.c.version))).scalar() or 0) + 1,
                since=since,
                store_id=store_id,
                body=body,
                at=db.settings.now_utc(),
                user_name=who.name,
            )
        )
        audit.note(db, conn, who, "month.settings", since=since, unit=store_id, values=body)
        return made


def show(db: Database, period: str, store_id: str | None = None) -> MonthSettings:
    """What applies to a pay month; it is no secret."""
    with db.read() as conn:
        _check_store(db, conn, store_id)
        return of(conn, period, store_id)


def stores(db: Database, who: access.Identity) -> dict[str, str]:
    """store_id → store_name of the stores that may have settings of their own."""
    access.require(who, Right.SETTINGS)
    with db.read() as conn:
        rows = facts.of(db, facts.at(conn, contracts=["stores"]))
    return store_names(rows)


def of(conn: sa.Connection, period: str, store_id: str | None = None) -> MonthSettings:
    """What applies to a store's pay month (to every store without its own, where none is named)."""
    it = tables.month_settings.c
    rows = conn.execute(
        sa.select(it.store_id, it.body)
        .where(it.since <= period, sa.or_(it.store_id.is_(None), it.store_id == store_id))
        .order_by(it.since, it.version)
    ).all()
    found: dict[str, Any] = {}
    for own in (False, True):
        for row in rows:
            if (row.store_id is not None) == own:
                found |= {name: WRITTEN[name].read(text) for name, text in row.body.items() if name in WRITTEN}
    return MonthSettings(**found)


def is_held_back(conn: sa.Connection, period: str, store_id: str, status: str) -> bool:
    """Does a unit publish, and has not yet? Staff do not see their amounts until then."""
    return status in ("open", "computed") and of(conn, period, store_id).publication


def _read(name: str, text: str) -> Any:
    if name not in WRITTEN:
        near = get_close_matches(name, WRITTEN, n=3, cutoff=0.3) or list(WRITTEN)
        raise Problem(f"没有设置 {name}；可选 {'、'.join(near)}。", f"No setting {name}; there are {', '.join(near)}.")
    tables.require_text(text)
    try:
        return WRITTEN[name].read(text)
    except (KeyError, ValueError):
        meaning = WRITTEN[name].meaning
        raise Problem(
            f"{name}={text} 无效；{name} 是{meaning.zh}。", f"{name}={text} cannot be; {name} is {meaning.en}."
        ) from None


def _check_roles(db: Database, chain: tuple[Level, ...]) -> None:
    known = set(approvers(db))
    if unknown := sorted({role for level in chain for role in level.roles} - known):
        near = get_close_matches(unknown[0], known, n=3, cutoff=0.3) or sorted(known)
        raise Problem(
            f"审批链里没有岗位 {unknown[0]}；可选 {'、'.join(near)}。",
            f"No role {unknown[0]} for the chain; there are {', '.join(near)}.",
        )


def approvers(db: Database, more: Iterable[str] = ()) -> dict[str, Text]:
    """Role → what it is called, of all that may stand in a chain, and of ``more`` that stand in one already."""
    roles = dict.fromkeys(("director", *ROLES, *db.settings.extra_roles, *more))
    return {role: words_of(db, Level(roles=(role,))) for role in roles}


def _check_store(db: Database, conn: sa.Connection, store_id: str | None) -> None:
    stores = facts.of(db, facts.at(conn, contracts=["stores"]))["stores"].collect()["store_id"]
    if store_id is not None and store_id not in stores:
        raise Problem(f"没有门店 {store_id}；请核对编号。", f"No store {store_id}; check the id.")


def words_of(db: Database, level: Level) -> Text:
    """Who may fill a level, as they are called."""
    names = {"director": "有审批权的总监", **{role: it[0] for role, it in ROLES.items()}, **db.settings.extra_roles}
    zh = [names.get(role, role) for role in level.roles]
    en = ["a director with the right to approve" if role == "director" else role for role in level.roles]
    more = "" if level.above_fen is None else f"（超过 {yuan(level.above_fen)} 元）"
    more_en = "" if level.above_fen is None else f" (above {yuan(level.above_fen)} yuan)"
    return Text("或".join(zh) + more, " or ".join(it.replace("_", " ") for it in en) + more_en)
