"""CPU of ``cxscore --help``, as a multiple of ``python -c pass``; medians of alternating runs."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys

TARGET = 15


def cpu_ms(command: list[str]) -> float:
    """CPU time of one process, user and system, in milliseconds."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return 1000 * (usage.ru_utime + usage.ru_stime)


def main() -> None:
    """Print the measurement as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    bare, help_ = [], []
    for _ in range(options.rounds):
        bare.append(cpu_ms([sys.executable, "-c", "pass"]))
        help_.append(cpu_ms([sys.executable, "-m", "cxscore", "--help"]))
    base, ours = statistics.median(bare), statistics.median(help_)
    print(
        json.dumps(
            {
                "bench": "startup",
                "python_ms": round(base, 1),
                "help_ms": round(ours, 1),
                "ratio": round(ours / base, 2),
                "target": TARGET,
                "ok": ours <= TARGET * base,
            }
        )
    )


if __name__ == "__main__":
    main()
