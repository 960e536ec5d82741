"""Facts are files that never change: the same rows make the same bytes, and every past is still there."""

import os
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.store.database import Database
from kpi_app.store.rows import facts, imports
from tests.facts import facts as facts_of
from tests.store.office import VISITS, bring, manifest

pytestmark = pytest.mark.usefixtures("quick_reading")


def test_every_contract_is_there_with_its_columns_even_without_rows(db: Database) -> None:
    made, expected = facts.load(db), facts_of()
    assert list(made) == list(CONTRACTS)
    for name in CONTRACTS:
        assert_frame_equal(made[name].collect(), expected[name].collect())


@pytest.mark.both
def test_the_schema_is_the_same_with_rows(office: Database) -> None:
    expected = facts_of()
    for name, frame in facts.load(office).items():
        assert frame.collect().schema == expected[name].collect_schema()


def test_equal_rows_make_equal_bytes_in_any_order(office: Database) -> None:
    contract = CONTRACTS["invitations"]
    rows = facts.load(office)["invitations"].collect()
    digests = {
        facts.keep(office.home, contract, "2026-09", shuffled).digest
        for shuffled in (rows, rows.reverse(), pl.concat([rows[1:], rows[:1]], rechunk=False))
    }
    assert len(digests) == 1


@pytest.mark.both
def test_the_facts_at_an_import_are_what_they_were(office: Database) -> None:
    was = facts.load(office)["store_visits"].collect()
    digest = manifest(office)
    bring(office, {"到店2.csv": VISITS.replace("2026-10-03", "2026-11-03")})
    assert manifest(office, 1) == digest != manifest(office)
    assert_frame_equal(facts.load(office, 1)["store_visits"].collect(), was)
    assert facts.load(office, 0)["stores"].collect().is_empty()


def test_a_missing_file_is_named(office: Database) -> None:
    assert facts.broken(office) == []
    path = next((office.home / "facts" / "invitations").rglob("*.parquet"))
    path.unlink()
    assert [shard.path(office.home) for shard in facts.broken(office)] == [path]
    with pytest.raises(Problem, match=path.name):
        facts.load(office)["invitations"]


def test_a_changed_byte_is_found(office: Database) -> None:
    path = next((office.home / "facts" / "invitations").rglob("*.parquet"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert [shard.path(office.home) for shard in facts.broken(office)] == [path]


@pytest.mark.both
def test_only_files_that_no_import_ever_named_are_collected_and_only_old_ones(office: Database) -> None:
    bring(office, {"到店2.csv": VISITS.replace("15:00", "16:00")})  # the October file of import 1 is history now
    spare = facts.keep(office.home, CONTRACTS["store_visits"], "2026-12", facts.load(office)["store_visits"].collect())
    files = set((office.home / "facts").rglob("*.parquet"))
    clock = office.settings.now_utc().timestamp()
    for path in files:
        os.utime(path, (clock - 86_400, clock - 86_400))
    assert facts.collect(office) == 0  # a day old to the second: not yet
    for path in files:
        os.utime(path, (clock - 86_401, clock - 86_401))
    assert facts.collect(office, grace=timedelta(days=2)) == 0
    assert facts.collect(office) == 1
    assert files - set((office.home / "facts").rglob("*.parquet")) == {spare.path(office.home)}
    assert facts.broken(office, 1) == facts.broken(office) == []


def test_writing_a_file_that_is_there_makes_it_young_again(office: Database) -> None:
    rows = facts.load(office)["stores"].collect()
    path = facts.keep(office.home, CONTRACTS["stores"], facts.UNDATED, rows).path(office.home)
    os.utime(path, (0, 0))
    facts.keep(office.home, CONTRACTS["stores"], facts.UNDATED, rows)
    assert path.stat().st_mtime > 0


def test_readers_keep_what_they_began_to_read(office: Database) -> None:
    lazily = facts.load(office)["store_visits"]
    bring(office, {"到店2.csv": VISITS.replace("15:00", "16:00")})
    imports.undo(office, access.CONSOLE, 2)
    facts.collect(office, grace=timedelta(0))
    assert lazily.collect().height == 2
