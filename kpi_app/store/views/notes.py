"""What heads write down about a week of a team, department or store, beside its figures.

Whoever sees a subject's scores reads its notes; who leads the subject writes them. Nothing is overwritten: a note that
is worded anew keeps its former wordings, and an empty wording withdraws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.views import overview
from kpi_app.store.views.overview import Subject
from metrics.period import Period

MOST_CHARACTERS = 1_000


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A note as it was worded at a time."""

    words: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note of a week, its wordings from the first to the newest; ``is_mine`` for who may word it anew."""

    note_id: int
    week: str
    subject: str
    user_name: str
    wordings: tuple[Wording, ...]
    is_mine: bool

    @property
    def words(self) -> str:
        """What it says now; empty where it is withdrawn."""
        return self.wordings[-1].words

    def as_json(self) -> dict[str, Any]:
        return {
            "note": self.note_id,
            "week": self.week,
            "subject": self.subject,
            "by": self.user_name,
            "at": self.wordings[-1].at.isoformat(timespec="minutes"),
            "words": self.words,
            "earlier": [{"at": it.at.isoformat(timespec="minutes"), "words": it.words} for it in self.wordings[:-1]],
        }


def write(db: Database, who: access.Identity, subject: str, week: str, words: str) -> int:
    """Write a note about a week of ``department:S01/呼叫中心`` (a team, store, region, the group); its number.

    Raises Forbidden for who does not lead the subject, Problem without words, and for a week that has not begun.
    """
    words = _worded(words)
    if not words:
        raise Problem("请写下内容。", "Say something.")
    _require_lead(who, overview.subject_of(db, who, subject, db.settings.today()))
    period = _week(db, week)
    it = tables.weekly_notes
    with db.write() as conn:
        note_id = (conn.execute(sa.select(sa.func.max(it.c.note_id))).scalar() or 0) + 1
        _keep(db, conn, who, note_id=note_id, version=1, week=period.label, subject=subject, words=words)
    return note_id


def reword(db: Database, who: access.Identity, note_id: int, words: str) -> None:
    """Word one's own note anew, or withdraw it by an empty wording; the former wordings stay.

    Raises Forbidden for a note out of reach, Problem for one that is not there or another's.
    """
    words = _worded(words)
    it = tables.weekly_notes
    with db.write() as conn:
        rows = conn.execute(sa.select(it).where(it.c.note_id == note_id).order_by(it.c.version)).all()
        if not rows:
            raise Problem(f"没有记录 {note_id}。", f"No note {note_id}.")
        last = rows[-1]
        _require_lead(who, overview.subject_of(db, who, last.subject, db.settings.today()))
        if last.user_id != who.user_id:
            raise Problem(
                f"记录 {note_id} 由 {last.user_name} 写下，只能由本人修改；请另写一条。",
                f"{last.user_name} wrote note {note_id} and alone may word it anew; write one of your own.",
            )
        if last.words == words:
            return
        _keep(db, conn, who, note_id=note_id, version=last.version + 1, week=last.week, subject=last.subject,
              words=words)  # fmt: skip


def listing(db: Database, who: access.Identity, subject: str, week: str) -> list[Note]:
    """The notes of a week of a subject in the order they were written, without those withdrawn.

    Raises Forbidden for who does not see the subject's scores.
    """
    overview.subject_of(db, who, subject, db.settings.today())
    it = tables.weekly_notes
    query = sa.select(it).where(it.c.subject == subject, it.c.week == _week(db, week).label)
    with db.read() as conn:
        rows = conn.execute(query.order_by(it.c.note_id, it.c.version)).all()
    of_note: dict[int, list[sa.Row[Any]]] = {}
    for row in rows:
        of_note.setdefault(row.note_id, []).append(row)
    return [note for wordings in of_note.values() if (note := _note(db, who, wordings)).words]


def may_write(who: access.Identity, subject: Subject) -> bool:
    """Does ``who`` lead the subject?"""
    return access.may(who, Right.LEAD, posts=_posts(subject))


def _note(db: Database, who: access.Identity, rows: Sequence[sa.Row[Any]]) -> Note:
    last = rows[-1]
    return Note(
        **{name: getattr(last, name) for name in ("note_id", "week", "subject", "user_name")},
        wordings=tuple(Wording(words=row.words, at=row.at.astimezone(db.settings.zone_info)) for row in rows),
        is_mine=last.user_id == who.user_id,
    )


def _keep(db: Database, conn: sa.Connection, who: access.Identity, **wording: Any) -> None:
    by = {"user_id": who.user_id, "user_name": who.name, "at": db.settings.now_utc()}
    conn.execute(sa.insert(tables.weekly_notes).values(**wording, **by))
    audit.note(db, conn, who, "week.note", **wording)


def _worded(words: str) -> str:
    words = words.strip()
    if len(words) > MOST_CHARACTERS:
        raise Problem(
            f"一条记录最多 {MOST_CHARACTERS} 字，现有 {len(words)} 字；请分成几条。",
            f"A note holds at most {MOST_CHARACTERS} characters, this one has {len(words)}; make it several.",
        )
    return words


def _week(db: Database, label: str) -> Period:
    """A week that has begun. Raises Problem for anything else."""
    period = Period.parse(label)
    if period.grain != "week":
        raise Problem(f"{label} 不是周；请写成 2026-W46。", f"{label} is no week; write 2026-W46.")
    if period.first > db.settings.today():
        raise Problem(f"{label} 还没有开始。", f"{label} has not begun.")
    return period


def _require_lead(who: access.Identity, subject: Subject) -> None:
    access.require(who, Right.LEAD, posts=_posts(subject))


def _posts(subject: Subject) -> list[Post]:
    """The subject as rights see it; what is wider than a store is only for who leads everything."""
    if subject.store_id is None:
        return []
    team = subject.subject_id if subject.level == "team" else None
    return [Post(subject.store_id, subject.department, team)]
