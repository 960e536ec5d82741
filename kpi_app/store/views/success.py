"""Personal plans of success: what somebody means to reach by when, agreed on by two, checked, measured by the metric.

Either side proposes a plan, the person or who leads them, and the other agrees. While it runs, who leads them checks
how it is carried out; nobody checks their own. How far it has come is no one's opinion: it is the metric over the
plan's days. A plan is seen by its person and by whoever may see that person's scores; the audit keeps what it says
under ``words``, which who only reads the audit does not see.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.accounts import posts
from kpi_app.store.complaints.actions import require_named
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from kpi_app.store.views import figures
from metrics.catalogue import METRICS
from metrics.kinds import HIGHER, NEUTRAL, PERCENT, Metric
from metrics.period import Period
from scorecards.cards import in_shown_unit
from scorecards.money import printed_plain
from scorecards.targets import Target

STATES = {
    "proposed": Text("待同意", "to be agreed on"),
    "running": Text("进行中", "running"),
    "over": Text("到期待总结", "due: to be concluded"),
    "ended": Text("已结束", "ended"),
}
MOST_DAYS = 366
CHECK_DAYS = 14
"""A running plan that nobody has checked for longer than this many days waits for a check."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was seen on a day, in the words of who leads the person, and the figure as it stood then."""

    is_carried_out: bool
    words: str
    day: date
    value: Fraction | None
    user_name: str
    person_id: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as ``who`` sees it.

    ``now`` and ``before`` are rows of figures: of its days so far, and of as many days before them. ``may`` are the
    steps that ``who`` may take next. Others are named in the checks' ``user_name`` only.
    """

    plan_id: int
    person_id: str
    person_name: str
    role: str
    metric: Metric
    goal: Target
    since: date
    due_on: date
    steps: tuple[str, ...]
    state: str
    is_own_proposal: bool
    agreed_on: date | None
    ended_on: date | None
    ended_words: str | None
    checks: tuple[Check, ...]
    now: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    is_reached: bool | None
    is_check_due: bool
    may: tuple[str, ...]

    def as_json(self, lang: str) -> dict[str, Any]:
        name, state, value = self.metric.label, STATES[self.state], value_of(self.now)
        last = self.checks[-1] if self.checks else None
        is_percent = self.metric.unit == PERCENT
        return {
            "plan": self.plan_id,
            "person_id": self.person_id,
            "person_name": self.person_name,
            "metric": self.metric.key,
            "metric_name": name.said(lang),
            "goal": f"{printed_plain(self.goal.exact * 100)}%" if is_percent else printed_plain(self.goal.exact),
            "since": self.since.isoformat(),
            "due_on": self.due_on.isoformat(),
            "steps": list(self.steps),
            "state": self.state,
            "state_name": state.said(lang),
            "value": None if value is None else float(in_shown_unit(self.metric, value)),
            "numerator": None if self.now is None else self.now["numerator"],
            "denominator": None if self.now is None else self.now["denominator"],
            "is_reached": self.is_reached,
            "checks": len(self.checks),
            "last_words": last.words if last else None,
            "last_on": last.day.isoformat() if last else None,
            "is_check_due": self.is_check_due,
        }


def value_of(row: Mapping[str, Any] | None) -> Fraction | None:
    """The exact value of a row of figures; None where there is none."""
    if row is None or row["numerator"] is None or not row["denominator"]:
        return None
    return Fraction(row["numerator"], row["denominator"])


def metrics_for(roles: Collection[str]) -> list[Metric]:
    """The metrics by which a plan of somebody in these posts can be measured."""
    return [
        metric
        for metric in METRICS.values()
        if set(roles).intersection(metric.roles)
        and "person" in metric.levels
        and metric.is_single
        and metric.variant_of is None
        and metric.better != NEUTRAL
    ]


def add(
    db: Database,
    who: access.Identity,
    *,
    person_id: str,
    metric: str,
    goal: str,
    due_on: date,
    steps: str,
    since: date | None = None,
) -> int:
    """Propose a plan, one's own or as who leads the person; its number. It runs once the other side agrees.

    ``goal`` is written in the metric's unit (``24%``, ``48``), ``steps`` one on a line; without ``since`` it begins
    today. Raises Forbidden without the right to lead the person, Problem for what cannot be measured or is over.
    """
    require_named(who)
    today = db.settings.today()
    begins = since or today
    kept_steps = [line.strip() for line in steps.splitlines() if line.strip()]
    if not kept_steps:
        raise Problem("请写明怎么做到，一行一步。", "Say how it is to be reached, a step on each line.")
    if due_on < max(today, begins):
        raise Problem(f"期限 {due_on} 已过；请写今天以后的日期。", f"{due_on} is over; name a day from today on.")
    if (due_on - begins).days >= MOST_DAYS:
        raise Problem(
            f"计划最长 {MOST_DAYS} 天；请缩短期限。", f"A plan lasts {MOST_DAYS} days at most; name a nearer day."
        )
    it = tables.success_plans
    with db.write() as conn:
        held = _posts(db, conn, person_id)
        if person_id != who.person_id:
            access.require(who, Right.LEAD, person_id=person_id, posts=[posts.post(row) for row in held])
        known = {one.key: one for one in metrics_for({row["role"] for row in held})}
        if metric not in known:
            raise Problem(
                f"{metric} 不是该岗位可用的指标；可选 {'、'.join(known)}。",
                f"{metric} does not measure this post; choose from {', '.join(known)}.",
            )
        plan_id = (conn.execute(sa.select(sa.func.max(it.c.plan_id))).scalar() or 0) + 1
        meant = {
            "plan_id": plan_id,
            "person_id": person_id,
            "metric": metric,
            "goal": str(goal_of(known[metric], goal)),
            "since": begins,
            "due_on": due_on,
        }
        text = "\n".join(kept_steps)
        made = {"made_person": who.person_id, "made_name": who.name, "made_at": db.settings.now_utc()}
        conn.execute(sa.insert(it).values(**meant, **made, steps=text))
        audit.note(db, conn, who, "success.add", plan_id=plan_id, person_id=person_id, words={**meant, "steps": text})
    return plan_id


def agree(db: Database, who: access.Identity, plan_id: int) -> None:
    """Agree to a plan that the other side proposed; from now on it runs. Raises Problem for one that is not waiting."""
    it = tables.success_plans
    with db.write() as conn:
        row = _taken(db, conn, who, plan_id, "agree")
        stamp = {"agreed_person": who.person_id, "agreed_name": who.name, "agreed_at": db.settings.now_utc()}
        conn.execute(sa.update(it).where(it.c.plan_id == plan_id).values(**stamp, agreed_on=db.settings.today()))
        audit.note(db, conn, who, "success.agree", plan_id=plan_id, person_id=row.person_id)


def check(db: Database, who: access.Identity, plan_id: int, *, words: str, is_carried_out: bool = True) -> None:
    """Write down how a running plan is carried out, with the figure as it stands today.

    Raises Problem without words and for a plan that is not running, Forbidden without the right to lead the person.
    """
    words = words.strip()
    if not words:
        raise Problem("请写明检查看到了什么。", "Say what the check has seen.")
    it, today = tables.success_checks, db.settings.today()
    with db.write() as conn:
        row = _taken(db, conn, who, plan_id, "check")
        now, _ = _figures(db, access.CONSOLE, row, today)
        check_id = (conn.execute(sa.select(sa.func.max(it.c.check_id))).scalar() or 0) + 1
        seen = {
            "plan_id": plan_id,
            "is_carried_out": is_carried_out,
            "words": words,
            "numerator": None if now is None else now["numerator"],
            "denominator": None if now is None else now["denominator"],
        }
        stamp = {"user_name": who.name, "person_id": who.person_id, "day": today, "at": db.settings.now_utc()}
        conn.execute(sa.insert(it).values(check_id=check_id, **seen, **stamp))
        audit.note(db, conn, who, "success.check", plan_id=plan_id, person_id=row.person_id, words=seen)


def end(db: Database, who: access.Identity, plan_id: int, *, words: str) -> None:
    """End a plan and say why: either side may while it is only proposed, afterwards who leads the person."""
    words = words.strip()
    if not words:
        raise Problem("请写明结果或原因。", "Say how it ended, or why.")
    it = tables.success_plans
    with db.write() as conn:
        row = _taken(db, conn, who, plan_id, "end")
        stamp = {"ended_person": who.person_id, "ended_name": who.name, "ended_at": db.settings.now_utc()}
        ended = {"ended_on": db.settings.today(), "ended_words": words}
        conn.execute(sa.update(it).where(it.c.plan_id == plan_id).values(**stamp, **ended))
        audit.note(db, conn, who, "success.end", plan_id=plan_id, person_id=row.person_id, words=words)


def listing(
    db: Database, who: access.Identity, *, person_id: str | None = None, state: str | None = None, as_of: date
) -> list[Plan]:
    """One's own plans and those of people whose scores ``who`` may see, what waits for a step first, then by due day.

    Raises Forbidden for a named person out of reach.
    """
    it = tables.success_plans
    with db.read() as conn:
        rows = conn.execute(sa.select(it).order_by(it.c.due_on, it.c.plan_id)).all()
        checks = _checks(conn)
        people = facts.of(db, facts.at(conn))
    roster = posts.roster(people, as_of).to_dicts()
    held: dict[str, list[dict[str, Any]]] = {}
    for post in roster:
        held.setdefault(post["person_id"], []).append(post)
    if person_id is not None:
        reached = [posts.post(row) for row in held.get(person_id, [])]
        access.require(who, Right.SCORES, person_id=person_id, posts=reached)
    found = [
        _as_seen(db, who, row, held[row.person_id], checks.get(row.plan_id, []), as_of)
        for row in rows
        if person_id in (None, row.person_id)
        and row.person_id in held
        and access.may(
            who, Right.SCORES, person_id=row.person_id, posts=[posts.post(post) for post in held[row.person_id]]
        )
    ]
    order = {"proposed": 0, "over": 1, "running": 2, "ended": 3}
    return sorted(
        (plan for plan in found if state in (None, plan.state)),
        key=lambda plan: (order[plan.state], plan.due_on, plan.plan_id),
    )


def led(db: Database, who: access.Identity, as_of: date) -> list[dict[str, Any]]:
    """The people whom ``who`` leads on a day and whose work a metric measures, by 工号: id, name, role."""
    with db.read() as conn:
        people = facts.of(db, facts.at(conn))
    found: dict[str, dict[str, Any]] = {}
    for row in posts.roster(people, as_of).to_dicts():
        is_led = access.may(who, Right.LEAD, person_id=row["person_id"], posts=[posts.post(row)])
        if is_led and row["person_id"] != who.person_id and metrics_for({row["role"]}):
            found[row["person_id"]] = {name: row[name] for name in ("person_id", "person_name", "role")}
    return list(found.values())


def goal_of(metric: Metric, text: str) -> Decimal:
    """A goal as it is typed, in the metric's unit: a percentage with its sign. Raises Problem for anything else."""
    is_percent, written = metric.unit == PERCENT, text.strip().replace("％", "%")
    try:
        if written.endswith("%") is not is_percent:
            raise InvalidOperation
        goal = Decimal(written.removesuffix("%"))
        if not goal.is_finite() or goal < 0:
            raise InvalidOperation
    except InvalidOperation:
        example = "24%" if is_percent else "48"
        raise Problem(
            f"目标 {text} 无效；“{metric.label.zh}”请写成 {example}。",
            f"Goal {text}: write {example} for {metric.label.en}.",
        ) from None
    return goal / 100 if is_percent else goal


