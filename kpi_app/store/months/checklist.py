"""The close checklist: what is left to do before a unit's month is handed in, who mends it, and what HR answers to it.

Which items stop a submission is a setting; the others warn. An answer (accepted as it is, carried into the next month,
blocking) names one place, says why, and holds while the matter stays what it was.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import month_settings, snapshots
from kpi_app.store.months.checks import Ground, Place
from kpi_app.store.months.checks.mending import MENDING
from kpi_app.store.months.month_settings import ITEMS
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.sheet import STATUS_NAMES

SEES = (Right.PAY, Right.PREPARE, Right.APPROVE)
TELLS_PAY = frozenset({"differences_looked_at", "manual_lines_approved"})
"""Items whose places name people and what they get."""
SHOWN = 20
"""So many places are shown of an item; all are counted."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What HR said of one place of an item."""

    item: str
    about: str
    mark: str
    choice: str
    words: str
    user_name: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of a unit's checklist. ``state`` is ok, open (it stops the submission) or warn."""

    store_id: str
    store_name: str
    key: str
    blocking: bool
    places: tuple[Place, ...]
    answered: tuple[tuple[Place, Answer], ...]

    @property
    def title(self) -> Text:
        return ITEMS[self.key]

    @property
    def state(self) -> str:
        return "ok" if not self.places else "open" if self.blocking else "warn"

    def as_json(self, lang: str) -> dict[str, Any]:
        pick, mending = 1 if lang == "en" else 0, MENDING[self.key]
        return {
            "unit": self.store_id,
            "store_name": self.store_name,
            "key": self.key,
            "title": self.title[pick],
            "state": self.state,
            "blocking": self.blocking,
            "count": len(self.places),
            "examples": [{"about": it.about, "text": it.text[pick]} for it in self.places[:SHOWN]],
            "answered": [
                {"about": it.about, "text": it.text[pick], "choice": answer.choice, "words": answer.words,
                 "by": answer.user_name}
                for it, answer in self.answered
            ],
            "mended_by": mending.by[pick],
            "next_step": mending.next_step[pick],
            "choices": list(mending.choices),
        }  # fmt: skip


