"""A small office for the tests of the store: its files, and the quickest way to import them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from kpi_app import access
from kpi_app.intake import child, read
from kpi_app.store.database import Database
from kpi_app.store.rows import facts, imports
from kpi_app.store.rows.reports import FileReport

STORES = "门店编号,门店名称,区域,城市\nS01,东一店,华东,上海\nS02,南一店,华南,广州\n"
PEOPLE = (
    "工号,姓名,岗位,班组编号,部门,门店编号,生效日期,失效日期\n"
    "E010,张一,邀约专员,T01,呼叫中心,S01,2025-01-01,\n"
    "E011,李二,邀约专员,T01,呼叫中心,S01,2025-01-01,2026-08-01\n"
    "E011,李二,邀约专员,T02,呼叫中心,S01,2026-08-01,\n"
    "E020,王三,邀约专员,T03,呼叫中心,S02,2025-01-01,\n"
    "E030,赵四,邀约专员,T01,呼叫中心,S01,2025-01-01,2026-09-01\n"
)
INVITATIONS = (
    "邀约编号,客户编号,门店编号,邀约人工号,邀约时间,邀约类型\n"
    "Y1,C1,S01,E010,2026-09-03 10:00,潜客\n"
    "Y2,C2,S01,E011,2026-09-15 11:00,潜客\n"
    "Y3,C3,S02,E020,2026-10-02 09:30,潜客\n"
)
VISITS = "到店编号,客户编号,门店编号,到店时间\nD1,C1,S01,2026-09-05 14:00\nD3,C3,S02,2026-10-03 15:00\n"
LEADS = "线索编号,门店编号,客户编号,线索下发时间,手机\nX1,S01,C1,2026-09-01 08:00,13800001234\n"

GROUND = {"门店.csv": STORES, "人员.csv": PEOPLE}
OFFICE = {**GROUND, "邀约.csv": INVITATIONS, "到店.csv": VISITS}


def _read_here(bounds: Sequence[int], data: bytes, limits: read.Limits) -> dict[str, Any]:
    try:
        return {"sheets": list(child.sheets(data, child.Limits(*bounds)))}
    except child.RefusedFileError as refused:
        return {"error": refused.sentence}


@contextmanager
def reading_here() -> Iterator[None]:
    """Within, files are read in this process: their limits are not what a test is about, and a child takes half a
    second for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "_ask", _read_here)
        yield


def incoming(files: Mapping[str, str]) -> list[imports.Incoming]:
    return [imports.Incoming(name, text.encode("utf-8-sig")) for name, text in files.items()]


def bring(
    db: Database,
    files: Mapping[str, str],
    *,
    who: access.Identity = access.CONSOLE,
    contract: str | None = None,
    dry_run: bool = False,
    on_error: imports.OnError = "refuse",
    replace: bool = False,
) -> list[FileReport]:
    """Import files given as text."""
    return imports.run(db, who, incoming(files), contract=contract, dry_run=dry_run, on_error=on_error, replace=replace)


def manifest(db: Database, at_import: int | None = None, contracts: Iterable[str] | None = None) -> str:
    """One hash over the facts at an import."""
    with db.read() as conn:
        return facts.digest_of(facts.at(conn, at_import, contracts))
