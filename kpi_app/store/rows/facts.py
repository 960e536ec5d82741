"""The facts: immutable Parquet files, one a contract and month, named by their content.

The manifest in the database says which files make up the facts: those at import N are the entries with
``since_import <= N`` and ``until_import`` later or none. A file is complete on the disk before a manifest names it,
so readers never wait for writers and a crash leaves the facts as they were.
"""

import hashlib
import io
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Contract, Problem
from kpi_app.store import tables
from kpi_app.store.database import Database

UNDATED = "all"
"""The month of contracts that no column dates: their rows stay together."""

PROVENANCE: Mapping[str, pl.DataType] = {
    "_import_id": pl.Int64(),
    "_file": pl.String(),
    "_sheet": pl.String(),
    "_row": pl.Int64(),
}
GRACE = timedelta(days=1)
SMALL = 20_000
"""A contract of so many rows or fewer is kept in memory once it was read: pages ask for it many times a minute."""


@dataclass(frozen=True, order=True)
class Shard:
    """One file of facts: the rows of a contract and month, and the SHA-256 of its bytes."""

    contract: str
    month: str
    digest: str
    rows: int

    def path(self, home: Path) -> Path:
        """Where the file is."""
        return home / "facts" / self.contract / self.month / f"{self.digest}.parquet"


@lru_cache(maxsize=64)
def schema_of(contract: Contract) -> Mapping[str, pl.DataType]:
    """The columns of a contract's facts: as declared, then ``day`` where it is dated, then where a row came from."""
    declared = contract.schema.create_empty().schema
    typed = {name: kind for name, kind in declared.items() if contract.cells[name].kind != "phone"}
    return typed | ({"day": pl.Date()} if contract.dated_by else {}) | dict(PROVENANCE)


def month_of(contract: Contract) -> pl.Expr:
    """The shard that a row belongs to."""
    if contract.dated_by is None:
        return pl.lit(UNDATED).alias("month")
    return pl.col("day").dt.to_string("%Y-%m").alias("month")


def at(conn: sa.Connection, at_import: int | None = None, contracts: Iterable[str] | None = None) -> list[Shard]:
    """The shards that make up the facts at an import (now, without one), sorted."""
    it = tables.manifest.c
    query = sa.select(it.contract, it.month, it.digest, it.rows)
    if at_import is None:
        query = query.where(it.until_import.is_(None))
    else:
        query = query.where(
            it.since_import <= at_import, sa.or_(it.until_import.is_(None), it.until_import > at_import)
        )
    if contracts is not None:
        query = query.where(it.contract.in_(list(contracts)))
    return sorted(Shard(*row) for row in conn.execute(query))


def head(conn: sa.Connection) -> int:
    """The newest import; 0 before the first."""
    return conn.execute(sa.select(sa.func.max(tables.imports.c.import_id))).scalar() or 0


class OnDemand(Mapping[str, pl.LazyFrame]):
    """Contract → its rows, each looked up when it is first asked for: most of what reads facts reads few contracts."""

    def __init__(self, makers: Mapping[str, Callable[[], pl.LazyFrame]]) -> None:
        self._makers = makers
        self._made: dict[str, pl.LazyFrame] = {}

    def __getitem__(self, contract: str) -> pl.LazyFrame:
        if contract not in self._made:
            self._made[contract] = self._makers[contract]()
        return self._made[contract]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def but(self, **makers: Callable[[], pl.LazyFrame]) -> "OnDemand":
        """The same with some contracts made otherwise."""
        return OnDemand({**{name: partial(self.__getitem__, name) for name in self}, **makers})


def load(db: Database, at_import: int | None = None) -> OnDemand:
    """The facts now, or as they were at an import: every contract, with empty frames where there is no data."""
    with db.read() as conn:
        return of(db, at(conn, at_import))


def of(db: Database, shards: Sequence[Shard]) -> OnDemand:
    """The facts that those shards make up."""
    by_contract: dict[str, list[Shard]] = {name: [] for name in CONTRACTS}
    for shard in shards:
        if shard.contract in by_contract:  # a newer version of the product may have written more
            by_contract[shard.contract].append(shard)
    return OnDemand({name: partial(scan, db.home, CONTRACTS[name], them) for name, them in by_contract.items()})


