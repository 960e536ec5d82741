"""Corrective actions: agreed on in the complaint meeting, done by their owner, checked by the head, checked again.

An action is open until its owner says it is done; the head of the department checks it, a director checks again. A
check that fails opens it again. It is overdue when the first check has not passed by the day it is due. Nobody checks
their own action, and whoever checked does not check again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text, contract_of
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.posts import Roster, person_names

STATES = {
    "open": Text("进行中", "open"),
    "done": Text("待检查", "waits for the check"),
    "checked": Text("待复查", "waits for the second check"),
    "closed": Text("已关闭", "closed"),
}
STEPS = {
    "done": Text("完成", "done"),
    "check": Text("检查", "check"),
    "recheck": Text("复查", "second check"),
}
AFTER = {"done": "done", "check": "checked", "recheck": "closed"}
"""Step → where the action stands once it has passed."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something done about an action."""

    step: str
    is_passed: bool
    words: str
    day: date
    user_name: str
    person_id: str


@dataclass(frozen=True, kw_only=True)
class Action:
    """A corrective action, where it stands, and what ``who`` may do next about it."""

    action_id: int
    store_id: str
    department: str
    week: str
    what: str
    cause: str | None
    complaint_id: str | None
    owner_id: str
    owner_name: str
    due_on: date
    made_name: str
    state: str
    is_overdue: bool
    was_in_time: bool | None
    steps: tuple[Step, ...]
    next_steps: tuple[str, ...]

    def as_json(self, lang: str) -> dict[str, Any]:
        name = STATES[self.state]
        last = self.steps[-1] if self.steps else None
        return {
            "action": self.action_id,
            "unit": self.store_id,
            "department": self.department,
            "week": self.week,
            "what": self.what,
            "cause": self.cause,
            "complaint_id": self.complaint_id,
            "owner_id": self.owner_id,
            "owner_name": self.owner_name,
            "due_on": self.due_on.isoformat(),
            "state": self.state,
            "state_name": name.said(lang),
            "is_overdue": self.is_overdue,
            "was_in_time": self.was_in_time,
            "last_words": last.words if last else None,
            "last_by": last.user_name if last else None,
        }


def add(
    db: Database,
    who: access.Identity,
    *,
    store_id: str,
    department: str,
    what: str,
    owner_id: str,
    due_on: date,
    week: str | None = None,
    cause: str | None = None,
    complaint_id: str | None = None,
) -> int:
    """Agree on an action of a department, as who leads it; its number. ``week`` is the meeting's, this one without it.

    Raises Forbidden without the right over the department, Problem without words, for an unknown owner, cause or
    complaint, and for a day that is over.
    """
    what = what.strip()
    if not what:
        raise Problem("请写明整改措施。", "Say what is to be done.")
    access.require(who, Right.LEAD, posts=[Post(store_id, f"{store_id}/{department}")])
    require_named(who)
    causes = contract_of("complaints").cells["cause"].codes
    if cause is not None and cause not in causes:
        raise Problem(f"原因 {cause} 无效；请写 {'、'.join(causes)}。", f"Cause {cause}: use {', '.join(causes)}.")
    today = db.settings.today()
    if due_on < today:
        raise Problem(f"期限 {due_on} 已过；请写今天或以后的日期。", f"{due_on} is over; name a day from today on.")
    held_in = Period.parse(week).label if week else Period.containing(today, "week").label
    it = tables.corrective_actions
    with db.write() as conn:
        rows = facts.of(db, facts.at(conn, contracts=["people", "complaints"]))
        owner = Roster(rows["people"].collect()).on(owner_id, today)
        if owner is None or owner.store_id != store_id:
            raise Problem(
                f"{store_id} 今天没有工号 {owner_id}；请写本店在岗的人。",
                f"{owner_id} holds no post in {store_id} today.",
            )
        if complaint_id is not None and complaint_id not in set(
            rows["complaints"].select("complaint_id").collect()["complaint_id"]
        ):
            raise Problem(f"没有投诉编号 {complaint_id}；请核对。", f"No complaint {complaint_id}; check the id.")
        action_id = (conn.execute(sa.select(sa.func.max(it.c.action_id))).scalar() or 0) + 1
        agreed = {
            "action_id": action_id,
            "store_id": store_id,
            "department": department,
            "week": held_in,
            "what": what,
            "cause": cause,
            "complaint_id": complaint_id,
            "owner_id": owner_id,
            "due_on": due_on,
        }
        made = {"made_by": who.user_id, "made_name": who.name, "made_at": db.settings.now_utc()}
        conn.execute(sa.insert(it).values(**agreed, **made))
        audit.note(db, conn, who, "action.add", **agreed)
    return action_id


