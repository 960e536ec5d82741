"""Pay over time: the corrections that a unit's next open month takes for its frozen earlier ones.

A frozen month is looked at again only where something it rests on changed since it was last looked at: rows, plans,
or a figure that settled or an order that was cancelled in between. Its stored rows are never touched.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Text
from kpi_app import __version__
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.calendar import Cutoff
from kpi_app.store.months.restated import FrozenUnit, Restated, cutoffs
from kpi_app.store.rows.facts import Shard
from kpi_app.store.rulebook import laws, plans
from metrics.credit import Facts
from metrics.period import Period
from scorecards import overtime as core
from scorecards.causes import Changes
from scorecards.guards import GuardInputs
from scorecards.later import LONGEST_WAIT, Paid, Review, settles_after, waits
from scorecards.law import shipped
from scorecards.losses import over_limit
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.rules import pay_lines
from scorecards.shapes import Coefficient
from scorecards.table import Finding


@dataclass(kw_only=True)
class Due:
    """What a unit's earlier months leave to a month: correction lines, findings, and the months looked at.

    ``standing`` are the lines of those months as they stand today.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    reviewed: list[str] = field(default_factory=list)
    standing: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A frozen unit, its plans today, and what changed since it was last looked at (None: nothing)."""

    unit: FrozenUnit
    plans: Sequence[Plan]
    changes: Changes | None


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What a frozen unit was held against: facts, as known by a day, in a version of the product."""

    read_to: Cutoff
    known_by: date
    version: str


