"""Constructors by kind and name. Nothing is imported until it is asked for.

Built-ins are dotted paths; third parties register entry points in the group ``cxscore.<kind>``:

* ``cxscore.judge``: ``(*, rubric, library, tools) -> judging.Judge``
* ``cxscore.reader``: ``() -> readers.plugged.FormatReader``
* ``cxscore.model``: ``(model: str) -> judging.ChatModel``, named ``NAME:MODEL``
* ``cxscore.retriever``: ``(kb: KnowledgeBase) -> knowledge.Retriever``

Whatever enters a fingerprint is prefixed with the plug-in's distribution and version: two versions
of a plug-in are two judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from cxscore.errors import ConfigError, PluginError

if TYPE_CHECKING:
    from cxscore.grounding.actions import ToolRules
    from cxscore.grounding.library import Library
    from cxscore.judging import Ask, ChatModel, Deliberation, Judge, Reply
    from cxscore.knowledge import Hit, KnowledgeBase, Retriever
    from cxscore.readers.plugged import FormatReader
    from cxscore.rubric import Rubric
    from cxscore.transcript import Transcript

_BUILT_IN: dict[tuple[str, str], str] = {
    ("judge", "embedded"): "cxscore.judges.embedded:EmbeddedJudge",
    ("retriever", "lexical"): "cxscore.grounding.retrieval:LexicalRetriever",
}


def names(kind: str) -> tuple[str, ...]:
    """Every known name of a kind, sorted; no plug-in is imported."""
    built_in = {name for k, name in _BUILT_IN if k == kind}
    return tuple(sorted(built_in | {point.name for point in _points(kind)}))


def constructor(kind: str, name: str) -> Callable[..., Any]:
    """The constructor registered under a kind and a name.

    Raises:
        PluginError: nothing is registered under the name, or it cannot be imported.
    """
    if (kind, name) in _BUILT_IN:
        module, _, member = _BUILT_IN[kind, name].partition(":")
        made: Callable[..., Any] = getattr(import_module(module), member)
        return made
    found = [point for point in _points(kind) if point.name == name]
    if not found:
        known = ", ".join(names(kind)) or "none"
        raise PluginError(f"there is no {kind} {name!r}; known: {known}")
    if len(found) > 1:
        owners = ", ".join(sorted(_distribution(point) for point in found))
        raise PluginError(f"{kind} {name!r} is registered by more than one package: {owners}")
    return _load(kind, found[0])


def origin(kind: str, name: str) -> str:
    """``distribution version`` of a plug-in, or an empty string for a built-in.

    A plug-in's fingerprint is prefixed with it.
    """
    found = [point for point in _points(kind) if point.name == name]
    return "" if (kind, name) in _BUILT_IN or not found else _distribution(found[0])


def judge(name: str, *, rubric: Rubric, library: Library | None, tools: ToolRules) -> Judge:
    """The named judge, built; a plug-in's under its distribution and version.

    A function at the top of a module with plain arguments: worker processes build it by name.

    Raises:
        PluginError: there is none, or it breaks its contract.
    """
    made = _built("judge", name, rubric=rubric, library=library, tools=tools)
    _offers("judge", name, made, ("fingerprint", "heuristic", "deliberate"))
    source = origin("judge", name)
    return HostedJudge(made, source) if source else made


def model(name: str) -> HostedModel:
    """The model of a plug-in, by ``NAME:MODEL``.

    Raises:
        ConfigError: the name has no model.
        PluginError: there is no such plug-in, or it breaks its contract.
    """
    provider, _, asked = name.partition(":")
    if not asked:
        raise ConfigError(f"{name!r} names no model; write {provider}:MODEL")
    made = _built("model", provider, asked)
    _offers("model", provider, made, ("id", "answer"))
    return HostedModel(made, origin("model", provider))


def retriever(name: str) -> Callable[[KnowledgeBase], Retriever]:
    """What builds the named retriever over a knowledge base; nothing is built yet.

    Raises:
        PluginError: there is none, or it cannot be imported.
    """
    make: Callable[[KnowledgeBase], Retriever] = constructor("retriever", name)
    source = origin("retriever", name)
    if not source:
        return make

    def hosted(kb: KnowledgeBase) -> Retriever:
        made = _built("retriever", name, kb)
        _offers("retriever", name, made, ("fingerprint", "search"))
        return HostedRetriever(made, source)

    return hosted


def readers() -> Mapping[str, FormatReader]:
    """Plug-in readers by name, each built when it is first looked up."""
    return _Readers()


class HostedJudge:
    """A plug-in's judge, under its distribution and version."""

    def __init__(self, judge: Judge, source: str) -> None:
        self._judge = judge
        self._source = source

    @property
    def fingerprint(self) -> str:
        """``distribution version: `` and the judge's own."""
        return _under(self._source, self._judge.fingerprint)

    @property
    def heuristic(self) -> bool:
        """As the judge says."""
        return self._judge.heuristic

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """As the judge deliberates; its verdict names it as the fingerprint does."""
        verdict = yield from self._judge.deliberate(transcript)
        return replace(verdict, judge=_under(self._source, verdict.judge))


