"""The ledger of imports: what each brought, which files of facts it put in force, and how it is taken back."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months.restated import cutoffs
from kpi_app.store.proving import audit
from kpi_app.store.rows import contacts, facts, reach, reports
from kpi_app.store.rows.contacts import Contact
from kpi_app.store.rows.facts import Shard
from kpi_app.store.rows.reports import COUNTS, FileReport

Place = tuple[str, str]
"""A contract and a month of it."""


@dataclass(kw_only=True)
class Plan:
    """An import that is merged but not yet in force."""

    base: int
    reports: list[FileReport]
    shards: dict[str, dict[str, Shard | None]] = field(default_factory=dict)
    contacts: list[Contact] = field(default_factory=list)

    @property
    def import_id(self) -> int:
        """The number that it will have."""
        return self.base + 1


def record(
    db: Database, conn: sa.Connection, who: access.Identity, kind: str, made: Plan, *, undoes: int | None = None
) -> None:
    """Put an import in force: ledger, reports, manifest, contacts and audit in the caller's transaction."""
    conn.execute(
        sa.insert(tables.imports).values(
            import_id=made.import_id, kind=kind, at=db.settings.now_utc(), user_name=who.name, undoes=undoes
        )
    )
    for report in made.reports:
        report.import_id = made.import_id
    reports.store(conn, made.reports)
    it = tables.manifest.c
    for contract, months in made.shards.items():
        for month, shard in months.items():
            current = sa.and_(it.contract == contract, it.month == month, it.until_import.is_(None))
            conn.execute(sa.update(tables.manifest).where(current).values(until_import=made.import_id))
            if shard is not None:
                values = {"contract": contract, "month": month, "digest": shard.digest, "rows": shard.rows}
                conn.execute(sa.insert(tables.manifest).values(since_import=made.import_id, **values))
    contacts.record(conn, made.import_id, contacts.changed(conn, made.contacts))
    audit.note(
        db,
        conn,
        who,
        f"import.{kind}",
        import_id=made.import_id,
        files=[{"file": report.file, "sha256": report.sha256, "rows": report.rows} for report in made.reports],
        undoes=undoes,
        facts=facts.digest_of(facts.at(conn)),
    )


def listing(db: Database, who: access.Identity) -> list[dict[str, Any]]:
    """All imports, newest first, with the sums of their files' counts."""
    access.require(who, Right.IMPORT)
    it, of = tables.imports.c, tables.import_files.c
    zone = db.settings.zone_info
    with db.read() as conn:
        undone = _undone(conn)
        counted = {
            row.import_id: row
            for row in conn.execute(
                sa.select(of.import_id, *(sa.func.sum(of[name]).label(name) for name in COUNTS)).group_by(of.import_id)
            )
        }
        files: dict[int, list[str]] = {}
        for row in conn.execute(sa.select(of.import_id, of.file).order_by(of.import_id, of.position)):
            files.setdefault(row.import_id, []).append(row.file)
        return [
            {
                "import_id": row.import_id,
                "kind": row.kind,
                "at": row.at.astimezone(zone).isoformat(timespec="seconds"),
                "user": row.user_name,
                "files": "、".join(dict.fromkeys(files.get(row.import_id, []))),
                **{name: int(getattr(counted.get(row.import_id), name, 0)) for name in COUNTS},
                "undoes": row.undoes,
                "undone_by": undone.get(row.import_id),
            }
            for row in conn.execute(sa.select(tables.imports).order_by(it.import_id.desc()))
        ]


def show(db: Database, who: access.Identity, import_id: int) -> list[FileReport]:
    """The reports of an import, refusals included. Raises Problem for an unknown one.

    Of a refused row nothing says where it belongs: who is bound to scopes is told the refusals of their own imports,
    and of others' only that there are some.
    """
    access.require(who, Right.IMPORT)
    with db.read() as conn:
        brought_by = _known_import(conn, import_id)
        found = reports.stored(conn, import_id)
    if reach.is_bound(who) and who.name != brought_by:
        for report in found:
            if report.errors:
                report.notes.append(_withheld(len(report.errors), brought_by))
                report.errors = []
    return found


def _withheld(count: int, brought_by: str) -> Text:
    return Text(
        f"由 {brought_by} 导入，退回的 {count} 处可能属于其他门店，不在此列出；请向 {brought_by} 或集团人事了解。",
        f"{brought_by} brought this file; its {count} refused cells may be of other stores and are not listed here: "
        f"ask {brought_by} or group HR.",
    )


