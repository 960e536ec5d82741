"""How long the demo takes: write its files, import them, import them again, measure everything.

Every step runs in a process of its own, three times in turn; the medians of wall time and the peak memory are printed.

    python3 dev.py bench
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
RUNS = 3
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


def one_run(folder: Path) -> dict[str, float]:
    """Wall seconds of every step on a fresh store."""
    files, home = folder / "files", folder / "home"
    took = {"write the demo's files": timed(["demo", "--files", str(files)], home)}
    timed(["init"], home)
    names = sorted(str(file) for file in files.iterdir())
    took["import them"] = timed(["import", *names, "--on-error", "skip"], home)
    took["import them again"] = timed(["import", *names, "--on-error", "skip"], home)
    for level in ("person", "group"):
        took[f"measure a month, level {level}"] = timed(["measure", "--period", "2026-10", "--level", level], home)
    took["compute a pay month"] = timed(["month", "compute", "2026-10"], home)
    return took


def main() -> None:
    """Print the table."""
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(one_run(Path(folder)))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    for step in runs[0]:
        print(f"{step:32} {statistics.median(run[step] for run in runs):7.2f} s")
    print(f"{'largest process':32} {peak:7.0f} MiB")
    if "--json" in sys.argv:
        print(json.dumps(runs))


if __name__ == "__main__":
    main()
