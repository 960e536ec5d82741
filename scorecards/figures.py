"""What rules on a person's own figures read in a pay month: figures, computed or stated, and tasks.

A computed figure is what pays; a stated one is read only where nothing is computed (the plan declares it), and one
that differs from the computed figure is listed. A task is a count's target for the person, less the days away.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from data_contracts.contract import Text
from metrics import credit
from metrics.catalogue import METRICS
from metrics.credit import GROUP, Facts, Level
from metrics.kinds import COUNT, HOURS, PERCENT, POINTS, Metric
from metrics.measure import credited, measure
from metrics.period import Period
from scorecards.cards import Scorecard, in_shown_unit
from scorecards.later import settles_after, settling_in
from scorecards.lines import evidence
from scorecards.money import printed, printed_apart, printed_plain
from scorecards.over import Scaled
from scorecards.plan import Plan
from scorecards.posts import Post, Roster, absences_of
from scorecards.shapes import FigureRule
from scorecards.table import Finding, warning
from scorecards.targets import Target, Targets


def figure_text(metric: Metric, value: Fraction) -> Text:
    """A figure as people read it, with its unit."""
    shown = in_shown_unit(metric, value)
    if metric.unit == PERCENT:
        text = f"{printed(shown * 100, metric.decimals)}%"
        return Text(text, text)
    unit = {POINTS: Text(" 分", " points"), HOURS: Text(" 小时", " hours"), COUNT: Text("", "")}[metric.unit]
    return Text(printed(shown, metric.decimals) + unit.zh, printed(shown, metric.decimals) + unit.en)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of one person in one period, with the rows it rests on (as lines name them)."""

    metric: str
    name: Text
    period: str
    numerator: int
    denominator: int
    sample: int | None
    is_settled: bool = True
    is_stated: bool = False
    rows: Sequence[Mapping[str, Any]] = ()
    reads_as_metric: bool = True
    """Whether it reads as its metric does; a count of what a rate counts does not."""
    is_plain: bool = False
    """Whether it was stated as one number, not as a part and its whole."""

    @property
    def value(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)

    @property
    def shown(self) -> Fraction:
        """The figure in the unit that limits and bands are written in: hours, points, a rate as a fraction."""
        return in_shown_unit(self._metric, self.value) if self._metric else self.value

    @property
    def is_rate(self) -> bool:
        """Whether people read it as a percentage."""
        if self._metric:
            return self._metric.unit == PERCENT
        return self.denominator != 1 and not (self.is_plain and self.value > 1)

    @property
    def _metric(self) -> Metric | None:
        return METRICS.get(self.metric) if self.reads_as_metric else None

    def over(self, other: "Figure") -> "Figure | None":
        """This figure per unit of another one; None where that one is 0."""
        if other.value == 0:
            return None
        rate = self.value / other.value
        whole = self.denominator == other.denominator == 1
        return Figure(
            metric=f"{self.metric}/{other.metric}",
            name=Text(f"{self.name.zh} ÷ {other.name.zh}", f"{self.name.en} ÷ {other.name.en}"),
            period=self.period,
            numerator=self.numerator if whole else rate.numerator,
            denominator=other.numerator if whole else rate.denominator,
            sample=other.sample,
            is_settled=self.is_settled and other.is_settled,
            is_stated=self.is_stated or other.is_stated,
            rows=(*self.rows, *other.rows),
        )

    def counted(self) -> "Figure":
        """How many the numerator holds, as a figure of its own."""
        return replace(self, denominator=1, reads_as_metric=False)

    def held_against(self, limit: Fraction, *, is_at_most: bool = False) -> str:
        """``51÷455 = 11.2% < 15%``: the figure, its parts, and how it stands to a limit."""
        sign = ("≤" if self.shown <= limit else ">") if is_at_most else ("≥" if self.shown >= limit else "<")
        return f"{self.as_read(limit)} {sign} {self.limit_text(limit)}"

    def as_read(self, limit: Fraction, judged: Fraction | None = None) -> str:
        """``51÷455 = 11.2%``, with as many decimals as tell it from a limit it is not equal to."""
        metric, value = self._metric, self.shown if judged is None else judged
        scale, mark = (100, "%") if self.is_rate else (1, "")
        if self.is_plain and not self.is_rate:
            return printed_plain(value)
        shown = printed_apart(value * scale, limit * scale, metric.decimals if metric else 1 if self.is_rate else 0)
        parts = f"{self.numerator}÷{self.denominator} = " if self.denominator != 1 else ""
        return f"{parts}{shown}{mark}"

    def limit_text(self, limit: Fraction) -> str:
        """A limit as people read it beside the figure."""
        return f"{printed_plain(limit * 100)}%" if self.is_rate else printed_plain(limit)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What was due of a count and what was done. ``words`` say how much was due."""

    done: Figure
    due: Fraction
    words: Text
    rows: Sequence[Mapping[str, Any]] = ()

    @property
    def attainment(self) -> Fraction:
        """Done over due, exact and not capped; 1 where nothing was due."""
        return self.done.value / self.due if self.due else Fraction(1)

    @property
    def capped(self) -> Fraction:
        return min(self.attainment, Fraction(1))

    def as_text(self, threshold: Fraction = Fraction(1)) -> Text:
        """``51÷70 = 72.9%``, with as many decimals as tell it from the threshold."""
        done, share = printed_plain(self.done.value), printed_apart(self.attainment * 100, threshold * 100, 1)
        return Text(f"{done}÷{self.words.zh} = {share}%", f"{done}÷{self.words.en} = {share}%")


def _no_cards(_: "Figures") -> Sequence[Scorecard]:
    return ()


class Figures:
    """The figures and tasks of everybody, measured when first asked for."""

    def __init__(
        self,
        facts: Facts,
        roster: Roster,
        pay_month: Period,
        *,
        as_of: date,
        plan: Plan,
        plans: Sequence[Plan] = (),
        score: Callable[["Figures"], Sequence[Scorecard]] = _no_cards,
    ) -> None:
        """``plan`` states figures of its own, ``plans`` are all in force; ``score`` gives everyone's cards."""
        self.facts, self.roster, self.pay_month, self.as_of = facts, roster, pay_month, as_of
        self.plan, self.plans = plan, plans or [plan]
        self._score = score
        self.findings: list[Finding] = []
        self._stated = {one.key: one for one in plan.stated}
        self._measured: dict[tuple[str, str, Level], dict[str, Figure]] = {}
        self._ready_made: dict[tuple[str, str, Level], dict[str, Figure]] = {}
        self._named: dict[tuple[str, str, Level], Mapping[str, Sequence[Mapping[str, Any]]]] = {}
        self._stores: dict[tuple[str, str], set[str]] = {}

    def as_read_by(self, plan: Plan) -> "Figures":
        """The same figures as another plan reads them: what was measured serves both."""
        other = copy(self)
        other.plan, other._stated, other._ready_made = plan, {one.key: one for one in plan.stated}, {}
        return other

    def periods(self, rule: FigureRule | Scaled) -> list[Period]:
        """The months a rule judges in this pay month: itself, or with ``settled_lag`` those that settle in it."""
        if rule.basis != "settled_lag":
            return [self.pay_month]
        return settling_in(self.pay_month, settles_after(rule, self.plan, self.plans, self.pay_month), self.as_of)

    def of(self, key: str, subject_id: str, period: Period, level: Level = "person") -> Figure | None:
        """The subject's figure; None without a sample. A computed metric is never read from a stated figure."""
        if key in METRICS:
            return self._of_metric(key, period, level).get(subject_id)
        return self._of_stated(key, period, level).get(subject_id)

    def per(
        self, key: str, other: str | None, subject_id: str, period: Period, level: Level = "person"
    ) -> Figure | None:
        """The figure, or what it is per unit of another."""
        figure = self.of(key, subject_id, period, level)
        if other is None or figure is None:
            return figure
        base = self.of(other, subject_id, period, level)
        return figure.over(base) if base else None

    def rows_of(
        self, key: str, subject_id: str, period: Period, level: Level = "person"
    ) -> Sequence[Mapping[str, Any]]:
        """The rows that a computed metric counts for a subject, as lines name them."""
        return self._rows(key, period, level).get(subject_id, ())

    @cached_property
    def scorecards(self) -> Sequence[Scorecard]:
        """Everyone's cards of the pay month."""
        return self._score(self)

    @cached_property
    def scores(self) -> Mapping[str, Fraction]:
        """Everyone's card score, where there is one."""
        return {card.subject_id: card.score for card in self.scorecards if card.score is not None}

    def name(self, key: str) -> Text:
        """What a metric or stated figure is called."""
        if key in METRICS:
            return METRICS[key].label
        return self._stated[key].name if key in self._stated else Text(key, key)

    def region(self, store_id: str) -> str:
        """The region of a store."""
        return self._regions.get(store_id, "")

    def is_known(self, key: str, subject_id: str, post: Post, period: Period, level: Level = "person") -> bool:
        """Whether nothing counted for a subject means none: the store has rows of a computed metric in the period."""
        figure = self.of(key, subject_id, period, level)
        if figure is not None and (figure.value or figure.is_stated):
            return True
        return post.store_id in self._stores.get((key, period.label), ())

    def task(
        self,
        key: str,
        post: Post,
        period: Period,
        newcomer_task: Sequence[Fraction],
        level: Level = "person",
        subject_id: str | None = None,
    ) -> Task | None:
        """The task of a month in a count: the person's, or of a team, department or store the whole target.

        A person's is the target in proportion to the days due (in office and not absent). While the person is
        protected as a newcomer it is the share that ``newcomer_task`` gives for the month since the first post. None
        where no target is set.
        """
        subject_id = subject_id or post.person_id
        target = self._target(key, post, period, level)
        if target is None:
            return None
        done = self.of(key, subject_id, period, level) or self.none_of(key, period)
        rows = [] if target.row is None else [evidence("targets", target.row)]
        due, words_zh, words_en = target.exact, printed_plain(target.exact), printed_plain(target.exact)
        if level != "person":
            return Task(done=done, due=due, words=Text(words_zh, words_en), rows=rows)
        share = self._newcomer_share(post.person_id, period, newcomer_task)
        if share != 1:
            due *= share
            words_zh += f"×新人任务 {printed_plain(share * 100)}%"
            words_en += f"×newcomer's task {printed_plain(share * 100)} %"
        length, days = (period.last - period.first).days + 1, self._days_due(post, period)
        if days != length:
            due *= Fraction(days, length)
            words_zh += f"×应在岗 {days}/{length} 天"
            words_en += f"×{days} of {length} days due"
        if due != target.exact:
            words_zh, words_en = f"（{words_zh}）", f"({words_en})"
        return Task(done=done, due=due, words=Text(words_zh, words_en), rows=rows)

    def none_of(self, key: str, period: Period) -> Figure:
        """The figure of a count of which there was none."""
        return Figure(
            metric=key,
            name=self.name(key),
            period=period.label,
            numerator=0,
            denominator=1,
            sample=0,
            is_settled=period.last <= self.as_of,
        )

    def _target(self, key: str, post: Post, period: Period, level: Level) -> Target | None:
        belongs = {
            "person": post.person_id,
            "team": post.team_id,
            "role": post.role,
            "department": f"{post.store_id}/{post.department}",
            "store": post.store_id,
            "region": self.region(post.store_id),
            "group": GROUP,
        }
        return self._targets.of(key, belongs, level, "month", period.label, is_rate=False)

    def _newcomer_share(self, person_id: str, period: Period, steps: Sequence[Fraction]) -> Fraction:
        if not steps or not self.roster.is_protected(person_id, period.first):
            return Fraction(1)
        month = Period.containing(
            min(post.since for post in self.roster.of(person_id)), "month", period.month_starts_on
        )
        passed = _ordinal(period.label) - _ordinal(month.label)
        return steps[passed] if 0 <= passed < len(steps) else Fraction(1)

    def _days_due(self, post: Post, period: Period) -> int:
        away = self._absences.get(post.person_id, [])
        return self.roster.days_due(post.person_id, post.role, period.first, period.last, away)

    @cached_property
    def _absences(self) -> Mapping[str, Sequence[tuple[date, date]]]:
        return absences_of(self.facts)

    @cached_property
    def _regions(self) -> dict[str, str]:
        return dict(self.facts["stores"].select("store_id", "region").collect().iter_rows())

    @cached_property
    def _targets(self) -> Targets:
        return Targets(self.facts["targets"].collect())

    def _of_metric(self, key: str, period: Period, level: Level) -> dict[str, Figure]:
        if (key, period.label, level) not in self._measured:
            metric, rows = METRICS[key], self._rows(key, period, level)
            figures = measure([metric], self.facts, [period], level, as_of=self.as_of)
            found = {
                row["subject_id"]: Figure(
                    metric=key,
                    name=metric.label,
                    period=period.label,
                    numerator=row["numerator"],
                    denominator=row["denominator"],
                    sample=row["sample"],
                    is_settled=row["is_settled"],
                    rows=rows.get(row["subject_id"], ()),
                )
                for row in figures.to_dicts()
                if row["numerator"] is not None and row["denominator"]
            }
            self._measured[key, period.label, level] = found
            self._list_differences(key, period, level, found)
        return self._measured[key, period.label, level]

    def _rows(self, key: str, period: Period, level: Level) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        if (key, period.label, level) not in self._named:
            rows = credited(
                METRICS[key], self.facts, as_of=self.as_of, month_starts_on=period.month_starts_on, period=period
            )
            self._stores[key, period.label] = set(rows["store_id"])
            named = (
                rows.with_columns(subject_id=credit.subject_id(level))
                .filter(pl.col("subject_id").is_not_null())
                .sort("key")
                .select("subject_id", "contract", "key", file="_file", sheet="_sheet", row="_row")
                .unique(maintain_order=True)
                .partition_by("subject_id", as_dict=True, include_key=False)
            )
            self._named[key, period.label, level] = {subject: its.to_dicts() for (subject,), its in named.items()}
        return self._named[key, period.label, level]

    def _of_stated(self, key: str, period: Period, level: Level) -> dict[str, Figure]:
        if (key, period.label, level) not in self._ready_made:
            found: dict[str, Figure] = {}
            differing = set()
            for row in self._stated_rows(key, period, level):
                figure = self._ready(key, period, row)
                before = found.setdefault(row["subject_id"], figure)
                if before.value != figure.value:
                    differing.add(row["subject_id"])
                if figure.value < 0:
                    differing.add(row["subject_id"])
            for person_id in sorted(differing):
                found.pop(person_id)
                self.findings.append(
                    warning(
                        f"{key} {person_id} {period.label}",
                        Text(
                            "外部数为负或几处不一致，未采用；请核对后重新导入",
                            "the stated figures are negative or differ; none is read, correct them",
                        ),
                    )
                )
            self._ready_made[key, period.label, level] = found
        return self._ready_made[key, period.label, level]

    def _stated_rows(self, key: str, period: Period, level: Level) -> list[dict[str, Any]]:
        source = self._stated[key].source if key in self._stated else None
        rows = self.facts["stated_figures"].filter(
            pl.col("metric") == key,
            pl.col("level") == level,
            pl.col("period") == period.label,
            pl.col("published_on").is_null() | (pl.col("published_on") <= self.as_of),
            pl.lit(source is None) | (pl.col("source") == pl.lit(source)),
        )
        return rows.sort("subject_id", "source").collect().to_dicts()

    def _ready(self, key: str, period: Period, row: Mapping[str, Any]) -> Figure:
        has_parts = row["numerator"] is not None and row["denominator"] is not None
        value = Fraction(row["numerator"]) / Fraction(row["denominator"]) if has_parts else Fraction(row["value"])
        whole = has_parts and Fraction(row["numerator"]).denominator == Fraction(row["denominator"]).denominator == 1
        return Figure(
            metric=key,
            name=self.name(key),
            period=period.label,
            numerator=int(row["numerator"]) if whole else value.numerator,
            denominator=int(row["denominator"]) if whole else value.denominator,
            sample=row["sample"],
            is_stated=True,
            is_plain=not has_parts,
            rows=[evidence("stated_figures", row)],
        )

    def _list_differences(self, key: str, period: Period, level: Level, computed: Mapping[str, Figure]) -> None:
        for row in self._stated_rows(key, period, level):
            stated, ours = self._ready(key, period, row), computed.get(row["subject_id"])
            if ours is None or ours.value != stated.value:
                shown = "—" if ours is None else f"{ours.numerator}÷{ours.denominator}"
                theirs, source = f"{stated.numerator}÷{stated.denominator}", row["source"]
                self.findings.append(
                    warning(
                        f"{key} {row['subject_id']} {period.label}",
                        Text(
                            f"{source} 外部数 {theirs}，系统计算 {shown}；按系统计算值",
                            f"{source} states {theirs}, computed {shown}: that pays",
                        ),
                    )
                )


def _ordinal(label: str) -> int:
    year, month = label.split("-")
    return int(year) * 12 + int(month)
