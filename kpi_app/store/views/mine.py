"""What one sees of oneself: the running month so far, in money and in figures, and what is there to do.

Nobody but the person of the roster who asks: no verb here takes another's name. Nothing is stored; what was worked out
is kept until facts, plans or settings change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import calendar, lines, month, month_settings
from kpi_app.store.months.computing import Ground, sheets_of
from kpi_app.store.months.deadlines import entered
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import plans
from kpi_app.store.views import figures, outlook, overview
from kpi_app.store.views.kept import Kept
from kpi_app.store.views.overview import Person
from metrics.attribution import REASONS
from metrics.catalogue import METRICS
from metrics.conversions import Conversion
from metrics.counts import Count, Share
from metrics.credit import Facts
from metrics.events import Remembering, key_of
from metrics.kinds import Cohort, Metric, Punctuality
from metrics.measure import credited
from metrics.period import Period
from metrics.tasks import FollowUpTasks
from scorecards.cards import Scorecard, score_cards
from scorecards.moves import Move
from scorecards.sheet import Sheet
from scorecards.targets import Target

WEEKS = 13
FEWEST_BARS, MOST_BARS = 3, 5
MOST_CANDIDATES = 8
"""So many further metrics of a post are measured to find some with figures."""
MOST_ROWS = 60
"""So many rows of a metric are shown, the newest first; the others are counted."""
FEWEST_PEERS = 8
"""People of the post with a score, oneself included, below whom there is no band."""
TAIL = 4
"""So many last characters of a customer's number are shown."""

MET, MISSED, WAITING, OUT = "met", "missed", "waiting", "out"
"""A row adds to the numerator; stands below the line only; does so until its time is over; does not count at all."""


@dataclass(frozen=True, kw_only=True)
class Band:
    """In which quarter of ``among`` people of the post one stands, 1 the best; ``is_store``: those of the own store."""

    quarter: int
    among: int
    is_store: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row that counts for a metric, or does not, and why. ``tail`` ends the customer's number."""

    day: date
    tail: str
    state: str
    amount: Fraction | None
    why: Text


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The rows of a metric: the newest, and how many of each state there are in all."""

    rows: tuple[Row, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A follow-up that is due, by the end of the lead's number."""

    tail: str
    day: date
    level: str


@dataclass(frozen=True, kw_only=True)
class Mine:
    """A person's running month in figures. What is ``overdue`` fell due in it. ``superior`` is the post of the 直属
    上级, never a name."""

    person: Person
    metrics: tuple[Metric, ...]
    figures: Mapping[str, Mapping[str, Any]]
    goals: Mapping[str, Target]
    card: Scorecard | None
    band: Band | None
    weeks: Mapping[str, tuple[tuple[Period, Fraction | None], ...]]
    rows: Mapping[str, Counted]
    due_today: tuple[Task, ...]
    overdue: tuple[Task, ...]
    superior: str | None
    answer_days: int
    data_until: date | None


@dataclass(frozen=True, kw_only=True)
class PayDay:
    """When a month is paid in the store of who asks, and how many working days an objection takes."""

    on: date
    answer_days: int


_sheets: Kept[Sheet | None] = Kept(64)
_quiet_sheets: Kept[Sheet | None] = Kept(64)
"""The same by the audit's head: as long as nothing at all is done, what the sheets stand on need not be gathered."""
_told: Kept[Sheet | None] = Kept(512)
_owns: Kept[Sheet | None] = Kept(512)
_people: Kept[Person | None] = Kept(512)
_mines: Kept[Mine | None] = Kept(512)
_moves: Kept[list[Move]] = Kept(512)


def running(db: Database, who: access.Identity, period: Period, *, as_of: date) -> Sheet | None:
    """What the running month would pay who asks, were it computed now: their own lines, nothing stored.

    A month that is handed in is no longer running: its sheet says what it pays. None without a post or a plan.
    """
    me = _me(db, who, as_of)
    if me is None:
        return None
    with db.read() as conn:
        quiet = (db.home, audit.head(conn), period.label, me.store_id, as_of)
        whole = _quiet_sheets.get(quiet, lambda: _unit_sheet(db, conn, period, me.store_id, as_of))
        if whole is None:
            return own(db, who, period)
        if not any(it.person_id == me.person_id for it in whole.people):
            return None
        return _told.get((quiet, me.person_id), lambda: lines.as_told(conn, whole.of_person(me.person_id)))