def take(
    db: Database, who: access.Identity, action_id: int, step: str, *, words: str = "", is_passed: bool = True
) -> Action:
    """Say that one's own action is done, check it, or check it again; a check that fails opens it, and says why.

    Raises Problem for a step out of turn and for one's own action, Forbidden without the right over the department.
    """
    words = words.strip()
    if step not in STEPS:
        raise Problem(f"步骤 {step} 无效；请写 {'、'.join(STEPS)}。", f"Step {step}: use {', '.join(STEPS)}.")
    if not is_passed and (step == "done" or not words):
        raise Problem("检查不通过请写明原因。", "Say why the check failed.")
    require_named(who)
    it = tables.action_steps
    with db.write() as conn:
        action = _one(db, conn, who, action_id)
        if step not in action.next_steps:
            _say_why_not(who, action, step)
        step_id = (conn.execute(sa.select(sa.func.max(it.c.step_id))).scalar() or 0) + 1
        said = {"action_id": action_id, "step": step, "is_passed": is_passed, "words": words}
        stamp = {"user_id": who.user_id, "user_name": who.name, "person_id": who.person_id}
        conn.execute(
            sa.insert(it).values(step_id=step_id, **said, **stamp, day=db.settings.today(), at=db.settings.now_utc())
        )
        audit.note(db, conn, who, "action.step", **said)
        return _one(db, conn, who, action_id)


def listing(
    db: Database,
    who: access.Identity,
    *,
    store_id: str | None = None,
    department: str | None = None,
    state: str | None = None,
    overdue: bool = False,
) -> list[Action]:
    """The actions of the departments ``who`` leads, and one's own, by the day they are due."""
    with db.read() as conn:
        return [
            action
            for action in _all(db, conn, who)
            if store_id in (None, action.store_id)
            and department in (None, action.department)
            and state in (None, action.state)
            and (action.is_overdue or not overdue)
            and (action.owner_id == who.person_id or access.may(who, Right.LEAD, posts=[place(action)]))
        ]


def place(action: Action) -> Post:
    """The department of an action, as rights see it."""
    return Post(action.store_id, f"{action.store_id}/{action.department}")


def require_named(who: access.Identity) -> None:
    """Raise Problem for who is no person of the roster."""
    if who.is_console or who.person_id is None:
        raise Problem("请用有工号的账号操作。", "This needs the account of a person of the roster.")


def _one(db: Database, conn: sa.Connection, who: access.Identity, action_id: int) -> Action:
    for action in _all(db, conn, who):
        if action.action_id == action_id:
            return action
    raise Problem(f"没有整改事项 {action_id}。", f"No action {action_id}.")


def _all(db: Database, conn: sa.Connection, who: access.Identity) -> list[Action]:
    it, taken = tables.corrective_actions, tables.action_steps
    names = person_names(facts.of(db, facts.at(conn, contracts=["people"])))
    steps: dict[int, list[Step]] = {}
    for row in conn.execute(sa.select(taken).order_by(taken.c.step_id)):
        kept = {name: getattr(row, name) for name in Step.__dataclass_fields__}
        steps.setdefault(row.action_id, []).append(Step(**kept))
    today = db.settings.today()
    return [
        _as_seen(who, row, steps.get(row.action_id, []), names.get(row.owner_id, row.owner_id), today)
        for row in conn.execute(sa.select(it).order_by(it.c.due_on, it.c.action_id))
    ]


def _as_seen(who: access.Identity, row: sa.Row[Any], steps: Sequence[Step], owner_name: str, today: date) -> Action:
    state = "open" if not steps or not steps[-1].is_passed else AFTER[steps[-1].step]
    passed = [step.day for step in steps if step.step == "check" and step.is_passed]
    is_checked = state in ("checked", "closed")
    here = Post(row.store_id, f"{row.store_id}/{row.department}")
    next_steps = []
    is_owner = who.person_id == row.owner_id
    if state == "open" and (is_owner or access.may(who, Right.LEAD, posts=[here])):
        next_steps.append("done")
    if state == "done" and not is_owner and access.may(who, Right.LEAD, posts=[here]):
        next_steps.append("check")
    if state == "checked" and not is_owner and access.may(who, Right.RULE, posts=[here]):
        checker = steps[-1].person_id
        next_steps += [] if checker == who.person_id else ["recheck"]
    return Action(
        **{name: getattr(row, name) for name in _AS_STORED},
        owner_name=owner_name,
        state=state,
        is_overdue=not is_checked and row.due_on < today,
        was_in_time=passed[-1] <= row.due_on if is_checked else False if row.due_on < today else None,
        steps=tuple(steps),
        next_steps=tuple(next_steps),
    )


_AS_STORED = (
    "action_id", "store_id", "department", "week", "what", "cause", "complaint_id", "owner_id", "due_on", "made_name",
)  # fmt: skip


def _say_why_not(who: access.Identity, action: Action, step: str) -> None:
    """Raise why a step is not ``who``'s to take now."""
    wanted = {"done": "open", "check": "done", "recheck": "checked"}[step]
    if action.state != wanted:
        raise Problem(
            f"整改事项 {action.action_id} {STATES[action.state].zh}，不能{STEPS[step].zh}。",
            f"Action {action.action_id}: {STATES[action.state].en}; no {STEPS[step].en} now.",
        )
    right = Right.RULE if step == "recheck" else Right.LEAD
    access.require(who, right, posts=[place(action)])
    if who.person_id == action.owner_id:
        raise Problem("不能检查自己的整改事项。", "Nobody checks their own action.")
    raise Problem("检查人不能复查；请另一位总监复查。", "Who checked does not check again; another director must.")
