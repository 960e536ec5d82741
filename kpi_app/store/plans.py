"""Pay plans in the store: every upload is kept; of each plan the latest version not later than the month applies."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.store import audit, facts, tables
from kpi_app.store.database import Database
from scorecards import plan as plan_file
from scorecards.plan import Plan
from scorecards.sheet import Sheet

SHIPPED = ("satisfaction",)
"""The plans that every new store begins with."""


def shipped_names() -> list[str]:
    """The plans that ship with the product, loaded or not."""
    return sorted(file.name.removesuffix(".toml") for file in (files("scorecards") / "plans").iterdir())


def shipped(name: str) -> str:
    """The TOML text of a plan that ships with the product."""
    return (files("scorecards") / "plans" / f"{name}.toml").read_text(encoding="utf-8")


def load_shipped(db: Database, who: access.Identity) -> None:
    """Load the plans that every store begins with."""
    for name in SHIPPED:
        load(db, who, shipped(name))


def load(db: Database, who: access.Identity, toml_text: str, *, units: Sequence[str] | None = None) -> Plan:
    """Load a version of a plan, for all stores or for some; the same text again changes nothing.

    Raises PlanError with everything the linter found, Problem for an unknown store.
    """
    access.require(who, access.Right.PLANS)
    it = tables.plan_versions.c
    with db.write() as conn:
        roles = db.settings.extra_roles
        plan = plan_file.read(toml_text, extra_roles=roles)
        stores = sorted(units) if units else None
        _check_units(db, conn, stores or [])
        before = [row for row in _versions(conn, db) if row.plan.key == plan.key and row.units == stores]
        in_force = plan_file.in_force([row.plan for row in before], plan.since)
        if in_force and in_force[0].digest == plan.digest:
            return in_force[0]
        plan = plan_file.read(toml_text, extra_roles=roles, earlier=in_force[0] if in_force else None)
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
        found = [row for row in _versions(conn, db) if row.plan.key == key and since in (None, row.plan.since)]
    if not found:
        raise Problem(f"没有方案 {key};kpi plan list 列出全部。", f"No plan {key}; kpi plan list shows them all.")
    return max(found, key=lambda row: (row.plan.since, row.version)).text


def listing(db: Database, who: access.Identity) -> list[dict[str, Any]]:
    """All versions, as loaded."""
    with db.read() as conn:
        rows = _versions(conn, db)
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
    return chosen(_versions(conn, db), month, store_id)


def all_versions(db: Database, conn: sa.Connection) -> list["_Loaded"]:
    """Every version in the order of loading."""
    return _versions(conn, db)


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


def of_sheet(db: Database, conn: sa.Connection, sheet: Sheet) -> list[Plan]:
    """The very versions that a sheet was computed under, in its order."""
    by_digest = texts(conn, (plan["digest"] for plan in sheet.plans))
    return [plan_file.read(by_digest[plan["digest"]], extra_roles=db.settings.extra_roles) for plan in sheet.plans]


class _Loaded:
    """A stored version, read."""

    def __init__(self, row: sa.Row[Any], extra_roles: Sequence[str]) -> None:
        self.version: int = row.version
        self.units: list[str] | None = row.units
        self.text: str = row.text
        self.user_name: str = row.user_name
        # It was right when it was loaded: a rule is compared with its predecessor only then.
        self.plan = _read(row.text, tuple(extra_roles))


@lru_cache(maxsize=256)
def _read(text: str, extra_roles: tuple[str, ...]) -> Plan:
    return plan_file.read(text, extra_roles=extra_roles)


def _versions(conn: sa.Connection, db: Database) -> list[_Loaded]:
    """Every version in the order of loading; a later one of the same since stands for the earlier."""
    rows = conn.execute(sa.select(tables.plan_versions).order_by(tables.plan_versions.c.version))
    return [_Loaded(row, list(db.settings.extra_roles)) for row in rows]


def _check_units(db: Database, conn: sa.Connection, units: Sequence[str]) -> None:
    known = set(facts.of(db, facts.at(conn, contracts=["stores"]))["stores"].collect()["store_id"])
    if unknown := [unit for unit in units if unit not in known]:
        raise Problem(
            f"没有门店 {'、'.join(unknown)}；请先导入门店。", f"No store {', '.join(unknown)}; import the stores first."
        )
