"""A process that imports files and is killed at a chosen point: ``python -m tests.store.dies HOME POINT FILE…``.

Points are the moments at which something outside the process changes or is asked to: every SQL statement, before and
after every commit, every fsync and every rename. Point 0 is never reached; the number of points is printed at the end.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.rows import imports

passed = 0


def point() -> None:
    """One more point; the last one, if it was chosen."""
    global passed
    passed += 1
    if passed == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)


def watched(call: Any) -> Any:
    """The call with a point before and after it."""

    def watching(*args: Any, **options: Any) -> Any:
        point()
        result = call(*args, **options)
        point()
        return result

    return watching


def main() -> None:
    db = database.connect(Settings(home=Path(sys.argv[1])))
    sa.event.listen(db.engine, "before_cursor_execute", lambda *_: point())
    db.engine.dialect.do_commit = watched(db.engine.dialect.do_commit)  # type: ignore[method-assign]
    os.fsync = watched(os.fsync)
    Path.rename = watched(Path.rename)  # type: ignore[method-assign]
    files = [imports.Incoming(Path(name).name, Path(name).read_bytes()) for name in sys.argv[3:]]
    imports.run(db, access.CONSOLE, files)
    print(passed)


if __name__ == "__main__":
    main()
