"""Everything in one file: the database as it is at one moment, the facts it names, and the key.

The file is a zip of ``backup.json`` (a SHA-256 for every other entry), ``key``, ``kpi.sqlite3`` or ``kpi.pgdump``, and
``facts/…``. It holds pay: keep it as safe as the store. Figures are left out; they are measured anew.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import audit, database, facts, tables
from kpi_app.store.database import Database
from kpi_app.store.facts import Shard

FORMAT = 1
CONTENTS = "backup.json"
ALLOWED = re.compile(r"key|kpi\.sqlite3|kpi\.pgdump|facts/[a-z_]+/(all|\d{4}-\d{2})/[0-9a-f]{64}\.parquet")
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
    """Restore a backup into an empty home. Raises Problem where the home holds something, or the file is damaged.

    Everything is verified beside the home and then moved there whole. All sessions are over afterwards.
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
        contents = _unpack(file, folder)
        _load(settings, folder, contents["database"])
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
    """The database as it is at one moment, as a file."""
    if db.settings.database_url is not None:
        file = folder / "kpi.pgdump"
        _run_pg(db.settings, "pg_dump", "--format=custom", "--no-owner", f"--file={file}")
        return file
    file = folder / "kpi.sqlite3"
    with closing(sqlite3.connect(database.sqlite_file(db.settings))) as source, closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
    return file


def _named(db: Database, dump: Path) -> list[Shard]:
    """Every shard that the dumped manifest names, of now and of before."""
    it = tables.manifest.c
    query = sa.select(it.contract, it.month, it.digest, it.rows)
    if db.settings.database_url is not None:
        # The dump cannot be asked; what was named a moment later includes what it names.
        with db.read() as conn:
            return sorted({Shard(*row) for row in conn.execute(query)})
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(dump)))
    with engine.connect() as conn:
        shards = sorted({Shard(*row) for row in conn.execute(query)})
    engine.dispose()
    return shards


def _fill(archive: zipfile.ZipFile, db: Database, dump: Path) -> None:
    digests: dict[str, str] = {}
    for name, path in (("key", db.home / "key"), (dump.name, dump)):
        archive.write(path, name)
        digests[name] = _sha256(path)
    for shard in _named(db, dump):
        if not facts.holds(db.home, shard):
            raise Problem(
                f"数据文件 {shard.path(db.home)} 缺失或已损坏，备份未完成；请先用较早的备份恢复。",
                f"The file {shard.path(db.home)} is missing or damaged; the backup was not made.",
            )
        name = shard.path(Path()).as_posix()
        archive.write(shard.path(db.home), name, compress_type=zipfile.ZIP_STORED)
        digests[name] = shard.digest
    contents = {"format": FORMAT, "database": dump.name, "revision": database.revision(db), "sha256": digests}
    archive.writestr(CONTENTS, json.dumps(contents, indent=1))


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Put the entries into the folder, each verified; what ``backup.json`` says."""
    damaged = Problem(f"{file} 不是完整的备份文件；请换一份备份。", f"{file} is not a whole backup; take another one.")
    try:
        with zipfile.ZipFile(file) as archive:
            contents: dict[str, Any] = json.loads(archive.read(CONTENTS))
            wanted: dict[str, str] = contents["sha256"]
            names = set(archive.namelist()) - {CONTENTS}
            if contents["format"] != FORMAT or names != set(wanted) or not all(map(ALLOWED.fullmatch, names)):
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
    return contents


def _load(settings: Settings, folder: Path, dump: str) -> None:
    """Make the database of the backup this store's."""
    is_postgresql = dump == "kpi.pgdump"
    if is_postgresql != (settings.database_url is not None):
        raise Problem(
            "备份与当前数据库种类不同(SQLite 或 PostgreSQL)；请按备份时的方式设置 KPI_DATABASE_URL。",
            "The backup is of the other kind of database; set KPI_DATABASE_URL as it was when it was made.",
        )
    if not is_postgresql:
        (folder / dump).chmod(0o600)
        return
    _run_pg(settings, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(folder / dump))
    (folder / dump).unlink()


def _run_pg(settings: Settings, program: str, *args: str) -> None:
    if (path := shutil.which(program)) is None:
        raise Problem(
            f"找不到 {program}；请安装 PostgreSQL 客户端(postgresql-client)后重试。",
            f"{program} was not found; install PostgreSQL's client programs and try again.",
        )
    url = sa.make_url(str(settings.database_url)).set(drivername="postgresql")
    password = {"PGPASSWORD": str(url.password)} if url.password else {}  # not among the arguments, where ps shows it
    named = f"--dbname={url.set(password=None).render_as_string()}"
    done = subprocess.run([path, named, *args], capture_output=True, text=True, env={**os.environ, **password})
    if done.returncode:
        raise Problem(f"{program} 失败：{done.stderr.strip()}", f"{program} failed: {done.stderr.strip()}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
