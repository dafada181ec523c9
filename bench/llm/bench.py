#!/usr/bin/env python3
"""Run one peer over the fixed workload against the mock server and print one JSON line.

    python bench.py run    --name raw --cmd "python peers/raw_peer.py --client openai" --n 2000
    python bench.py kill   --name cxscore --cmd "python peers/cxscore_peer.py"
    python bench.py again  --name cxscore --cmd "python peers/cxscore_peer.py"
    python bench.py outage --name cxscore --cmd "python peers/cxscore_peer.py" --seconds 60

``run`` measures; ``kill`` kills the command -9 half way and starts it again; ``again`` runs it
twice in one folder; ``outage`` stops the server half way and starts it again after some seconds.
The command gets --input --kb --output --concurrency and writes to the output one JSON line per
conversation: {"id", "scores": {name: value or null}, "error": null or text}. This Python needs
uvloop, httptools and orjson for the server.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import os
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import workload
from server import Server, add_options

USD_PER_MTOK = (0.15, 0.60)
"""Input and output, for the comparison only."""
TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one start of the command ended."""

    code: int | str
    wall_s: float
    started: float
    cpu_s: float
    peak_mb: float
    """Of the largest process of the command."""


class Peer:
    """One command in its work folder."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.name, self.n, self.concurrency = options.name, options.n, options.concurrency
        self.timeout = options.timeout
        self.work = Path(options.work or tempfile.mkdtemp(prefix="bench-")).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.out = self.work / f"out-{self.name}.jsonl"
        source, kb = self.work / f"conv{self.n}.jsonl", self.work / "kb.jsonl"
        if not source.exists():
            workload.write(self.n, str(source), str(kb))
        words = shlex.split(options.cmd)
        self.command = [str(Path(w).absolute()) if Path(w).exists() else w for w in words]
        self.command += ["--input", str(source), "--kb", str(kb), "--output", str(self.out)]
        self.command += ["--concurrency", str(self.concurrency)]

    def start(self, server: Server) -> subprocess.Popen[bytes]:
        """Start the command in a process group of its own."""
        log = (self.work / f"log-{self.name}.txt").open("a")
        with log:
            return subprocess.Popen(
                self.command,
                cwd=self.work,
                env=environment(server, self.work),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self, process: subprocess.Popen[bytes], started: float) -> Ended:
        """Wait for it, or kill it when its time is over."""
        late = False
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if not late and time.time() > started + self.timeout:
                late = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(
            code=TIMEOUT if late else process.returncode,
            wall_s=time.time() - started,
            started=started,
            cpu_s=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss / 1024,
        )

    def through(self, server: Server) -> Ended:
        """Start it and wait for it."""
        started = time.time()
        return self.finish(self.start(server), started)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill -9, it and its children."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def outcome(self) -> dict[str, Any]:
        """What its lines hold."""
        return outcome(self.out, self.n)


def environment(server: Server, work: Path) -> dict[str, str]:
    """The variables that point every SDK at the server and turn telemetry off."""
    url = f"http://127.0.0.1:{server.port}"
    return dict(
        os.environ,
        OPENAI_BASE_URL=f"{url}/v1",
        OPENAI_API_BASE=f"{url}/v1",
        OPENAI_API_KEY="sk-mock",
        ANTHROPIC_BASE_URL=url,
        ANTHROPIC_API_KEY="mock",
        NO_COLOR="1",
        PYTHONWARNINGS="ignore",
        BENCH_STATE=str(work),
        no_proxy="127.0.0.1",
        NO_PROXY="127.0.0.1",
    )


def outcome(out: Path, n: int) -> dict[str, Any]:
    """Lost: no line, an error, or a missing score. Silent: a score other than most others' score.

    The server's good answer is the same for every conversation, so the commonest value of each
    score is the right one.
    """
    rows: dict[str, dict[str, Any]] = {}
    for line in out.read_text("utf-8").splitlines() if out.exists() else []:
        try:
            row = json.loads(line)
        except ValueError:  # cut off by a kill
            continue
        if row["id"] not in rows or not (row.get("error") or not row.get("scores")):
            rows[row["id"]] = row
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for row in rows.values():
        for name, value in (row.get("scores") or {}).items():
            counts[name].update([json.dumps(value)] if not missing(value) else [])
    right = {name: c.most_common(1)[0][0] for name, c in counts.items() if c}
    lost, silent = n - len(rows), 0
    for row in rows.values():
        scores = row.get("scores") or {}
        lost += bool(row.get("error") or not scores or any(missing(scores.get(k)) for k in counts))
        silent += any(json.dumps(v) != right[k] for k, v in scores.items() if not missing(v))
    return {"written": len(rows), "lost": lost, "silent": silent, "good_scores": right}


def missing(value: object) -> bool:
    """No score: null or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def figures(peer: Peer, server: Server, ended: Ended) -> dict[str, Any]:
    """The measured line of one run."""
    seen, n = server.stats(), peer.n
    busy = seen["last"] - seen["first"] + server.latency_s if seen["requests"] else 0.0
    usd = sum(
        seen[k] * p
        for k, p in zip(("prompt_tokens", "completion_tokens"), USD_PER_MTOK, strict=True)
    )
    asks = max(seen["requests"], 1)
    return {
        "name": peer.name,
        "n": n,
        "concurrency": peer.concurrency,
        "latency_ms": server.latency_s * 1000,
        "code": ended.code,
        "wall_s": round(ended.wall_s, 2),
        "busy_s": round(busy, 2),
        "start_s": round(seen["first"] - ended.started, 2) if seen["requests"] else None,
        "conv_per_s": round(n / busy, 2) if busy else 0,
        "calls_per_conv": round(seen["requests"] / n, 4),
        "peak_inflight": seen["inflight_peak"],
        "prompt_tok": round(seen["prompt_tokens"] / n, 1),
        "output_tok": round(seen["completion_tokens"] / n, 1),
        "largest_output": seen["largest_output"],
        "system_texts": seen["system_texts"],
        "per_ask": {k: round(seen[f"{k}_tokens"] / asks) for k in ("system", "schema", "rest")},
        "usd_per_1k": round(usd / 1e6 / n * 1000, 4),
        "cpu_s_per_1k": round(ended.cpu_s / n * 1000, 2),
        "peak_mb": round(ended.peak_mb),
        "connections": seen["connections"],
        "server_cpu_s": round(seen["cpu_s"], 2),
        "load": round(os.getloadavg()[0], 1),
        "status": seen["status"],
        "faults": seen["faults"],
        **peer.outcome(),
    }


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One measured run."""
    server = Server(options)
    try:
        peer = Peer(options)
        ended = peer.through(server)
        return figures(peer, server, ended)
    finally:
        server.stop()


def again(options: argparse.Namespace) -> dict[str, Any]:
    """The same command twice in one folder: what the second one asks."""
    server = Server(options)
    try:
        peer = Peer(options)
        peer.through(server)
        first = server.stats()["requests"]
        server.reset()
        ended = peer.through(server)
        second = server.stats()["requests"]
        return {
            "name": peer.name,
            "n": peer.n,
            "first_calls": first,
            "second_calls": second,
            "second_wall_s": round(ended.wall_s, 2),
            "code": ended.code,
            **peer.outcome(),
        }
    finally:
        server.stop()


def until_half(
    peer: Peer, server: Server, process: subprocess.Popen[bytes], answered: float
) -> None:
    """Wait until the server has answered so many asks, or the command ended."""
    end = time.time() + peer.timeout
    while server.stats()["ok"] < answered and process.poll() is None and time.time() < end:
        time.sleep(0.02)


def kill(options: argparse.Namespace) -> dict[str, Any]:
    """Kill -9 half way, start again: what is asked a second time."""
    server = Server(options)
    try:
        peer = Peer(options)
        process = peer.start(server)
        until_half(peer, server, process, options.n * options.calls_per_conversation / 2)
        peer.kill(process)
        first = server.stats(detail=True)
        server.reset()
        ended = peer.through(server)
        second = server.stats(detail=True)
    finally:
        server.stop()
    done = {k for k, v in first["conv_ok"].items() if v >= options.calls_per_conversation}
    repeated = sum(1 for k in done if second["conv_req"].get(k))
    return {
        "name": peer.name,
        "n": peer.n,
        "concurrency": peer.concurrency,
        "answered_before": first["ok"],
        "asked_before": first["requests"],
        "calls_after": second["requests"],
        "conversations_done_before": len(done),
        "of_them_asked_again": repeated,
        "code": ended.code,
        **peer.outcome(),
    }


def outage(options: argparse.Namespace) -> dict[str, Any]:
    """Stop the server half way for some seconds; run again while the command asks for it (75)."""
    server = Server(options)
    try:
        peer = Peer(options)
        started = time.time()
        process = peer.start(server)
        until_half(peer, server, process, options.n * options.calls_per_conversation / 2)
        before = server.stats()
        server.stop()
        time.sleep(options.seconds)
        ended_meanwhile = process.poll()
        server.start()
        if ended_meanwhile is None:
            codes = [peer.finish(process, started).code]
        else:
            codes = [ended_meanwhile, peer.through(server).code]
        after = server.stats()
    finally:
        server.stop()
    return {
        "name": peer.name,
        "n": peer.n,
        "seconds": options.seconds,
        "codes": codes,
        "answered_before": before["ok"],
        "asked_before": before["requests"],
        "answered_after": after["ok"],
        "asked_after": after["requests"],
        **peer.outcome(),
    }


def main() -> None:
    """Run what is named and print its line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="what", required=True)
    kinds = {"run": run, "kill": kill, "again": again, "outage": outage}
    for what in kinds:
        command = commands.add_parser(what)
        command.add_argument("--name", required=True)
        command.add_argument("--cmd", required=True)
        command.add_argument("--n", type=int, default=200)
        command.add_argument("--concurrency", type=int, default=50)
        command.add_argument("--work", help="work folder; a new temporary one without it")
        command.add_argument("--timeout", type=float, default=300)
        command.add_argument("--results", type=Path, help="append the line to this file")
        command.add_argument("--calls-per-conversation", type=float, default=1)
        command.add_argument("--seconds", type=float, default=60, help="of an outage")
        add_options(command)
    options = parser.parse_args()
    line = json.dumps({"kind": options.what, **kinds[options.what](options)})
    print(line, flush=True)
    if options.results:
        with options.results.open("a") as results:
            results.write(line + "\n")


if __name__ == "__main__":
    main()