def _unit_sheet(db: Database, conn: sa.Connection, period: Period, store_id: str, as_of: date) -> Sheet | None:
    """A unit's month as it would come out now; None where it is handed in, or no plan applies."""
    try:
        ground = Ground.of(db, conn, access.CONSOLE, period, store_id)
    except Problem:
        return None

    def computed() -> Sheet | None:
        afresh = replace(ground, states=[replace(state, status="open") for state in ground.states])
        made = sheets_of(db, conn, afresh, as_of)
        return made[0].sheet if made else None

    return _sheets.get((db.home, period.label, store_id, as_of, ground.mark), computed)


def own(db: Database, who: access.Identity, period: Period) -> Sheet | None:
    """One's own part of a month's newest sheets, as :func:`month.own` has it."""
    with db.read() as conn:
        key = (db.home, audit.head(conn), period.label, who.person_id)
    return _owns.get(key, lambda: month.own(db, who, period))


def moves(db: Database, who: access.Identity, period: Period, *, as_of: date) -> list[Move]:
    """What moves who asks up this month, as :func:`outlook.moves` says it."""
    with db.read() as conn:
        key = (_mark(db, conn), who.person_id, period.label, as_of)
    return _moves.get(key, lambda: outlook.moves(db, who, period, as_of=as_of))


def so_far(db: Database, who: access.Identity, period: Period, *, as_of: date) -> Mine | None:
    """The running month of who asks in figures; None for who has no post on that day."""
    if who.person_id is None:
        raise Problem("这个用户没有对应的工号。", "This user is no person of the roster.")
    with db.read() as conn:
        key = (_mark(db, conn), who.person_id, period.label, as_of)
    return _mines.get(key, lambda: _so_far(db, who, period, as_of))


def pay_day(db: Database, who: access.Identity, period: Period, *, as_of: date) -> PayDay | None:
    """The pay day of a month for who asks; None without a post."""
    me = _me(db, who, as_of)
    if me is None:
        return None
    with db.read() as conn:
        settings = month_settings.of(conn, period.label, me.store_id)
        days = entered(db, conn)
    return PayDay(on=calendar.day_of(settings, period, "pay_day", days), answer_days=settings.answer_days)


def _mark(db: Database, conn: sa.Connection) -> tuple[object, ...]:
    """Changes with facts, plans and settings."""
    plan, setting = tables.plan_versions.c.version, tables.month_settings.c.version
    return (
        db.home,
        facts.digest_of(facts.at(conn)),
        conn.execute(sa.select(sa.func.max(plan))).scalar(),
        conn.execute(sa.select(sa.func.max(setting))).scalar(),
    )


def _me(db: Database, who: access.Identity, on: date) -> Person | None:
    if who.person_id is None:
        raise Problem("这个用户没有对应的工号。", "This user is no person of the roster.")
    with db.read() as conn:
        key = (_mark(db, conn), who.person_id, on)
    return _people.get(key, lambda: overview.myself(db, who, on))


