"""Peak resident memory of ``cxscore score -`` at many streamed conversations, above that at few.

The conversations go through a pipe, so that only the scoring process's own memory counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workload import conversations, write_articles

LIMIT_MB = 30


def peak_mb(count: int, turns: int, workers: int, place: Path) -> tuple[float, float]:
    """Peak resident memory in MB and wall time in seconds of scoring ``count`` conversations."""
    command = [sys.executable, "-m", "cxscore", "score", "-", "--format", "canonical"]
    command += ["--kb", str(place / "kb"), "--store", str(place / f"{count}.db")]
    command += ["--workers", str(workers), "--json"]
    start = time.monotonic()
    with (place / f"{count}.json").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out)
        assert process.stdin is not None
        for conversation in conversations(count, turns):
            process.stdin.write(json.dumps(conversation).encode() + b"\n")
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    summary = json.loads((place / f"{count}.json").read_text("utf-8"))
    if process.returncode != 0 or summary["new"] != count:
        sys.exit(f"the run over {count} conversations ended with {process.returncode}: {summary}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes there, KiB here
    return usage.ru_maxrss * unit / 1e6, time.monotonic() - start


def main() -> None:
    """Print the measurement as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=2_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_articles(place / "kb", 30)
        few_mb, _ = peak_mb(options.few, options.turns, options.workers, place)
        many_mb, many_s = peak_mb(options.many, options.turns, options.workers, place)
    above = many_mb - few_mb
    print(
        json.dumps(
            {
                "bench": "memory",
                "few": options.few,
                "many": options.many,
                "turns": options.turns,
                "workers": options.workers,
                "few_mb": round(few_mb, 1),
                "many_mb": round(many_mb, 1),
                "above_mb": round(above, 1),
                "many_s": round(many_s, 1),
                "target_mb": LIMIT_MB,
                "ok": above <= LIMIT_MB,
            }
        )
    )


if __name__ == "__main__":
    main()
