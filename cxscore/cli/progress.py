"""Progress on the terminal: rate and time left, only where a run takes more than two seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxscore.run import Progress as HowFar

_QUIET_S = 2.0
_EVERY_S = 0.5
_EVERY_WITHOUT_TERMINAL_S = 30.0


class Progress:
    """Writes one line on stderr, renewed in place on a terminal, rarely into a log."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._last = self._started
        self._width = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._width and sys.stderr.isatty():
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def show(self, so_far: HowFar, total: int | None) -> None:
        """Say how far a run is; ``total`` is None where it is not known."""
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        pause = _EVERY_S if terminal else _EVERY_WITHOUT_TERMINAL_S
        if now - self._started < _QUIET_S or now - self._last < pause:
            return
        self._last = now
        line = _line(so_far, total)
        if terminal:
            sys.stderr.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _line(so_far: HowFar, total: int | None) -> str:
    of = f" of {total:,}" if total else ""
    failed = f", {so_far.failed:,} failed" if so_far.failed else ""
    eta_s = so_far.eta_s(total) if total and total >= so_far.settled else None
    left = "" if eta_s is None else f", {_duration(eta_s)} left"
    return (
        f"{so_far.settled:,}{of} conversations{failed}, {so_far.rate:,.0f}/s{left}, {_cost(so_far)}"
    )


def _cost(so_far: HowFar) -> str:
    if not so_far.calls:
        return "cost 0: no model is called"
    cost = "cost unknown" if so_far.cost_usd is None else f"cost {so_far.cost_usd:.2f} USD"
    return f"{so_far.calls:,} calls, {cost}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
