"""Everything in one file: the database as it is at one moment, the facts it names, and the key.

The file is a zip of ``backup.json`` (a SHA-256 for every other entry), ``key``, ``kpi.sqlite3`` and ``facts/…``. It
comes back on SQLite and on PostgreSQL, whichever it was made on, so it also moves a store from one to the other. It
holds pay: keep it as safe as the store. Figures are left out; they are measured anew.
"""

import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database, moving, tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from kpi_app.store.rows.facts import Shard

FORMAT = 1
CONTENTS = "backup.json"
ROWS = "kpi.sqlite3"
ALLOWED = re.compile(r"key|kpi\.sqlite3|facts/[a-z_]+/(all|\d{4}-\d{2})/[0-9a-f]{64}\.parquet")
CHUNK = 1 << 20


def backup(db: Database, who: access.Identity, file: Path) -> None:
    """Write a backup. Raises Problem where the file exists already or a fact is damaged."""
    access.require(who, access.Right.BACKUP)
    if file.exists():
        raise Problem(f"{file} 已存在；请换一个文件名。", f"{file} exists already; choose another name.")
    # Nothing is collected while the copy is made: what the database names then is in the folder now and until the end.
    audit.seen(db, who, "backup", file=file.name)
    temporary = file.with_name(f".{file.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=db.home) as folder:
            dump = _dump(db, Path(folder))
            temporary.touch(mode=0o600)
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                _fill(archive, db, dump)
        temporary.rename(file)
    finally:
        temporary.unlink(missing_ok=True)


def restore(settings: Settings, file: Path) -> None:
    """Restore a backup into an empty home, and into an empty database where ``database_url`` names one.

    Everything is verified beside the home, brought up to date, and then moved there whole. All sessions are over
    afterwards. Raises Problem where home or database hold something, and where the file is damaged or newer.
    """
    home = settings.home
    if home.exists() and any(home.iterdir()):
        raise Problem(
            f"{home} 不是空文件夹；请把 KPI_HOME 指向空文件夹后再恢复。",
            f"{home} is not empty; point KPI_HOME to an empty folder and restore again.",
        )
    home.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))  # 0700, as a home is
    try:
        _unpack(file, folder)
        _load(settings, folder)
        if home.exists():
            home.rmdir()
        folder.rename(home)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    db = database.connect(settings)
    with db.write() as conn:
        conn.execute(sa.delete(tables.sessions))
        audit.note(db, conn, access.CONSOLE, "restore", file=file.name)
    db.close()


def _dump(db: Database, folder: Path) -> Path:
    """The database as it is at one moment, as a file of SQLite."""
    file = folder / ROWS
    if db.settings.database_url is None:
        source = sqlite3.connect(database.sqlite_file(db.settings))
        with closing(source), closing(sqlite3.connect(file)) as copy:
            source.backup(copy)
        return file
    made = Database(database.engine_of(_on_sqlite(db.settings, folder)), folder, db.settings)
    try:
        moving.fill(made, db)
    finally:
        made.close()
    return file


def _load(settings: Settings, folder: Path) -> None:
    """Make the unpacked database this store's, as the tables are today."""
    (folder / ROWS).chmod(0o600)
    unpacked = database.connect(_on_sqlite(settings, folder))
    try:
        if settings.database_url is None:
            return
        target = Database(database.engine_of(settings), folder, settings)
        try:
            moving.fill(target, unpacked)
        finally:
            target.close()
    finally:
        unpacked.close()
    (folder / ROWS).unlink()


def _on_sqlite(settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"home": folder, "database_url": None})


def _named(dump: Path) -> list[Shard]:
    """Every shard that the dumped manifest names, of now and of before."""
    it = tables.manifest.c
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(dump)))
    with engine.connect() as conn:
        rows = conn.execute(sa.select(it.contract, it.month, it.digest, it.rows))
        shards = sorted({Shard(*row) for row in rows})
    engine.dispose()
    return shards


def _fill(archive: zipfile.ZipFile, db: Database, dump: Path) -> None:
    digests: dict[str, str] = {}
    for name, path in (("key", db.home / "key"), (dump.name, dump)):
        archive.write(path, name)
        digests[name] = _sha256(path)
    for shard in _named(dump):
        if not facts.holds(db.home, shard):
            raise Problem(
                f"数据文件 {shard.path(db.home)} 缺失或已损坏，备份未完成；请先用较早的备份恢复。",
                f"The file {shard.path(db.home)} is missing or damaged; the backup was not made.",
            )
        name = shard.path(Path()).as_posix()
        archive.write(shard.path(db.home), name, compress_type=zipfile.ZIP_STORED)
        digests[name] = shard.digest
    contents = {"format": FORMAT, "revision": database.revision(db), "sha256": digests}
    archive.writestr(CONTENTS, json.dumps(contents, indent=1))


def _unpack(file: Path, folder: Path) -> None:
    """Put the entries into the folder, each verified."""
    damaged = Problem(f"{file} 不是完整的备份文件；请换一份备份。", f"{file} is not a whole backup; take another one.")
    try:
        with zipfile.ZipFile(file) as archive:
            contents: dict[str, Any] = json.loads(archive.read(CONTENTS))
            wanted: dict[str, str] = contents["sha256"]
            names = set(archive.namelist()) - {CONTENTS}
            is_whole = names == set(wanted) and {"key", ROWS} <= names
            if contents["format"] != FORMAT or not is_whole or not all(map(ALLOWED.fullmatch, names)):
                raise damaged
            for name in sorted(names):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as packed, path.open("xb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, CHUNK)
                if _sha256(path) != wanted[name]:
                    raise damaged
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise damaged from error
    (folder / "key").chmod(0o600)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