def scan(home: Path, contract: Contract, shards: Sequence[Shard]) -> pl.LazyFrame:
    """The rows of a contract in those shards. Raises Problem when a file is missing."""
    own = tuple(shard for shard in shards if shard.contract == contract.name)
    files = [shard.path(home) for shard in own]
    if missing := [file for file in files if not file.exists()]:
        raise Problem(
            f"缺少数据文件 {missing[0]}；请用 kpi restore 恢复备份。",
            f"The file {missing[0]} of the facts is missing; restore a backup with kpi restore.",
        )
    return _small(home, contract, own).lazy() if sum(it.rows for it in own) <= SMALL else _scanned(contract, files)


@lru_cache(maxsize=64)
def _small(home: Path, contract: Contract, shards: tuple[Shard, ...]) -> pl.DataFrame:
    return _scanned(contract, [shard.path(home) for shard in shards]).collect()


def _scanned(contract: Contract, files: list[Path]) -> pl.LazyFrame:
    schema = schema_of(contract)
    if not files:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(files, schema=schema, missing_columns="insert", extra_columns="ignore").select(list(schema))


def ever(db: Database, conn: sa.Connection, contract: Contract) -> pl.LazyFrame:
    """Every version of a contract's rows, each with the import that brought it: what an import brought is never lost,
    so the versions are what the files of all imports hold."""
    it = tables.manifest.c
    query = sa.select(it.contract, it.month, it.digest, it.rows).where(it.contract == contract.name).distinct()
    shards = [Shard(*row) for row in conn.execute(query)]
    return scan(db.home, contract, shards).unique([*contract.key, "_import_id"])


def digest_of(shards: Iterable[Shard]) -> str:
    """One hash over shards: equal exactly when every row, and where it came from, is equal."""
    lines = "".join(f"{shard.contract}/{shard.month}/{shard.digest}\n" for shard in sorted(shards))
    return hashlib.sha256(lines.encode()).hexdigest()


def keep(home: Path, contract: Contract, month: str, rows: pl.DataFrame) -> Shard:
    """Write a month's rows as a file, on the disk for good when this returns. Equal rows make equal bytes."""
    schema = schema_of(contract)
    order = [name for name in ("store_id", "customer_id", contract.dated_by) if name in schema]
    ordered = rows.select(list(schema)).sort([*dict.fromkeys([*order, *contract.key])]).rechunk()
    buffer = io.BytesIO()
    ordered.write_parquet(buffer, compression="zstd", row_group_size=262_144, statistics=True)
    data = buffer.getvalue()
    shard = Shard(contract.name, month, hashlib.sha256(data).hexdigest(), rows.height)
    durably_write(shard.path(home), data)
    return shard


def durably_write(path: Path, data: bytes) -> None:
    """A file that is whole or not there, whatever happens to the process or the machine."""
    if path.exists():
        os.utime(path)  # young again: not to be collected before a manifest names it
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    if os.name != "nt":  # Windows cannot open a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def broken(db: Database, at_import: int | None = None) -> list[Shard]:
    """The shards whose file is missing or is not what its name says."""
    with db.read() as conn:
        shards = at(conn, at_import)
    return [shard for shard in shards if not holds(db.home, shard)]


def holds(home: Path, shard: Shard) -> bool:
    """Is the shard's file there, with exactly its bytes?"""
    path = shard.path(home)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == shard.digest


def collect(db: Database, *, grace: timedelta = GRACE) -> int:
    """Delete files older than ``grace`` that no manifest entry, past or present, names; how many."""
    oldest = db.settings.now_utc().timestamp() - grace.total_seconds()
    with db.write() as conn:
        it = tables.manifest.c
        named = {Shard(*row, rows=0).path(db.home) for row in conn.execute(sa.select(it.contract, it.month, it.digest))}
        spare = [path for path in _files(db.home) if path not in named and path.stat().st_mtime < oldest]
        for path in spare:
            path.unlink(missing_ok=True)
    return len(spare)


def _files(home: Path) -> Iterator[Path]:
    return (path for path in (home / "facts").rglob("*") if path.is_file())