class HostedModel:
    """A plug-in's model; distribution and version are settings, for prices go by the id."""

    def __init__(self, model: ChatModel, source: str) -> None:
        self._model = model
        self.settings = source
        """For fingerprints, and for the key its replies are stored under."""

    @property
    def id(self) -> str:
        """As the model says."""
        return self._model.id

    async def answer(self, ask: Ask, /) -> Reply:
        """As the model answers."""
        return await self._model.answer(ask)


class HostedRetriever:
    """A plug-in's retriever, under its distribution and version."""

    def __init__(self, retriever: Retriever, source: str) -> None:
        self._retriever = retriever
        self._source = source

    @property
    def fingerprint(self) -> str:
        """``distribution version: `` and the retriever's own."""
        return _under(self._source, self._retriever.fingerprint)

    def search(self, queries: Sequence[str], *, at: datetime | None, limit: int) -> list[list[Hit]]:
        """As the retriever finds."""
        return self._retriever.search(queries, at=at, limit=limit)


class _Readers(Mapping[str, "FormatReader"]):
    """Names without imports; a reader when it is asked for."""

    def __init__(self) -> None:
        self._names = names("reader")
        self._built: dict[str, FormatReader] = {}

    def __getitem__(self, name: str) -> FormatReader:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._built:
            made = _built("reader", name)
            _offers("reader", name, made, ("sniff", "read"))
            self._built[name] = made
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _built(kind: str, name: str, *args: Any, **kwargs: Any) -> Any:
    make = constructor(kind, name)
    source = origin(kind, name)
    if not source:
        return make(*args, **kwargs)
    try:
        return make(*args, **kwargs)
    except ConfigError:
        raise
    except Exception as error:  # a plug-in may raise anything while it is built
        said = f"{type(error).__name__}: {error}"
        raise PluginError(f"the {kind} {name!r} of {source} cannot be built: {said}") from error


def _offers(kind: str, name: str, made: object, members: Sequence[str]) -> None:
    lacking = [m for m in members if not hasattr(made, m)]
    if lacking:
        raise PluginError(
            f"the {kind} {name!r} of {origin(kind, name) or 'cxscore'} lacks {', '.join(lacking)}"
        )


def _under(source: str, fingerprint: str) -> str:
    return f"{source}: {fingerprint}"


def _points(kind: str) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=f"cxscore.{kind}"))


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _load(kind: str, point: EntryPoint) -> Callable[..., Any]:
    try:
        made: Callable[..., Any] = point.load()
    except Exception as error:  # a plug-in may raise anything while it is imported
        raise PluginError(
            f"the {kind} {point.name!r} of {_distribution(point)} cannot be imported: {error}"
        ) from error
    return made
