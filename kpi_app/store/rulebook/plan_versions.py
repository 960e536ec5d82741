"""The versions of the pay plans for those who read them: which is in force, what it says in words, what it amounts to.

Whoever keeps plans or sees pay reads all of them; everybody else reads those that apply to themselves.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Forbidden, Right
from kpi_app.store.database import Database
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import plans, readings
from metrics.period import Period
from scorecards.differences import Difference, compare
from scorecards.posts import store_names

READERS = frozenset({Right.PLANS, Right.PREPARE, Right.PAY, Right.APPROVE})


@dataclass(frozen=True, kw_only=True)
class PlanVersion:
    """A version as it was loaded. ``state`` is ``in_force`` this month, ``coming``, or ``past``; no ``units``: all.

    ``stores`` are the names of the units. It ``is_mine`` where it pays a post of who asks. ``stated`` names the figures
    that the plan reads ready-made, by key.
    """

    version: int
    key: str
    name: Text
    since: str
    notice: str
    published_on: date
    units: tuple[str, ...]
    stores: tuple[str, ...]
    loaded_by: str
    sha256: str
    state: str
    is_mine: bool
    stated: Mapping[str, Text]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An amount, limit or target of a plan: ``path`` leads to it within the rule or card named ``of``; ``metric`` is
    the one that it is about, where it stands in a list of several."""

    of: str
    name: Text
    path: str
    value: str
    metric: str | None


def listing(db: Database, who: access.Identity, *, as_of: date) -> list[PlanVersion]:
    """The versions that ``who`` may read: by plan, the latest first."""
    mine = {one.version for one in readings.mine(db, who)} if who.person_id is not None else set()
    reads_all = bool(READERS & who.rights)
    month = Period.containing(as_of, "month", db.settings.month_starts_on).label
    with db.read() as conn:
        rows = plans.all_versions(db, conn)
        stores = store_names(facts.of(db, facts.at(conn, contracts=["stores"])))
    latest: dict[tuple[str, tuple[str, ...]], tuple[str, int]] = {}
    for row in rows:
        if row.plan.since <= month:
            place = row.plan.key, tuple(row.units or ())
            latest[place] = max(latest.get(place, ("", 0)), (row.plan.since, row.version))
    standing = {version for _, version in latest.values()}
    found = [
        PlanVersion(
            version=row.version,
            key=row.plan.key,
            name=row.plan.name,
            since=row.plan.since,
            notice=row.plan.notice.number,
            published_on=row.plan.notice.published_on,
            units=tuple(row.units or ()),
            stores=tuple(stores.get(unit, unit) for unit in row.units or ()),
            loaded_by=row.user_name if reads_all else "",
            sha256=row.plan.digest,
            state="in_force" if row.version in standing else "coming" if row.plan.since > month else "past",
            is_mine=row.version in mine,
            stated={it.key: it.name for it in row.plan.stated},
        )
        for row in rows
        if reads_all or row.version in mine
    ]
    found.sort(key=lambda it: it.version, reverse=True)
    found.sort(key=lambda it: it.since, reverse=True)
    return sorted(found, key=lambda it: it.key)


def told(db: Database, who: access.Identity, version: int, *, as_of: date) -> list[Difference]:
    """What a version says of each card and rule, in words. Raises Forbidden for one that ``who`` may not read."""
    row = _row(db, who, version, as_of)
    return compare(None, row.plan)


def text(db: Database, who: access.Identity, version: int) -> str:
    """A version as it was loaded, for whoever keeps plans."""
    access.require(who, Right.PLANS)
    with db.read() as conn:
        found = [row.text for row in plans.all_versions(db, conn) if row.version == version]
    if not found:
        raise Problem(f"没有方案版本 {version}。", f"There is no plan version {version}.")
    return found[0]


def entries(db: Database, who: access.Identity, version: int) -> list[Entry]:
    """The amounts, limits and targets of a version that may be given other values, for whoever keeps plans."""
    raw = tomllib.loads(text(db, who, version))
    found = []
    for group, key in (("cards", "role"), ("rules", "key")):
        latest = {entry[key]: entry for entry in sorted(raw.get(group, []), key=lambda it: str(it.get("since", "")))}
        for of, entry in latest.items():
            name = entry.get("name", {})
            named = Text(name.get("zh", of), name.get("en", of)) if isinstance(name, Mapping) else Text(of, of)
            found += [Entry(of=of, name=named, **one) for one in _values(entry, "", None)]
    return found


NUMBERS = (
    "amount",
    "weight",
    "limit",
    "goal",
    "cap",
    "floor",
    "from",
    "until",
    "below",
    "rate",
    "share",
    "full",
    "sample",
)
"""An entry whose name ends in one of these is an amount, a limit or a target."""


def _values(value: Any, path: str, metric: str | None) -> Iterator[dict[str, Any]]:
    """Path, value and metric of every number within an entry, written as :func:`plans.amend` takes it."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from _values(inner, f"{path}.{name}".lstrip("."), metric)
        case list():
            for number, inner in enumerate(value, start=1):
                if isinstance(inner, dict):
                    yield from _values(inner, f"{path}.{number}", inner.get("metric"))
        case bool():
            return
        case int() | str() if path.rpartition(".")[2].endswith(NUMBERS):
            yield {"path": path, "value": str(value), "metric": metric}


def _row(db: Database, who: access.Identity, version: int, as_of: date) -> Any:
    if version not in {it.version for it in listing(db, who, as_of=as_of)}:
        raise Forbidden(Right.PLANS, who)
    with db.read() as conn:
        return next(row for row in plans.all_versions(db, conn) if row.version == version)
