"""The mock server as a child process: started, asked for its counters, stopped."""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

FAULTS = (
    *("p429", "p500", "p529", "pmalformed", "ptruncated", "preset", "prefusal"),
    *("poffschema", "pbadbody", "phang", "retry_after", "rpm", "tpm", "contradicted"),
)
STANDARD = {"p429": 0.05, "p500": 0.02, "pmalformed": 0.02, "preset": 0.005}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The settings of the server."""
    parser.add_argument("--latency-ms", type=float, default=300)
    parser.add_argument(
        "--faulty", action="store_true", help="5%% 429, 2%% 500, 2%% malformed, 0.5%% resets"
    )
    for name in FAULTS:
        parser.add_argument("--" + name.replace("_", "-"), dest=name, type=float, default=0)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One mock server; ``stop`` and ``start`` again keep its port and lose its counters."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.latency_s = options.latency_ms / 1000
        self.port = free_port()
        settings = {name: getattr(options, name) for name in FAULTS}
        if options.faulty:
            settings |= STANDARD
            settings["retry_after"] = settings["retry_after"] or 1
        self._command = [sys.executable, str(Path(__file__).with_name("mock_llm.py"))]
        self._command += ["--port", str(self.port), "--latency-ms", str(options.latency_ms)]
        for name, value in settings.items():
            if value:
                self._command += ["--" + name.replace("_", "-"), str(value)]
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.stats()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit("the mock server did not start")

    def stop(self) -> None:
        """Break every connection and end it."""
        self._process.kill()
        self._process.wait()

    def stats(self, *, detail: bool = False) -> dict[str, Any]:
        """Its counters; with ``detail`` those of each conversation too."""
        return self._call("/stats" + ("?detail=1" if detail else ""))

    def reset(self) -> None:
        """Zero the counters."""
        self._call("/reset", b"{}")

    def last_request(self) -> dict[str, Any]:
        """The body of the last request."""
        return self._call("/last")

    def _call(self, path: str, data: bytes | None = None) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as reply:
            found: dict[str, Any] = json.loads(reply.read() or b"{}")
        return found
