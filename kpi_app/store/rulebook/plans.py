"""Pay plans in the store: every upload is kept; of each plan the latest version not later than the month applies."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from scorecards import plan as plan_file
from scorecards.differences import Difference, compare
from scorecards.plan import Plan
from scorecards.sheet import Sheet
from scorecards.writing import amended

SHIPPED = ("satisfaction",)
"""The plans that every new store begins with."""


def shipped_names() -> list[str]:
    """The plans that ship with the product, loaded or not."""
    return _names(files("scorecards") / "plans")


def template_names() -> list[str]:
    """The templates: plans that are refused until a store has set what their source leaves open."""
    return _names(files("scorecards") / "plans" / "templates")


def shipped(name: str) -> str:
    """The TOML text of a plan or template that ships with the product."""
    folder = files("scorecards") / "plans"
    folder = folder / "templates" if name in template_names() else folder
    return (folder / f"{name}.toml").read_text(encoding="utf-8")


def _names(folder: Traversable) -> list[str]:
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load_shipped(db: Database, who: access.Identity) -> None:
    """Load the plans that every store begins with."""
    for name in SHIPPED:
        load(db, who, shipped(name))


def load(db: Database, who: access.Identity, toml_text: str, *, units: Sequence[str] | None = None) -> Plan:
    """Load a version of a plan, for all stores or for some; the same text again changes nothing.

    Raises PlanError with everything the linter found, Problem for an unknown store.
    """
    access.require(who, access.Right.PLANS)
    with db.write() as conn:
        return _load(db, conn, who, toml_text, units)


def check(
    db: Database, who: access.Identity, toml_text: str, *, units: Sequence[str] | None = None
) -> list[plan_file.Finding]:
    """What the linter says of a text here: against the version in force and beside the other plans of those stores."""
    access.require(who, access.Right.PLANS)
    with db.read() as conn:
        ground = _Ground.of(db, conn, toml_text, units)
        return plan_file.check_text(
            toml_text, extra_roles=db.settings.extra_roles, earlier=ground.earlier, beside=ground.beside
        )


def differences(
    db: Database, who: access.Identity, toml_text: str, *, units: Sequence[str] | None = None
) -> list[Difference]:
    """What a text would change against the version in force in its first month, in words."""
    access.require(who, access.Right.PLANS)
    with db.read() as conn:
        plan = plan_file.reread(toml_text)
        return compare(_Ground.of(db, conn, toml_text, units).earlier, plan)


def amend(
    db: Database,
    who: access.Identity,
    key: str,
    rule: str,
    changes: Mapping[str, str],
    *,
    since: str,
    notice: str,
    published_on: date,
    units: Sequence[str] | None = None,
) -> Plan:
    """Change amounts or targets of a rule (by key) or card (by role) as a new dated version of the plan.

    ``changes`` are entry → value as in the file (``bands.2.amount`` → ``30.00``). Raises Problem for an entry that is
    not there, PlanError where the new version would not load.
    """
    access.require(who, access.Right.PLANS)
    with db.write() as conn:
        stores = sorted(units) if units else None
        rows = [row for row in _versions(conn) if row.plan.key == key and row.units == stores]
        in_force = plan_file.in_force([row.plan for row in rows], since)
        if not in_force:
            raise Problem(
                f"{since} 没有生效的方案 {key}；kpi plan list 列出全部。",
                f"No plan {key} is in force in {since}; kpi plan list shows them all.",
            )
        text = next(row.text for row in reversed(rows) if row.plan.digest == in_force[0].digest)
        new = amended(text, rule, changes, since=since, notice=notice, published_on=published_on)
        return _load(db, conn, who, new, units)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What a text is judged against: the version it follows, and the other plans in force where it will be."""

    earlier: Plan | None
    beside: list[Plan]

    @classmethod
    def of(cls, db: Database, conn: sa.Connection, toml_text: str, units: Sequence[str] | None) -> "_Ground":
        try:
            plan = plan_file.reread(toml_text)
        except plan_file.PlanError:
            return cls(earlier=None, beside=[])  # the linter says what is wrong with the text itself
        stores, rows = sorted(units) if units else None, _versions(conn)
        before = [row.plan for row in rows if row.plan.key == plan.key and row.units == stores]
        others = [row for row in rows if row.plan.key != plan.key]
        beside: dict[str, Plan] = {}
        own = {unit for row in others for unit in row.units or []}
        wanted: list[str | None] = [*stores] if stores else [None, *sorted(own)]
        for unit in wanted:
            for other in chosen(others, plan.since, unit):
                beside[other.digest] = other
        return cls(
            earlier=next(iter(plan_file.in_force(before, plan.since)), None),
            beside=list(beside.values()),
        )


