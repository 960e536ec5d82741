"""What staff read of their pay names nobody else: over all lines of the demo, one by hand and a loss among them."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kpi_app.access import Identity
from kpi_app.exports.statement import _shown
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.disputes import objections
from kpi_app.store.months import lines, losses, month, statements
from kpi_app.store.rows import facts
from metrics.period import Period
from tests.store.pay import SHOWN

SEPTEMBER, OCTOBER = Period.parse("2026-09"), Period.parse("2026-10")
HR = Identity(user_id=1, name="徐人事", roles=frozenset({"hr"}), scopes=frozenset({"group"}), person_id="E104")
BOSS = Identity(
    user_id=2, name="总经理乙", roles=frozenset({"director"}), scopes=frozenset({"group"}), person_id="E101"
)
ID = re.compile(r"(?<![A-Za-z0-9])E\d{3}(?!\d)")


@pytest.fixture(scope="module")
def demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demo with a line by hand and a loss in October, each entered by HR and approved by the general manager."""
    home = tmp_path_factory.mktemp("told") / "home"
    shutil.copytree(demo_home, home)
    made = database.connect(Settings(home=home, as_of=date(2026, 11, 20)))
    lines.approve(
        made, BOSS, lines.add(made, HR, OCTOBER, person_id="E113", amount_fen=150_00, reason="展会支援", evidence=SHOWN)
    )
    losses.approve(
        made, BOSS, losses.add(made, HR, OCTOBER, person_id="E113", amount_fen=90_00, reason="损坏展具", evidence=SHOWN)
    )
    month.compute(made, HR, OCTOBER, unit="S01", as_of=date(2026, 11, 20))
    yield made
    made.close()


def own(person_id: str) -> Identity:
    return Identity(user_id=90, name="员工", roles=frozenset({"staff"}), person_id=person_id)


def others(db: Database, person_id: str, text: str) -> set[str]:
    """The names and 工号 in a text that are somebody else's."""
    rows = facts.load(db)["people"].select("person_id", "person_name").unique().collect().rows()
    names = {name for number, name in rows if number != person_id} | {HR.name, BOSS.name}
    return {it for it in ID.findall(text) if it != person_id} | {name for name in names if name in text}


@pytest.mark.parametrize("period", [SEPTEMBER, OCTOBER], ids=["locked", "computed"])
def test_no_statement_names_another(demo: Database, period: Period) -> None:
    made = statements.export(demo, HR, period)
    assert len(made) > 20
    for one in made:
        for lang in ("zh", "en"):
            shown = {**_shown(one, lang), "name": "", "exported": ""}  # the foot says who took it out
            assert others(demo, one.person_id, json.dumps(shown, ensure_ascii=False)) == set()
    assert {line["kind"] for one in made for line in one.sheet.lines.to_dicts()} >= {"coefficient", "kpi_reduction"}


@pytest.mark.parametrize("period", [SEPTEMBER, OCTOBER], ids=["locked", "computed"])
def test_no_line_of_ones_own_and_no_explanation_names_another(demo: Database, period: Period) -> None:
    people = {one.person_id for one in month.sheet(demo, HR, period).people}
    seen = 0
    for person_id in sorted(people):
        sheet = month.own(demo, own(person_id), period)
        assert sheet is not None
        said = [one.why.zh + one.why.en for one in sheet.judgements]
        for line in sheet.lines.to_dicts():
            said += [line["arithmetic_zh"], line["arithmetic_en"], str(line["judged_by"])]
            seen += 1
        assert others(demo, person_id, "\n".join(said)) == set()
        assert sheet.approvals == ()
    assert seen > 20


def test_what_hr_reads_names_them_and_what_the_person_reads_names_their_posts(demo: Database) -> None:
    by_hand = month.sheet(demo, HR, OCTOBER).lines.filter(person_id="E113", kind="manual").to_dicts()
    assert [line["arithmetic_zh"] for line in by_hand] == [
        "展会支援（凭据：主管签字单）：150.00 元，徐人事 录入，总经理乙 审批"
    ]
    told = month.own(demo, own("E113"), OCTOBER)
    assert told is not None
    words = {line["kind"]: line["arithmetic_zh"] for line in told.lines.to_dicts()}
    assert words["manual"] == "展会支援（凭据：主管签字单）：150.00 元，经办人录入，审批人审批"
    assert "损坏展具（经办人录入，审批人审批）" in words["loss_compensation"]
    for line in told.lines.to_dicts():
        tree = month.explain(demo, own("E113"), line["line_id"]).as_text("zh")
        assert others(demo, "E113", tree) == set()


def test_an_objection_to_a_loss_goes_to_hr_and_tells_no_name(demo: Database) -> None:
    told = month.own(demo, own("E113"), OCTOBER)
    assert told is not None
    (loss,) = told.lines.filter(kind="loss_compensation").to_dicts()
    number = objections.dispute(demo, own("E113"), loss["line_id"], reason="展具是旧损")
    (seen,) = objections.listing(demo, own("E113"))
    assert (seen.objection_id, seen.route, seen.routed_to) == (number, "hr", None)
    assert seen.arithmetic is not None
    assert others(demo, "E113", seen.arithmetic.zh + seen.arithmetic.en) == set()
    (asked,) = [one for one in objections.listing(demo, HR) if one.objection_id == number]
    assert asked.arithmetic is not None
    assert "徐人事 录入" in asked.arithmetic.zh