def is_reached(metric: Metric, value: Fraction, goal: Target) -> bool:
    """Is a value at the goal, or better? Compared exactly."""
    shown = in_shown_unit(metric, value)
    return shown >= goal.exact if metric.better == HIGHER else shown <= goal.exact


def _posts(db: Database, conn: sa.Connection, person_id: str) -> list[dict[str, Any]]:
    """The posts of today, or Problem for an unknown 工号."""
    today = db.settings.today()
    people = facts.of(db, facts.at(conn))
    posts.posts_of(people, person_id, today)
    return [row for row in posts.roster(people, today).to_dicts() if row["person_id"] == person_id]


def _taken(db: Database, conn: sa.Connection, who: access.Identity, plan_id: int, step: str) -> sa.Row[Any]:
    """The plan on which ``who`` takes a step. Raises Problem or Forbidden where they may not."""
    require_named(who)
    it = tables.success_plans
    row = conn.execute(sa.select(it).where(it.c.plan_id == plan_id)).first()
    held = [] if row is None else _posts(db, conn, row.person_id)
    reached = [posts.post(post) for post in held]
    if row is None or not access.may(who, Right.SCORES, person_id=row.person_id, posts=reached):
        raise Problem(f"没有成功计划 {plan_id}。", f"There is no plan of success {plan_id}.")
    if step not in _may(who, row, reached):
        if row.person_id != who.person_id:
            access.require(who, Right.LEAD, person_id=row.person_id, posts=reached)
        state = STATES[_state(row, db.settings.today())]
        raise Problem(
            f"成功计划 {plan_id} {state.zh}，这一步由对方来做或现在不能做。",
            f"Plan {plan_id} is {state.en}: this step is the other side's, or not to be taken now.",
        )
    return row


