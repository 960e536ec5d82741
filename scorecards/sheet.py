"""The payroll adjustment sheet: lines added up to persons and to a total, to the fen.

A sheet is one pay unit (a store) in one pay month, or several units merged. It carries all that its files show, so
that a stored sheet needs nothing else to be printed again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from data_contracts.contract import Text
from data_contracts.results import LINE_KINDS, PayLines, some_of
from metrics.credit import Facts
from metrics.period import Period
from scorecards.cards import said
from scorecards.lines import KIND_NAMES, Judgement, evidence
from scorecards.money import yuan
from scorecards.payout import COLUMN_NAMES, ROUNDING, ROUNDING_RULE, column_totals, rounding_line
from scorecards.plan import Plan
from scorecards.posts import Post, Roster
from scorecards.rules import PayResult, as_frame
from scorecards.table import Finding

STATUS_NAMES = {
    "open": Text("未计算", "open"),
    "computed": Text("已计算", "computed"),
    "published": Text("已公示", "published"),
    "submitted": Text("待审批", "submitted"),
    "approved": Text("已审批", "approved"),
    "locked": Text("已封账", "locked"),
}
"""Where a unit's month stands, in order → its name on screen and paper."""

MANUAL = Text("手工调整", "manual line")
UNPLANNED = {
    "loss": Text("损失赔偿", "loss compensation"),
    "fine": Text("违纪扣款", "disciplinary fine"),
    "left_out": Text("离职按约定不发", "left out for a leaver"),
}
"""Rules that stand in no plan → their names."""

BEFORE_TAX = Text(
    "税前绩效调整额，不含考勤、社保公积金、个税",
    "before tax; without attendance, social insurance, housing fund and income tax",
)
"""What the amounts leave out: it stands on every sheet and personal page."""


