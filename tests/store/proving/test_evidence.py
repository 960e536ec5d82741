"""The evidence pack: a month computed again from the pack alone, elsewhere; whatever is altered in it shows."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.exports import foreign
from kpi_app.exports.evidence import verify
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import lines, month
from kpi_app.store.proving import audit, evidence
from kpi_app.store.rulebook import plans
from metrics.period import Period
from tests.scorecards.group import ruling
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, SHOWN, STAFF, enter, office_in

ROOT = Path(__file__).resolve().parents[3]
AS_OF = date(2026, 10, 31)
PLAN = (files("scorecards") / "plans" / "satisfaction.toml").read_text(encoding="utf-8")


@pytest.fixture
def locked(settings: Settings) -> Iterator[Database]:
    made = locked_in(settings)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The pack of both stores, made once."""
    db = locked_in(Settings(home=tmp_path_factory.mktemp("pack") / "home", as_of=date(2026, 10, 31)))
    made, _ = evidence.pack(db, HR, OCTOBER)
    db.close()
    return made


def locked_in(settings: Settings) -> Database:
    """October locked in both stores, with an award, a reduction and a line by hand; afterwards the facts move on."""
    made = office_in(settings)
    line_id = lines.add(made, HR, OCTOBER, person_id="E2", amount_fen=150_00, reason="展会支援", evidence=SHOWN)
    lines.approve(made, BOSS, line_id)
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    month.submit(made, HR, OCTOBER)
    month.approve(made, BOSS, OCTOBER, words="同意")
    month.lock(made, HR, OCTOBER)
    late = {"complaint_id": "C1", "kind": "责任", "person_id": "E1", "fault": "无责", "judged_by": "D01"}
    enter(made, complaint_rulings=[{**late, "judged_at": "2026-10-20 10:00"}])
    return made