def _may(who: access.Identity, row: sa.Row[Any], reached: Sequence[access.Post]) -> tuple[str, ...]:
    """The steps that ``who`` may take on a plan."""
    if row.ended_at is not None or who.person_id is None:
        return ()
    is_own = who.person_id == row.person_id
    leads = not is_own and access.may(who, Right.LEAD, person_id=row.person_id, posts=reached)
    if row.agreed_at is None:
        # The person answers what who leads them proposed, and the other way round.
        is_other = leads if row.made_person == row.person_id else is_own
        return (*(["agree"] if is_other else []), *(["end"] if is_own or leads else []))
    return ("check", "end") if leads else ()


def _state(row: sa.Row[Any], today: date) -> str:
    if row.ended_at is not None:
        return "ended"
    if row.agreed_at is None:
        return "proposed"
    return "over" if row.due_on < today else "running"


def _checks(conn: sa.Connection) -> dict[int, list[Check]]:
    it = tables.success_checks
    found: dict[int, list[Check]] = {}
    for row in conn.execute(sa.select(it).order_by(it.c.check_id)):
        seen = {"numerator": row.numerator, "denominator": row.denominator}
        found.setdefault(row.plan_id, []).append(
            Check(
                is_carried_out=row.is_carried_out,
                words=row.words,
                day=row.day,
                value=value_of(seen),
                user_name=row.user_name,
                person_id=row.person_id,
            )
        )
    return found


