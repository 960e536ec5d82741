"""Two versions of a plan, compared in words: what is new, gone or changed, and whether it is better or worse for those
it pays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, Literal

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.kinds import PERCENT
from scorecards.bands import Band
from scorecards.card import Card, CardLine, Gate, Grade
from scorecards.lines import KIND_NAMES
from scorecards.money import printed_plain, yuan
from scorecards.plan import Plan
from scorecards.rule import Holdback, Notice
from scorecards.shapes import AnyRule, Indicator

Effect = Literal["better", "worse", "mixed", "none"]

EFFECTS = {
    "better": Text("对员工更好", "better for staff"),
    "worse": Text("对员工更严", "stricter for staff"),
    "mixed": Text("有人得益有人受损", "better for some, worse for others"),
    "none": Text("不影响金额", "no money moves"),
}
"""What a difference means for those it pays."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A rule or card that is new, gone or changed. ``words`` name each changed entry, before → after."""

    where: str
    change: Literal["added", "removed", "changed"]
    name: Text
    words: Text
    effect: Effect

    def as_json(self, lang: str) -> dict[str, str]:
        def said(text: Text) -> str:
            return text.said(lang)

        return {
            "where": self.where,
            "change": self.change,
            "name": said(self.name),
            "words": said(self.words),
            "effect": self.effect,
            "effect_words": said(EFFECTS[self.effect]),
        }


def compare(before: Plan | None, after: Plan) -> list[Difference]:
    """What the new version changes from its first month on, in the plan's order; without an earlier one all is new."""
    month = after.since
    old_rules = {rule.key: rule for rule in before.rules_on(month)} if before else {}
    old_cards = {card.role: card for card in before.cards_on(month)} if before else {}
    found: list[Difference] = []
    for card in after.cards_on(month):
        found += _card(old_cards.pop(card.role, None), card)
    for rule in after.rules_on(month):
        found += _rule(old_rules.pop(rule.key, None), rule)
    for card in old_cards.values():
        gone = Text("删去记分卡", "the card is left out")
        found.append(Difference(where=card.role, change="removed", name=card.name, words=gone, effect="mixed"))
    for rule in old_rules.values():
        charged = rule.is_worse_than(None)
        found.append(
            Difference(
                where=rule.key,
                change="removed",
                name=rule.name,
                words=Text("删去规则", "the rule is left out"),
                effect="better" if charged else "worse",
            )
        )
    return found


def _rule(before: AnyRule | None, after: AnyRule) -> Iterator[Difference]:
    if before is None:
        effect: Effect = "worse" if after.is_worse_than(None) else "better"
        words = (
            _joined(f"{name.zh} {value.zh}" for name, value in _entries(after)),
            _joined(f"{name.en} {value.en}" for name, value in _entries(after)),
        )
        yield Difference(where=after.key, change="added", name=after.name, words=Text(*words), effect=effect)
        return
    changed = list(_changed(before, after))
    if not changed:
        return
    is_worse = after.is_worse_than(before) or after.pays_later_than(before)
    is_better = before.is_worse_than(after) or before.pays_later_than(after)
    effect = "mixed" if is_worse and is_better else "worse" if is_worse else "better" if is_better else "none"
    yield Difference(where=after.key, change="changed", name=after.name, words=_both(changed), effect=effect)


def _card(before: Card | None, after: Card) -> Iterator[Difference]:
    if before is None:
        words = Text(_lines(after).zh, _lines(after).en)
        yield Difference(where=after.role, change="added", name=after.name, words=words, effect="mixed")
        return
    changed = list(_changed(before, after))
    if changed:
        moves = any(name not in ("name",) for name, *_ in changed)
        effect: Effect = "mixed" if moves else "none"
        yield Difference(where=after.role, change="changed", name=after.name, words=_both(changed), effect=effect)


_OWN = ("key", "since", "notice", "role")
"""What names a version: it differs in any two."""

