"""What the audit proves: that no entry was changed, moved or cut off, and that the rows it sealed are still those.

The chain of hashes finds an entry that was changed, taken out or moved. Whoever rewrites it from there to its end makes
another chain: that is found against a head hash which left the store on an exported sheet. The deeds in the chain hold
the hashes of what they left behind: an import the files of facts (rulings among them), a computation its snapshot and
lines, a lock everything of its unit, a loaded plan its text. Each of them is worked out anew.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit, seals
from kpi_app.store.rows import facts

What = Literal["entry", "head", "facts", "plan", "snapshot", "month"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that is not as it was written: what kind of thing, which one, and what is wrong with it."""

    what: What
    where: str
    message: Text

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "what": self.what,
            "where": self.where,
            "message": self.message.said(lang),
        }


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a verification saw: how many entries, the head hash now, and every fault; none when all holds.

    ``since_head`` is how many entries were added after the head hash given; null where none was given or found.
    """

    entries: int
    head: str
    since_head: int | None
    faults: tuple[Fault, ...]

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "entries": self.entries,
            "head": self.head,
            "since_head": self.since_head,
            "faults": [fault.as_json(lang) for fault in self.faults],
        }


def verify(db: Database, who: access.Identity, *, head: str | None = None) -> Proof:
    """Work out the chain and everything sealed in it anew; ``head`` is the last head hash that was exported.

    Raises Forbidden without the right to the audit, Problem for a head that is no hash.
    """
    access.require(who, access.Right.AUDIT)
    if head is not None and (len(head) != 64 or set(head) - set("0123456789abcdef")):
        raise Problem(
            f"{head} 不是操作记录的校验码；请照导出的表上的 64 位填写。",
            f"{head} is no head hash; copy the 64 digits from an exported sheet.",
        )
    with db.read() as conn:
        faults, whole, seen = _chain(conn)
        since_head = None
        if head is not None and head in seen:
            since_head = len(seen) - 1 - seen.index(head)
        elif head is not None:
            wrong = Text(
                "操作记录里没有这个校验码：导出之后有记录被删除、改写或调换", "no entry has it: entries were rewritten"
            )
            faults.append(Fault(what="head", where=head, message=wrong))
        faults += [*_facts(db, conn, whole), *_plans(conn, whole), *_snapshots(conn, whole), *_months(conn, whole)]
    return Proof(entries=len(seen) - 1, head=seen[-1], since_head=since_head, faults=tuple(faults))


@dataclass(frozen=True)
class _Entry:
    """A deed whose entry holds."""

    entry: int
    verb: str
    about: Mapping[str, Any]


def _chain(conn: sa.Connection) -> tuple[list[Fault], list[_Entry], list[str]]:
    """The faults of the chain, the entries that hold, and every hash in order, the one before the first included."""
    faults, whole, hashes = [], [], [audit.EMPTY]
    it = tables.audit.c
    columns = [sa.type_coerce(column, sa.String).label(column.name) if column is it.at else column for column in it]
    for number, row in enumerate(conn.execute(sa.select(*columns).order_by(it.entry)), start=1):
        found = dict(row._mapping)
        found["at"] = _moment(found["at"])
        is_whole = found["at"] is not None and row.sha256 == audit.digest(hashes[-1], found)
        if row.entry != number or not is_whole:
            wrong = Text(
                "记录被改动，或之前有记录被删除、调换", "was changed, or entries before it were taken out or moved"
            )
            faults.append(Fault(what="entry", where=str(number), message=wrong))
        else:
            whole.append(_Entry(row.entry, row.verb, json.loads(row.about)))
        hashes.append(row.sha256)
    return faults, whole, hashes


def _moment(stored: Any) -> datetime | None:
    """The moment as it is stored; None where that is no moment any more."""
    try:
        at = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    except (TypeError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _facts(db: Database, conn: sa.Connection, whole: list[_Entry]) -> Iterator[Fault]:
    """Imports that put other files in force than they did, and files that are not what their names say."""
    for entry in whole:
        if entry.verb.startswith("import.") and "facts" in entry.about:
            number = entry.about["import_id"]
            if facts.digest_of(facts.at(conn, number)) != entry.about["facts"]:
                wrong = Text("数据文件清单与导入时不一致", "the files of facts are not those it put in force")
                yield Fault(what="facts", where=f"import {number}", message=wrong)
    it = tables.manifest.c
    named = {facts.Shard(*row) for row in conn.execute(sa.select(it.contract, it.month, it.digest, it.rows))}
    for shard in sorted(named):
        if not facts.holds(db.home, shard):
            wrong = Text("数据文件缺失或被改动", "the file of facts is missing or was changed")
            yield Fault(what="facts", where=f"{shard.contract}/{shard.month}/{shard.digest[:12]}", message=wrong)


def _plans(conn: sa.Connection, whole: list[_Entry]) -> Iterator[Fault]:
    """Plans whose text, month or stores are not those that were loaded, and plans that nobody loaded."""
    it = tables.plan_versions.c
    loaded = [
        _plan(entry.about["key"], entry.about["since"], entry.about["units"], entry.about["sha256"])
        for entry in whole
        if entry.verb == "plan.load"
    ]
    stored = [
        _plan(row.key, row.since, _parsed(row.units), hashlib.sha256(row.text.encode()).hexdigest())
        for row in conn.execute(
            sa.select(it.key, it.since, sa.type_coerce(it.units, sa.String).label("units"), it.text).order_by(
                it.version
            )
        )
    ]
    for number, (before, now) in enumerate(zip(loaded, stored, strict=False), start=1):
        if before != now:
            wrong = Text("方案版本与载入时不一致", "is not the version that was loaded")
            yield Fault(what="plan", where=str(number), message=wrong)
    if len(loaded) != len(stored):
        wrong = Text(
            f"载入 {len(loaded)} 个方案版本，现有 {len(stored)} 个",
            f"{len(loaded)} versions were loaded, {len(stored)} are stored",
        )
        yield Fault(what="plan", where="*", message=wrong)


def _plan(*parts: Any) -> str:
    return json.dumps(parts, ensure_ascii=False)


def _parsed(units: Any) -> Any:
    try:
        return json.loads(units) if isinstance(units, str) else units
    except ValueError:
        return units


def _snapshots(conn: sa.Connection, whole: list[_Entry]) -> Iterator[Fault]:
    """Snapshots that were changed or are gone, and such as nobody computed."""
    it = tables.snapshots.c
    stored = set(conn.execute(sa.select(it.snapshot_id)).scalars())
    of_entries = [entry for entry in whole if entry.verb == "month.compute"]
    sealed = {entry.about["snapshot"]: entry.about for entry in of_entries if "rows" in entry.about}
    for number, about in sorted(sealed.items()):
        if _seal(seals.of_snapshot, conn, number) != about["rows"]:
            wrong = Text("计算结果或明细与计算时不一致", "the snapshot or its lines are not those that were computed")
            yield Fault(what="snapshot", where=f"{about['period']} {about['unit']} {number}", message=wrong)
    if len(sealed) == len(of_entries):  # otherwise some are older than the seals, or their entries do not hold
        for number in sorted(stored - set(sealed)):
            wrong = Text("没有对应的计算记录", "no entry says that it was computed")
            yield Fault(what="snapshot", where=str(number), message=wrong)


def _months(conn: sa.Connection, whole: list[_Entry]) -> Iterator[Fault]:
    """Locked units that are not as they were locked, and such as nobody locked."""
    locks = {(entry.about["period"], entry.about["unit"]): entry.about for entry in whole if entry.verb == "month.lock"}
    it = tables.pay_units.c
    stored = {
        (row.period, row.store_id)
        for row in conn.execute(sa.select(it.period, it.store_id).where(it.status == "locked"))
    }
    for period, unit in sorted(stored | set(locks)):
        about = locks.get((period, unit))
        if about is None:
            wrong = Text("没有对应的封账记录", "no entry says that it was locked")
        elif "seal" in about and _seal(seals.of_locked, conn, period, unit) != about["seal"]:
            wrong = Text("封账后的内容与封账时不一致", "is not as it was locked")
        else:
            continue
        yield Fault(what="month", where=f"{period} {unit}", message=wrong)


def _seal(of: Callable[..., str], *args: Any) -> str | None:
    """The seal; None where a row holds what its column cannot."""
    try:
        return of(*args)
    except (TypeError, ValueError):
        return None
