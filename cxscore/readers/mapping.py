"""A format described in a YAML file: JMESPath expressions and a role map, no code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import jmespath
from jmespath.exceptions import JMESPathError

from cxscore.errors import TranscriptError
from cxscore.label import Survey
from cxscore.readers import chat, json_objects, mapping_file, times
from cxscore.readers.assembly import assemble, built, given
from cxscore.readers.detection import Layout
from cxscore.readers.mapping_file import ClaimPart, Expression, MappingFile, SurveyPart, Tool
from cxscore.readers.text import plain
from cxscore.transcript import (
    Agent,
    Conversation,
    Json,
    Kind,
    Record,
    Role,
    Sealed,
    Source,
    ToolCall,
    Turn,
    VendorClaim,
    Visibility,
)


def load(path: Path) -> Mapped:
    """A mapping file, ready to read with.

    Raises:
        ConfigError: it is missing, no YAML, or a key or an expression is not valid.
    """
    return Mapped(mapping=mapping_file.load(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A reader made of a mapping file."""

    mapping: MappingFile

    def records(
        self, stream: BinaryIO, layout: Layout, *, path: str
    ) -> Iterator[Record | TranscriptError]:
        """The conversations of one file.

        Raises:
            TranscriptError: the file is not JSON, or ``records`` finds no list in it.
        """
        if layout is Layout.TABLE:
            raise TranscriptError(
                "is no JSON; a mapping file describes JSON and JSONL files", path=path
            )
        if self.mapping.records is not None:
            found = _found(self.mapping.records, json_objects.document(stream, path))
            if not isinstance(found, list):
                raise TranscriptError(
                    f"records ({self.mapping.records}) finds {chat.kind(found)}, not a list",
                    path=path,
                )
            return self.each(enumerate(found, start=1), path=path)
        if layout is Layout.LINES:
            return self.each(json_objects.objects_by_line(stream, path), path=path)
        return self.each(json_objects.objects_of_document(stream, path), path=path)

    def each(
        self, objects: Iterable[json_objects.Numbered], *, path: str
    ) -> Iterator[Record | TranscriptError]:
        """Objects to records; one that does not fit is yielded as its error."""
        return built(objects, self._record, path)

    def _record(self, value: Mapping[str, Json], *, path: str | None, line: int | None) -> Record:
        m = self.mapping
        identity = _found(m.id, value)
        if not isinstance(identity, str | int) or isinstance(identity, bool):
            raise ValueError(f"id ({m.id}) finds {chat.kind(identity)}, not text or a number")
        turns = tuple(self._turns(value))
        conversation = Conversation(
            id=f"{m.id_prefix}{identity}",
            turns=_in_time_order(turns),
            agent=self._agent(value),
            attributes=given({k: _found(e, value) for k, e in m.attributes.items()}),
            tool_log=m.tool_log,
            **self._conversation(value),
        )
        return assemble(conversation, self._sealed(value), path=path, line=line)

    def _turns(self, value: Mapping[str, Json]) -> Iterator[Turn]:
        for index, told in enumerate(self._told_turns(value)):
            said = _found(self.mapping.role, told)
            role = self.mapping.roles.get(str(said))
            if role is None:
                known = ", ".join(self.mapping.roles)
                raise ValueError(f"turn {index} has role {str(said)[:40]!r}; roles knows {known}")
            if role == "drop":
                continue
            try:
                yield self._turn(told, Role(role))
            except ValueError as error:
                raise ValueError(f"turn {index}: {error}") from None

    def _told_turns(self, value: Mapping[str, Json]) -> list[Json]:
        told = self.mapping.turns
        if isinstance(told, str):
            return _list(f"turns ({told})", _found(told, value))
        lists = {n: _list(f"turns.{n} ({e})", _found(e, value)) for n, e in told.items()}
        sizes = {name: len(members) for name, members in lists.items()}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"the lists of turns differ in length: {sizes}")
        rows = zip(*lists.values(), strict=True)
        return [dict(zip(lists, row, strict=True)) for row in rows]

    def _turn(self, told: Json, role: Role) -> Turn:
        m = self.mapping
        if role is Role.TOOL and m.tool is not None:
            call = _call(m.tool, told, times.parse(_maybe(m.time, told)))
            return Turn(role=call.requester, text="", time=call.time, tool_calls=(call,))
        text = chat.content(_found(m.text, told))
        drafted = _maybe(m.ai_drafted, told)
        return Turn(
            role=role,
            text=plain(text) if m.html else text,
            time=times.parse(_maybe(m.time, told)),
            author=_text(_maybe(m.author, told)),
            visibility=Visibility.INTERNAL if _maybe(m.internal, told) else Visibility.PUBLIC,
            sources=tuple(self._sources(told)),
            ai_drafted=drafted if isinstance(drafted, bool) else None,
        )

    def _sources(self, told: Json) -> Iterator[Source]:
        part = self.mapping.sources
        articles = _found(part.each, told) if part else None
        if part is None or articles is None:
            return
        for article in _list(f"sources.each ({part.each})", articles):
            yield Source(
                title=_text(_maybe(part.title, article)),
                url=_text(_maybe(part.url, article)),
                article_id=_text(_maybe(part.article_id, article)),
            )

    def _conversation(self, value: Mapping[str, Json]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name, expression in self.mapping.conversation.model_dump(exclude_none=True).items():
            found = _found(expression, value)
            if name.endswith("_at"):
                members[name] = times.parse(found)
            elif name == "tags":
                tags = found if isinstance(found, list) else [found]
                members[name] = tuple(str(tag) for tag in tags if tag is not None)
            elif name == "kind":
                members[name] = None if found is None else Kind(found)
            else:
                members[name] = _text(found)
        return members

    def _agent(self, value: Mapping[str, Json]) -> Agent | None:
        told = self.mapping.agent.model_dump(exclude_none=True) if self.mapping.agent else {}
        members = given({name: _text(_found(e, value)) for name, e in told.items()})
        return Agent(**members) if members else None

    def _sealed(self, value: Mapping[str, Json]) -> Sealed:
        m = self.mapping
        return Sealed(
            vendor_claim=_claim(m.vendor_claim, value),
            surveys=tuple(s for part in m.surveys if (s := _survey(part, value)) is not None),
            costs=given({k: _found(e, value) for k, e in m.costs.items()}),
            answer_key=given({k: _found(e, value) for k, e in m.answer_key.items()}),
        )


def _found(expression: Expression, value: Json) -> Json:
    try:
        # Compiled expressions are kept by the library; every one of them was compiled on loading.
        return jmespath.search(expression, value)
    except JMESPathError as error:
        said = str(error).split("\n")[0][:120]
        raise ValueError(f"{expression} does not fit the record: {said}") from None


def _maybe(expression: Expression | None, value: Json) -> Json:
    return None if expression is None else _found(expression, value)


def _list(name: str, found: Json) -> list[Json]:
    if not isinstance(found, list):
        raise ValueError(f"{name} finds {chat.kind(found)}, not a list")
    return found


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _call(tool: Tool, told: Json, time: Any) -> ToolCall:
    name = _found(tool.name, told)
    if not isinstance(name, str) or not name:
        raise ValueError(f"tool.name ({tool.name}) finds {chat.kind(name)}, not text")
    result, ok = _maybe(tool.result, told), _maybe(tool.ok, told)
    return ToolCall(
        name=name,
        arguments=chat.arguments(_maybe(tool.arguments, told)),
        id=_text(_maybe(tool.id, told)),
        requester=Role(tool.requester),
        result=_text(result),
        ok=ok if isinstance(ok, bool) else None,
        time=time,
    )


def _claim(part: ClaimPart | None, value: Mapping[str, Json]) -> VendorClaim | None:
    said = _text(_found(part.value, value)) if part else None
    if part is None or said is None:
        return None
    billed = _maybe(part.billed, value)
    return VendorClaim(
        value=said,
        definition=part.definition,
        window=part.window,
        billed=billed if isinstance(billed, bool) else None,
        graded_by=part.graded_by,
    )


def _survey(part: SurveyPart, value: Mapping[str, Json]) -> Survey | None:
    answer = _found(part.value, value)
    if answer is None:
        return None
    number = isinstance(answer, int | float) and not isinstance(answer, bool)
    return Survey(
        kind=part.kind,
        value=answer if number else str(answer),
        scale=part.scale,
        target=part.target,
        comment=_text(_maybe(part.comment, value)),
    )


def _in_time_order(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    if all(t.time is not None for t in turns):
        return tuple(sorted(turns, key=lambda t: t.time.timestamp() if t.time else 0.0))
    return turns