def undo(db: Database, who: access.Identity, import_id: int) -> int:
    """Let the facts be as before an import; the number of the import that does so.

    Raises Problem where it was undone already, where a later import changed the same months of the same contracts
    (it names them: undo those first), where a locked month has used it, or where it changed rows beyond the scopes.
    """
    access.require(who, Right.IMPORT)
    it = tables.manifest.c
    with db.write() as conn:
        _known_import(conn, import_id)
        if (undone_by := _undone(conn).get(import_id)) is not None:
            raise Problem(
                f"导入 {import_id} 已由 {undone_by} 撤销。", f"Import {import_id} was undone by {undone_by} already."
            )
        if locked := locked_since(conn, import_id):
            raise Problem(
                f"已封账的月份用到了导入 {import_id}：{'、'.join(locked)}；请以更正数据的新导入代替撤销。",
                f"Locked months used import {import_id}: {', '.join(locked)}; import corrected data instead.",
            )
        after = _entries(conn, it.since_import == import_id)
        before = _entries(conn, it.until_import == import_id)
        now = _entries(conn, it.until_import.is_(None))
        if moved := [place for place in after | before if now.get(place) != after.get(place)]:
            later = "、".join(str(number) for number in _later(conn, import_id, moved))
            raise Problem(
                f"导入 {later} 之后又改动了同一月份的数据；请先撤销 {later}。",
                f"Later imports changed the same months: undo {later} first.",
            )
        if _changed_for_others(db, conn, who, before.values(), after.values()):
            raise Problem(
                f"导入 {import_id} 改动了您管理范围以外的行；请由集团人事或管理员撤销。",
                f"Import {import_id} changed rows outside your scope; group HR or an administrator can undo it.",
            )
        made = Plan(base=facts.head(conn), reports=[])
        for place in after | before:
            made.shards.setdefault(place[0], {})[place[1]] = before.get(place)
        record(db, conn, who, "undo", made, undoes=import_id)
        contacts.undo(conn, import_id, made.import_id)
    return made.import_id


def _changed_for_others(
    db: Database, conn: sa.Connection, who: access.Identity, before: Collection[Shard], after: Collection[Shard]
) -> bool:
    """Did rows beyond the scopes of ``who`` come, change or leave between those shards?"""
    changed = {shard.contract for shard in (*before, *after)}
    if not any(reach.is_limited(who, CONTRACTS[name]) for name in changed):
        return False
    known = facts.of(db, facts.at(conn))
    for name in sorted(changed):
        contract = CONTRACTS[name]
        sides = [
            facts.scan(db.home, contract, [shard for shard in side if shard.contract == name]).collect()
            for side in (before, after)
        ]
        moved = pl.concat(sides).unique(keep="none")  # what stands on both sides has not changed
        if reach.outside(who, contract, moved, known, db.settings.today()).any():
            return True
    return False


def locked_since(conn: sa.Connection, import_id: int) -> list[str]:
    """The locked months that were computed with an import: an undo would take away what they rest on."""
    it = tables.pay_units.c
    query = sa.select(it.period, it.store_id, it.snapshot_id).where(it.status == "locked")
    rows = conn.execute(query.order_by(it.period, it.store_id)).all()
    read = cutoffs(conn, [row.snapshot_id for row in rows])
    return [
        f"{row.period} {row.store_id}"
        for row in rows
        if max(read[row.snapshot_id].data or 0, read[row.snapshot_id].rulings or 0) >= import_id
    ]


def _known_import(conn: sa.Connection, import_id: int) -> str:
    """Whose import it is. Raises Problem for an unknown one."""
    it = tables.imports.c
    user_name: str | None = conn.execute(sa.select(it.user_name).where(it.import_id == import_id)).scalar()
    if user_name is None:
        raise Problem(
            f"没有导入 {import_id}；kpi imports list 列出全部。",
            f"There is no import {import_id}; see kpi imports list.",
        )
    return user_name


def _undone(conn: sa.Connection) -> dict[int, int]:
    """Import → the import that undid it, as far as that was not undone itself."""
    it = tables.imports.c
    undone: dict[int, int] = {}
    for number, undoes in conn.execute(
        sa.select(it.import_id, it.undoes).where(it.undoes.is_not(None)).order_by(it.import_id.desc())
    ):
        if number not in undone:
            undone[undoes] = number
    return undone


def _entries(conn: sa.Connection, which: sa.ColumnElement[bool]) -> dict[Place, Shard]:
    it = tables.manifest.c
    found = (Shard(*row) for row in conn.execute(sa.select(it.contract, it.month, it.digest, it.rows).where(which)))
    return {(shard.contract, shard.month): shard for shard in found}


def _later(conn: sa.Connection, import_id: int, places: Collection[Place]) -> list[int]:
    """The imports after ``import_id`` that changed those months and still hold, newest first."""
    it = tables.manifest.c
    rows = conn.execute(sa.select(it.contract, it.month, it.since_import, it.until_import))
    numbers = {
        number
        for contract, month, since, until in rows
        if (contract, month) in places
        for number in (since, until)
        if number is not None and number > import_id
    }
    undone = _undone(conn)
    undoing = set(undone.values())
    return sorted((number for number in numbers if number not in undone and number not in undoing), reverse=True)
