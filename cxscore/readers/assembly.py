"""The last step of every reader: clean, seal, date and name the language, then a Record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import NoReturn

from cxscore.errors import TranscriptError
from cxscore.label import Survey
from cxscore.readers import json_objects
from cxscore.readers.language import language_of
from cxscore.readers.text import clean
from cxscore.readers.times import aware
from cxscore.transcript import (
    Conversation,
    Handoff,
    Json,
    Record,
    Sealed,
    SealedEvent,
    ToolCall,
    Turn,
    seal,
)

MAX_TURN_CHARACTERS = 1_000_000
"""A longer turn is a file pasted by mistake or an attack, never a message."""

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")


def assemble(
    conversation: Conversation, sealed: Sealed, *, path: str | None, line: int | None
) -> Record:
    """A record whose conversation holds nothing sealed, only clean text and times with a zone.

    Args:
        conversation: as the format tells it, nothing sealed yet.
        sealed: what the format itself keeps apart; events found in the turns are added.
        path: the input as the user named it.
        line: 1-based line, or record number for formats without lines.

    Raises:
        TranscriptError: the id is empty or a turn is too long.
    """
    if not conversation.id.strip():
        _refuse("id is empty; every conversation needs one of its own", path, line)
    if clean(conversation.id) != conversation.id:
        # Cleaned, it might meet another conversation's id, and nobody would find it again.
        _refuse(f"the id {conversation.id[:60]!r} holds control characters", path, line)
    turns = [_turn(t, i, path, line) for i, t in enumerate(conversation.turns)]
    try:
        kept, handoffs, events = seal(turns, tuple(map(_handoff, conversation.handoffs)))
    except TranscriptError as error:
        _refuse(error.reason, path, line)
    record = replace(
        conversation,
        turns=kept,
        handoffs=handoffs,
        language=_primary_tag(conversation.language) or language_of(kept),
        started_at=aware(conversation.started_at),
        ended_at=aware(conversation.ended_at),
        updated_at=aware(conversation.updated_at),
    )
    return Record(conversation=record, sealed=_sealed(sealed, events), path=path, line=line)


def built(
    objects: Iterable[json_objects.Numbered], build: Callable[..., Record], path: str
) -> Iterator[Record | TranscriptError]:
    """Objects to records; an object that does not fit is yielded as its error."""
    for line, value in objects:
        if isinstance(value, TranscriptError):
            yield value
            continue
        try:
            yield build(json_objects.object_or_complain(value), path=path, line=line)
        except TranscriptError as error:
            yield error
        except ValueError as error:
            yield TranscriptError(str(error), path=path, line=line)
        except RecursionError:
            yield TranscriptError("the record is nested too deeply", path=path, line=line)


def positions(turns: tuple[Turn, ...]) -> tuple[int | None, ...]:
    """Where each turn stands after sealing; None for a turn that is taken out."""
    marks = tuple(Handoff(before_turn=i, to=t.role) for i, t in enumerate(turns))
    kept, moved, _ = seal(turns, marks)
    starts = [h.before_turn for h in moved] + [len(kept)]
    return tuple(here if here < after else None for here, after in pairwise(starts))


def given(mapping: Mapping[str, Json]) -> dict[str, Json]:
    """The members that hold something; None means not given."""
    return {name: value for name, value in mapping.items() if value is not None}


def _refuse(reason: str, path: str | None, line: int | None) -> NoReturn:
    raise TranscriptError(reason, path=path, line=line)


def _turn(turn: Turn, index: int, path: str | None, line: int | None) -> Turn:
    if len(turn.text) > MAX_TURN_CHARACTERS:
        _refuse(
            f"turn {index} is {len(turn.text):,} characters long; at most "
            f"{MAX_TURN_CHARACTERS:,} are read: cut the turn or leave the record out",
            path,
            line,
        )
    text = clean(turn.text)
    calls = tuple(map(_call, turn.tool_calls)) if turn.tool_calls else ()
    if text is turn.text and not calls and (turn.time is None or turn.time.tzinfo is not None):
        return turn
    return replace(turn, text=text, time=aware(turn.time), tool_calls=calls)


def _call(call: ToolCall) -> ToolCall:
    result = None if call.result is None else clean(call.result[:MAX_TURN_CHARACTERS])
    return replace(call, result=result, time=aware(call.time))


def _handoff(handoff: Handoff) -> Handoff:
    return replace(handoff, before_turn=max(0, handoff.before_turn), time=aware(handoff.time))


def _sealed(sealed: Sealed, events: tuple[SealedEvent, ...]) -> Sealed:
    if not events and not sealed.events and not sealed.surveys:
        return sealed
    return replace(
        sealed,
        surveys=tuple(map(_survey, sealed.surveys)),
        events=tuple(replace(e, time=aware(e.time)) for e in (*sealed.events, *events)),
    )


def _survey(survey: Survey) -> Survey:
    return replace(survey, asked_at=aware(survey.asked_at), answered_at=aware(survey.answered_at))


def _primary_tag(language: str | None) -> str | None:
    """``pt`` of ``pt-BR``; None for what is no language tag (``English``)."""
    match = _TAG.fullmatch(language.strip()) if language else None
    return match.group(1).lower() if match else None