def entries(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def forged(pack: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The pack with an entry changed, and its SHA-256 in pack.json with it."""
    files = entries(pack)
    files[name] = change(files[name])
    contents = json.loads(files["pack.json"])
    contents["sha256"][name] = hashlib.sha256(files[name]).hexdigest()
    return zipped(files | {"pack.json": json.dumps(contents).encode()})


@pytest.mark.both
def test_a_month_comes_out_the_same_from_its_pack(locked: Database) -> None:
    made, verdict = evidence.pack(locked, HR, OCTOBER)
    assert (verdict.is_equal, verdict.units, verdict.lines, verdict.total_fen) == (True, ("S01", "S02"), 3, 270_00)
    assert verify(made) == verdict
    assert evidence.pack(locked, HR, OCTOBER)[0] == made  # the same bytes: neither user nor time stands in it
    noted = audit.listing(locked, access.CONSOLE)[0]
    assert (noted["verb"], noted["about"]["digest"]) == ("evidence.export", verdict.digest)


def test_one_unit_and_what_is_in_it(locked: Database) -> None:
    made, verdict = evidence.pack(locked, HR, OCTOBER, unit="S01")
    assert verdict.is_equal
    files = entries(made)
    assert {name.split("/")[0] for name in files} == {"pack.json", "metrics.json", "plans", "facts", "units"}
    assert {name for name in files if name.startswith("units/")} == {
        f"units/S01/{name}"
        for name in ("sheet.json", "lines.csv", "lines.parquet", "events.json", "appeals.json", "given.json")
    }
    assert [event["verb"] for event in json.loads(files["units/S01/events.json"])] == [
        "compute", "submit", "approve", "lock",
    ]  # fmt: skip
    people = next(pl.read_parquet(io.BytesIO(data)) for name, data in files.items() if name.startswith("facts/people/"))
    assert people["person_name"].to_list() == people["person_id"].to_list()
    named = [name for name, data in files.items() if "员工E1".encode() in data]
    assert named == ["units/S01/lines.csv", "units/S01/sheet.json"]  # what was signed, and nothing else


def test_a_month_with_corrections_comes_out_the_same_whatever_came_later(locked: Database) -> None:
    november = Period.parse("2026-11")
    month.compute(locked, HR, november, as_of=date(2026, 11, 30))
    _, before = evidence.pack(locked, HR, november)
    assert (before.is_equal, before.lines, before.total_fen) == (True, 1, 80_00)  # the reduction of October, given back
    enter(locked, complaint_rulings=[ruling("C1", "E1", 60_00, judged_at="2026-10-20 10:00")])
    plans.load(locked, access.CONSOLE, PLAN.replace('amount = "200.00"', 'amount = "250.00"'))
    _, after = evidence.pack(locked, HR, november)
    assert after == before


def test_it_needs_the_rights_to_pay_and_to_bases(locked: Database) -> None:
    for who in (STAFF, DIRECTOR_OF_SALES):
        with pytest.raises(access.Forbidden):
            evidence.pack(locked, who, OCTOBER)


def test_an_altered_entry_is_named_whichever_it_is(pack: bytes) -> None:
    files = entries(pack)
    for name in files:
        if name != "pack.json":
            assert verify(zipped(files | {name: files[name][:-1] + b"?"})).altered == (name,)
            assert verify(zipped({key: data for key, data in files.items() if key != name})).altered == (name,)
    more = f"facts/orders/{'0' * 64}.parquet"
    assert verify(zipped(files | {more: b""})).altered == (more,)


def rows(change: pl.Expr) -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        buffer = io.BytesIO()
        pl.read_parquet(io.BytesIO(data)).with_columns(change).write_parquet(buffer)
        return buffer.getvalue()

    return changed


def said(name: str, old: str, new: str) -> Any:
    def changed(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode())

    return name, changed


FORGERIES = {
    "a line": (
        "units/S01/lines.parquet",
        rows(pl.col("amount_fen", "requested_fen").replace(200_00, 900_00)),
        "S01 E1 R1：表上 900.00 元，重新计算 200.00 元（amount_fen）",
    ),
    "a ruling": (
        "facts/complaint_rulings/",
        rows(pl.lit(60_00, pl.Int64).alias("penalty_fen")),
        "S01 E1 R2：表上 −80.00 元，重新计算 −60.00 元（amount_fen）",
    ),
    "a questionnaire": (
        "facts/surveys/",
        rows(pl.lit(50_00, pl.Int64).alias("score_hundredths")),
        "S01 E1 R1：表上 200.00 元，重新计算 无（amount_fen）",
    ),
    "the average": (
        "facts/benchmarks/",
        rows(pl.lit(89_00, pl.Int64).alias("score_hundredths")),
        "S01 E1 R1：表上 200.00 元，重新计算 200.00 元（benchmark）",
    ),
    "a plan": (
        "plans/",
        lambda data: data.replace(b'amount = "200.00"', b'amount = "250.00"'),
        "S01 E1 R1：表上 200.00 元，重新计算 250.00 元（amount_fen）",
    ),
    "a line by hand": (
        "units/S01/given.json",
        lambda data: data.replace(b"15000", b"25000"),
        "S01 E2 manual：表上 150.00 元，重新计算 250.00 元（amount_fen）",
    ),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forgery_with_its_digest_is_found_by_computing_again(pack: bytes, what: str) -> None:
    ending, change, expected = FORGERIES[what]
    (name,) = (name for name in entries(pack) if name.startswith(ending))
    found = verify(forged(pack, name, change))
    assert found.difference is not None
    assert (found.is_equal, found.difference.text.zh) == (False, expected)


def test_a_line_that_no_longer_adds_up_is_an_altered_entry(pack: bytes) -> None:
    name = "units/S01/lines.parquet"
    assert verify(forged(pack, name, rows(pl.col("amount_fen") + 1))).altered == (name,)


def test_a_forged_sheet_no_longer_has_its_digest(pack: bytes) -> None:
    found = verify(forged(pack, *said("units/S01/sheet.json", "员工E1", "员工X1")))
    assert found.altered == ("units/S01/sheet.json",)


def test_what_is_no_pack_is_refused(pack: bytes) -> None:
    files = entries(pack)
    contents = json.loads(files["pack.json"])
    for data in (
        b"",
        b"PK\x03\x04",
        pack[:-100],
        zipped({}),
        zipped({name: data for name, data in files.items() if name != "pack.json"}),
        zipped(files | {"../evil": b""}),
        zipped(files | {"units/../../lines.csv": b""}),
        zipped(files | {"pack.json": b"[]"}),
        zipped(files | {"pack.json": json.dumps(contents | {"format": 2}).encode()}),
        zipped(files | {f"facts/orders/{number:064}.parquet": b"" for number in range(10_001)}),
    ):
        with pytest.raises(Problem, match="不是完整的备查资料"):
            verify(data)


def test_more_than_the_limit_is_not_inflated(monkeypatch: pytest.MonkeyPatch, pack: bytes) -> None:
    monkeypatch.setattr("kpi_app.exports.evidence.MOST_BYTES", 1_000)
    with pytest.raises(Problem, match="不是完整的备查资料"):
        verify(pack)


def larger(rows: int, folder: Path) -> Callable[[bytes], bytes]:
    """A Parquet file of some kilobytes with so many million rows."""
    million = pl.LazyFrame({"amount_fen": pl.repeat(0, 1_000_000, dtype=pl.Int64, eager=True)})
    file = folder / f"{rows}.parquet"
    pl.concat([million] * rows).sink_parquet(file)
    return lambda _: file.read_bytes()


def test_a_pack_from_outside_is_verified_under_limits(pack: bytes, tmp_path: Path) -> None:
    lines, narrow = "units/S01/lines.parquet", foreign.Limits(memory_mb=2048)
    assert foreign.verify(pack) == verify(pack)
    assert foreign.verify(forged(pack, lines, larger(1, tmp_path)), narrow).altered == (lines,)
    bomb = forged(pack, lines, larger(400, tmp_path))
    assert len(bomb) < 2 << 20
    with pytest.raises(Problem, match="2048 MB"):
        foreign.verify(bomb, narrow)


def test_extents_that_cannot_be_are_refused_before_anything_is_inflated(pack: bytes) -> None:
    longer = b"\xff\xff\xff\x7fPAR1"  # a footer of 2 GiB
    damaged = forged(pack, "units/S01/lines.parquet", lambda data: data[:-8] + longer)
    claimed, at = pack, [it.start() for it in re.finditer(b"PK\x01\x02", pack)]
    for start in at[:2]:  # two entries that say that they inflate to 4 GiB
        claimed = claimed[: start + 24] + b"\xfe\xff\xff\xff" + claimed[start + 28 :]
    for data in (damaged, claimed):
        with pytest.raises(Problem, match="不是完整的备查资料"):
            verify(data)


def test_the_command_needs_no_store(pack: bytes, tmp_path: Path) -> None:
    good, bad = tmp_path / "pack.zip", tmp_path / "bad.zip"
    good.write_bytes(pack)
    ending, change, expected = FORGERIES["a line"]
    bad.write_bytes(forged(pack, ending, change))
    env = {**os.environ, "KPI_HOME": str(tmp_path / "nowhere")}
    run = lambda file: subprocess.run(  # noqa: E731
        [sys.executable, "-m", "kpi_app", "verify", str(file)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    equal, different = run(good), run(bad)
    assert (equal.returncode, different.returncode) == (0, 1), equal.stderr
    assert "一致 2026-10 S01、S02 3 270.00" in equal.stderr
    assert expected in different.stderr
    assert not (tmp_path / "nowhere").exists()
