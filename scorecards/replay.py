"""A proposed plan replayed on past months: what it would have cost beside today's plan, and for whom it changes what.

Both sides are computed anew from the same facts, month after month: the plans as they stand today, and these with the
proposed one in place of its predecessor. A version that begins later is taken as if it had always been in force, so
that it meets those months at all; what one replayed month paid once is not paid again in the next.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from data_contracts.contract import Text
from metrics.credit import Facts
from metrics.events import Remembering
from metrics.period import Period
from scorecards.dated import Dated, Version
from scorecards.plan import Plan
from scorecards.posts import Post, Roster, store_names
from scorecards.rules import pay_lines

ALWAYS = "0001-01"
TENURES = (
    (6, Text("不满半年", "under half a year")),
    (12, Text("半年至一年", "half a year to one year")),
    (36, Text("一至三年", "one to three years")),
    (None, Text("三年以上", "three years and more")),
)
"""Months in office up to which (exclusive) somebody counts as, at the end of the last month replayed."""
LEFT_OUT = Text(
    "只按方案规则重算；不含手工行、赔偿，也不含事后定数或更正产生的补差",
    "only the plans' rules are replayed: no manual lines, no losses, and no corrections of what settles or comes later",
)
"""What a replay does not compute."""
UNFIT = Text(
    "拟定方案无法计入的过去数据（现行方案可以计入），未列入成本",
    "what today's plans could judge and the proposed one cannot; it is not in the cost",
)
"""What stands over the facts that a proposed plan cannot judge."""
STEPS = (1_00, 100_00, 300_00, 500_00, 1_000_00, 3_000_00)
"""Edges of the distribution, on either side of no change, in fen."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What something costs under today's plans and with the proposed one."""

    today_fen: int
    proposed_fen: int

    @property
    def difference_fen(self) -> int:
        return self.proposed_fen - self.today_fen


@dataclass(frozen=True, kw_only=True)
class MonthCost(Sides):
    """What a month costs."""

    period: str


@dataclass(frozen=True, kw_only=True)
class PersonEffect(Sides):
    """A person over all months, in the post held last."""

    person_id: str
    person_name: str
    store_id: str
    store_name: str
    department: str
    role: str
    team_id: str
    tenure_months: int


@dataclass(frozen=True, kw_only=True)
class GroupEffect(Sides):
    """All of one role, team or tenure."""

    by: str
    subject: str
    people: int
    winners: int
    losers: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """How many people change by at least ``from_fen`` and less than ``to_fen`` (null: without end)."""

    from_fen: int | None
    to_fen: int | None
    people: int


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """Somebody whose reductions the guards would hold back in a month, and by how much under either side."""

    period: str
    person_id: str
    lapsed_fen: int
    carried_fen: int
    waived_fen: int
    today_fen: int


@dataclass(frozen=True, kw_only=True)
class Unfit:
    """What the facts of a month hold that the proposed plan cannot judge and today's can, such as a past ruling
    outside its range: no line is made of it, so the replay costs less than the plan would."""

    period: str
    where: str
    message: Text


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """The outcome of a replay. Amounts are fen after the guards; ``today`` and ``proposed`` name the plans compared."""

    proposed: str
    today: tuple[str, ...]
    months: tuple[MonthCost, ...]
    people: tuple[PersonEffect, ...]
    groups: tuple[GroupEffect, ...]
    distribution: tuple[Step, ...]
    guarded: tuple[Guarded, ...]
    unfit: tuple[Unfit, ...]
    unchanged: int

    @property
    def today_fen(self) -> int:
        return sum(month.today_fen for month in self.months)

    @property
    def proposed_fen(self) -> int:
        return sum(month.proposed_fen for month in self.months)

    @property
    def difference_fen(self) -> int:
        return self.proposed_fen - self.today_fen

    @property
    def winners(self) -> list[PersonEffect]:
        """Who would gain, the most first."""
        gaining = [person for person in self.people if person.difference_fen > 0]
        return sorted(gaining, key=lambda it: (-it.difference_fen, it.person_id))

    @property
    def losers(self) -> list[PersonEffect]:
        """Who would lose, the most first."""
        losing = [person for person in self.people if person.difference_fen < 0]
        return sorted(losing, key=lambda it: (it.difference_fen, it.person_id))

    def as_json(self) -> dict[str, Any]:
        shown = {
            name: [asdict(one) | {"difference_fen": one.difference_fen} for one in listed]
            for name, listed in (("months", self.months), ("people", self.people), ("groups", self.groups))
        }
        return {
            "proposed": self.proposed,
            "today": list(self.today),
            "today_fen": self.today_fen,
            "proposed_fen": self.proposed_fen,
            "difference_fen": self.difference_fen,
            **shown,
            "winners": [person.person_id for person in self.winners],
            "losers": [person.person_id for person in self.losers],
            "unchanged": self.unchanged,
            "distribution": [asdict(step) for step in self.distribution],
            "guarded": [asdict(one) for one in self.guarded],
            "unfit": [
                {"period": one.period, "where": one.where, "message_zh": one.message.zh, "message_en": one.message.en}
                for one in self.unfit
            ],
        }


