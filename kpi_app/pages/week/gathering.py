"""Everything the Monday page shows, measured for who looks."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem
from kpi_app.store.proving import audit
from kpi_app.store.views import figures, overview, pace
from kpi_app.store.views.kept import Kept
from kpi_app.store.views.overview import Freshness, Person, Subject
from kpi_app.store.views.pace import Pace
from kpi_app.web.visit import Visit
from metrics.catalogue import METRICS
from metrics.credit import Level
from metrics.kinds import Metric
from metrics.period import Period
from scorecards.cards import Scorecard
from scorecards.targets import Target

WEEKS = 13
"""So many weeks stand in a tile's line."""
DAYS_OF_A_YEAR = 364
"""So many days before a week's Monday is the Monday of the same week of the year before."""

FUNNEL = tuple(METRICS[key] for key in ("leads_received", "cards_opened", "visit_groups", "deals", "cars_delivered"))
"""From the lead to the delivered car: what happened in the same days, not to the same customers."""

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Week:
    """A subject's week. Figures stand by metric and period, those of people and stores by metric and their id."""

    subject: Subject
    period: Period
    metrics: Sequence[Metric]
    figures: Mapping[tuple[str, str], Row]
    beside: Mapping[tuple[str, str], Row]
    stated: Mapping[str, Sequence[Row]]
    goals: Mapping[str, Target]
    pace: Pace
    people: Sequence[Person]
    names: Mapping[str, str]
    of_people: Mapping[tuple[str, str], Row]
    goals_of_people: Mapping[str, Mapping[str, Target]]
    stores: Sequence[Subject]
    of_stores: Mapping[tuple[str, str], Row]
    goals_of_stores: Mapping[str, Mapping[str, Target]]
    funnel: Mapping[tuple[str, str], Row]
    own_cards: Sequence[tuple[Scorecard, Scorecard | None]]
    cards: Mapping[str, Scorecard]
    cards_before: Mapping[str, Scorecard]
    fresh: Freshness

    @property
    def year_ago(self) -> Period:
        """The same week of the year before."""
        return Period.containing(self.period.first - timedelta(days=DAYS_OF_A_YEAR), "week")

    def row(self, metric: Metric, period: Period | None = None) -> Row | None:
        """A figure of the subject in a period, this week without one."""
        return self.figures.get((metric.key, (period or self.period).label))


T = TypeVar("T")
_weeks: Kept[Week] = Kept(64)
_quiet: Kept[Any] = Kept(512)


def quietly(here: Visit, what: Hashable, make: Callable[[], T]) -> T:
    """What somebody with these rights reads, made once until anything at all is done in the store.

    ``what`` names it among the other things the page reads.
    """
    key = (here.db.home, audit.last_deed(here.db), rights_of(here), here.as_of, what)
    found: T = _quiet.get(key, make)
    return found


def rights_of(here: Visit) -> Hashable:
    """Equal for people who see the same."""
    who = here.who
    return who.roles, who.scopes, who.person_id, who.is_console


def gathered(here: Visit, subject: Subject, period: Period) -> Week:
    """:func:`gather`, once for the same rights over the same facts and plans: a click measures nothing anew."""

    def made() -> Week:
        rests = tuple(
            rest for of in (period.previous(), period) for rest in overview.rests_on(here.db, of, subject.store_id)
        )
        key = (rests, rights_of(here), subject, period, here.as_of)
        return _weeks.get(key, lambda: gather(here, subject, period))

    return quietly(here, ("week", subject, period), made)


