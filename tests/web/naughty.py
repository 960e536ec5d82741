"""What somebody might type into a field, and an office in which every field that takes text holds all of it."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Identity
from kpi_app.intake import read
from kpi_app.intake.read import Incoming
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.complaints import actions, questions, rulings
from kpi_app.store.database import Database
from kpi_app.store.disputes import acknowledgements, objections
from kpi_app.store.months import lines, losses, month
from kpi_app.store.rows import imports
from kpi_app.store.rulebook import plans
from kpi_app.store.views import success
from tests.scorecards.group import OCTOBER, post
from tests.store.complaints.test_meeting import HEAD
from tests.store.conftest import _read_here
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, PEOPLE, STAFF, fill

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
    "007",
)
"""Formulas, links, paths, HTML, Markdown, templates, SQL, directions, nothing wide, controls, emoji, rare and long."""
NUL = "空\x00字符"

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


@cache
def home() -> Path:
    """The office with everything typed into every field and October computed again, made once; to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="kpi-naughty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "_ask", _read_here)
        patch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        users._hash_of_nothing.cache_clear()
        made = office(database.create(Settings(home=folder / "home", as_of=AS_OF)))
        for type_into in FIELDS.values():
            for text in TYPED:
                type_into(made, text)
        month.compute(made, HR, OCTOBER, as_of=AS_OF)
        made.close()
    users._hash_of_nothing.cache_clear()
    return folder / "home"


def people() -> list[dict[str, Any]]:
    """Somebody of every name, in a team of that name."""
    return [post(f"N{n:02}", person_name=text, team_name=text) for n, text in enumerate(TYPED)]


def office(db: Database) -> Database:
    """An office whose people have those names, with October computed."""
    fill(db, people=[*PEOPLE, *people()])
    month.compute(db, HR, OCTOBER, as_of=AS_OF)
    return db


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
    number = TYPED.index(text) if text in TYPED else 99
    plans.load(db, access.CONSOLE, PLAN.format(n=number, text=json.dumps(text, ensure_ascii=False)))


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


def a_ruling(db: Database, text: str) -> None:
    said = {"evidence": text, "note": text}
    rulings.set_(db, DIRECTOR_OF_SALES, complaint_id="C2", person_id="E2", fault="有责", penalty_fen=60_00, **said)


FIELDS: Mapping[str, Callable[[Database, str], object]] = {
    "measures": lambda db, text: actions.add(
        db, HEAD, store_id="S01", department="销售部", what=text, owner_id="E1", due_on=AS_OF
    ),
    "steps of measures": an_action_taken,
    "questions": lambda db, text: questions.ask(db, HEAD, store_id="S01", department="销售部", words=text),
    "objections": lambda db, text: objections.claim(db, STAFF, OCTOBER, reason=text),
    "answers": an_objection_answered,
    "remarks": lambda db, text: acknowledgements.acknowledge(db, STAFF, OCTOBER, answer="remark", words=text),
    "plans of success": a_plan_of_success,
    "pay plans": a_plan,
    "login names": a_login,
    "manual lines": a_line,
    "losses": a_loss,
    "rulings": a_ruling,
    "file names": a_file,
}
"""Field → the verb that a page calls with what was typed into it."""


def typed(db: Database, field: str, text: str) -> None:
    """Type something into a field."""
    FIELDS[field](db, text)