def always(plan: Plan, month: str) -> Plan:
    """The plan as it stands in a month, as if it had been so in every month before."""

    def first(dated: Iterable[Dated[Any]]) -> tuple[Dated[Any], ...]:
        standing = [version for one in dated if (version := one.version_on(month))]
        return tuple(Dated((Version(value=_since(it.value), since=ALWAYS, source=it.source),)) for it in standing)

    return replace(plan, since=ALWAYS, cards=first(plan.cards), rules=first(plan.rules))


def _since(value: Any) -> Any:
    return replace(value, since=ALWAYS)


def replay(
    proposed: Plan,
    today: Mapping[str, Sequence[Plan]],
    facts: Facts,
    months: Sequence[Period],
    *,
    as_of: date,
    month_of_today: str,
) -> Simulation:
    """Replay ``proposed`` on past months in every store of ``today`` (store_id → the plans in force there today).

    ``months`` follow on each other; ``as_of`` is the day up to which facts are known to both sides.
    """
    sides = {
        store_id: (
            [always(plan, month_of_today) for plan in plans],
            [
                *(always(plan, month_of_today) for plan in plans if plan.key != proposed.key),
                always(proposed, max(proposed.since, month_of_today)),
            ],
        )
        for store_id, plans in today.items()
    }
    facts = Remembering({name: rows.collect().lazy() for name, rows in facts.items()})
    now, found_now = _lines([(sides[store_id][0], [store_id]) for store_id in sides], facts, months, as_of)
    then, found_then = _lines([(sides[store_id][1], [store_id]) for store_id in sides], facts, months, as_of)
    people = _people(now, then, facts, months)
    return Simulation(
        proposed=f"{proposed.key} {proposed.since}",
        today=tuple(sorted({f"{plan.key} {plan.since}" for plans in today.values() for plan in plans})),
        months=tuple(
            MonthCost(period=month.label, today_fen=_total(now, month.label), proposed_fen=_total(then, month.label))
            for month in months
        ),
        people=people,
        groups=tuple(_groups(people)),
        distribution=tuple(_distribution(people)),
        guarded=tuple(_guarded(now, then)),
        unfit=tuple(one for one in found_then if one not in found_now),
        unchanged=sum(person.difference_fen == 0 for person in people),
    )


def _lines(
    units: Sequence[tuple[Sequence[Plan], Collection[str]]], facts: Facts, months: Sequence[Period], as_of: date
) -> tuple[pl.DataFrame, list[Unfit]]:
    """The lines of all months, each knowing those before, and what of the facts made none. Stores under the same plans
    are computed together."""
    together: dict[tuple[str, ...], tuple[Sequence[Plan], list[str]]] = {}
    for plans, stores in units:
        together.setdefault(tuple(plan.digest for plan in plans), (plans, []))[1].extend(stores)
    made: list[pl.DataFrame] = []
    unfit: list[Unfit] = []
    for plans, stores in together.values():
        of_group: list[pl.DataFrame] = []
        for month in months:
            earlier = pl.concat(of_group) if of_group else None
            paid = pay_lines(plans, facts, month, as_of=as_of, stores=stores, earlier=earlier)
            of_group.append(paid.lines)
            unfit += [Unfit(period=month.label, where=one.where, message=one.message) for one in paid.findings]
        made += of_group
    return pl.concat(made), list(dict.fromkeys(unfit))


