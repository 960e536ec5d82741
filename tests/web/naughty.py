"""What somebody might type into a field, and an office in which every field that takes text holds all of it."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Identity
from kpi_app.cli.frame import day_of
from kpi_app.cli.month import fen
from kpi_app.intake.read import Incoming
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.complaints import actions, questions, rulings
from kpi_app.store.database import Database
from kpi_app.store.disputes import acknowledgements, credit, objections
from kpi_app.store.months import (
    approvals,
    checklist,
    leavers,
    lines,
    losses,
    month,
    month_settings,
    standing,
    urging,
)
from kpi_app.store.proving import audit
from kpi_app.store.rows import imports
from kpi_app.store.rulebook import laws, plans, working_days
from kpi_app.store.views import notes, overview, success
from metrics.period import Period
from tests.scorecards.group import OCTOBER, answers, post
from tests.store.complaints.test_meeting import HEAD
from tests.store.disputes.test_credit import CALLERS, arrived, invited
from tests.store.disputes.test_credit import HEAD as HEAD_OF_CALLERS
from tests.store.months.test_leavers import SECOND
from tests.store.office import reading_here
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, PEOPLE, SHOWN, STAFF, TABLES, fill

AS_OF = date(2026, 10, 31)
ELSEWHERE = "elsewhere.example"
TYPED = (
    f'=HYPERLINK("http://{ELSEWHERE}/f","点")',
    "+1+1",
    "-2+3|cmd' /C calc'!A0",
    "@SUM(1+1)",
    "＝1+1",
    f"http://{ELSEWHERE}/link",
    f"\\\\{ELSEWHERE}\\share",
    "file:///etc/passwd",
    "mailto:a@elsewhere.example",
    "<script>window.ran=1</script>",
    f"<img src='http://{ELSEWHERE}/x.png' onerror='window.ran=1'>",
    f"<style>body{{background:url(http://{ELSEWHERE}/s)}}</style><svg onload=window.ran=1>",
    "\"><a href='javascript:window.ran=1'>点</a>",
    f"![图](http://{ELSEWHERE}/y.png) [点](javascript:window.ran=1)",
    "**粗** `码` $x^2$ :red[红] :material/home: # 题",
    "{{ 7*7 }} {name} ${x} %s %(n)s {0}",
    "'; DROP TABLE users; --",
    "\u202e倒着写\u202c 与 \u200f右",
    "零\u200b宽\ufeff度",
    "响\x07铃\x1b[31m",
    "👩‍👩‍👧‍👦🏳️‍🌈é",
    "𠮷野家䶮\U0003106c",
    "长" * 120,
    "Wo" * 120,
    "NULL",
    f"[link=http://{ELSEWHERE}]点[/link] [/] [bold]粗[/bold] :smile:",
    f"\x1b]8;;http://{ELSEWHERE}\x1b\\点\x1b]8;;\x1b\\",
    "007",
)
"""Formulas, links, paths, HTML, Markdown, templates, SQL, directions, nothing wide, controls, emoji, rare, long, and
what a terminal makes a link of."""
NUL = "空\x00字符"
EVERYTHING = "\n".join(TYPED)
"""All of it in one text, for what can be said only once."""

OTHER = Identity(user_id=5, name="员工E2", roles=frozenset({"staff"}), person_id="E2")
PLAN = """
key = "naughty_{n}"
name = {{ zh = {text}, en = {text} }}
since = "2026-12"
source = {text}
[notice]
number = {text}
published_on = 2026-11-01
[[rules]]
key = "visits"
shape = "per_unit"
kind = "commission"
name = {{ zh = {text}, en = {text} }}
source = {text}
basis = "event"
roles = ["sales_consultant"]
metric = "visit_groups"
amount = "1.00"
"""


LAW = """
region = {text}
cities = [{text}]
name = {{ zh = {text}, en = {text} }}
since = "2027-01"
[loss_compensation]
share = "20%"
source = {text}
[disciplinary_fine]
is_allowed = false
source = {text}
"""
WEEK, SALES = "2026-W44", "department:S01/销售部"
LEAVER = Identity(user_id=7, name="离职人", roles=frozenset({"staff"}), person_id="L1")


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that takes text.

    ``at`` is where one types it: ``page: label`` and ``kpi command: argument``. ``typed`` is the verb that page and
    command call with it, ``read`` what shows it afterwards; ``kept`` is the text as it is kept. What can be said only
    once (``is_once``) is said with everything in one text, after what must come before it. ``most`` is how many
    characters it takes; what is longer is refused.
    """

    at: tuple[str, ...]
    typed: Callable[[Database, str], object]
    read: Callable[[Database], Iterable[Any]]
    kept: Callable[[str], Any] = str
    is_once: bool = False
    most: int | None = None
    before: Callable[[Database], object] = lambda db: None

    @property
    def texts(self) -> tuple[str, ...]:
        """What is typed into it."""
        fit = tuple(text for text in TYPED if self.most is None or len(text) <= self.most)
        return (EVERYTHING,) if self.is_once else fit


