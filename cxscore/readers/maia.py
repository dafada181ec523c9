"""MAIA-DQE chats: customer and human agent in two languages, with expert labels."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cxscore.readers import chat
from cxscore.readers.assembly import assemble, given, positions
from cxscore.transcript import Conversation, Json, Record, Role, Sealed, Turn

_FLOORS = {"inbound": Role.CUSTOMER, "outbound": Role.HUMAN_AGENT}
_LANGUAGES = re.compile(r"[a-z]{2}_([a-z]{2})")
_TURN_LABELS = {
    "iq": "IQ",
    "understanding": "Understanding",
    "sensibleness": "Sensibleness",
    "politeness": "Politeness",
    "correctness": "Correctness",
    "templated": "Templated",
    "engagement": "Engagement",
    "emotion": "Emotion",
}


def record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """One chat in the words both sides typed; labels are sealed.

    Raises:
        ValueError: a turn has no known floor or no text.
    """
    return _record(value, path, line, english=False)


def english_record(value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
    """One chat in English: the customer's words as machine-translated; labels are sealed.

    Raises:
        ValueError: a turn has no known floor or no text.
    """
    return _record(value, path, line, english=True)


def _record(
    value: Mapping[str, Json], path: str | None, line: int | None, *, english: bool
) -> Record:
    told = value.get("turns")
    if not isinstance(told, list):
        raise ValueError("turns is missing; a MAIA chat holds them as a list")
    turns = tuple(_turn(turn, i, english=english) for i, turn in enumerate(told))
    identity = str(value.get("id") or "")
    languages = _LANGUAGES.match(identity)
    conversation = Conversation(
        id=identity,
        turns=turns,
        language="en" if english else (languages[1] if languages else None),
    )
    sealed = Sealed(answer_key=_answer_key(value.get("dialog"), told, positions(turns)))
    return assemble(conversation, sealed, path=path, line=line)


def _turn(turn: Json, index: int, *, english: bool) -> Turn:
    if not isinstance(turn, dict):
        raise ValueError(f"turn {index} is {chat.kind(turn)}, not an object")
    role = _FLOORS.get(str(turn.get("floor")))
    if role is None:
        raise ValueError(
            f"turn {index} has floor {str(turn.get('floor'))[:40]!r}; allowed are inbound, outbound"
        )
    translated = english and role is Role.CUSTOMER
    return Turn(role=role, text=chat.content(turn.get("text_mt" if translated else "text_src")))


def _answer_key(
    dialog: Json, turns: list[Json], places: tuple[int | None, ...]
) -> Mapping[str, Json]:
    dialog = dialog if isinstance(dialog, dict) else {}
    dropped = _label(dialog.get("Dropped conversation"))
    return given(
        {
            # The misspelling is the source's own.
            "task_success": _label(dialog.get("Task Sucess", dialog.get("Task Success"))),
            "dropped": None if dropped is None else bool(dropped),
            "turns": [
                {"turn": place, **labels}
                for turn, place in zip(turns, places, strict=True)
                if place is not None
                and (labels := given({n: _label(turn.get(k)) for n, k in _TURN_LABELS.items()}))
            ],
        }
    )


def _label(value: Json) -> Json:
    """A label without −1, which means not given; a list keeps its places."""
    if isinstance(value, list):
        return [_label(v) for v in value] or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # The source mixes 3 and 3.0; a comparison refuses infinity and not-a-number alike.
    if not 0 <= value < 1000:
        return None
    return int(value) if value == int(value) else value