class Past:
    """The frozen months before a pay month, and what they leave to it."""

    def __init__(
        self,
        db: Database,
        conn: sa.Connection,
        period: Period,
        frozen: Sequence[FrozenUnit],
        earlier: pl.DataFrame,
        *,
        shards: Sequence[Shard],
        known_by: date,
    ) -> None:
        self.db, self.conn, self.period, self.frozen, self.earlier = db, conn, period, frozen, earlier
        self.shards, self.known_by = shards, known_by
        self.restated = Restated(db, conn, frozen)
        self.facts: Facts = self.restated.facts(shards)
        self._bodies: dict[int, dict[str, Any]] = {}
        self._versions = plans.all_versions(db, conn)

    def due(self, stores: Sequence[str]) -> dict[str, Due]:
        """store_id → what its frozen months of the look-back leave to the month."""
        found = {store_id: Due() for store_id in stores}
        roster = Roster(self.facts["people"].collect())
        together: dict[tuple[Any, ...], list[_Look]] = {}
        for look in self._looks(set(stores)):
            unit = look.unit
            key: tuple[Any, ...] = (unit.period.label, None)
            if look.changes:
                digests = tuple(plan.digest for plan in look.plans)
                waiting = self.waiting_key(unit.period, unit.store_id)
                key = (unit.period.label, unit.as_of, unit.paid_on, digests, waiting)
            together.setdefault(key, []).append(look)
        for (label, as_of, *_), looks in together.items():
            recomputed = None if as_of is None else self._recomputed(looks)
            of_month = self.earlier.filter(pl.col("period") == label)
            for look in looks:
                unit, due = look.unit, found[look.unit.store_id]
                in_unit = pl.col("store_id") == unit.store_id
                paid = of_month.filter(in_unit).to_dicts()
                now = None if recomputed is None else recomputed.filter(in_unit).to_dicts()
                due.lines += core.corrections(
                    unit.period,
                    self.period,
                    paid=paid,
                    corrected=self._corrected.filter(in_unit, pl.col("corrects_period") == label).to_dicts(),
                    recomputed=now,
                    changes=look.changes or Changes(),
                    roster=roster,
                )
                if look.changes and {contract for contract, _ in look.changes.rows} & {"pay_profiles", "minimum_wages"}:
                    inputs = GuardInputs.of(self.facts, unit.period, [shipped(), *laws.loaded(self.conn)])
                    due.findings += over_limit(paid, inputs, unit.period)
                due.standing += paid if now is None else now
                due.reviewed.append(label)
        self._carry_on(found, roster)
        for due in found.values():
            due.lines, of_leavers = core.handed_to_hr(due.lines, roster, self.period)
            due.findings += of_leavers
        return found

    def origins(self, period: Period, store_id: str) -> dict[str, list[Plan]]:
        """Month before ``period`` → the plans then in force in a store that leave something to be paid later."""
        if not any(waits(row.plan) for row in self._versions):
            return {}
        found = {
            month.label: [plan for plan in plans.chosen(self._versions, month.label, store_id) if waits(plan)]
            for month in period.trailing(LONGEST_WAIT + 1)[:-1]
        }
        return {label: of_month for label, of_month in found.items() if of_month}

    def paid(self, period: Period, store_id: str) -> dict[str, Paid]:
        """Frozen month before ``period`` → how it was paid."""
        return {
            unit.period.label: Paid(as_of=unit.as_of, paid_on=unit.paid_on)
            for unit in self.frozen
            if unit.store_id == store_id and unit.period.label < period.label
        }

    def waiting_key(self, period: Period, store_id: str) -> str:
        """What is alike for stores whose earlier months leave the same to ``period`` in the same way."""
        origins = self.origins(period, store_id)
        if not origins:
            return ""
        return repr(([plan.digest for of_month in origins.values() for plan in of_month], self.paid(period, store_id)))

    @property
    def _corrected(self) -> pl.DataFrame:
        return self.earlier.filter(pl.col("kind").cast(pl.String) == "correction")

    @cached_property
    def _waiting(self) -> dict[str, str]:
        """store_id → its last month before this one that was begun and is not frozen: that takes what is older."""
        it = tables.pay_units.c
        rows = self.conn.execute(
            sa.select(it.store_id, sa.func.max(it.period))
            .where(it.period < self.period.label, it.status.not_in(snapshots.FROZEN), it.snapshot_id.is_not(None))
            .group_by(it.store_id)
        )
        return {row[0]: row[1] for row in rows}

    def _is_next(self, label: str, store_id: str) -> bool:
        """Whether this is the next open month of a unit after a frozen one."""
        return self._waiting.get(store_id, "") < label

    def _looks(self, stores: set[str]) -> list[_Look]:
        """The frozen units of the look-back that this month is the next open one of."""
        months = {month.label for month in self.period.trailing(self.db.settings.correction_months + 1)[:-1]}
        return [
            self._look(unit)
            for unit in self.frozen
            if unit.store_id in stores
            and unit.period.label in months
            and self._is_next(unit.period.label, unit.store_id)
        ]

    def _look(self, unit: FrozenUnit) -> _Look:
        seen = self._last_seen(unit)
        in_force = plans.chosen(self._versions, unit.period.label, unit.store_id)
        settles = {
            (plan.key, rule.key): unit.period.last + timedelta(days=settles_after(rule, plan, in_force, unit.period))
            for plan in in_force
            for rule in plan.rules_on(unit.period.label)
            if rule.basis == "cutoff_true_up"
        }
        settled = {rule: day for rule, day in settles.items() if unit.as_of < day <= self.known_by}
        rows = self.restated.changed(
            self.restated.shards(seen.read_to), self.shards, max([unit.as_of, *settled.values()])
        ) | self._cancelled(unit, seen.known_by)
        rules = self._other_rules(unit, in_force)
        changes = None
        if rows or rules or seen.version != __version__ or any(day > seen.known_by for day in settled.values()):
            other = () if seen.version == __version__ else (Text("软件版本更新", "a newer version of the product"),)
            changes = Changes(rows=rows, rules=rules, settled=frozenset(settled), other=other)
        return _Look(unit=unit, plans=in_force, changes=changes)

    def _other_rules(self, unit: FrozenUnit, today: Sequence[Plan]) -> frozenset[tuple[str, str]]:
        """The rules in force in the month in another version than it was paid by; a coefficient has its card's."""
        digests = {row["digest"] for row in self._body(unit.snapshot_id)["plans"]}
        if digests == {plan.digest for plan in today}:
            return frozenset()
        then = {row.plan.digest: row.plan for row in self._versions if row.plan.digest in digests}.values()
        month = unit.period.label
        before, after = (
            {(plan.key, rule.key): rule for plan in them for rule in plan.rules_on(month)} for them in (then, today)
        )
        moved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        cards = [[card for plan in them for card in plan.cards_on(month)] for them in (then, today)]
        if cards[0] != cards[1]:
            moved |= {name for name, rule in after.items() if isinstance(rule, Coefficient)}
        return frozenset(moved)

    def _last_seen(self, unit: FrozenUnit) -> "_Seen":
        """What a frozen unit was last held against, by itself or by a later frozen month."""
        review, snapshot = tables.month_reviews.c, tables.snapshots.c
        later = self.conn.execute(
            sa.select(sa.func.max(review.snapshot_id)).where(
                review.period == unit.period.label,
                review.snapshot_id.in_([it.snapshot_id for it in self.frozen if it.store_id == unit.store_id]),
            )
        ).scalar()
        seen = max(later or 0, unit.snapshot_id)
        as_of = self.conn.execute(sa.select(snapshot.as_of).where(snapshot.snapshot_id == seen)).scalar_one()
        version = self._body(seen)["inputs"].get("软件版本", "")
        read_to = cutoffs(self.conn, [seen])[seen]
        return _Seen(read_to=read_to, known_by=max(as_of, unit.as_of), version=version)

    def _cancelled(self, unit: FrozenUnit, seen_on: date) -> frozenset[tuple[str, str]]:
        """The orders and policies of the month or before that were cancelled since it was last looked at."""
        found: set[tuple[str, str]] = set()
        for contract, key, at, cancelled in (
            ("orders", "order_id", "ordered_at", "cancelled_at"),
            ("renewals", "policy_id", "signed_on", "cancelled_on"),
        ):
            rows = self.facts[contract].filter(
                pl.col("store_id") == unit.store_id,
                pl.col(at).cast(pl.Date) <= unit.as_of,
                pl.col(cancelled).cast(pl.Date) > seen_on,
                pl.col(cancelled).cast(pl.Date) <= self.known_by,
            )
            found |= {(contract, name) for name in rows.select(key).collect()[key].to_list()}
        return frozenset(found)

    def _recomputed(self, looks: Sequence[_Look]) -> pl.DataFrame:
        """The lines that frozen units under the same plans would have today."""
        unit = looks[0].unit
        before = self.earlier.filter(pl.col("period") < unit.period.label)
        result = pay_lines(
            looks[0].plans,
            self.facts,
            unit.period,
            as_of=unit.as_of,
            stores=[look.unit.store_id for look in looks],
            earlier=before,
            origins=self.origins(unit.period, unit.store_id),
            paid=self.paid(unit.period, unit.store_id),
            review=Review(known_by=max(self.known_by, unit.as_of), paid_on=unit.paid_on),
        )
        return result.lines

    def _carry_on(self, found: Mapping[str, Due], roster: Roster) -> None:
        """Take up what corrections of months beyond the look-back still carry."""
        for label in sorted(set(self._corrected["corrects_period"].drop_nulls())):
            month = Period.parse(label, self.period.month_starts_on)
            for store_id, due in found.items():
                if label not in due.reviewed and self._is_next(label, store_id):
                    corrected = self._corrected.filter(
                        pl.col("store_id") == store_id, pl.col("corrects_period") == label
                    )
                    due.lines += core.corrections(
                        month,
                        self.period,
                        paid=self.earlier.filter(pl.col("store_id") == store_id, pl.col("period") == label).to_dicts(),
                        corrected=corrected.to_dicts(),
                        recomputed=None,
                        changes=Changes(),
                        roster=roster,
                    )

    def _body(self, snapshot_id: int) -> dict[str, Any]:
        it = tables.snapshots.c
        if snapshot_id not in self._bodies:
            body = self.conn.execute(sa.select(it.body).where(it.snapshot_id == snapshot_id)).scalar_one()
            self._bodies[snapshot_id] = json.loads(body)
        return self._bodies[snapshot_id]
