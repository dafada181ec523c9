"""The transcript as fenced JSON data: one turn a line, with ids nobody can foresee."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cxscore.judges.one_pass.visible import Visible, visible
from cxscore.transcript import Handoff, Json, Role, ToolCall, Transcript, Turn, visible_digest

WAIT_SHOWN_S = 300
"""A turn that came later than this after the one before shows how long it took."""

_ROLES = {
    Role.CUSTOMER: "customer",
    Role.AI_AGENT: "ai",
    Role.HUMAN_AGENT: "person",
    Role.TOOL: "tool",
    Role.SYSTEM: "system",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A transcript as it stands in the prompt, and the way back from its ids."""

    text: str
    """JSON, one turn a line."""
    nonce: str
    words: Transcript
    """The transcript with its turns' texts as shown: quotes are looked for here."""
    parts: Mapping[int, Visible]
    """Turn index to what was shown of it, for turns whose text was changed."""
    turns: Mapping[str, int]
    """Drawn turn id to turn index."""
    calls: Mapping[str, tuple[int, int]]
    """Drawn log id to (turn index, call index)."""
    hidden: bool
    """Whether something a reader could not see is shown as hidden."""
    omitted: int
    """Turns left out because the window is too small."""


def show(transcript: Transcript, *, secret: bytes, keep: frozenset[int] | None = None) -> Shown:
    """Render a transcript as JSON data.

    Args:
        transcript: as the judge is handed it.
        secret: the workspace's; nonce and ids are drawn from it and from the visible digest, so
            that a replay is exact and no transcript can know them.
        keep: indexes of the turns shown; None shows all.
    """
    page = _Page(_Ids(secret, transcript))
    moves = _moves(transcript)
    for index, turn in enumerate(transcript.turns):
        for move in moves.get(index, ()):
            page.move(move)
        if not turn.text and not turn.tool_calls:
            continue
        if keep is not None and index not in keep:
            page.omit()
        else:
            page.turn(index, turn, _waited(transcript, index))
    for move in moves.get(len(transcript.turns), ()):
        page.move(move)
    return page.shown(transcript)


def render_call(call: ToolCall, log_id: str) -> str:
    """One line of the tool log as JSON; a result that is JSON itself stands as it was delivered."""
    head: dict[str, Json] = {"id": log_id, "tool": visible(call.name).text}
    if call.requester is Role.CUSTOMER:
        head["by"] = "customer"
    if call.ok is False:
        head["failed"] = True
    arguments = visible(_json(dict(call.arguments))).text
    return f'{_json(head)[:-1]},"args":{_embedded(arguments)},"result":{_result(call.result)}}}'


@dataclass(slots=True)
class _Page:
    """Collects the lines of a transcript."""

    ids: _Ids
    lines: list[str] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)
    calls: dict[str, tuple[int, int]] = field(default_factory=dict)
    parts: dict[int, Visible] = field(default_factory=dict)
    hidden: bool = False
    omitted: int = 0
    gap: int = 0

    def turn(self, index: int, turn: Turn, waited: str | None) -> None:
        """One turn that is shown."""
        self._close_gap()
        head: dict[str, Json] = {}
        if turn.text:
            # A turn without words cannot be quoted and needs no id.
            head["turn"] = self.ids.draw("t")
            self.turns[head["turn"]] = index
        if turn.text or turn.role is not Role.AI_AGENT:
            head["role"] = _ROLES[turn.role]
        if waited is not None:
            head["after"] = waited
        if turn.text:
            part = visible(turn.text)
            if part.origin is not None:
                self.parts[index] = part
                self.hidden |= part.hidden
            head["text"] = part.text
        if turn.sources:
            cited = (s.title or s.url or s.article_id or "" for s in turn.sources)
            head["cites"] = [visible(c).text for c in cited]
        log = self._log(index, turn)
        self.lines.append(_json(head)[:-1] + ("," if head and log else "") + log + "}")

    def omit(self) -> None:
        """One turn that is left out."""
        self.gap += 1
        self.omitted += 1

    def move(self, move: Handoff) -> None:
        """The conversation goes to another party."""
        self._close_gap()
        shown: dict[str, Json] = {"moved_to": _ROLES[move.to]}
        if move.team:
            shown["team"] = visible(move.team).text
        if move.summary:
            shown["summary"] = visible(move.summary).text
        self.lines.append(_json(shown))

    def shown(self, transcript: Transcript) -> Shown:
        """The finished page."""
        self._close_gap()
        return Shown(
            text="[" + ",\n".join(self.lines) + "]",
            nonce=self.ids.nonce,
            words=_words(transcript, self.parts, frozenset(self.turns.values())),
            parts=self.parts,
            turns=self.turns,
            calls=self.calls,
            hidden=self.hidden,
            omitted=self.omitted,
        )

    def _log(self, index: int, turn: Turn) -> str:
        if not turn.tool_calls:
            return ""
        lines = []
        for number, call in enumerate(turn.tool_calls):
            log_id = self.ids.draw("L")
            self.calls[log_id] = (index, number)
            lines.append(render_call(call, log_id))
        return f'"log":[{",".join(lines)}]'

    def _close_gap(self) -> None:
        if self.gap:
            self.lines.append(_json(f"[{self.gap} turns omitted]"))
            self.gap = 0


