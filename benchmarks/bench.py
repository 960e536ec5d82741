"""How long the demo takes, and how our figures compare with pandas and DuckDB finding the same.

First the demo: import its files, import them again, measure and compute a month, each step in a process of its own.
Then the shapes of shapes.py on the demo's facts, and on many copies of the demo side by side: every engine
must find exactly the same figures before any time is printed. Engines take turns, each run in a process of its own.

    python3 dev.py bench            # --json adds every single time, --shapes goes through the demo once only

Last, in sessions.py, the pages: each one's script, and 50 sessions at once (--sessions: only these).
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import polars as pl  # noqa: E402  this tree comes before an installed one

from benchmarks import sessions  # noqa: E402
from benchmarks.shapes import ENGINES, SHAPES  # noqa: E402
from data_contracts.catalogue import CONTRACTS  # noqa: E402
from kpi_app.settings import Settings  # noqa: E402
from kpi_app.store import database  # noqa: E402
from kpi_app.store.rows import facts  # noqa: E402

RUNS = 3
COPIES = (1, 10)
ROUNDS, RUNS_A_ROUND = 2, 3
AS_OF = "2026-11-20"


def timed(command: list[str], home: Path) -> float:
    """Wall seconds of one run of ``kpi``."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "kpi_app", "--as-of", AS_OF, *command],
        cwd=ROOT,
        env={**os.environ, "KPI_HOME": str(home), "KPI_PASSWORD": "bench-Password-1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def one_run(files: Path, home: Path) -> dict[str, float]:
    """Wall seconds of every step on a fresh store in ``home``."""
    timed(["init"], home)
    names = sorted(str(file) for file in files.iterdir())
    took = {"import the demo's files": timed(["import", *names, "--on-error", "skip"], home)}
    took["import them again"] = timed(["import", *names, "--on-error", "skip"], home)
    took["measure a month by person"] = timed(["measure", "--period", "2026-10", "--level", "person"], home)
    took["compute a pay month"] = timed(["month", "compute", "2026-10"], home)
    return took


def write_facts(home: Path, folder: Path, copies: int) -> int:
    """The store's facts as one Parquet file a contract, so many times over with ids of their own; how many rows.

    What has no ids, such as the regional averages, holds for all copies and stands there once.
    """
    folder.mkdir()
    db = database.connect(Settings(home=home))
    rows = 0
    for name, frame in facts.load(db).items():
        ids = [column for column, cell in CONTRACTS[name].cells.items() if cell.kind == "id"]
        one = frame.collect()
        many = pl.concat(
            one.with_columns(pl.col(ids) + f"-{copy}") if copy else one for copy in range(copies if ids else 1)
        )
        many.write_parquet(folder / f"{name}.parquet")
        rows += many.height
    db.close()
    return rows


def run_shape(engine: str, shape: str, folder: Path) -> dict[str, list]:
    """One process of shapes.py."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "shapes.py"), engine, shape, str(folder), str(RUNS_A_ROUND)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def compare(folder: Path) -> dict[tuple[str, str], dict[str, list[float]]]:
    """(shape, engine) → seconds and peak_mib of every run. Leaves with the difference where two engines disagree."""
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    rows: dict[str, list] = {}
    for _ in range(ROUNDS):
        for shape in SHAPES:
            for engine in ENGINES:
                it = run_shape(engine, shape, folder)
                if it["rows"] != rows.setdefault(shape, it["rows"]):
                    different = [row for row in it["rows"] if row not in rows[shape]][:3]
                    sys.exit(f"{shape}: {engine} disagrees with {next(iter(ENGINES))}, first in {different}")
                cell = found.setdefault((shape, engine), {"seconds": [], "peak_mib": []})
                cell["seconds"] += it["seconds"]
                cell["peak_mib"].append(it["peak_mib"])
        if not all(rows.values()):
            sys.exit("a shape found nothing to compare")
    counts = ", ".join(f"{shape} {len(listed)}" for shape, listed in rows.items())
    print(f"equal in every engine, figures: {counts}")
    return found


def print_comparison(found: dict[tuple[str, str], dict[str, list[float]]]) -> None:
    """Medians, how often ours goes into the others', and the largest process."""
    print(f"{'':16}" + "".join(f"{engine:>11}" for engine in ENGINES) + "   others ÷ ours    peak MiB")
    for shape in SHAPES:
        median = {engine: statistics.median(found[shape, engine]["seconds"]) for engine in ENGINES}
        peak = {engine: max(found[shape, engine]["peak_mib"]) for engine in ENGINES}
        times = "".join(f"{1000 * median[engine]:8.1f} ms" for engine in ENGINES)
        ratios = "  ".join(f"{median[engine] / median['ours']:5.2f}" for engine in ENGINES if engine != "ours")
        print(f"{shape:16}{times}   {ratios}     {'  '.join(f'{peak[engine]:.0f}' for engine in ENGINES)}")


def main() -> None:
    """Print the tables."""
    if "--sessions" in sys.argv:
        sessions.main()
        return
    runs, compared = [], {}
    with tempfile.TemporaryDirectory() as place:
        files = Path(place) / "files"
        timed(["demo", "--files", str(files)], Path(place) / "home-0")
        for number in range(1 if "--shapes" in sys.argv else RUNS):
            runs.append(one_run(files, Path(place) / f"home-{number}"))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        for step in runs[0]:
            print(f"{step:32} {statistics.median(run[step] for run in runs):7.2f} s")
        print(f"{'largest process':32} {peak:7.0f} MiB", flush=True)
        for copies in COPIES:
            folder = Path(place) / f"facts-{copies}"
            rows = write_facts(Path(place) / "home-0", folder, copies)
            print(f"\nshapes on {copies} × the demo's facts, {rows:,} rows: 12 months by person")
            found = compare(folder)
            print_comparison(found)
            compared[copies] = {f"{shape}, {engine}": it for (shape, engine), it in found.items()}
    if "--json" in sys.argv:
        print(json.dumps({"demo": runs, "shapes": compared}))
    print()
    sessions.main()


if __name__ == "__main__":
    main()
