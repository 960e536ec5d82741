"""What comes from outside is opened in a process of its own, under a limit of memory and time.

A crafted file can ask for 512 GiB and abort the process that reads it, and no ``except`` helps.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]


def ask(module: str, limits: Sequence[int], data: bytes, *, seconds: int) -> dict[str, Any]:
    """What ``python -m module LIMITS`` answers to bytes, as JSON. Raises SubprocessError where it ends otherwise or
    takes longer, ValueError where that is no JSON.
    """
    # The child gets no environment: it needs no setting, and must not see a secret.
    keep = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ}
    command = [sys.executable, "-E", "-s", "-m", module, json.dumps(limits)]
    done = subprocess.run(command, input=data, capture_output=True, timeout=seconds, check=True, cwd=_ROOT, env=keep)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def limit(memory: int, seconds: int) -> None:
    """Bound this process, in bytes and seconds of work, before it touches what was sent. Windows has no such limits;
    the parent's clock still runs."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