LABELS = {
    "name": Text("名称", "name"),
    "source": Text("来源", "source"),
    "basis": Text("计发口径", "basis"),
    "roles": Text("岗位", "roles"),
    "lag_months": Text("滞后月数", "months later"),
    "holdback": Text("预留", "holdback"),
    "clawback_days": Text("追回天数", "days of clawback"),
    "metric": Text("指标", "metric"),
    "per": Text("除以", "per"),
    "programme": Text("调查项目", "programme"),
    "item": Text("题目", "item"),
    "department": Text("部门", "department"),
    "measured_on": Text("考核层级", "measured on"),
    "paid_to": Text("发放对象", "paid to"),
    "leader_roles": Text("负责人岗位", "leaders"),
    "leader_counts": Text("负责人参与分摊", "leaders share"),
    "newcomers_count": Text("新人参与分摊", "newcomers share"),
    "shared_by": Text("分摊依据", "shared by"),
    "prorated": Text("折算", "prorated"),
    "min_sample": Text("最低样本", "minimum sample"),
    "judged_on": Text("判断口径", "judged on"),
    "at_average": Text("等于平均时", "at the average"),
    "amount_fen": Text("金额", "amount"),
    "all_fen": Text("全部达标另奖", "more for all"),
    "min_fen": Text("下限", "least"),
    "max_fen": Text("上限", "most"),
    "rate": Text("比例", "rate"),
    "ruling_kind": Text("判定类型", "kind of ruling"),
    "judged_by_roles": Text("判定岗位", "judges"),
    "kind": Text("类型", "kind"),
    "bands": Text("分段", "bands"),
    "band_metric": Text("分段指标", "metric of the bands"),
    "band_per": Text("分段指标除以", "metric of the bands per"),
    "tasks": Text("任务", "tasks"),
    "task": Text("任务", "task"),
    "newcomer_task": Text("新人任务", "newcomers' task"),
    "below": Text("低于", "below"),
    "charged": Text("扣减次数", "charged"),
    "indicators": Text("指标与目标", "indicators and limits"),
    "among": Text("排名范围", "ranked among"),
    "places": Text("各名次金额", "amounts by place"),
    "ties": Text("并列", "ties"),
    "over": Text("所针对规则", "over"),
    "full": Text("足额值", "full at"),
    "cap": Text("封顶", "cap"),
    "floor": Text("保底", "floor"),
    "charged_as": Text("计为", "charged as"),
    "is_counted": Text("按次数", "counted"),
    "lines": Text("指标与权重", "metrics and weights"),
    "grades": Text("等级", "grades"),
    "gates": Text("一票否决", "gates"),
}
"""What each entry of a rule or card is called; an entry without a name here fails the tests."""

_LEVELS = {
    "person": Text("个人", "person"),
    "team": Text("小组", "team"),
    "department": Text("部门", "department"),
    "store": Text("门店", "store"),
    "region": Text("区域", "region"),
    "group": Text("集团", "group"),
}
CHOICES: Mapping[str, Mapping[str, Text]] = {
    "basis": {
        "event": Text("按次计发", "by the event"),
        "settled_lag": Text("定数后发", "once settled"),
        "cutoff_true_up": Text("按截止数据发，定数后补差", "at the cut-off, corrected once settled"),
    },
    "kind": KIND_NAMES,
    "charged_as": KIND_NAMES | {"same": Text("同所针对规则", "as the rule it is over")},
    "measured_on": _LEVELS,
    "among": _LEVELS,
    "paid_to": {
        "self": Text("本人", "the person"),
        "leader": Text("负责人", "the leader"),
        "members": Text("成员", "the members"),
    },
    "prorated": {
        "whole": Text("不折算", "not prorated"),
        "days": Text("按在岗天数", "by days in office"),
        "share": Text("按任职比例", "by the share of the post"),
    },
    "judged_on": {"printed": Text("显示值", "the printed figure"), "exact": Text("精确值", "the exact figure")},
    "at_average": {"not_pass": Text("不达标", "does not pass"), "pass": Text("达标", "passes")},
    "charged": {"once": Text("一次", "once"), "each": Text("每次", "each time")},
    "ties": {"each": Text("各得该名次", "each its place"), "shared": Text("平分", "shared")},
}
"""The words of a choice: entry → value as a plan writes it → what people read."""


def _entries(rule: AnyRule) -> Iterator[tuple[Text, Text]]:
    """What a new rule declares beyond its name: what it has, not what it leaves out."""
    for field in fields(rule):
        value = getattr(rule, field.name)
        if field.name in (*_OWN, "name", "source", "basis") or value in (None, (), 0) or value == field.default:
            continue
        yield LABELS[field.name], _value(field.name, value, rule)