def _so_far(db: Database, who: access.Identity, period: Period, as_of: date) -> Mine | None:
    me = _me(db, who, as_of)
    if me is None:
        return None
    own = [me.person_id]
    shown = _shown(db, who, me, period, as_of)
    of_month = figures.measure(db, who, shown, [period], "person", subjects=own, as_of=as_of).to_dicts()
    weeks = Period.containing(as_of, "week", period.month_starts_on).trailing(WEEKS)
    of_weeks = {
        (row["metric"], row["period"]): Fraction(row["numerator"], row["denominator"])
        for row in figures.measure(db, who, shown, weeks, "person", subjects=own, as_of=as_of).to_dicts()
        if row["denominator"] and row["numerator"] is not None
    }
    known = Remembering(facts.load(db))
    card, band = _standing(db, known, me, period, as_of)
    tasks = _tasks(known, me, as_of)
    with db.read() as conn:
        settings = month_settings.of(conn, period.label, me.store_id)
    return Mine(
        person=me,
        metrics=tuple(shown),
        figures={row["metric"]: row for row in of_month},
        goals=overview.goals(db, shown, [me], "person", period)[0],
        card=card,
        band=None if me.department in settings.no_bands else band,
        weeks={it.key: tuple((week, of_weeks.get((it.key, week.label))) for week in weeks) for it in shown},
        rows={it.key: _rows(it, known, me.person_id, period, as_of) for it in shown},
        due_today=tuple(task for task in tasks if task.day == as_of),
        overdue=tuple(task for task in tasks if period.first <= task.day < as_of),
        superior=_superior(known, me.person_id, as_of),
        answer_days=settings.answer_days,
        data_until=_data_until(known, shown, me.store_id, as_of),
    )


def _shown(db: Database, who: access.Identity, me: Person, period: Period, as_of: date) -> list[Metric]:
    """The metrics on one's card and those one has goals for; where these are few, others of the post with figures."""
    with db.read() as conn:
        in_force = plans.in_force(db, conn, period.label, me.store_id)
    cards = [card for plan in in_force for card in plan.cards_on(period.label) if card.role == me.role]
    scored = [METRICS[line.metric] for card in cards for line in card.lines if line.metric in METRICS]
    held_to = [*scored, *overview.in_view(db, {me.role}, [(me, "person")], period)]
    aimed_at = [it for it in dict.fromkeys(held_to) if "person" in it.levels and it.is_single][:MOST_BARS]
    others = [
        metric
        for metric in METRICS.values()
        if metric not in aimed_at
        and me.role in metric.roles
        and metric.is_single
        and metric.variant_of is None
        and "person" in metric.levels
    ]
    if len(aimed_at) >= FEWEST_BARS or not others:
        return aimed_at
    found = figures.measure(db, who, others[:MOST_CANDIDATES], [period], "person", subjects=[me.person_id], as_of=as_of)
    counted = set(found.filter(pl.col("sample") > 0)["metric"])
    beside = [metric for metric in others if metric.key in counted]
    return [*aimed_at, *beside[: FEWEST_BARS - len(aimed_at)]]


def _standing(
    db: Database, known: Facts, me: Person, period: Period, as_of: date
) -> tuple[Scorecard | None, Band | None]:
    """One's card of the month, and one's band among those of the same post: of the store, else of all stores."""
    people = known["people"].filter(
        pl.col("role") == me.role,
        pl.col("since") <= as_of,
        pl.col("until").is_null() | (pl.col("until") > as_of),
        pl.col("left_on").is_null() | (pl.col("left_on") >= as_of),
    )
    stores = dict(people.select("person_id", "store_id").collect().rows()) | {me.person_id: me.store_id}
    with db.read() as conn:
        in_force = plans.in_force(db, conn, period.label, me.store_id)
    used = {line.metric for plan in in_force for card in plan.cards_on(period.label) for line in card.lines}
    read = [metric for key, metric in METRICS.items() if key in used]
    if not read:
        return None, None
    everybody = sorted(stores)
    values = figures.measure(db, access.CONSOLE, read, [period], "person", subjects=everybody, as_of=as_of)
    cards = {it.subject_id: it for it in score_cards(in_force, values, known, period, "person", subjects=everybody)}
    mine = cards.get(me.person_id)
    if mine is None or not is_comparable(mine):
        return mine, None
    scored = {
        person_id: card.score
        for person_id, card in cards.items()
        if card.score is not None and card.card.role == mine.card.role and is_comparable(card)
    }
    here = {person_id: score for person_id, score in scored.items() if stores[person_id] == me.store_id}
    is_store = len(here) >= FEWEST_PEERS
    return mine, band_of(me.person_id, here if is_store else scored, is_store=is_store)