@dataclass(frozen=True, kw_only=True)
class SheetPerson:
    """A person's totals in one unit. Fen throughout; null where nothing is known, 0 where nothing moved."""

    person_id: str
    person_name: str
    store_id: str
    store_name: str
    department: str
    role: str
    days_in_office: int
    is_leaver: bool
    plans: str
    base_fen: int | None
    score: str | None
    factor: float | None
    by_kind: Mapping[str, int]
    total_fen: int
    previous_fen: int | None
    change_cause: Text
    check: Text
    left_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Who said yes or no to a sheet, when (as shown) and in which words."""

    step: str
    name: str
    at: str
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The sheet of a unit and month, or of several units (``store_id`` is then null)."""

    period: str
    first: date
    last: date
    as_of: date
    store_id: str | None
    status: str
    revision: int
    people: tuple[SheetPerson, ...]
    lines: dy.DataFrame[PayLines]
    rule_names: Mapping[str, Text]
    plans: tuple[Mapping[str, str], ...]
    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...]
    approvals: tuple[Approval, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def total_fen(self) -> int:
        """The sum of all lines."""
        return int(self.lines["amount_fen"].sum())

    @property
    def digest(self) -> str:
        """What the sheet says about people and lines, in 32 hex digits; status, revision and days of asking apart."""
        content = [vars(person) for person in self.people], self.lines.to_dicts(), self.rule_names
        return hashlib.blake2b(_canonical(content).encode(), digest_size=16).hexdigest()

    def of_person(self, person_id: str) -> "Sheet":
        """What the sheet says about one person, and nobody else."""
        return replace(
            self,
            people=tuple(person for person in self.people if person.person_id == person_id),
            lines=some_of(self.lines, pl.col("person_id") == person_id),
            judgements=tuple(one for one in self.judgements if one.person_id == person_id),
            findings=(),
        )

    def columns_of(self, person: SheetPerson) -> dict[str, int]:
        """Every column of money (COLUMN_NAMES) → the person's fen in it; together their total."""
        return column_totals(self.lines_of(person))

    def lines_of(self, person: SheetPerson) -> list[dict[str, Any]]:
        """The person's lines in their unit."""
        mine = (pl.col("store_id") == person.store_id) & (pl.col("person_id") == person.person_id)
        return self.lines.filter(mine).to_dicts()

    def kind_name(self, line: Mapping[str, Any]) -> Text:
        """What a line is: its kind, or 尾差."""
        return COLUMN_NAMES["rounding"] if line["rule"] == ROUNDING_RULE else KIND_NAMES[line["kind"]]

    def rule_name(self, line: Mapping[str, Any]) -> Text:
        """The name of the rule a line names."""
        if line["rule"] == ROUNDING_RULE:
            return ROUNDING
        return self.rule_names.get(f"{line['plan']}/{line['rule']}") or UNPLANNED.get(line["rule"], MANUAL)

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The published shape, with further fields; sentences in ``lang``."""
        return {
            "period": self.period,
            "store_id": self.store_id,
            "status": self.status,
            "revision": self.revision,
            "as_of": self.as_of.isoformat(),
            "digest": self.digest,
            "total_fen": self.total_fen,
            "plans": [dict(plan) for plan in self.plans],
            "people": [_person_json(person, lang, self.columns_of(person)) for person in self.people],
            "lines": [_line_json(line, self.rule_name(line), lang) for line in self.lines.to_dicts()],
            "judgements": [judgement.as_json(lang) for judgement in self.judgements],
            "findings": [finding.as_json(lang) for finding in self.findings],
            "approvals": [asdict(approval) for approval in self.approvals],
        }

    def dump(self) -> str:
        """Everything but the lines, status, revision and approvals, as canonical JSON; :func:`load` reads it back."""
        kept = {name: getattr(self, name) for name in _KEPT} | {"people": [vars(person) for person in self.people]}
        kept["judgements"] = [asdict(judgement) for judgement in self.judgements]
        kept["findings"] = [asdict(finding) for finding in self.findings]
        return _canonical(kept)


_KEPT = ("period", "first", "last", "as_of", "store_id", "rule_names", "plans", "inputs")


def load(
    dumped: str, lines: dy.DataFrame[PayLines], *, status: str, revision: int, approvals: Iterable[Approval] = ()
) -> Sheet:
    """The sheet that was dumped, with its lines and where it stands."""
    kept = json.loads(dumped)
    return Sheet(
        period=kept["period"],
        first=date.fromisoformat(kept["first"]),
        last=date.fromisoformat(kept["last"]),
        as_of=date.fromisoformat(kept["as_of"]),
        store_id=kept["store_id"],
        status=status,
        revision=revision,
        people=tuple(
            SheetPerson(
                **{
                    **person,
                    "change_cause": Text(*person["change_cause"]),
                    "check": Text(*person["check"]),
                    "left_on": date.fromisoformat(person["left_on"]) if person.get("left_on") else None,
                }
            )
            for person in kept["people"]
        ),
        lines=lines,
        rule_names={key: Text(*name) for key, name in kept["rule_names"].items()},
        plans=tuple(kept["plans"]),
        judgements=tuple(Judgement(**{**one, "why": Text(*one["why"])}) for one in kept["judgements"]),
        findings=tuple(Finding(**{**one, "message": Text(*one["message"])}) for one in kept["findings"]),
        approvals=tuple(approvals),
        inputs=kept["inputs"],
    )


def build(
    result: PayResult,
    plans: Sequence[Plan],
    facts: Facts,
    pay_month: Period,
    store_id: str,
    *,
    as_of: date,
    previous: Sheet | None = None,
    inputs: Mapping[str, str] | None = None,
    payout_unit: str = "fen",
) -> Sheet:
    """The sheet of one unit from the pay lines of its month: everyone a plan speaks of, and everyone with a line.

    ``previous`` is the unit's sheet of the month before; ``inputs`` say what the sheet was computed from. What brings
    a person's total to whole ``payout_unit`` (fen, jiao or yuan) is a line of its own.
    """
    of_unit = some_of(result.lines, pl.col("store_id") == store_id)
    lines = _paid_in(payout_unit, of_unit, pay_month, store_id)
    roster = Roster(facts["people"].collect())
    by_role = _plans_by_role(plans, pay_month)
    posts: dict[str, Post] = {}
    for person_id in roster.people():
        in_unit = [post for post in roster.of(person_id) if post.store_id == store_id]
        held = [post for post in in_unit if post.overlaps(pay_month.first, pay_month.last) and post.role in by_role]
        if held:
            posts[person_id] = max(held, key=lambda post: (post.last_day(), post.share_bp))
    for person_id in lines["person_id"].unique().sort():
        known = posts.get(person_id) or roster.last_known(person_id, pay_month.last)
        if known:
            posts[person_id] = known
    context = _Context(result, facts, pay_month, store_id, previous, by_role)
    of_person = _by_person(lines)
    people = [_person(context, roster, post, of_person.get(person_id, [])) for person_id, post in posts.items()]
    people.sort(key=lambda person: (person.department, person.role, person.person_id))
    return Sheet(
        period=pay_month.label,
        first=pay_month.first,
        last=pay_month.last,
        as_of=as_of,
        store_id=store_id,
        status="computed",
        revision=0,
        people=tuple(people),
        lines=lines,
        rule_names={f"{plan.key}/{rule.key}": rule.name for plan in plans for rule in plan.rules_on(pay_month.label)},
        plans=tuple(
            {
                "key": plan.key,
                "name": plan.name.zh,
                "since": plan.since,
                "notice": plan.notice.number,
                "published_on": plan.notice.published_on.isoformat(),
                "digest": plan.digest,
            }
            for plan in plans
        ),
        judgements=tuple(one for one in result.judgements if one.store_id == store_id),
        findings=tuple(one for one in result.findings if one.store_id in (store_id, None)),
        inputs=dict(inputs or {}),
    )


def _paid_in(
    payout_unit: str, lines: dy.DataFrame[PayLines], pay_month: Period, store_id: str
) -> dy.DataFrame[PayLines]:
    """The lines with 尾差 of everyone whose total has a part of a payout unit."""
    by_person = _by_person(lines)
    rounding = [
        difference
        for person_id, own in by_person.items()
        if (
            difference := rounding_line(own, pay_month, store_id=store_id, person_id=person_id, payout_unit=payout_unit)
        )
    ]
    return as_frame([*lines.to_dicts(), *rounding]) if rounding else lines


def _by_person(lines: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines.to_dicts():
        found.setdefault(line["person_id"], []).append(line)
    return found


def merge(sheets: Sequence[Sheet]) -> Sheet:
    """Several units of one month as one sheet; its status is the least advanced of theirs."""
    if len(sheets) == 1:
        return sheets[0]
    first = sheets[0]
    return replace(
        first,
        store_id=None,
        status=min((sheet.status for sheet in sheets), key=list(STATUS_NAMES).index),
        revision=max(sheet.revision for sheet in sheets),
        as_of=max(sheet.as_of for sheet in sheets),
        people=tuple(person for sheet in sheets for person in sheet.people),
        lines=PayLines.validate(pl.concat([sheet.lines for sheet in sheets])),
        rule_names={key: name for sheet in sheets for key, name in sheet.rule_names.items()},
        plans=tuple({json.dumps(plan, sort_keys=True): plan for sheet in sheets for plan in sheet.plans}.values()),
        judgements=tuple(one for sheet in sheets for one in sheet.judgements),
        findings=tuple(dict.fromkeys(finding for sheet in sheets for finding in sheet.findings)),
        approvals=tuple(
            replace(approval, step=f"{sheet.store_id} {approval.step}")
            for sheet in sheets
            for approval in sheet.approvals
        ),
        inputs={f"{sheet.store_id} {key}": value for sheet in sheets for key, value in sheet.inputs.items()},
    )


SPLITS = ("store", "department")


def split(whole: Sheet, by: str) -> dict[str, Sheet]:
    """A sheet in parts by ``store`` or ``department``: name (S01, S01-售后部) → the part. Each says what it is part of.

    A line goes where its person stands, so that the parts add up to the whole.
    """
    parts: dict[str, list[SheetPerson]] = {}
    for person in whole.people:
        name = person.store_id if by == "store" else f"{person.store_id}-{person.department}"
        parts.setdefault(name, []).append(person)
    made = {}
    for name, people in sorted(parts.items()):
        store_id, ids = people[0].store_id, {person.person_id for person in people}
        in_part = (pl.col("store_id") == store_id) & pl.col("person_id").is_in(list(ids))
        made[name] = replace(
            whole,
            store_id=store_id,
            people=tuple(people),
            lines=some_of(whole.lines, in_part),
            judgements=tuple(one for one in whole.judgements if one.store_id == store_id and one.person_id in ids),
            findings=tuple(one for one in whole.findings if one.store_id in (store_id, None)) if by == "store" else (),
            inputs={**whole.inputs, "所属整表": whole.digest},
        )
    return made


class _Context:
    """What every person's row of a unit reads, looked up once."""

    def __init__(
        self,
        result: PayResult,
        facts: Facts,
        pay_month: Period,
        store_id: str,
        previous: Sheet | None,
        by_role: Mapping[str, str],
    ) -> None:
        self.pay_month, self.store_id, self.by_role = pay_month, store_id, by_role
        self.scores = {card.subject_id: card.score_text for card in result.scorecards}
        self.previous = {person.person_id: person for person in previous.people} if previous else {}
        before = _by_person(previous.lines) if previous else {}
        self.previous_columns = {person_id: column_totals(before.get(person_id, ())) for person_id in self.previous}
        self.profiles: dict[str, Mapping[str, Any]] = {}
        self.bases: dict[str, int | None] = {}
        for row in facts["pay_profiles"].filter(pl.col("since") <= pay_month.last).sort("since").collect().to_dicts():
            self.bases[evidence("pay_profiles", row)["key"]] = row["performance_base_fen"]
            if row["since"] <= pay_month.first or row["person_id"] not in self.profiles:
                self.profiles[row["person_id"]] = row
        stores = facts["stores"].filter(pl.col("store_id") == store_id).collect().to_dicts()
        self.store_name = stores[0]["store_name"] if stores else store_id
        city = stores[0]["city"] if stores else None
        wages = facts["minimum_wages"].filter(pl.col("city") == city, pl.col("since") <= pay_month.first)
        in_force = wages.sort("since").collect()["amount_fen"].to_list() if city else []
        self.minimum_wage = in_force[-1] if in_force else None


def _person(context: _Context, roster: Roster, post: Post, lines: Sequence[Mapping[str, Any]]) -> SheetPerson:
    month = context.pay_month
    by_kind = dict.fromkeys(LINE_KINDS, 0)
    for line in lines:
        by_kind[line["kind"]] += line["amount_fen"]
    total = sum(by_kind.values())
    profile = context.profiles.get(post.person_id)
    before = context.previous.get(post.person_id)
    paid_on = [line for line in lines if line["kind"] == "coefficient" and line["value"] is not None]
    base = profile["performance_base_fen"] if profile else None
    if paid_on:
        own = [row["key"] for row in paid_on[0]["evidence"] if row["contract"] == "pay_profiles"]
        base = next((context.bases[key] for key in own if key in context.bases), base)
    return SheetPerson(
        person_id=post.person_id,
        person_name=post.person_name,
        store_id=context.store_id,
        store_name=context.store_name,
        department=post.department,
        role=post.role,
        days_in_office=roster.days_by_store(post.person_id, month.first, month.last).get(context.store_id, 0),
        is_leaver=post.left_on is not None and post.left_on <= month.last,
        plans=context.by_role.get(post.role, ""),
        base_fen=base,
        score=context.scores.get(post.person_id),
        factor=paid_on[0]["value"] if paid_on else None,
        by_kind=by_kind,
        total_fen=total,
        previous_fen=before.total_fen if before else None,
        change_cause=_cause(column_totals(lines), context.previous_columns.get(post.person_id)),
        check=_check(lines, by_kind, profile, context.minimum_wage),
        left_on=post.left_on if post.left_on is not None and post.left_on <= month.last else None,
    )


def _cause(columns: Mapping[str, int], before: Mapping[str, int] | None) -> Text:
    """The column that moved a total most since the month before."""
    if before is None:
        return Text("上月无记录", "no month before")
    moves = {column: amount - before[column] for column, amount in columns.items()}
    column = max(moves, key=lambda column: abs(moves[column]))
    return KIND_NAMES.get(column, COLUMN_NAMES[column]) if moves[column] else Text("无变化", "no change")


def _check(
    lines: Sequence[Mapping[str, Any]],
    by_kind: Mapping[str, int],
    profile: Mapping[str, Any] | None,
    minimum_wage: int | None,
) -> Text:
    """What the pay guard says about the person's reductions."""
    reductions = [line for line in lines if line["kind"] == "kpi_reduction"]
    losses = [line for line in lines if line["kind"] == "loss_compensation"]
    if not reductions and not losses:
        return Text("无扣减", "no reduction")
    said_zh, said_en = [], []
    if carried := -sum(line["carried_fen"] for line in losses):
        said_zh.append(f"赔偿顺延 {yuan(carried)} 元")
        said_en.append(f"{yuan(carried)} yuan of losses carried on")
    if lapsed := -sum(line["lapsed_fen"] for line in reductions):
        said_zh.append(f"超出绩效 {yuan(lapsed)} 元不扣")
        said_en.append(f"{yuan(lapsed)} yuan beyond performance pay lapsed")
    if profile is None or minimum_wage is None:
        said_zh.append("无法校验最低工资")
        said_en.append("the minimum wage cannot be checked")
    elif profile["other_pay_fen"] + sum(by_kind.values()) < minimum_wage:
        said_zh.append("低于最低工资，请核对")
        said_en.append("below the minimum wage, look again")
    return Text("；".join(said_zh) or "通过", "; ".join(said_en) or "passed")


def _plans_by_role(plans: Sequence[Plan], pay_month: Period) -> dict[str, str]:
    """Role → the plans that speak of it, with their notices."""
    named: dict[str, list[str]] = {}
    for plan in plans:
        roles = {role for rule in plan.rules_on(pay_month.label) for role in rule.roles}
        roles |= {card.role for card in plan.cards_on(pay_month.label)}
        for role in roles:
            named.setdefault(role, []).append(f"{plan.name.zh}（{plan.notice.number}）")
    return {role: "、".join(names) for role, names in named.items()}


def _person_json(person: SheetPerson, lang: str, columns: Mapping[str, int]) -> dict[str, Any]:
    shown = asdict(person)
    shown["by_kind"] = {kind: amount for kind, amount in person.by_kind.items() if amount}
    shown["by_column"] = {column: amount for column, amount in columns.items() if amount}
    shown["left_on"] = person.left_on and person.left_on.isoformat()
    return shown | {"change_cause": said(person.change_cause, lang), "check": said(person.check, lang)}


_LINE_FIELDS = (
    "line_id", "person_id", "store_id", "plan", "rule", "rule_since", "notice", "basis", "kind", "metric",
    "metric_period", "value", "numerator", "denominator", "benchmark", "benchmark_published_on", "sample",
    "amount_fen", "requested_fen", "lapsed_fen", "carried_fen", "waived_fen", "is_settled", "ruling_id", "judged_by",
    "judged_at", "corrects", "corrects_period", "case_id", "evidence",
)  # fmt: skip


def _line_json(line: Mapping[str, Any], name: Text, lang: str) -> dict[str, Any]:
    shown = {field: line[field] for field in _LINE_FIELDS}
    for moment in ("rule_since", "benchmark_published_on", "judged_at"):
        shown[moment] = None if line[moment] is None else line[moment].isoformat()
    return shown | {"arithmetic": line[f"arithmetic_{lang}"], "rule_name": said(name, lang)}


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    return value.isoformat()