@cache
def home() -> Path:
    """The office with everything typed into every field and October computed again, made once; to be copied.

    What each field said to a NUL stands beside it in ``refused.json``.
    """
    folder = Path(tempfile.mkdtemp(prefix="kpi-naughty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    refused: dict[str, str] = {}
    with reading_here(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        users._hash_of_nothing.cache_clear()
        made = office(database.create(Settings(home=folder / "home", as_of=AS_OF)))
        for name, field in FIELDS.items():
            field.before(made)
            try:
                field.typed(made, NUL)
            except Problem as problem:
                refused[name] = problem.text.zh
            for text in field.texts:
                field.typed(made, text)
        made.close()
    users._hash_of_nothing.cache_clear()
    (folder / "refused.json").write_text(json.dumps(refused), encoding="utf-8")
    return folder / "home"


def people() -> list[dict[str, Any]]:
    """Somebody of every name, in a team of that name."""
    return [post(f"N{n:02}", person_name=text, team_name=text) for n, text in enumerate(TYPED)]


def office(db: Database) -> Database:
    """An office whose people have those names, with October computed."""
    fill(
        db,
        people=[*PEOPLE, *people(), *CALLERS, post("L1", person_name="离职人", left_on="2026-10-31")],
        surveys=[*TABLES["surveys"], *answers("L1", *[90_00] * 5)],
        invitations=[invited("Y1", "I1", "2026-10-05 10:00"), invited("Y2", "I2", "2026-10-06 10:00")],
        store_visits=[arrived("D1", "2026-10-08 10:00")],
    )
    settings = {"chain": "sales_director; general_manager", "blocking": "computed_to_the_end"}
    month_settings.set_(db, access.CONSOLE, settings, since="2026-10", store_id="S02")
    users.add(db, access.CONSOLE, "绑定", "x" * 12, roles=["admin"])
    compute(db)
    return db


def compute(db: Database, unit: str | None = None) -> None:
    month.compute(db, HR, OCTOBER, as_of=AS_OF, unit=unit)


def line_of(db: Database, person_id: str) -> str:
    """The line of a person's award."""
    (line,) = month.sheet(db, HR, OCTOBER).lines.filter(person_id=person_id, kind="bonus").to_dicts()
    return str(line["line_id"])


def entries(db: Database, verb: str) -> list[dict[str, Any]]:
    """What was noted of a verb."""
    return [entry["about"] for entry in audit.listing(db, access.CONSOLE, verb=verb, limit=1_000)]


def numbered(text: str) -> int:
    """The place of what is typed among all of it."""
    return TYPED.index(text) if text in TYPED else 99


def an_action_taken(db: Database, text: str) -> None:
    number = actions.add(db, HEAD, store_id="S01", department="销售部", what="措施", owner_id="E1", due_on=AS_OF)
    actions.take(db, STAFF, number, "done", words=text)


def an_objection_answered(db: Database, text: str) -> None:
    number = objections.claim(db, OTHER, OCTOBER, reason="漏算", about="rule")
    objections.answer(db, HR, number, outcome="rejected", words=text)


def a_plan_of_success(db: Database, text: str) -> None:
    number = success.add(db, STAFF, person_id="E1", metric="css_score", goal="90", due_on=AS_OF, steps=text)
    success.agree(db, HEAD, number)
    success.check(db, HEAD, number, words=text)
    success.end(db, HEAD, number, words=text)


def a_plan(db: Database, text: str) -> None:
    plans.load(db, access.CONSOLE, PLAN.format(n=numbered(text), text=as_toml(text)))


def as_toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def a_notice_of_a_plan(db: Database, text: str) -> None:
    number = numbered(text)
    plans.amend(
        db, access.CONSOLE, "naughty_1", "visits", {"amount": f"{number + 2}.00"}, since="2027-02", notice=text,
        published_on=AS_OF,
    )  # fmt: skip


def a_file(db: Database, text: str) -> None:
    stores = "门店编号,门店名称,区域,城市\nS01,东一店,华东,上海\n".encode()
    imports.run(db, access.CONSOLE, [Incoming(f"{text}.csv", stores)], dry_run=False)


def a_login(db: Database, text: str) -> None:
    try:
        users.sign_in(db, text, "x" * 12)
    except Problem as refused:
        if "NUL" in refused.text.zh:
            raise


def a_line(db: Database, text: str) -> None:
    person_id = f"N{TYPED.index(text):02}" if text in TYPED else "E1"
    evidence = lines.Evidence(note=text, file_name=f"{text}.pdf", sha256="0" * 64)
    number = lines.add(db, HR, OCTOBER, person_id=person_id, amount_fen=100, reason=text, evidence=evidence)
    lines.approve(db, BOSS, number)


def a_loss(db: Database, text: str) -> None:
    evidence = lines.Evidence(note=text, file_name=f"{text}.pdf", sha256="0" * 64)
    losses.add(db, HR, OCTOBER, person_id="E2", amount_fen=100, reason=text, evidence=evidence)


def a_line_refused(db: Database, text: str) -> None:
    lines.refuse(
        db, BOSS, lines.add(db, HR, OCTOBER, person_id="E2", amount_fen=100, reason="错", evidence=SHOWN), reason=text
    )


def a_loss_ended(db: Database, text: str) -> None:
    losses.end(
        db, BOSS, losses.add(db, HR, OCTOBER, person_id="E2", amount_fen=100, reason="错", evidence=SHOWN), reason=text
    )


def a_clause(db: Database, text: str) -> None:
    evidence = lines.Evidence(note=text, file_name=f"{text}.pdf", sha256="0" * 64)
    number = leavers.leave_out(db, HR, line_of(db, "L1"), clause=text, evidence=evidence)
    for who in (BOSS, SECOND):
        lines.approve(db, who, number)


def a_note_worded_anew(db: Database, text: str) -> None:
    notes.reword(db, HEAD, notes.write(db, HEAD, SALES, WEEK, "旧"), text)


def an_urging(db: Database, text: str) -> None:
    person_id = f"N{numbered(text):02}" if text in TYPED else "E2"
    urging.urge_person(db, HEAD, person_id, words=text)


def urged(db: Database) -> list[str]:
    people = (Identity(user_id=100 + n, name="", person_id=f"N{n:02}") for n in range(len(TYPED)))
    return [it.text.zh for who in people for it in urging.listing(db, who, as_of=AS_OF)]


def a_user(db: Database, text: str) -> None:
    users.add(db, access.CONSOLE, text, "x" * 12, roles=["staff"], person_id=text)


def a_scan(db: Database, text: str) -> None:
    given = {"unit": "S02", "signer": "D01", "file": f"{text}.pdf", "data": b"%PDF"}
    approvals.record_scan(db, HR, OCTOBER, words=text, **given)


def handed_in(db: Database) -> None:
    compute(db, "S02")
    month.submit(db, HR, OCTOBER, unit="S02")


def an_answer_to_checks(db: Database, text: str) -> None:
    checklist.answer(db, HR, OCTOBER, item="minimum_wages_set", choice="accept", words=text, unit="S01")


def answers_to_checks(db: Database) -> list[str]:
    with db.read() as conn:
        return [it.words for it in checklist.answers(conn, OCTOBER.label, "S01").values()]


def a_ruling(db: Database, text: str) -> None:
    said = {"evidence": text, "note": text}
    rulings.set_(db, DIRECTOR_OF_SALES, complaint_id="C2", person_id="E2", fault="有责", penalty_fen=60_00, **said)


FIELDS: Mapping[str, Field] = {
    "measures": Field(
        at=("complaint_meeting: 措施", "kpi action add: what"),
        typed=lambda db, text: actions.add(
            db, HEAD, store_id="S01", department="销售部", what=text, owner_id="E1", due_on=AS_OF
        ),
        read=lambda db: [it.what for it in actions.listing(db, HEAD)],
    ),
    "steps of measures": Field(
        at=(
            "complaint_meeting: 说明",
            "kpi action done: words",
            "kpi action check: words",
            "kpi action recheck: words",
        ),
        typed=an_action_taken,
        read=lambda db: [step.words for it in actions.listing(db, HEAD) for step in it.steps],
    ),
    "questions": Field(
        at=("complaint_meeting: 回访时必问", "kpi question ask: words"),
        typed=lambda db, text: questions.ask(db, HEAD, store_id="S01", department="销售部", words=text),
        read=lambda db: [it.words for it in questions.listing(db, HEAD)],
    ),
    "objections": Field(
        at=("my_say: 漏算了什么", "kpi objection claim: reason"),
        typed=lambda db, text: objections.claim(db, STAFF, OCTOBER, reason=text),
        read=lambda db: [it.reason for it in objections.listing(db, STAFF)],
    ),
    "objections to lines": Field(
        at=("my_say: 理由", "kpi objection raise: reason"),
        is_once=True,
        typed=lambda db, text: objections.dispute(db, STAFF, line_of(db, "E1"), reason=text),
        read=lambda db: [it.reason for it in objections.listing(db, STAFF)],
    ),
    "answers": Field(
        at=("objections: 答复理由", "kpi objection answer: words"),
        typed=an_objection_answered,
        read=lambda db: [it.words for it in objections.listing(db, HR)],
    ),
    "credits": Field(
        at=("objections: 改定理由", "kpi credit give: reason"),
        is_once=True,
        typed=lambda db, text: credit.give(db, HEAD_OF_CALLERS, visit_id="D1", person_id="I1", reason=text),
        read=lambda db: [row["reason"] for row in credit.listing(db, HEAD_OF_CALLERS)],
    ),
    "remarks": Field(
        at=("my_say: 备注", "kpi statement acknowledge: remark"),
        typed=lambda db, text: acknowledgements.acknowledge(db, STAFF, OCTOBER, answer="remark", words=text),
        read=lambda db: [about.get("words") for about in entries(db, "statement.acknowledge")],
    ),
    "plans of success": Field(
        at=(
            "my_success: 怎么做到",
            "my_success: 看到了什么",
            "my_success: 结果或原因",
            "kpi success add: step",
            "kpi success check: words",
            "kpi success end: words",
        ),
        typed=a_plan_of_success,
        read=lambda db: [
            said
            for it in success.listing(db, STAFF, as_of=AS_OF)
            for said in ("\n".join(it.steps), *(check.words for check in it.checks), it.ended_words)
        ],
    ),
    "pay plans": Field(
        at=(
            "plans: 方案文件（TOML）",
            "simulate: 拟定的方案文件（TOML）",
            "kpi plan load: file",
            "kpi plan check: file",
            "kpi plan diff: file",
            "kpi simulate: plan",
        ),
        typed=a_plan,
        read=lambda db: [it["name"] for it in plans.listing(db, access.CONSOLE)],
    ),
    "notices of plans": Field(
        at=("plans: 文号", "kpi plan set: notice"),
        typed=a_notice_of_a_plan,
        read=lambda db: [it["notice"] for it in plans.listing(db, access.CONSOLE) if it["since"] == "2027-02"],
    ),
    "laws": Field(
        at=(
            "settings: 参数（TOML）：改地区名、城市、生效月份和数值，每个数值都要写依据",
            "kpi law load: file",
            "kpi law check: file",
        ),
        typed=lambda db, text: laws.load(db, access.CONSOLE, LAW.format(text=as_toml(text))),
        read=lambda db: [it["region"] for it in laws.listing(db, access.CONSOLE) if it["loss_source"] == it["region"]],
    ),
    "login names": Field(
        at=("login.html: name", "password.html: name", "kpi: user"),
        typed=a_login,
        read=lambda db: [about.get("user") for about in entries(db, "sign_in.refused")],
        kept=users.login_name,
        most=users.LONGEST_NAME,
    ),
    "user names": Field(
        at=(
            "users: 用户名",
            "users: 工号",
            "kpi user add: name",
            "kpi user add: person",
            "kpi user change: person",
            "kpi init: admin",
        ),
        typed=a_user,
        read=lambda db: [(it["name"], it["person_id"]) for it in users.listing(db, access.CONSOLE)],
        kept=lambda text: (users.login_name(text), text),
        most=users.LONGEST_NAME,
    ),
    "bindings": Field(
        at=("users: 外部账号编号", "kpi user bind: subject", "kpi user bind: issuer"),
        typed=lambda db, text: users.bind(db, access.CONSOLE, "绑定", issuer=text, subject=text),
        read=lambda db: [about["subject"] for about in entries(db, "user.bind") if about["issuer"] == about["subject"]],
    ),
    "manual lines": Field(
        at=(
            "month/by_hand: 理由",
            "month/by_hand: 凭据说明",
            "month/by_hand: 凭据文件",
            "kpi line add: reason",
            "kpi line add: evidence",
            "kpi line add: evidence_file",
        ),
        typed=a_line,
        read=lambda db: [
            line[name] for line in lines.listing(db, HR, OCTOBER) for name in ("reason", "evidence") if name in line
        ],
    ),
    "refusals of lines": Field(
        at=("month/by_hand: 否决理由", "kpi line refuse: reason"),
        is_once=True,
        typed=a_line_refused,
        read=lambda db: [line.get("refused_words") for line in lines.listing(db, HR, OCTOBER)],
    ),
    "clauses": Field(
        at=(
            "month/by_hand: 条款原文",
            "kpi line leave-out: clause",
            "kpi line leave-out: evidence",
            "kpi line leave-out: evidence_file",
        ),
        is_once=True,
        typed=a_clause,
        read=lambda db: [line["reason"] for line in lines.listing(db, HR, OCTOBER) if "leaves_out" in line],
    ),
    "losses": Field(
        at=("kpi loss add: reason", "kpi loss add: evidence", "kpi loss add: evidence_file"),
        typed=a_loss,
        read=lambda db: [case["reason"] for case in losses.listing(db, HR)],
    ),
    "ends of losses": Field(
        at=("kpi loss end: reason",),
        is_once=True,
        typed=a_loss_ended,
        read=lambda db: [about["reason"] for verb in ("loss.refuse", "loss.withdraw") for about in entries(db, verb)],
    ),
    "rulings": Field(
        at=(
            "complaint_meeting: 判定理由",
            "complaint_meeting: 证据",
            "kpi ruling set: note",
            "kpi ruling set: evidence",
        ),
        typed=a_ruling,
        read=lambda db: [it[name] for it in rulings.history(db, BOSS, "C2") for name in ("note", "evidence")],
    ),
    "file names": Field(
        at=("imports: 文件（CSV、XLSX、XLS，可多选）", "kpi import: files"),
        typed=a_file,
        read=lambda db: [it["files"].removesuffix(".csv") for it in imports.listing(db, access.CONSOLE)],
    ),
    "notes": Field(
        at=("week/agreed: 内容", "kpi week note: words"),
        typed=lambda db, text: notes.write(db, HEAD, SALES, WEEK, text),
        read=lambda db: [it.words for it in notes.listing(db, HEAD, SALES, WEEK)],
    ),
    "notes worded anew": Field(
        at=("kpi week reword: words",),
        typed=a_note_worded_anew,
        read=lambda db: [it.words for it in notes.listing(db, HEAD, SALES, WEEK) if len(it.wordings) > 1],
    ),
    "urgings": Field(at=("week/today: 催办内容", "kpi urge person: words"), typed=an_urging, read=urged),
    "month settings": Field(
        at=("kpi month settings: change",),
        is_once=True,
        typed=lambda db, text: month_settings.set_(db, access.CONSOLE, {"no_bands": text}, since="2027-01"),
        read=lambda db: [month_settings.show(db, "2027-01").no_bands],
        kept=lambda text: tuple(it.strip() for it in text.split(",")),
    ),
    "notices of the calendar": Field(
        at=("settings: 通知文号", "kpi workdays set: notice"),
        is_once=True,
        typed=lambda db, text: working_days.set_(
            db, access.CONSOLE, date(2027, 2, 6), date(2027, 2, 6), is_working=True, notice=text
        ),
        read=lambda db: [day.notice for day in working_days.listing(db)],
    ),
    "returns": Field(
        at=("month/steps: 退回原因", "kpi month return: reason"),
        is_once=True,
        before=handed_in,
        typed=lambda db, text: month.return_(db, HR, OCTOBER, unit="S02", reason=text),
        read=lambda db: [about["words"] for about in entries(db, "month.return")],
    ),
    "scans": Field(
        at=("month/steps: 扫描件", "month/steps: 说明", "kpi month scan: file", "kpi month scan: words"),
        is_once=True,
        before=handed_in,
        typed=a_scan,
        read=lambda db: [
            about["words"] for about in entries(db, "month.approve") if about.get("file") == f"{about['words']}.pdf"
        ],
    ),
    "approvals": Field(
        at=("month/steps: 审批意见（可不填）", "kpi month approve: words"),
        is_once=True,
        typed=lambda db, text: month.approve(db, BOSS, OCTOBER, unit="S02", words=text),
        read=lambda db: [it.words for it in month.sheet(db, HR, OCTOBER, unit="S02").approvals],
    ),
    "sign-offs": Field(
        at=("month/sign_off: 核对意见（可不填）", "kpi month sign-off: words"),
        is_once=True,
        before=lambda db: compute(db, "S01"),
        typed=lambda db, text: approvals.sign_off(
            db, DIRECTOR_OF_SALES, OCTOBER, unit="S01", department="销售部", words=text
        ),
        read=lambda db: [it.words for one in standing.matrix(db, HR, OCTOBER) for it in one.sign_offs],
    ),
    "answers to checks": Field(
        at=("month/checks: 理由", "kpi month answer: words"),
        is_once=True,
        typed=an_answer_to_checks,
        read=answers_to_checks,
    ),
}
"""Field → where one types it, the verb that is called with it, and where it comes out again."""


def asked(db: Database, text: str, **given: Any) -> object:
    """A question asked in the name of something."""
    return questions.ask(db, HEAD, **{"store_id": "S01", "department": "销售部", "words": text, **given})


def a_user_with(db: Database, text: str, **given: Any) -> object:
    return users.add(db, access.CONSOLE, f"新{text}", "x" * 12, **{"roles": ["hr"], "scopes": ["group"], **given})


def a_plan_amended(db: Database, **given: Any) -> object:
    told = {"key": "naughty_1", "rule": "visits", "changes": {"amount": "9.00"}, "since": "2027-03", **given}
    return plans.amend(db, access.CONSOLE, notice="号", published_on=AS_OF, **told)


def a_loss_for(db: Database, text: str) -> object:
    return losses.add(db, HR, OCTOBER, person_id="E2", amount_fen=100, reason="错", evidence=SHOWN, event=text)


def a_plan_of_success_for(db: Database, **given: Any) -> object:
    told = {"person_id": "E1", "metric": "css_score", "goal": "90", **given}
    return success.add(db, STAFF, due_on=AS_OF, steps="练", **told)


@dataclass(frozen=True, kw_only=True)
class Name:
    """What only names something known, or has a form of its own: asked for anything else, ``ask`` refuses or finds
    nothing. Arguments of commands have the table's keys; ``at`` are the places on pages, and arguments called else."""

    ask: Callable[[Database, str], Any]
    at: tuple[str, ...] = ()


NAMES: Mapping[str, Name] = {
    "unit": Name(ask=lambda db, text: month.status(db, HR, OCTOBER, unit=text)),
    "period": Name(ask=lambda db, text: Period.parse(text), at=("kpi simulate: months",)),
    "week": Name(ask=lambda db, text: notes.listing(db, HEAD, SALES, text)),
    "subject": Name(ask=lambda db, text: overview.subject_of(db, BOSS, text, AS_OF)),
    "department": Name(ask=lambda db, text: asked(db, "问", department=text)),
    "cause": Name(ask=lambda db, text: asked(db, "问", cause=text)),
    "person": Name(
        ask=lambda db, text: lines.add(db, HR, OCTOBER, person_id=text, amount_fen=100, reason="错", evidence=SHOWN),
        at=("month/by_hand: 人员", "objections: 归属人", "month/steps: 签字人工号", "kpi month scan: signer",
            "kpi action add: owner", "kpi credit give: to"),
    ),
    "complaint": Name(ask=a_loss_for, at=("month/by_hand: 投诉编号（如由抱怨引起）",)),
    "line_id": Name(ask=lambda db, text: month.explain(db, HR, text), at=("explain: 行号",)),
    "case_id": Name(ask=lambda db, text: losses.approve(db, BOSS, text)),
    "asked": Name(ask=lambda db, text: credit.find(db, HEAD_OF_CALLERS, text), at=("objections: 到店编号或客户编号",)),
    "visit_id": Name(ask=lambda db, text: credit.history(db, HEAD_OF_CALLERS, text)),
    "metric": Name(ask=lambda db, text: a_plan_of_success_for(db, metric=text)),
    "goal": Name(ask=lambda db, text: a_plan_of_success_for(db, goal=text), at=("my_success: 目标值",)),
    "plan": Name(ask=lambda db, text: plans.show(db, access.CONSOLE, text)),
    "key": Name(ask=lambda db, text: a_plan_amended(db, key=text)),
    "rule": Name(ask=lambda db, text: a_plan_amended(db, rule=text)),
    "since": Name(ask=lambda db, text: a_plan_amended(db, since=text), at=("plans: 生效月份",)),
    "changes": Name(
        ask=lambda db, text: a_plan_amended(db, changes={"amount": text}), at=("plans: 新的值（现为 {value}）",)
    ),
    "region": Name(ask=lambda db, text: laws.show(db, access.CONSOLE, text)),
    "item": Name(
        ask=lambda db, text: checklist.answer(db, HR, OCTOBER, item=text, choice="accept", words="看过", unit="S01")
    ),
    "choice": Name(
        ask=lambda db, text: checklist.answer(db, HR, OCTOBER, item="sign_offs", choice=text, words="看过", unit="S01")
    ),
    "about": Name(ask=lambda db, text: objections.claim(db, STAFF, OCTOBER, reason="错", about=text)),
    "outcome": Name(ask=lambda db, text: objections.answer(db, HR, 1, outcome=text, words="看过")),
    "state": Name(ask=lambda db, text: objections.listing(db, HR, state=text)),
    "role": Name(ask=lambda db, text: a_user_with(db, text, roles=[text])),
    "scope": Name(ask=lambda db, text: a_user_with(db, text, scopes=[text])),
    "name": Name(ask=lambda db, text: users.disable(db, access.CONSOLE, text)),
    "contract": Name(ask=lambda db, text: imports.run(db, access.CONSOLE, [], contract=text)),
    "amount": Name(ask=lambda db, text: fen(text), at=("kpi ruling set: penalty",)),
    "on": Name(
        ask=lambda db, text: day_of(text),
        at=("kpi action add: due", "kpi success add: due", "kpi plan set: published", "kpi workdays set: first",
            "kpi workdays set: last", "kpi: as_of"),
    ),
}  # fmt: skip
"""Argument → what is asked for by it."""
OTHERWISE = (
    "login.html: password", "password.html: current", "password.html: new", "password.html: again",  # hashed
    "month/papers: 对照（TOML）", "kpi sheet: items",  # test_pay_items_are_guarded_too
    "records: 上次导出的表上的校验码（可不填）", "kpi audit verify: head",  # compared with what is there
    "kpi contracts: name", "kpi contracts: template", "kpi metrics: key", "kpi measure: level",  # of a closed list
    "kpi ruling set: fault", "kpi ruling set: kind", "kpi sheet: split", "kpi month diff: against", "kpi: lang",
    "kpi backup: file", "kpi restore: file", "kpi docs: folder", "kpi demo: files", "kpi roster: file",  # paths
    "kpi evidence: out", "kpi measure: out", "kpi sheet: out", "kpi statement print: out", "kpi verify: pack",
    "kpi serve: host",
)  # fmt: skip
"""What is typed and never shown again."""
