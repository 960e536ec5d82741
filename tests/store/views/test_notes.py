"""What is written down about a week: by who leads it, read by who sees its scores, every wording kept."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.views import notes
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, STAFF, office_in

SALES, WEEK = "department:S01/销售部", "2026-W44"
HEAD = Identity(
    user_id=6, name="销售经理", roles=frozenset({"head"}), scopes=frozenset({"department:S01/销售部"}), person_id="M01"
)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def words(db: Database, who: Identity, subject: str = SALES, week: str = WEEK) -> list[str]:
    return [note.words for note in notes.listing(db, who, subject, week)]


@pytest.mark.both
def test_a_note_is_read_with_all_its_wordings_and_none_is_ever_lost(office: Database) -> None:
    first = notes.write(office, HEAD, SALES, WEEK, " 周六增开早班 ")
    notes.write(office, DIRECTOR_OF_SALES, SALES, WEEK, "下周看试驾率")
    notes.reword(office, HEAD, first, "周六、周日增开早班")
    one, other = notes.listing(office, HR, SALES, WEEK)
    assert [wording.words for wording in one.wordings] == ["周六增开早班", "周六、周日增开早班"]
    assert (one.user_name, one.words, other.words) == ("销售经理", "周六、周日增开早班", "下周看试驾率")
    for deed in (sa.update(tables.weekly_notes).values(words="x"), sa.delete(tables.weekly_notes)):
        with pytest.raises(sa.exc.DatabaseError), office.write() as conn:
            conn.execute(deed)
    assert len(notes.listing(office, HR, SALES, WEEK)) == 2


def test_an_empty_wording_withdraws_a_note_and_another_brings_it_back(office: Database) -> None:
    number = notes.write(office, HEAD, SALES, WEEK, "写错了")
    notes.reword(office, HEAD, number, " ")
    assert words(office, HEAD) == []
    notes.reword(office, HEAD, number, "写对了")
    assert words(office, HEAD) == ["写对了"]


def test_a_note_belongs_to_its_week_and_its_subject(office: Database) -> None:
    notes.write(office, HEAD, SALES, WEEK, "部门")
    assert words(office, HEAD, week="2026-W43") == []
    assert words(office, BOSS, "store:S01") == []


@pytest.mark.parametrize(
    ("who", "reads", "writes"),
    [
        (HEAD, True, True),
        (DIRECTOR_OF_SALES, True, True),
        (HR, True, False),  # sees the scores, leads nobody
        (STAFF, False, False),
        (replace(HEAD, scopes=frozenset({"department:S01/售后部"})), False, False),
        (replace(HEAD, scopes=frozenset({"team:T01"})), False, False),  # one team of the department
        (access.CONSOLE, True, True),
    ],
)
def test_who_sees_the_scores_reads_and_who_leads_writes(
    office: Database, who: Identity, reads: bool, writes: bool
) -> None:
    notes.write(office, BOSS, SALES, WEEK, "给销售部")
    if reads:
        assert words(office, who) == ["给销售部"]
    else:
        with pytest.raises(Forbidden):
            words(office, who)
    if writes:
        assert notes.write(office, who, SALES, WEEK, "也写一条") == 2
    else:
        with pytest.raises(Forbidden):
            notes.write(office, who, SALES, WEEK, "也写一条")


def test_only_who_wrote_a_note_words_it_anew(office: Database) -> None:
    number = notes.write(office, HEAD, SALES, WEEK, "周六增开早班")
    with pytest.raises(Problem, match="只能由本人修改"):
        notes.reword(office, BOSS, number, "不开了")
    with pytest.raises(Problem, match="没有记录 9"):
        notes.reword(office, HEAD, 9, "x")
    assert words(office, HEAD) == ["周六增开早班"]


@pytest.mark.parametrize(
    ("week", "said", "match"),
    [
        (WEEK, "  ", "请写下内容"),
        (WEEK, "字" * 1_001, "最多 1000 字，现有 1001 字"),
        ("2026-10", "x", "不是周"),
        ("2026-W45", "x", "还没有开始"),  # today is Saturday of week 44
        ("下周", "x", "下周"),
        (WEEK, "a\x00b", "NUL"),
    ],
)
def test_what_cannot_be_written_says_why(office: Database, week: str, said: str, match: str) -> None:
    with pytest.raises(Problem, match=match):
        notes.write(office, HEAD, SALES, week, said)
    assert words(office, HEAD) == []


def test_the_longest_note_and_every_writing_stand_in_the_audit(office: Database) -> None:
    number = notes.write(office, HEAD, SALES, WEEK, "字" * 1_000)
    notes.reword(office, HEAD, number, "短些")
    notes.reword(office, HEAD, number, "短些")  # the same again is nothing new
    entries = [it for it in audit.listing(office, access.CONSOLE) if it["verb"] == "week.note"]
    assert [it["about"]["version"] for it in entries] == [2, 1]
    assert {it["user"] for it in entries} == {"销售经理"}