def _total(lines: pl.DataFrame, period: str) -> int:
    return int(lines.filter(pl.col("period") == period)["amount_fen"].sum())


def _people(now: pl.DataFrame, then: pl.DataFrame, facts: Facts, months: Sequence[Period]) -> tuple[PersonEffect, ...]:
    roster, stores, last = Roster(facts["people"].collect()), store_names(facts), months[-1].last
    totals: dict[str, list[int]] = {}
    for side, lines in enumerate((now, then)):
        for person_id, amount in lines.group_by("person_id").agg(pl.col("amount_fen").sum()).iter_rows():
            totals.setdefault(person_id, [0, 0])[side] = amount
    made = []
    for person_id, (today, proposed) in sorted(totals.items()):
        post = roster.last_known(person_id, last)
        assert post is not None, "a line belongs to somebody of the roster"
        made.append(
            PersonEffect(
                person_id=person_id,
                person_name=post.person_name,
                store_id=post.store_id,
                store_name=stores.get(post.store_id, post.store_id),
                department=post.department,
                role=post.role,
                team_id=post.team_id,
                tenure_months=_months_in_office(roster.of(person_id), last),
                today_fen=today,
                proposed_fen=proposed,
            )
        )
    return tuple(made)


def _months_in_office(posts: Iterable[Post], last: date) -> int:
    """Whole months since the first post."""
    first = min(post.since for post in posts)
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def tenure_of(months: int) -> Text:
    """What so many months in office count as."""
    return next(name for until, name in TENURES if until is None or months < until)


def _groups(people: Sequence[PersonEffect]) -> Iterable[GroupEffect]:
    ways: dict[str, Callable[[PersonEffect], str]] = {
        "role": lambda it: it.role,
        "team": lambda it: it.team_id,
        "tenure": lambda it: tenure_of(it.tenure_months).zh,
    }
    for by, subject_of in ways.items():
        subjects: dict[str, list[PersonEffect]] = {}
        for person in people:
            subjects.setdefault(subject_of(person), []).append(person)
        for subject, group in sorted(subjects.items()):
            yield GroupEffect(
                by=by,
                subject=subject,
                people=len(group),
                winners=sum(person.difference_fen > 0 for person in group),
                losers=sum(person.difference_fen < 0 for person in group),
                today_fen=sum(person.today_fen for person in group),
                proposed_fen=sum(person.proposed_fen for person in group),
            )


def _distribution(people: Sequence[PersonEffect]) -> Iterable[Step]:
    """How many people change by how much, from the largest loss to the largest gain."""
    edges: list[int | None] = [None, *(1 - step for step in reversed(STEPS)), *STEPS, None]
    changes = [person.difference_fen for person in people]
    for low, high in pairwise(edges):
        held = [it for it in changes if (low is None or it >= low) and (high is None or it < high)]
        yield Step(from_fen=low, to_fen=high, people=len(held))


def _guarded(now: pl.DataFrame, then: pl.DataFrame) -> Iterable[Guarded]:
    held = ("lapsed_fen", "carried_fen", "waived_fen")
    keys = ["period", "person_id"]
    of_then = then.group_by(keys).agg(*(pl.col(name).sum() for name in held))
    of_now = now.group_by(keys).agg(today_fen=pl.sum_horizontal(*(pl.col(name).sum() for name in held)))
    fallen = of_then.filter(pl.any_horizontal(*(pl.col(name) != 0 for name in held)))
    for row in fallen.join(of_now, on=keys, how="left").sort(keys).to_dicts():
        yield Guarded(**{**row, "today_fen": row["today_fen"] or 0})
