"""Progress on the terminal: rate and time left, only where a run takes more than two seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType

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

    def show(self, done: int, total: int | None) -> None:
        """Say how far it is: ``done`` conversations of ``total``, None where that is not known."""
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        pause = _EVERY_S if terminal else _EVERY_WITHOUT_TERMINAL_S
        if now - self._started < _QUIET_S or now - self._last < pause:
            return
        self._last = now
        line = _line(done, total, now - self._started)
        if terminal:
            sys.stderr.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _line(done: int, total: int | None, seconds: float) -> str:
    rate = done / seconds if seconds else 0.0
    of = f" of {total:,}" if total else ""
    left = ""
    if total and rate and total >= done:
        left = f", {_duration((total - done) / rate)} left"
    return f"scored {done:,}{of} conversations, {rate:,.0f}/s{left}, cost 0 (no model is called)"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