def check(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[Item]:
    """The checklist of the units in reach, item by item. Where it says what people get, the look is noted in the
    audit."""
    with db.read() as conn:
        stores = reach(db, conn, who, SEES, period, unit)
        found = items(db, conn, period, snapshots.states(conn, period.label, stores))
    if any(it.key in TELLS_PAY and (it.places or it.answered) for it in found):
        audit.seen(db, who, "checklist.read", period=period.label, unit=unit)
    return found


def items(
    db: Database,
    conn: sa.Connection,
    period: Period,
    states: Sequence[UnitState],
    keys: Collection[str] = ITEMS,
    *,
    only_blocking: bool = False,
) -> list[Item]:
    """The checklists of units, of those ``keys``."""
    rows = facts.of(db, facts.at(conn))
    made = []
    for state in states:
        settings = month_settings.of(conn, period.label, state.store_id)
        ground = Ground(db=db, conn=conn, period=period, state=state, settings=settings, facts=rows)
        given = answers(conn, period.label, state.store_id)
        for key, mending in MENDING.items():
            if key not in keys or (only_blocking and key not in settings.blocking):
                continue
            places, answered = [], []
            for place in mending.check(ground):
                answer = given.get((key, place.about))
                if answer is not None and answer.mark == place.mark and answer.choice != "block":
                    answered.append((place, answer))
                else:
                    places.append(place)
            made.append(
                Item(
                    store_id=state.store_id,
                    store_name=state.store_name,
                    key=key,
                    blocking=key in settings.blocking,
                    places=tuple(places),
                    answered=tuple(answered),
                )
            )
    return made


def refuse_while_blocked(
    db: Database, conn: sa.Connection, period: Period, states: Sequence[UnitState], keys: Collection[str] = ITEMS
) -> None:
    """Raise Problem while a blocking item of one of the units is open, of those ``keys``, naming who mends it."""
    open_ = [it for it in items(db, conn, period, states, keys, only_blocking=True) if it.state == "open"]
    if not open_:
        return
    zh, en = [], []
    for it in open_:
        mending, first, count = MENDING[it.key], it.places[0].text, len(it.places)
        zh.append(
            f"{it.store_name}：{it.title.zh}（{count} 项，如{first.zh}），由{mending.by.zh}{mending.next_step.zh}"
        )
        en.append(
            f"{it.store_name}: {it.title.en} ({count}, such as {first.en}), {mending.by.en}: {mending.next_step.en}"
        )
    raise Problem(
        f"{period.label} 还有事项未处理：{'；'.join(zh)}。全部检查项见 kpi month check {period.label}。",
        f"{period.label} has something left to do: {'; '.join(en)}. All checks: kpi month check {period.label}.",
    )


def answer(
    db: Database,
    who: access.Identity,
    period: Period,
    *,
    item: str,
    choice: str,
    words: str,
    about: str | None = None,
    unit: str | None = None,
) -> int:
    """Answer for a place of an item (all its open places, where none is named) in words; how many were answered.

    Raises Forbidden for who does not prepare the month, Problem for a choice the item does not have, without words,
    for a place that is not open, and once the unit is handed in.
    """
    _known(item, choice)
    if not words.strip():
        raise Problem("请写明理由。", "Say why.")
    with db.write() as conn:
        stores = reach(db, conn, who, [Right.PREPARE], period, unit)
        states = snapshots.states(conn, period.label, stores)
        if unit is not None and states[0].status in snapshots.FROZEN:
            name = STATUS_NAMES[states[0].status]
            raise Problem(
                f"{unit} {period.label} {name.zh}，检查项不再改；请先退回。",
                f"{unit} {period.label} is {name.en}: have it returned first.",
            )
        within = [state for state in states if state.status not in snapshots.FROZEN]
        count = 0
        for it in items(db, conn, period, within):
            for place in it.places if it.key == item else ():
                if about in (None, place.about):
                    _keep(db, conn, who, period, it.store_id, item, place, choice, words.strip())
                    count += 1
        if not count:
            raise Problem(
                f"{period.label} 的“{ITEMS[item].zh}”没有待处理的 {about or '项'}；见 kpi month check {period.label}。",
                f"{item} of {period.label} has nothing open {f'about {about}' if about else ''}; see kpi month check.",
            )
        return count


def answers(conn: sa.Connection, period: str, store_id: str) -> dict[tuple[str, str], Answer]:
    """The latest answer to each place of a unit's checklist, by item and what it is about."""
    it = tables.month_answers.c
    rows = conn.execute(
        sa.select(*(it[name] for name in Answer.__dataclass_fields__))
        .where(it.period == period, it.store_id == store_id)
        .order_by(it.answer_id)
    )
    return {(row.item, row.about): Answer(**row._mapping) for row in rows}


def _known(item: str, choice: str) -> None:
    if item not in ITEMS:
        raise Problem(f"没有检查项 {item}；可选 {'、'.join(ITEMS)}。", f"No item {item}; there are {', '.join(ITEMS)}.")
    choices = MENDING[item].choices
    if choice not in choices:
        offered, offered_en = "、".join(choices) or "无", ", ".join(choices) or "none"
        raise Problem(
            f"“{ITEMS[item].zh}”不能答 {choice}；可选：{offered}。", f"{item} takes no {choice}; it takes {offered_en}."
        )


def _keep(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    period: Period,
    store_id: str,
    item: str,
    place: Place,
    choice: str,
    words: str,
) -> None:
    it = tables.month_answers
    row = {
        "period": period.label,
        "store_id": store_id,
        "item": item,
        "about": place.about,
        "mark": place.mark,
        "choice": choice,
        "words": words,
    }
    conn.execute(
        sa.insert(it).values(
            **row,
            answer_id=(conn.execute(sa.select(sa.func.max(it.c.answer_id))).scalar() or 0) + 1,
            user_id=who.user_id,
            user_name=who.name,
            person_id=who.person_id,
            at=db.settings.now_utc(),
        )
    )
    audit.note(db, conn, who, "month.answer", **row)