class _Ids:
    """Short ids that a transcript's author cannot guess."""

    def __init__(self, secret: bytes, transcript: Transcript) -> None:
        digest = visible_digest(transcript).encode()
        self._seed = hmac.new(secret, digest, hashlib.sha256).digest()
        self._used: set[str] = set()
        self._stream = self._numbers()
        self.nonce = self._hash(b"nonce")[:16]

    def draw(self, kind: str) -> str:
        """A new id that begins with a letter."""
        return kind + self._fresh()

    def _fresh(self) -> str:
        number = next(n for n in self._stream if n not in self._used)
        self._used.add(number)
        return number

    def _numbers(self) -> Iterator[str]:
        drawn = 0
        while True:
            # Three hexadecimal digits name 4,096 things; a longer conversation gets longer ids.
            width = 3 + len(self._used) // 1000
            yield self._hash(drawn.to_bytes(4, "big"))[:width]
            drawn += 1

    def _hash(self, data: bytes) -> str:
        return hashlib.sha256(self._seed + data).hexdigest()


def _words(
    transcript: Transcript, parts: Mapping[int, Visible], shown: frozenset[int]
) -> Transcript:
    """The texts as shown: what was left out cannot be quoted."""
    if not parts and len(shown) == len(transcript.turns):
        return transcript

    def text(index: int, turn: Turn) -> str:
        if index not in shown:
            return ""
        return parts[index].text if index in parts else turn.text

    turns = tuple(
        turn if text(n, turn) == turn.text else replace(turn, text=text(n, turn))
        for n, turn in enumerate(transcript.turns)
    )
    return replace(transcript, turns=turns)


def _moves(transcript: Transcript) -> Mapping[int, list[Handoff]]:
    moves: dict[int, list[Handoff]] = {}
    for handoff in transcript.handoffs:
        moves.setdefault(min(handoff.before_turn, len(transcript.turns)), []).append(handoff)
    return moves


def _waited(transcript: Transcript, index: int) -> str | None:
    """How long a turn let wait, where that is worth telling."""
    now = transcript.turns[index].time
    before = transcript.turns[index - 1].time if index else transcript.started_at
    if now is None or before is None or (now.tzinfo is None) != (before.tzinfo is None):
        return None
    return _spell((now - before).total_seconds())


def _spell(seconds: float) -> str | None:
    if seconds < WAIT_SHOWN_S:
        return None
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 72 * 3600 else f"{seconds / 86400:.0f} days"


def moment(time: datetime | None) -> str | None:
    """A time as the judge is told it, to the minute."""
    return None if time is None else time.isoformat(timespec="minutes")


def _result(result: str | None) -> str:
    return _json("(not delivered)") if result is None else _embedded(visible(result).text)


def _embedded(text: str) -> str:
    """JSON as it stands, on one line; any other text as a JSON string."""
    if text.lstrip().startswith(("{", "[")):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return _json(text)
        # Inside a JSON value a line break can only be white space.
        return " ".join(text.split("\n"))
    return _json(text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
