"""Statements as PDF: what the month pays a person, why, and where to sign.

The layout is ``statement.typ``; everything said reaches it as data, so that nothing an office typed is ever markup.
The same statements give the same bytes: no user, no time of export, the date is that of the data.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_contracts.contract import Problem, Text
from data_contracts.people import ROLES
from kpi_app.exports.fonts import Faces, Fitting, faces, fit
from kpi_app.store.months.statements import Statement, Weeks
from metrics.kinds import PERCENT
from scorecards.cards import in_shown_unit
from scorecards.figures import figure_text
from scorecards.money import printed_plain, yuan
from scorecards.payout import COLUMN_NAMES, ROUNDING_RULE
from scorecards.sheet import BEFORE_TAX, STATUS_NAMES, Sheet

if TYPE_CHECKING:
    import typst

LAYOUT = Path(__file__).parent / "statement.typ"

WORDS = {
    "title": Text("绩效对账单", "Performance pay statement"),
    "draft": Text("草 稿", "DRAFT"),
    "id": Text("工号", "ID"),
    "days": Text("在岗天数", "Days in office"),
    "left": Text("离职日期", "Left on"),
    "base": Text("绩效基数", "Performance base"),
    "score": Text("考核得分", "Score"),
    "factor": Text("绩效系数", "Factor"),
    "net": Text("净调整额（元）", "Net adjustment (yuan)"),
    "previous": Text("上月", "Month before"),
    "cause": Text("差额主因", "Main cause of the difference"),
    "summary": Text("金额构成", "What it is made of"),
    "weeks": Text("近 13 周", "The last 13 weeks"),
    "goal": Text("目标", "Goal"),
    "none": Text("无", "none"),
    "lines": Text("明细与理由", "Lines and reasons"),
    "item": Text("项目", "Item"),
    "why": Text("理由与计算", "Reason and arithmetic"),
    "amount": Text("金额（元）", "Amount (yuan)"),
    "total": Text("合计", "Total"),
    "no_lines": Text("本月没有奖惩明细。", "No lines this month."),
    "provisional": Text("未定数", "provisional"),
    "others": Text("没有发放的项目及原因", "What was not paid, and why"),
    "check": Text("扣减校验", "Check of reductions"),
    "plans": Text("依据", "By"),
    "sign": Text("本人确认", "Acknowledgement"),
    "agreed": Text("同意", "I agree"),
    "remark": Text("同意，另有说明：", "I agree, with this remark:"),
    "objection": Text("有异议（请在异议期内写明明细项目与理由）：", "I object (name the line and the reason in time):"),
    "silence": Text("未答复不视为同意。", "No answer is no consent."),
    "signature": Text("签字", "Signature"),
    "date": Text("日期", "Date"),
    "missing": Text(
        "方括号内是字体缺少的字的编码，请手写补正，或安装字体包 fonts-noto-cjk、fonts-hanazono 后重新生成。",
        "Brackets hold the number of a character that no font here has; write it by hand, or install the packages "
        "fonts-noto-cjk and fonts-hanazono and make the file again.",
    ),
}


def pdf(statements: Sequence[Statement], *, lang: str = "zh", fonts: Path | None = None) -> bytes:
    """All statements as one PDF, each beginning on a page of its own and numbered for itself.

    ``fonts`` is a folder with further font files. Raises Problem where typst or a Chinese font is missing.
    """
    compiler, found = _compiler(fonts)
    shown = [_shown(one, lang) for one in statements]
    return _compiled(compiler, _fitted(shown, found), shown, lang, max(one.sheet.as_of for one in statements))


def archive(statements: Sequence[Statement], *, lang: str = "zh", fonts: Path | None = None) -> bytes:
    """A zip with a PDF a person, named by month and 工号."""
    compiler, found = _compiler(fonts)
    shown = [_shown(one, lang) for one in statements]
    fitting = _fitted(shown, found)
    out, names = io.BytesIO(), set[str]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for one, of_person in zip(statements, shown, strict=True):
            day, name = one.sheet.as_of, f"{one.sheet.period}-{_in_file_name(one.person_id)}"
            while name in names:  # two ids that differ only in what a file's name must not hold
                name += "_"
            names.add(name)
            entry = zipfile.ZipInfo(f"{name}.pdf", (day.year, day.month, day.day, 0, 0, 0))
            entry.external_attr = 0o600 << 16
            made.writestr(entry, _compiled(compiler, fitting, [of_person], lang, day))
    return out.getvalue()


def unprintable(statements: Sequence[Statement], *, lang: str = "zh", fonts: Path | None = None) -> frozenset[str]:
    """The characters of these statements that no font here holds: they are printed as their numbers."""
    return _fitted([_shown(one, lang) for one in statements], _compiler(fonts)[1]).missing


@lru_cache(maxsize=4)
def _compiler(fonts: Path | None) -> "tuple[typst.Compiler, Faces]":
    try:
        import typst
    except ImportError:
        raise Problem(
            "没有安装 PDF 组件 typst；请运行 pip install 'kpi-app[pdf]'。",
            "The PDF component typst is not installed; run pip install 'kpi-app[pdf]'.",
        ) from None
    found = faces(fonts)
    return typst.Compiler(input=LAYOUT, root=LAYOUT.parent, font_paths=found.loaded), found


def _fitted(shown: Sequence[Mapping[str, Any]], found: Faces) -> Fitting:
    text = json.dumps([shown, [word for words in WORDS.values() for word in words]], ensure_ascii=False)
    return fit([text, *_strings(shown)], found)


def _compiled(
    compiler: "typst.Compiler", fitting: Fitting, shown: Sequence[Mapping[str, Any]], lang: str, day: date
) -> bytes:
    data = {
        "lang": lang,
        "fonts": fitting.families,
        "words": {key: word.said(lang) for key, word in WORDS.items()},
        "before_tax": BEFORE_TAX.said(lang),
        "statements": _legible(shown, fitting),
    }
    made = compiler.compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.combine(day, time(), UTC),
    )
    assert isinstance(made, bytes)
    return made


def _shown(statement: Statement, lang: str) -> dict[str, Any]:
    """A statement as the layout reads it: texts, and for the chart heights."""
    sheet, person = statement.sheet, statement.sheet.people[0]
    columns = {name: sum(sheet.columns_of(one)[name] for one in sheet.people) for name in COLUMN_NAMES}
    previous = [one.previous_fen for one in sheet.people if one.previous_fen is not None]
    facts = [
        ("id", person.person_id),
        ("days", str(sum(one.days_in_office for one in sheet.people))),
        ("left", person.left_on.isoformat() if person.left_on else ""),
        ("base", yuan(person.base_fen) if person.base_fen is not None else ""),
        ("score", person.score or ""),
        ("factor", f"{person.factor:.4f}" if person.factor is not None else ""),
        ("previous", yuan(sum(previous)) if previous else ""),
        ("cause", person.change_cause.said(lang) if previous else ""),
    ]
    role = ROLES.get(person.role, (person.role,))
    posts = dict.fromkeys(f"{one.store_name} · {one.department}" for one in sheet.people)
    status = STATUS_NAMES[sheet.status]
    checks = dict.fromkeys(one.check.said(lang) for one in sheet.people)
    return {
        "period": sheet.period,
        "name": person.person_name,
        "post": f"{'、'.join(posts)} · {person.role.replace('_', ' ') if lang == 'en' else role[0]}",
        "state": Text(
            f"{status.zh}，第 {sheet.revision} 版，数据截至 {sheet.as_of}",
            f"{status.en}, revision {sheet.revision}, data as of {sheet.as_of}",
        ).said(lang),
        "is_draft": sheet.status != "locked",
        "facts": [{"label": WORDS[label].said(lang), "value": value} for label, value in facts if value],
        "net": yuan(sheet.total_fen),
        "columns": [
            {"name": COLUMN_NAMES[name].said(lang), "amount": yuan(fen)} for name, fen in columns.items() if fen
        ],
        "lines": [_line(sheet, line, lang) for line in _in_reading_order(sheet)],
        "others": [
            {"rule": _rule_name(sheet, one.rule, lang), "period": one.metric_period, "why": one.why.said(lang)}
            for one in sheet.judgements
            if one.line_id is None
        ],
        "check": "；".join(checks) if lang == "zh" else "; ".join(checks),
        "plans": _plans(sheet, lang),
        "digest": sheet.digest,
        "exported": statement.exported,
        "chart": _chart(statement.weeks, lang) if statement.weeks else None,
    }


def _in_reading_order(sheet: Sheet) -> list[dict[str, Any]]:
    """Kind by kind as the columns stand; 尾差 last."""
    kinds = list(COLUMN_NAMES)
    return sorted(
        sheet.lines.to_dicts(),
        key=lambda line: (line["rule"] == ROUNDING_RULE, kinds.index(line["kind"]), line["rule"], line["line_id"]),
    )


def _line(sheet: Sheet, line: Mapping[str, Any], lang: str) -> dict[str, Any]:
    is_reduction = line["kind"] in ("kpi_reduction", "loss_compensation")
    kind = Text("绩效扣减", "reduction") if is_reduction else sheet.kind_name(line)
    moved = ""
    if line["requested_fen"] != line["amount_fen"]:
        parts = {
            Text("实计", "applied"): line["amount_fen"],
            Text("超出不再扣", "lapsed"): line["lapsed_fen"],
            Text("顺延以后月份", "carried to later months"): line["carried_fen"],
            Text("免扣", "waived"): line["waived_fen"],
        }
        sum_of = " + ".join(f"{name.said(lang)} {yuan(fen)}" for name, fen in parts.items() if fen)
        moved = f"{Text('应计', 'requested').said(lang)} {yuan(line['requested_fen'])} = {sum_of or '0.00'}"
    notes = [f"{Text('文号', 'notice').said(lang)} {line['notice']}" if line["notice"] else ""]
    if line["corrects_period"]:
        notes.append(f"{Text('更正', 'corrects').said(lang)} {line['corrects_period']}")
    return {
        "name": sheet.rule_name(line).said(lang),
        "kind": " · ".join(it for it in (kind.said(lang), line["metric_period"]) if it),
        "notes": [note for note in notes if note],
        "why": line[f"arithmetic_{lang}"],
        "moved": moved,
        "is_settled": line["is_settled"],
        "amount": yuan(line["amount_fen"]),
    }


def _rule_name(sheet: Sheet, key: str, lang: str) -> str:
    found = [name for it, name in sheet.rule_names.items() if it.rpartition("/")[2] == key]
    return found[0].said(lang) if found else key


def _plans(sheet: Sheet, lang: str) -> list[str]:
    used = dict.fromkeys(line["plan"] for line in sheet.lines.to_dicts()) | dict.fromkeys(
        plan["key"] for plan in sheet.plans if any(plan["name"] in one.plans for one in sheet.people)
    )
    return [
        Text(
            f"{plan['name']}，自 {plan['since']} 起执行，文号 {plan['notice']}，{plan['published_on']} 公示",
            f"{plan['name']}, since {plan['since']}, notice {plan['notice']}, published {plan['published_on']}",
        ).said(lang)
        for plan in sheet.plans
        if plan["key"] in used
    ]


def _chart(weeks: Weeks, lang: str) -> dict[str, Any]:
    """Bars of the weeks and the goal as a line, as shares of the highest of them."""
    shown = [(label, None if value is None else in_shown_unit(weeks.metric, value)) for label, value in weeks.values]
    top = max([it for _, it in shown if it is not None] + ([weeks.goal] if weeks.goal else []), default=Fraction(0))
    scale = top or Fraction(1)
    goal = "" if weeks.goal is None else printed_plain(weeks.goal * (100 if weeks.metric.unit == PERCENT else 1))
    return {
        "title": weeks.metric.label.said(lang),
        "description": weeks.metric.description.said(lang),
        "goal": f"{goal}%" if goal and weeks.metric.unit == PERCENT else goal,
        "goal_height": None if weeks.goal is None else float(weeks.goal / scale),
        "bars": [
            {
                "label": label.partition("-")[2],
                "height": None if it is None else float(max(it, Fraction(0)) / scale),
                "text": "" if value is None else figure_text(weeks.metric, value).said(lang).split(" ")[0],
            }
            for (label, it), (_, value) in zip(shown, weeks.values, strict=True)
        ],
    }


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, Sequence) else ()
    return [text for one in inner for text in _strings(one)]


def _legible(value: Any, fitting: Fitting) -> Any:
    """The same value with every text legible."""
    if isinstance(value, str):
        return fitting.legible(value)
    if isinstance(value, Mapping):
        made = {key: _legible(inner, fitting) for key, inner in value.items()}
        if "net" in made:
            made["is_missing"] = any(fitting.missing & set(text) for text in _strings(value))
        return made
    return [_legible(inner, fitting) for inner in value] if isinstance(value, Sequence) else value


def _in_file_name(text: str) -> str:
    return "".join(it if it.isalnum() or it in "-_." else "_" for it in text)
