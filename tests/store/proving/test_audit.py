"""The audit only grows, and shows when somebody has tampered with it."""

import pytest
import sqlalchemy as sa

from kpi_app import access
from kpi_app.store.database import Database
from kpi_app.store.proving import audit, proof


@pytest.fixture
def three_entries(db: Database) -> Database:
    for verb in ("month.compute", "month.submit", "month.lock"):
        audit.seen(db, access.CONSOLE, verb, period="2026-10", unit="S01")
    return db


@pytest.mark.both
def test_entries_are_listed_newest_first_and_hold_together(three_entries: Database) -> None:
    newest = audit.listing(three_entries, access.CONSOLE)[0]
    assert newest == {
        "entry": 3,
        "at": "2026-11-02T01:00:00+00:00",
        "user": "console",
        "verb": "month.lock",
        "about": {"period": "2026-10", "unit": "S01"},
    }
    assert proof.verify(three_entries, access.CONSOLE).faults == ()


@pytest.mark.both
@pytest.mark.parametrize("statement", ["UPDATE audit SET verb = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_changes(three_entries: Database, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), three_entries.write() as conn:
        conn.execute(sa.text(statement))


def test_replacing_an_entry_is_refused_too(three_entries: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), three_entries.write() as conn:
        conn.execute(sa.text("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE entry = 2"))


@pytest.mark.parametrize(
    ("settings", "truncate"), [("postgresql", "TRUNCATE audit")], indirect=["settings"], ids=["postgresql"]
)
def test_truncating_is_refused(three_entries: Database, truncate: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), three_entries.write() as conn:
        conn.execute(sa.text(truncate))


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE audit SET about = '{}' WHERE entry = 2", 2),
        ("UPDATE audit SET user_name = 'somebody' WHERE entry = 3", 3),
        ("DELETE FROM audit WHERE entry = 1", 1),
        ("DELETE FROM audit WHERE entry = 2", 2),
    ],
)
def test_tampering_past_the_triggers_is_found(three_entries: Database, tampering: str, broken: int) -> None:
    with three_entries.write() as conn:
        for trigger in ("audit_keeps_update", "audit_keeps_delete"):
            conn.execute(sa.text(f"DROP TRIGGER {trigger}"))
        conn.execute(sa.text(tampering))
    first = proof.verify(three_entries, access.CONSOLE).faults[0]
    assert (first.what, first.where) == ("entry", str(broken))


def test_only_administrators_read_it(db: Database) -> None:
    with pytest.raises(access.Forbidden):
        audit.listing(db, access.Identity(user_id=1, name="hr", roles=frozenset({"hr"}), scopes=frozenset({"group"})))


def test_who_sees_no_pay_reads_the_audit_without_amounts_and_words(db: Database) -> None:
    audit.seen(db, access.CONSOLE, "line.add", amount_fen=123_45, reason="少算一单", period="2026-10")
    admin = access.Identity(user_id=1, name="admin", roles=frozenset({"admin"}))
    (entry,) = audit.listing(db, admin, verb="line.add")
    assert entry["about"] == {"amount_fen": "***", "reason": "***", "period": "2026-10"}
    (entry,) = audit.listing(db, access.CONSOLE, verb="line.add", user="console")
    assert entry["about"]["amount_fen"] == 123_45


@pytest.mark.both
@pytest.mark.parametrize(
    ("verb", "is_deed"),
    [
        ("line.add", True),
        ("month.answer", True),
        ("remind", True),
        ("sheet.read", False),
        ("sheet.export", False),
        ("line.explain", False),
        ("month.diff", False),
        ("sign_in", False),
        ("sign_in.refused", False),
        ("sign_out", False),
    ],
)
def test_what_was_read_stands_until_the_next_deed(three_entries: Database, verb: str, is_deed: bool) -> None:
    before = audit.last_deed(three_entries)
    audit.seen(three_entries, access.CONSOLE, verb)
    assert (audit.last_deed(three_entries) != before) is is_deed
