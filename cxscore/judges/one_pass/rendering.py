"""What the judge is shown: the transcript as fenced JSON data with drawn turn ids, and passages."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cxscore.knowledge import Hit
from cxscore.transcript import Role, ToolCall, Transcript, Turn, visible_digest

HIDDEN_OPEN, HIDDEN_CLOSE = "[hidden: ", "]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A transcript as it stands in the prompt, and the way back from its ids."""

    text: str
    """JSON, one turn a line."""
    nonce: str
    turns: Mapping[str, int]
    """Drawn turn id to turn index."""
    calls: Mapping[str, tuple[int, int]]
    """Drawn log id to (turn index, call index)."""
    hidden: bool
    """Whether invisible characters were made visible."""
    omitted: int
    """Turns left out because the window is too small."""


def show(transcript: Transcript, *, secret: bytes, keep: frozenset[int] | None = None) -> Shown:
    """Render a transcript as JSON data.

    Args:
        transcript: as the judge is handed it.
        secret: the workspace's; ids and nonce are drawn from it and the visible digest, so a replay
            is exact and a hostile transcript cannot know them.
        keep: indexes of the turns shown; None shows all.
    """
    seed = hmac.new(secret, visible_digest(transcript).encode(), hashlib.sha256)
    ids = _Ids(seed.digest())
    turns: dict[str, int] = {}
    calls: dict[str, tuple[int, int]] = {}
    lines: list[str] = []
    hidden, gap, omitted = False, 0, 0
    for index, turn in enumerate(transcript.turns):
        if not turn.text and not turn.tool_calls:
            continue
        if keep is not None and index not in keep:
            gap, omitted = gap + 1, omitted + 1
            continue
        if gap:
            lines.append(json.dumps(f"[{gap} turns omitted]"))
            gap = 0
        turn_id = ids.draw()
        turns[turn_id] = index
        shown, turn_hidden = _turn(turn, turn_id, index, ids, calls)
        hidden |= turn_hidden
        lines.append(json.dumps(shown, ensure_ascii=False))
    if gap:
        lines.append(json.dumps(f"[{gap} turns omitted]"))
    return Shown(
        text="[" + ",\n ".join(lines) + "]",
        nonce=ids.nonce,
        turns=turns,
        calls=calls,
        hidden=hidden,
        omitted=omitted,
    )


class _Ids:
    """Short ids that a transcript's author cannot guess."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0
        self._used: set[str] = set()
        self.nonce = hashlib.sha256(seed + b"nonce").hexdigest()[:16]

    def draw(self) -> str:
        while True:
            data = hashlib.sha256(self._seed + self._drawn.to_bytes(4, "big")).hexdigest()
            self._drawn += 1
            found = f"t{data[:3]}"
            if found not in self._used:
                self._used.add(found)
                return found


def _turn(
    turn: Turn, turn_id: str, index: int, ids: _Ids, calls: dict[str, tuple[int, int]]
) -> tuple[dict[str, Any], bool]:
    text, hidden = visible_text(turn.text)
    shown: dict[str, Any] = {"turn": turn_id, "role": str(turn.role)}
    if turn.time is not None:
        shown["time"] = turn.time.isoformat(timespec="minutes")
    if turn.text:
        shown["text"] = text
    if turn.sources:
        shown["cites"] = [s.title or s.url or s.article_id for s in turn.sources]
    log = []
    for number, call in enumerate(turn.tool_calls):
        log_id = "L" + ids.draw()[1:]
        calls[log_id] = (index, number)
        log.append(_call(call, log_id))
    if log:
        shown["log"] = log
    return shown, hidden


def _call(call: ToolCall, log_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": log_id, "tool": call.name, "arguments": dict(call.arguments)}
    if call.requester is Role.CUSTOMER:
        shown["by"] = "customer"
    if call.ok is False:
        shown["failed"] = True
    shown["result"] = "(not delivered)" if call.result is None else visible_text(call.result)[0]
    return shown


def visible_text(text: str) -> tuple[str, bool]:
    """Text with invisible characters made visible, and whether there were any.

    Unicode tag characters spell hidden words: they are shown as such. Other format characters
    (zero width, direction marks) are dropped, except those that join emoji and letters.
    """
    if text.isascii():
        return text, False
    shown: list[str] = []
    secret: list[str] = []
    found = False
    for char in text:
        if 0xE0020 <= ord(char) <= 0xE007E:
            secret.append(chr(ord(char) - 0xE0000))
            continue
        if secret:
            shown.append(HIDDEN_OPEN + "".join(secret) + HIDDEN_CLOSE)
            secret, found = [], True
        if unicodedata.category(char) == "Cf" and char not in "\u200c\u200d":
            found = True
            continue
        shown.append(char)
    if secret:
        shown.append(HIDDEN_OPEN + "".join(secret) + HIDDEN_CLOSE)
        found = True
    return "".join(shown), found


def choose_passages(
    found: Iterable[list[Hit]], *, most: int, characters: int
) -> tuple[Hit, ...]:
    """The best passages over all queries: first hits first, each once, within both limits."""
    chosen: list[Hit] = []
    seen: set[tuple[str, str]] = set()
    room = characters
    for hit in _ranked(found):
        key = (hit.passage.article_id, hit.passage.text)
        if key in seen or len(hit.passage.text) > room or len(chosen) == most:
            continue
        seen.add(key)
        room -= len(hit.passage.text)
        chosen.append(hit)
    return tuple(chosen)


def _ranked(found: Iterable[list[Hit]]) -> list[Hit]:
    rows = [
        (rank, -hit.score, n, hit) for n, hits in enumerate(found) for rank, hit in enumerate(hits)
    ]
    return [hit for _, _, _, hit in sorted(rows, key=lambda row: row[:3])]
