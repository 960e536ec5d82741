"""A pack from outside, verified in a limited process: ``python -m kpi_app.exports.foreign LIMITS < pack > verdict``.

A Parquet file of a few kilobytes can say that it holds more rows than any machine has memory for. Only the verdict
comes back, as one JSON object, or ``{"error": [zh, en]}``.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from data_contracts.contract import Problem, Text
from kpi_app import limited
from kpi_app.exports import evidence
from kpi_app.exports.evidence import Difference, Verdict


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What computing one pack again may cost."""

    memory_mb: int = 4096
    seconds: int = 600


def verify(data: bytes, limits: Limits | None = None) -> Verdict:
    """Compute the month of a pack again, from the pack alone. Raises Problem for what is no pack, or takes too much."""
    limits = limits or Limits()
    bounds = [limits.memory_mb << 20, limits.seconds]
    try:
        answer = limited.ask("kpi_app.exports.foreign", bounds, data, seconds=limits.seconds)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Problem(
            f"备查资料无法验证：可能已损坏，或超出 {limits.memory_mb} MB 内存、{limits.seconds} 秒的限制；"
            "请重新导出（kpi evidence）。",
            f"The pack cannot be verified: it may be damaged, or exceed {limits.memory_mb} MB of memory or "
            f"{limits.seconds} seconds; export it again (kpi evidence).",
        ) from error
    if "error" in answer:
        raise Problem(*answer["error"])
    return _verdict(answer)


def _verdict(told: dict[str, Any]) -> Verdict:
    difference = told["difference"]
    return Verdict(
        **{
            **told,
            "units": tuple(told["units"]),
            "altered": tuple(told["altered"]),
            "difference": None if difference is None else Difference(**difference),
            "notes": tuple(Text(*note) for note in told["notes"]),
        }
    )


def main() -> None:
    """Read a pack from standard input, write the verdict to standard output."""
    limited.limit(*json.loads(sys.argv[1]))
    try:
        answer: dict[str, Any] = asdict(evidence.verify(sys.stdin.buffer.read()))
    except Problem as problem:
        answer = {"error": problem.text}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