def _figures(
    db: Database, who: access.Identity, row: sa.Row[Any], as_of: date
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The metric of a plan over its days so far, and over as many days before them."""
    days = row.due_on - row.since
    spans = [
        Period.parse(f"{first}..{first + days}", db.settings.month_starts_on)
        for first in (row.since, row.since - days - timedelta(days=1))
    ]
    found = figures.measure(
        db, who, [METRICS[row.metric]], spans, "person", subjects=[row.person_id], as_of=as_of
    ).to_dicts()
    by_period = {one["period"]: one for one in found}
    now, before = (by_period.get(span.label) for span in spans)
    return (now if row.since <= as_of else None), before


def _as_seen(
    db: Database,
    who: access.Identity,
    row: sa.Row[Any],
    held: Sequence[Mapping[str, Any]],
    checks: Sequence[Check],
    as_of: date,
) -> Plan:
    metric = METRICS[row.metric]
    goal = Target(goal=Decimal(row.goal), floor=None, level="person")
    now, before = _figures(db, who, row, as_of)
    value = value_of(now)
    state = _state(row, as_of)
    checked_on = checks[-1].day if checks else row.agreed_on
    return Plan(
        plan_id=row.plan_id,
        person_id=row.person_id,
        person_name=held[-1]["person_name"],
        role=held[-1]["role"],
        metric=metric,
        goal=goal,
        since=row.since,
        due_on=row.due_on,
        steps=tuple(row.steps.splitlines()),
        state=state,
        is_own_proposal=row.made_person == row.person_id,
        agreed_on=row.agreed_on,
        ended_on=row.ended_on,
        ended_words=row.ended_words,
        checks=tuple(checks),
        now=now,
        before=before,
        is_reached=None if value is None else is_reached(metric, value, goal),
        is_check_due=state == "running" and checked_on is not None and (as_of - checked_on).days > CHECK_DAYS,
        may=_may(who, row, [posts.post(post) for post in held]),
    )