def gather(here: Visit, subject: Subject, period: Period) -> Week:
    """Measure what the page shows. Where stores are compared, their people are not listed one by one."""
    as_of = here.as_of
    staff = overview.staff(here.db, here.who, subject, period)
    holders: list[tuple[Subject | Person, Level]] = [(subject, subject.level), *one_of_each_role(staff)]
    metrics = overview.in_view(here.db, {person.role for person in staff}, holders, period)
    stores = overview.stores_of(here.db, here.who, subject, as_of) if subject.level in ("group", "region") else []
    people = [] if stores else staff
    ids, store_ids = [person.person_id for person in people], [store.subject_id for store in stores]
    year_ago = Period.containing(period.first - timedelta(days=DAYS_OF_A_YEAR), "week")

    def measured(level: Level, periods: Sequence[Period], subjects: Sequence[str]) -> list[dict[str, Any]]:
        if not metrics or not subjects:
            return []
        found = figures.measure(here.db, here.who, metrics, periods, level, subjects=subjects, as_of=as_of)
        return found.to_dicts()

    own = measured(subject.level, [year_ago, *period.trailing(WEEKS)], [subject.subject_id])
    beside: dict[tuple[str, str], Row] = {}
    for level in ("store", "region"):
        if level != subject.level and (wider := subject.belongs.get(level)):
            try:
                beside |= {(row["metric"], level): row for row in measured(level, [period], [wider])}
            except Problem:
                continue  # out of this person's reach: the tile then shows no comparison
    contracts = dict.fromkeys(name for metric in metrics for name in feeds(metric))
    fresh = overview.freshness(here.db, here.who, subject, list(contracts), period, as_of=as_of)
    known = [day for day in fresh.until.values() if day is not None]
    month = Period.containing(min(period.last, as_of), "month", here.db.settings.month_starts_on)
    through = max(month.first, min(month.last, as_of, max(known, default=as_of)))
    monthly = pace.of(here.db, here.who, metrics, subject, through=through)
    stages = [
        row
        for level, ids_of in ((subject.level, [subject.subject_id]), ("store", store_ids))
        for row in (
            figures.measure(here.db, here.who, FUNNEL, [monthly.days], level, subjects=ids_of, as_of=as_of).to_dicts()
            if stores
            else ()
        )
    ]
    of_people = overview.goals(here.db, metrics, people, "person", period)
    of_stores = overview.goals(here.db, metrics, stores, "store", period)
    return Week(
        subject=subject,
        period=period,
        metrics=metrics,
        figures={(row["metric"], row["period"]): row for row in own},
        beside=beside,
        stated=stated(here, subject, metrics, period, month),
        goals=overview.goals(here.db, metrics, [subject], subject.level, period)[0],
        pace=monthly,
        people=people,
        names={person.person_id: person.name for person in staff},
        of_people={(row["metric"], row["subject_id"]): row for row in measured("person", [period], ids)},
        goals_of_people=dict(zip(ids, of_people, strict=True)),
        stores=stores,
        of_stores={(row["metric"], row["subject_id"]): row for row in measured("store", [period], store_ids)},
        goals_of_stores=dict(zip(store_ids, of_stores, strict=True)),
        funnel={(row["metric"], row["subject_id"]): row for row in stages},
        own_cards=own_cards(here, subject, period),
        cards=cards_of(here, subject, period, ids),
        cards_before=cards_of(here, subject, period.previous(), ids),
        fresh=fresh,
    )


def one_of_each_role(people: Sequence[Person]) -> list[tuple[Person, Level]]:
    """Somebody of every role: goals are set for roles far more often than for persons."""
    return [(person, "person") for person in {person.role: person for person in people}.values()]


def feeds(metric: Metric) -> list[str]:
    """The dated contracts of stores that a metric counts."""
    of = getattr(metric, "of", metric)
    found = []
    for base in (getattr(of, "base", None), getattr(of, "event", None)):
        if base is not None:
            found.append(base if isinstance(base, str) else base.contract)
    return [name for name in found if "store_id" in CONTRACTS[name].cells]


def stated(
    here: Visit, subject: Subject, metrics: Sequence[Metric], period: Period, month: Period
) -> dict[str, list[Row]]:
    """What was stated from outside about the subject's week and its month, by metric."""
    found: dict[str, list[Row]] = {}
    if not metrics:
        return found
    for of in (period, month):
        rows = figures.beside(
            here.db, here.who, metrics, [of], subject.level, subjects=[subject.subject_id], as_of=here.as_of
        )
        for row in rows.to_dicts():
            found.setdefault(row["metric"], []).append(row)
    return found


def cards_of(here: Visit, subject: Subject, period: Period, ids: Sequence[str]) -> dict[str, Scorecard]:
    """Person → card of a week."""
    found = figures.cards(
        here.db, here.who, period, "person", as_of=here.as_of, subjects=ids, store_id=subject.store_id
    )
    return {card.subject_id: card for card in found}


def own_cards(here: Visit, subject: Subject, period: Period) -> list[tuple[Scorecard, Scorecard | None]]:
    """The subject's own cards of a week, one for each post that has one, with last week's."""
    if subject.level not in figures.CARD_LEVELS:
        return []

    def of(week: Period) -> list[Scorecard]:
        return figures.cards(
            here.db,
            here.who,
            week,
            subject.level,
            as_of=here.as_of,
            subjects=[subject.subject_id],
            store_id=subject.store_id,
        )

    before = {card.card.role: card for card in of(period.previous())}
    return [(card, before.get(card.card.role)) for card in of(period)]