def _changed(before: Any, after: Any) -> Iterator[tuple[str, Text, Text]]:
    if type(before) is not type(after):
        shape = type(before).__name__, type(after).__name__
        yield "shape", Text(*[f"形式 {shape[0]} → {shape[1]}"] * 2), Text("", "")
        return
    for field in fields(after):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name not in _OWN and old != new:
            was, now = _value(field.name, old, before), _value(field.name, new, after)
            label = LABELS[field.name]
            yield field.name, Text(f"{label.zh} {was.zh} → {now.zh}", f"{label.en} {was.en} → {now.en}"), now


def _both(changed: list[tuple[str, Text, Text]]) -> Text:
    return Text(_joined(words.zh for _, words, _ in changed), "; ".join(words.en for _, words, _ in changed))


def _joined(parts: Any) -> str:
    return "；".join(parts)


def _value(name: str, value: Any, of: Any) -> Text:
    """A value as people read it."""
    if value is None or value == ():
        return Text("无", "none")
    if name.endswith("_fen"):
        return Text(f"{yuan(value)} 元", f"{yuan(value)} yuan")
    if name == "places":
        shown = "、".join(yuan(amount) for amount in value)
        return Text(f"{shown} 元", f"{shown} yuan")
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, Text):
        return value
    if isinstance(value, Holdback):
        share = f"{printed_plain(100 * value.share)}%"
        return Text(f"{share}，{value.after_months} 个月后发", f"{share} after {value.after_months} months")
    if isinstance(value, Notice):
        return Text(value.number, value.number)
    if isinstance(value, Fraction):
        is_share = name in ("below", "rate") or (name in ("cap", "full") and hasattr(of, "over"))
        shown = f"{printed_plain(100 * value)}%" if is_share else printed_plain(value)
        return Text(shown, shown)
    if isinstance(value, str) and value in CHOICES.get(name, {}):
        return CHOICES[name][value]
    if isinstance(value, tuple):
        parts = [_part(name, part, of) for part in value]
        return Text("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))
    return Text(str(value), str(value))


def _part(name: str, part: Any, of: Any) -> Text:
    """One of several values."""
    if isinstance(part, Band):
        is_quotient = bool(getattr(of, "band_per", None) or getattr(of, "per", None))
        metric = None if is_quotient else getattr(of, "band_metric", None) or getattr(of, "metric", None)
        is_share = _is_percent(metric, part.since or part.until or Fraction(1))
        if part.worth or hasattr(of, "over"):
            worth = Text(*[f"{printed_plain(100 * part.worth)}%"] * 2)
        else:
            worth = Text(f"{yuan(part.amount_fen)} 元", f"{yuan(part.amount_fen)} yuan")
        low = f"{'>' if part.is_above else '≥'}{_limit(part.since, is_share)}" if part.since is not None else ""
        high = f"{'≤' if part.is_upto else '<'}{_limit(part.until, is_share)}" if part.until is not None else ""
        both = bool(low and high)
        return Text(f"{low}{' 且 ' * both}{high} {worth.zh}", f"{low}{' and ' * both}{high} {worth.en}")
    if isinstance(part, Indicator | Gate):
        sign, is_share = ("≤" if part.is_at_most else "≥"), _is_percent(part.metric, part.limit)
        return Text(*[f"{part.metric} {sign} {_limit(part.limit, is_share)}"] * 2)
    if isinstance(part, CardLine):
        return Text(*[f"{part.metric} {part.weight}%"] * 2)
    if isinstance(part, Grade):
        return Text(*[f"{part.name} {printed_plain(part.since_score)}"] * 2)
    if isinstance(part, Fraction):
        return Text(*[f"{printed_plain(100 * part)}%"] * 2)
    return Text(str(part), str(part))


def _lines(card: Card) -> Text:
    return _value("lines", card.lines, card)


def _is_percent(metric: str | None, edge: Fraction) -> bool:
    return METRICS[metric].unit == PERCENT if metric in METRICS else edge <= 2


def _limit(value: Fraction, is_share: bool) -> str:
    return f"{printed_plain(100 * value)}%" if is_share else printed_plain(value)
