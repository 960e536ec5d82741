"""One command sets up everything: demo · run · test · soak · check · bench · docs · pictures (see `python3 dev.py`).

Needs nothing but Python 3.11 or newer with pip; works in an environment of the project's own (`.venv`).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(lock: str) -> None:
    """Make the environment match requirements/<lock>.txt; return at once where it already does."""
    wanted = ROOT / "requirements" / f"{lock}.txt"
    stamp = VENV / f"installed-{lock}"
    digest = hashlib.sha256(wanted.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest and PYTHON.exists():
        return
    if not PYTHON.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=False)
    # A bare Debian has pip but no ensurepip, so the machine's pip installs into our environment.
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "--disable-pip-version-check", "install", "--quiet"]
    print(f"Installing requirements/{lock}.txt into {VENV.name} …", flush=True)
    subprocess.run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(wanted)], check=True)
    scripts = VENV / ("Scripts" if os.name == "nt" else "bin")
    site = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    Path(site, "kpi-app.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    if os.name == "nt":
        (scripts / "kpi.cmd").write_text(f'@"{PYTHON}" -m kpi_app %*\r\n', encoding="utf-8")
    else:
        kpi = scripts / "kpi"
        kpi.write_text(f'#!/bin/sh\nexec "{PYTHON}" -m kpi_app "$@"\n', encoding="utf-8")
        kpi.chmod(0o755)
    stamp.write_text(digest)


def python(*args: str) -> None:
    """Run the project's own Python and leave with its exit code when it fails."""
    # A container that forbids bytecode would have every process of a run compile everything anew.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = subprocess.run([str(PYTHON), *args], cwd=ROOT, env=env).returncode
    if code:
        sys.exit(code)


def demo(args: list[str]) -> None:
    """Install, make and import a demo group, compute it, and open the dashboard (--no-serve stops before that)."""
    prepare("app")
    python("-m", "kpi_app", "demo", *args)


def run(args: list[str]) -> None:
    """Open the dashboard on the data that is there."""
    prepare("app")
    python("-m", "kpi_app", "serve", *args)


def test(args: list[str]) -> None:
    """Run every test, on all cores; browser tests where a Chromium is found."""
    prepare("dev")
    # One worker more than cores, for many tests wait for a browser or a process.
    workers = str((os.cpu_count() or 1) + 1)
    # In the order of tests/conftest.py: xdist's own puts the files of few tests last, and those are the longest.
    python("-m", "pytest", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", *args)


def soak(args: list[str]) -> None:
    """Run the generated months and sequences ten times over, drawn anew (about half an hour)."""
    prepare("dev")
    os.environ["KPI_SOAK"] = "1"
    python("-m", "pytest", *(args or SOAKED))


SOAKED = ("tests/month_end/test_every_fen.py", "tests/month_end/test_state_machine.py")


def check(_: list[str]) -> None:
    """Lint, format, types, layers and dependencies, in seconds."""
    prepare("dev")
    python("-m", "ruff", "check", ".")
    python("-m", "ruff", "format", "--check", ".")
    python("-m", "mypy")
    python("-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())")
    python("-m", "deptry", ".")


def bench(args: list[str]) -> None:
    """Time the demo's import and figures, every page, and 50 sessions at once (--sessions: only the pages)."""
    prepare("dev")
    python("benchmarks/bench.py", *args)


def docs(_: list[str]) -> None:
    """Write docs/reference from the code."""
    prepare("app")
    python("-m", "kpi_app", "docs")


def pictures(_: list[str]) -> None:
    """Take the README's pictures anew from the demo."""
    prepare("dev")
    python("-m", "pytest", "tests/browser/readme_pictures.py")


VERBS = {verb.__name__: verb for verb in (demo, run, test, soak, check, bench, docs, pictures)}

if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("kpi-app needs Python 3.11 or newer.")
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        print("\n".join(f"python3 dev.py {name:8} {verb.__doc__}" for name, verb in VERBS.items()))
        sys.exit(2)
    VERBS[sys.argv[1]](sys.argv[2:])
