"""Who held which post when, as rules and cards ask it.

A post is active from ``since`` to the day before ``until`` and never after ``left_on``. Of several on one day the one
with the largest share counts (ties: earliest since, then team_id).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import polars as pl

from metrics.credit import GROUP, Facts

FULL_BP = 10_000
"""The share of a post that is a person's only one."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One row of people: a person in a role, team and store for a time."""

    person_id: str
    person_name: str
    role: str
    team_id: str
    department: str
    store_id: str
    since: date
    until: date | None
    left_on: date | None
    share_bp: int
    protected_until: date | None

    def is_active(self, day: date) -> bool:
        return (
            self.since <= day
            and (self.until is None or day < self.until)
            and (self.left_on is None or day <= self.left_on)
        )

    def last_day(self) -> date:
        ends = [date.max]
        if self.until:
            ends.append(self.until - timedelta(days=1))
        if self.left_on:
            ends.append(self.left_on)
        return min(ends)

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells two posts of a person in one store apart."""
        return self.team_id, self.role, self.since.isoformat()

    def belongs(self, region: str) -> dict[str, str]:
        """The holder's id at each level; ``region`` is that of the store."""
        return at_each_level(
            self.person_id, team_id=self.team_id, role=self.role, department=self.department, store_id=self.store_id,
            region=region,
        )  # fmt: skip

    def overlaps(self, first: date, last: date) -> bool:
        return self.since <= last and first <= self.last_day() and self.since <= self.last_day()


def at_each_level(
    person_id: str, *, team_id: str, role: str, department: str, store_id: str, region: str
) -> dict[str, str]:
    """Somebody's id at each level that they belong to, as targets look it up."""
    return {
        "person": person_id,
        "team": team_id,
        "role": role,
        "department": f"{store_id}/{department}",
        "store": store_id,
        "region": region,
        "group": GROUP,
    }


def store_names(facts: Facts) -> dict[str, str]:
    """Store → its name, by store_id."""
    return dict(sorted(facts["stores"].select("store_id", "store_name").collect().iter_rows()))


def person_names(facts: Facts) -> dict[str, str]:
    """工号 → name: a person has one, whatever their posts."""
    return dict(facts["people"].select("person_id", "person_name").collect().iter_rows())


def absences_of(facts: Facts) -> Mapping[str, Sequence[tuple[date, date]]]:
    """Person → the first and last day of each absence."""
    found: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for person_id, first, last in facts["absences"].select("person_id", "from_on", "to_on").collect().rows():
        found[person_id].append((first, last))
    return found


_COLUMNS = tuple(Post.__dataclass_fields__)


class Roster:
    """Everyone's posts."""

    def __init__(self, people: pl.DataFrame) -> None:
        self._posts: dict[str, list[Post]] = defaultdict(list)
        for row in people.select(_COLUMNS).iter_rows(named=True):
            post = Post(**{**row, "share_bp": FULL_BP if row["share_bp"] is None else row["share_bp"]})
            self._posts[post.person_id].append(post)
        for posts in self._posts.values():
            posts.sort(key=lambda post: (-post.share_bp, post.since, post.team_id, post.role))

    def people(self) -> list[str]:
        """Everyone who ever held a post."""
        return sorted(self._posts)

    def of(self, person_id: str) -> list[Post]:
        """All posts of a person, the largest share first."""
        return self._posts.get(person_id, [])

    def on(self, person_id: str, day: date, roles: Collection[str] = ()) -> Post | None:
        """The post that counts on that day, of those roles where any are given."""
        return next(
            (post for post in self.of(person_id) if post.is_active(day) and (not roles or post.role in roles)), None
        )

    def latest(self, person_id: str, first: date, last: date, roles: Collection[str] = ()) -> Post | None:
        """The post that counts on the last day between ``first`` and ``last`` on which the person held one."""
        held = [post for post in self.of(person_id) if post.overlaps(first, last) and (not roles or post.role in roles)]
        if not held:
            return None
        return self.on(person_id, min(last, max(post.last_day() for post in held)), roles)

    def holders(self, first: date, last: date, roles: Collection[str]) -> list[Post]:
        """The last such post between ``first`` and ``last`` of everyone who held one, by person."""
        return [post for person_id in self.people() if (post := self.latest(person_id, first, last, roles))]

    def last_known(self, person_id: str, day: date) -> Post | None:
        """The post on that day, else the last one before it, else the first one after."""
        return self.latest(person_id, date.min, day) or next(
            iter(sorted(self.of(person_id), key=lambda post: post.since)), None
        )

    def days_by_store(self, person_id: str, first: date, last: date, roles: Collection[str] = ()) -> dict[str, int]:
        """Days in office between ``first`` and ``last``, each day in the store of the post that counts on it."""
        days: dict[str, int] = {}
        for day, length in self._stretches(person_id, first, last):
            post = self.on(person_id, day, roles)
            if post:
                days[post.store_id] = days.get(post.store_id, 0) + length
        return days

    def days_due(self, person_id: str, role: str, first: date, last: date, away: Collection[tuple[date, date]]) -> int:
        """Days between ``first`` and ``last`` in a post of the role and not in one of the absences ``away``."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return sum(
            self.on(person_id, day, [role]) is not None and not any(begin <= day <= end for begin, end in away)
            for day in days
        )

    def spans(
        self, person_id: str, first: date, last: date, roles: Collection[str], *, by_share: bool = False
    ) -> list[tuple[Post, Fraction]]:
        """The person's posts of those roles between ``first`` and ``last`` with the days in each, in order of time.

        Each day is one of the post that counts on it; ``by_share`` it is the shares of all that are active on it.
        """
        spans: dict[Post, Fraction] = {}
        for day, length in self._stretches(person_id, first, last):
            if by_share:
                active = [
                    (post, Fraction(post.share_bp, FULL_BP)) for post in self.of(person_id) if post.is_active(day)
                ]
                held = [(post, part) for post, part in active if post.role in roles and part]
            else:
                held = [(post, Fraction(1)) for post in [self.on(person_id, day, roles)] if post]
            for post, part in held:
                spans[post] = spans.get(post, Fraction(0)) + part * length
        return list(spans.items())

    def _stretches(self, person_id: str, first: date, last: date) -> Iterator[tuple[date, int]]:
        """The stretches between ``first`` and ``last`` in which the person's posts are the same: first day, length."""
        ends = {first, last + timedelta(days=1)}
        for post in self.of(person_id):
            gone = post.left_on + timedelta(days=1) if post.left_on is not None and post.left_on < last else None
            ends.update(day for day in (post.since, post.until, gone) if day is not None and first < day <= last)
        for day, following in pairwise(sorted(ends)):
            yield day, (following - day).days

    def is_protected(self, person_id: str, day: date) -> bool:
        """Whether the person's protection as a newcomer covers that day (its last day included)."""
        return any(post.protected_until is not None and day <= post.protected_until for post in self.of(person_id))