def is_comparable(card: Scorecard) -> bool:
    """Has it a score, on a sample large enough to be ranked by?"""
    return card.score is not None and any(
        line.points is not None and line.sample >= line.metric.min_sample_to_rank for line in card.lines
    )


def band_of(person_id: str, scores: Mapping[str, Fraction], *, is_store: bool) -> Band | None:
    """The quarter in which a person's competition rank lies; None among fewer than ``FEWEST_PEERS`` people."""
    if len(scores) < FEWEST_PEERS or person_id not in scores:
        return None
    before = sum(score > scores[person_id] for score in scores.values())
    return Band(quarter=4 * before // len(scores) + 1, among=len(scores), is_store=is_store)


def _tasks(known: Facts, me: Person, as_of: date) -> list[Task]:
    """The follow-ups not done that are due on a day or before, the oldest first."""
    due = (
        FollowUpTasks()
        .open_tasks(known, as_of)
        .filter(pl.col("person_id") == me.person_id, pl.col("day") <= as_of)
        .select("lead_id", "day", "level")
        .sort("day", "lead_id")
        .collect()
    )
    return [Task(tail=row["lead_id"][-TAIL:], day=row["day"], level=row["level"] or "") for row in due.to_dicts()]


def _superior(known: Facts, person_id: str, as_of: date) -> str | None:
    """The role of the 直属上级 on a day, where the roster names one."""
    people = known["people"].filter(pl.col("since") <= as_of).sort("since").collect()
    managers = people.filter(pl.col("person_id") == person_id)["manager_id"].drop_nulls()
    roles = people.filter(pl.col("person_id") == managers[-1])["role"] if len(managers) else managers
    return roles[-1] if len(roles) else None


def _data_until(known: Facts, shown: Sequence[Metric], store_id: str, as_of: date) -> date | None:
    """The last day for which the store has any of the rows that the metrics count."""
    names = {getattr(base, "contract", base) for it in shown if (base := getattr(it, "base", None))}
    days = []
    for name in sorted(names):
        rows = known[name]
        if "store_id" in rows.collect_schema().names():
            rows = rows.filter(pl.col("store_id") == store_id)
        if CONTRACTS[name].dated_by is not None:
            days.append(rows.filter(pl.col("day") <= as_of).select(pl.col("day").max()).collect().item())
    return max((day for day in days if day is not None), default=None)


# --- the rows of a metric ---


def _rows(metric: Metric, known: Facts, person_id: str, period: Period, as_of: date) -> Counted:
    counted = credited(metric, known, as_of=as_of, period=period).filter(pl.col("person_id") == person_id)
    reasons = _lost(metric, known, person_id, as_of) if isinstance(metric, Conversion) else {}
    tails = _tails(known, counted, period)
    found = [
        Row(
            day=row["day"],
            tail=tails.get((row["contract"], row["key"]), row["key"])[-TAIL:],
            state=(state := _state(metric, row, as_of)),
            amount=None if row["numerator"] is None else Fraction(row["numerator"], row["denominator"] or 1),
            why=reasons.get(row["key"], reason_of(metric, row, state))
            if state == MISSED
            else reason_of(metric, row, state),
        )
        for row in counted.to_dicts()
    ]
    found += _outside(metric, known, person_id, period, as_of)
    order = {MISSED: 0, OUT: 1, WAITING: 2, MET: 3}
    counts = {state: sum(row.state == state for row in found) for state in order}
    found.sort(key=lambda row: (-row.day.toordinal(), order[row.state], row.tail))
    return Counted(rows=tuple(found[:MOST_ROWS]), counts=counts)


def _state(metric: Metric, row: Mapping[str, Any], as_of: date) -> str:
    is_yes_or_no = isinstance(metric, Conversion | Cohort | Share | Punctuality)
    if not is_yes_or_no or row["numerator"]:
        return MET
    if isinstance(metric, Conversion) and (as_of - row["day"]).days < metric.within_days:
        return WAITING
    if isinstance(metric, Cohort) and (metric.days_after is None or (as_of - row["day"]).days < metric.days_after):
        return WAITING
    return MISSED


def reason_of(metric: Metric, row: Mapping[str, Any], state: str) -> Text:
    """Why a counted row adds, or does not."""
    match metric, state:
        case Conversion(), "met":
            return Text("已转化，计入", "it came: counted")
        case Conversion(within_days=days), "waiting":
            deed = Text("到店", "a visit") if metric.event == "store_visits" else Text("下单", "an order")
            return Text(f"{_after(row, days)} 前{deed.zh}仍计入", f"{deed.en} before {_after(row, days)} still counts")
        case Conversion(within_days=0), _:
            return Text("当天没有到店", "no visit on the day")
        case Conversion(within_days=days), _:
            return Text(f"{days} 天内没有转化", f"nothing came of it within {days} days")
        case Cohort(), "met":
            return Text("已完成，计入", "done: counted")
        case Cohort(days_after=int() as days), "waiting":
            return Text(f"{_after(row, days)} 前完成仍计入", f"done before {_after(row, days)} it still counts")
        case (Cohort(), "waiting"):
            return Text("尚未完成", "not done yet")
        case (Cohort(), _):
            return Text("期限内没有完成", "not done in its time")
        case (Punctuality(), "met"):
            return Text("按时", "in time")
        case (Punctuality(), _):
            return Text("超时", "late")
        case (Share(), "met"):
            return Text("达成，计入", "met: counted")
        case (Share(), _):
            return Text("没有达成", "not met")
        case (Count(), _):
            return Text("计入", "counted")
        case _:
            return Text("计入平均", "in the average")


def _after(row: Mapping[str, Any], days: int) -> str:
    return f"{date.fromordinal(row['day'].toordinal() + days + 1):%m-%d}"


def _lost(metric: Conversion, known: Facts, person_id: str, as_of: date) -> dict[str, Text]:
    """Key of a base row that something followed, and yet had no credit → why not."""
    of_person = metric.candidates(known, as_of).filter(pl.col("person_id") == person_id, ~pl.col("is_credited"))
    return {row["key"]: REASONS[row["reason"]] for row in of_person.to_dicts()}


def _outside(metric: Metric, known: Facts, person_id: str, period: Period, as_of: date) -> list[Row]:
    """The rows of the person that the metric leaves out of its base, where the base are the rows of one contract."""
    base = getattr(metric, "base", None)
    if not isinstance(metric, Conversion) or not isinstance(base, str):
        return []
    rows = known[base].with_columns(day=pl.col(metric.base_at).cast(pl.Date), key=key_of(base))
    left_out = (
        rows.filter(
            pl.col(metric.credited_to) == person_id,
            pl.col("day").is_between(period.first, min(period.last, as_of)),
            ~metric.base_where.fill_null(False),
        )
        .select("day", tail=pl.coalesce(*_named(rows), "key"))
        .collect()
    )
    why = REASONS["not_counted"]
    return [Row(day=day, tail=tail[-TAIL:], state=OUT, amount=None, why=why) for day, tail in left_out.rows()]


_NAMES = ("customer_id", "vin", "lead_id", "complaint_id", "order_id")


def _named(rows: pl.LazyFrame) -> list[str]:
    """The columns by which an office knows the row, the best first."""
    have = rows.collect_schema().names()
    return [name for name in _NAMES if name in have]


def _tails(known: Facts, counted: pl.DataFrame, period: Period) -> dict[tuple[str, str], str]:
    """Contract and key of counted rows → the customer's number, or what else the office knows the row by."""
    found: dict[tuple[str, str], str] = {}
    for (name,), group in counted.partition_by("contract", as_dict=True).items():
        rows = known[str(name)].with_columns(key=key_of(str(name)))
        if named := _named(rows):
            chosen = rows.filter(pl.col("key").is_in(group["key"].to_list())).select("key", pl.coalesce(*named))
            found |= {(str(name), key): value for key, value in chosen.collect().rows() if value}
    return found