def _load(
    db: Database, conn: sa.Connection, who: access.Identity, toml_text: str, units: Sequence[str] | None
) -> Plan:  # fmt: skip
    it = tables.plan_versions.c
    stores = sorted(units) if units else None
    _check_units(db, conn, stores or [])
    ground = _Ground.of(db, conn, toml_text, units)
    if ground.earlier and ground.earlier.digest == hashlib.sha256(toml_text.encode()).hexdigest():
        return ground.earlier
    plan = plan_file.read(toml_text, extra_roles=db.settings.extra_roles, earlier=ground.earlier, beside=ground.beside)
    version = (conn.execute(sa.select(sa.func.max(it.version))).scalar() or 0) + 1
    conn.execute(
        sa.insert(tables.plan_versions).values(
            version=version,
            key=plan.key,
            since=plan.since,
            units=stores,
            text=toml_text,
            sha256=plan.digest,
            at=db.settings.now_utc(),
            user_name=who.name,
        )
    )
    audit.note(db, conn, who, "plan.load", key=plan.key, since=plan.since, units=stores, sha256=plan.digest)
    return plan


def show(db: Database, who: access.Identity, key: str, *, since: str | None = None) -> str:
    """The TOML text of a plan's latest version, or of the one since that month. Raises Problem for none."""
    with db.read() as conn:
        found = [row for row in _versions(conn) if row.plan.key == key and since in (None, row.plan.since)]
    if not found:
        raise Problem(f"没有方案 {key}；kpi plan list 列出全部。", f"No plan {key}; kpi plan list shows them all.")
    return max(found, key=lambda row: (row.plan.since, row.version)).text


def listing(db: Database, who: access.Identity) -> list[dict[str, Any]]:
    """All versions, as loaded."""
    with db.read() as conn:
        rows = _versions(conn)
    return [
        {
            "key": row.plan.key,
            "name": row.plan.name.zh,
            "since": row.plan.since,
            "notice": row.plan.notice.number,
            "published_on": row.plan.notice.published_on.isoformat(),
            "units": "、".join(row.units) if row.units else "",
            "loaded_by": row.user_name,
            "sha256": row.plan.digest[:12],
        }
        for row in rows
    ]


def in_force(db: Database, conn: sa.Connection, month: str, store_id: str | None = None) -> list[Plan]:
    """The plans that apply in a pay month in a store (to all stores, without one), by key.

    A version for some stores goes before one for all.
    """
    return chosen(_versions(conn), month, store_id)


def all_versions(db: Database, conn: sa.Connection) -> list["_Loaded"]:
    """Every version in the order of loading."""
    return _versions(conn)


def chosen(rows: Sequence["_Loaded"], month: str, store_id: str | None = None) -> list[Plan]:
    """Of versions those that apply in a pay month in a store, as :func:`in_force` says."""
    general = plan_file.in_force([row.plan for row in rows if row.units is None], month)
    own = plan_file.in_force([row.plan for row in rows if row.units and store_id in row.units], month)
    return [plan for _, plan in sorted({plan.key: plan for plan in [*general, *own]}.items())]


def texts(conn: sa.Connection, digests: Iterable[str]) -> dict[str, str]:
    """Digest → TOML text of loaded versions."""
    it = tables.plan_versions.c
    wanted = list(digests)
    rows = conn.execute(sa.select(it.sha256, it.text).where(it.sha256.in_(wanted)))
    return {row.sha256: row.text for row in rows}


def of_sheet(conn: sa.Connection, sheet: Sheet) -> list[Plan]:
    """The very versions that a sheet was computed under, in its order."""
    by_digest = texts(conn, (plan["digest"] for plan in sheet.plans))
    return [_reread(by_digest[plan["digest"]]) for plan in sheet.plans]


class _Loaded:
    """A stored version, read."""

    def __init__(self, row: sa.Row[Any]) -> None:
        self.version: int = row.version
        self.units: list[str] | None = row.units
        self.text: str = row.text
        self.user_name: str = row.user_name
        self.plan = _reread(row.text)


@lru_cache(maxsize=256)
def _reread(text: str) -> Plan:
    return plan_file.reread(text)


def _versions(conn: sa.Connection) -> list[_Loaded]:
    """Every version in the order of loading; a later one of the same since stands for the earlier."""
    rows = conn.execute(sa.select(tables.plan_versions).order_by(tables.plan_versions.c.version))
    return [_Loaded(row) for row in rows]


def _check_units(db: Database, conn: sa.Connection, units: Sequence[str]) -> None:
    known = set(facts.of(db, facts.at(conn, contracts=["stores"]))["stores"].collect()["store_id"])
    if unknown := [unit for unit in units if unit not in known]:
        raise Problem(
            f"没有门店 {'、'.join(unknown)}；请先导入门店。", f"No store {', '.join(unknown)}; import the stores first."
        )
