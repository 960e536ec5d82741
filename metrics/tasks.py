"""Follow-up tasks: what each contact with a lead left to do, and whether it was done in time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import polars as pl
from polars import col

from metrics.credit import Facts
from metrics.events import Events, known
from metrics.lead_states import closings, is_invalid
from metrics.limits import ALWAYS, Limit, Limits, in_force, in_force_by
from metrics.working_time import absent_days

_HANDED_OVER: Final = ("转派", "离职交接", "回收")
_NOBODYS: Final = (Limit(value=3, since=ALWAYS, source="semantics: follow-up due"),)
_INTERVALS: Final[Mapping[str, Limits]] = {
    level: (Limit(value=days, since=ALWAYS, source="domain/metrics.md 2.3 [infer]"),)
    for level, days in {"H": 2, "A": 4, "B": 7, "C": 15, "O": 7, "N": 15}.items()
}
"""Intent level → the days within which the next contact is due."""


@dataclass(frozen=True, kw_only=True)
class FollowUpTasks(Events):
    """What each contact with a lead left to do: the next contact, due on the agreed day, else after the level's
    interval; done by the next follow-up of anybody, connected or not.

    ``person_id`` is the holder on the due day, else the person of that contact; their stand-in where they are absent
    on it and have one. The holder's days of absence stop the clock. There is no task where the lead is invalid, or
    closed by an order or approved defeat on the due day or before it and not reactivated since. What was not done in
    time and fell due within ``nobodys_days`` after a hand-over is nobody's lateness, and left out; so is what is
    neither done nor overdue at the end of ``as_of``.
    """

    interval_days: Mapping[str, Limits] = field(default_factory=lambda: _INTERVALS)
    nobodys_days: Limits = _NOBODYS

    @property
    def contract(self) -> str:
        """The contact that left the task."""
        return "follow_ups"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a task: day it was due, level, is_punctual, is_done (in time or not), store_id of the lead."""
        tasks = self._owned(self._due(facts, as_of), facts)
        # Undone at the end of as_of, it can be done on the next day at the earliest.
        until = pl.coalesce(col("_next").dt.date(), pl.lit(as_of + timedelta(days=1)))
        timed = absent_days(tasks, facts, after="_done", until=until, person="person_id")
        taken = (until - col("_done")).dt.total_days() - col("_absent_days")
        allowed = (col("day") - col("_done")).dt.total_days()
        is_late = taken > allowed
        is_punctual = col("_next").is_not_null() & ~is_late
        return timed.filter(is_punctual | (is_late & ~col("_is_nobodys"))).with_columns(
            is_punctual=is_punctual, is_done=col("_next").is_not_null()
        )

    def open_tasks(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        """The tasks not done by the end of ``as_of``, due by then or later: day, level, lead_id, person_id."""
        return self._owned(self._due(facts, as_of).filter(col("_next").is_null()), facts)

    def _due(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        """The tasks of leads that are open on the due day, with _done and _next, the contact before and after."""
        leads = facts["leads"].select(
            "lead_id",
            "store_id",
            "reactivated_at",
            _invalid=is_invalid(),
            _first_level=pl.coalesce("first_intent_level", "intent_level"),
        )
        order = ["done_at", "follow_up_id"]
        level = pl.coalesce(col("intent_level").forward_fill().over("lead_id", order_by=order), "_first_level")
        contacts = (
            known(facts, "follow_ups", "done_at", as_of)
            .join(leads, on="lead_id")
            .with_columns(_next=col("done_at").shift(-1).over("lead_id", order_by=order), level=level, _done=col("day"))
            .filter(~col("_invalid"))
        )
        days = in_force_by(self.interval_days, col("level"), col("_done"))
        due = pl.coalesce(col("next_contact_at").dt.date(), col("_done") + pl.duration(days=days))
        tasks = contacts.with_columns(day=due).filter(col("day").is_not_null())
        closed = (
            tasks.select("follow_up_id", "lead_id", "day", "reactivated_at")
            .join(closings(facts, as_of), on="lead_id")
            .filter(col("at").dt.date() <= col("day"))
            .group_by("follow_up_id")
            .agg(_closed=col("at").max())
        )
        is_reactivated = (col("reactivated_at") > col("_closed")) & (col("reactivated_at").dt.date() <= col("day"))
        return tasks.join(closed, on="follow_up_id", how="left").filter(
            col("_closed").is_null() | is_reactivated.fill_null(False)
        )

    def _owned(self, tasks: pl.LazyFrame, facts: Facts) -> pl.LazyFrame:
        """The tasks with their owner on the due day and whether that day follows a hand-over closely."""
        held = facts["lead_assignments"].select(
            "lead_id",
            "until",
            "reason",
            holder="person_id",
            since="since",
            is_first=col("since") == col("since").min().over("lead_id"),
        )
        found = (
            tasks.select("follow_up_id", "lead_id", "day")
            .join(held, on="lead_id")
            .filter(col("since").dt.date() <= col("day"))
        )
        is_held = col("until").is_null() | (col("until").dt.date() >= col("day"))
        holders = (
            found.filter(is_held)
            .sort("follow_up_id", "since", descending=[False, True])
            .unique("follow_up_id", keep="first", maintain_order=True)
            .select("follow_up_id", "holder")
        )
        is_handed_over = ~col("is_first") | col("reason").is_in(_HANDED_OVER).fill_null(False)
        days = (col("day") - col("since").dt.date()).dt.total_days()
        nobodys = (
            found.filter(is_handed_over, days <= in_force(self.nobodys_days, col("since").dt.date()))
            .select("follow_up_id", _is_nobodys=pl.lit(True))
            .unique()
        )
        stand_ins = facts["absences"].filter(col("covered_by").is_not_null()).select(
            "from_on", "to_on", "covered_by", person_id="person_id"
        )  # fmt: skip
        owned = (
            tasks.join(holders, on="follow_up_id", how="left")
            .with_columns(person_id=pl.coalesce("holder", "person_id"))
            .join(nobodys, on="follow_up_id", how="left")
            .with_columns(col("_is_nobodys").fill_null(False))
        )
        covered = (
            owned.select("follow_up_id", "person_id", "day")
            .join(stand_ins, on="person_id")
            .filter(col("day").is_between("from_on", "to_on"))
            .sort("follow_up_id", "from_on", descending=[False, True])
            .unique("follow_up_id", keep="first", maintain_order=True)
            .select("follow_up_id", "covered_by")
        )
        return owned.join(covered, on="follow_up_id", how="left").with_columns(
            person_id=pl.coalesce("covered_by", "person_id")
        )
