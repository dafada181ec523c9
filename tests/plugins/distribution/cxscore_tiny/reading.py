"""A format of one's own: ``= id`` begins a conversation, ``<`` is the customer, ``>`` the bot."""

from collections.abc import Iterator
from pathlib import Path

from cxscore.errors import TranscriptError
from cxscore.transcript import Conversation, Record, Role, Turn

ROLES = {"<": Role.CUSTOMER, ">": Role.AI_AGENT}


class TinyReader:
    """Reads tiny files, one conversation at a time."""

    def sniff(self, head: bytes) -> bool:
        """Tiny files begin with ``= ``."""
        return head.startswith(b"= ")

    def read(self, path: Path) -> Iterator[Record | TranscriptError]:
        """The conversations of a file; one with a line of another kind is told as its error."""
        name, turns, broken, began = "", [], None, 1
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                mark, words = line[:2].strip(), line[2:].strip()
                if mark == "=":
                    yield from finished(name, turns, broken, began)
                    name, turns, broken, began = words, [], None, number
                elif mark in ROLES:
                    turns.append(Turn(role=ROLES[mark], text=words))
                elif line.strip() and broken is None:
                    broken = TranscriptError("a line begins with =, < or >", line=number)
        yield from finished(name, turns, broken, began)


def finished(
    name: str, turns: list[Turn], broken: TranscriptError | None, line: int
) -> Iterator[Record | TranscriptError]:
    """The conversation that ended, if one had begun."""
    if broken is not None:
        yield broken
    elif name:
        yield Record(conversation=Conversation(id=name, turns=tuple(turns)), line=line)
