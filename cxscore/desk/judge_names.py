"""What a judge's name stands for: one of fixed rules, a plug-in, or a model that is asked."""

from __future__ import annotations

import hashlib
import os
import random
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cxscore import plugins
from cxscore.errors import ConfigError, PluginError
from cxscore.grounding.actions import ToolRules
from cxscore.grounding.library import Library
from cxscore.judges import names
from cxscore.judges.cascade import Escalation
from cxscore.judging import ChatModel, Judge
from cxscore.knowledge import KnowledgeBase
from cxscore.readers import settings
from cxscore.resources import prompt_path
from cxscore.rubric import Rubric
from cxscore.run.source import JudgeSource

if TYPE_CHECKING:
    from cxscore.judges.one_pass import Prompt
    from cxscore.providers.opening import Providers
    from cxscore.providers.transport import Network
    from cxscore.redaction import Redactor
    from cxscore.run.panel import OnAttempt, OpenPanel, Panel

PROVIDERS = ("openai", "anthropic", "compatible", "instructor")
"""A name that begins with one of these and a colon names a model; plug-ins may add to them."""

Scoring = Literal["level", "expected"]
"""``expected`` asks for token probabilities too, where the provider gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJudge:
    """How a judge that asks a model is set up."""

    name: str
    """``provider:model``, or a jury or cascade with models; see ``judges.names``."""
    rubric: Rubric
    history: tuple[KnowledgeBase, ...]
    secret: bytes
    """The store's: nonces and turn ids are drawn from it."""
    prompt: str = "rubric"
    """``rubric`` (its newest version), ``rubric/1``, ``1``, or the path of a ``.jinja`` file."""
    scoring: Scoring = "level"
    concurrency: int = 16
    config: Path | None = None
    unasked: bool = False
    """Nobody is asked, so no key is needed: replies come as files."""
    tools: ToolRules = field(default_factory=ToolRules)
    """For judges of fixed rules in a cascade or jury."""


def asks_model(name: str) -> bool:
    """Whether a model answers for a judge of this name, alone or among others.

    >>> asks_model("openai:gpt-4o-mini"), asks_model("embedded")
    (True, False)

    Raises:
        ConfigError: it is no name of a judge.
    """
    return bool(names.seats(names.parse(name)))


def is_cascade(name: str) -> bool:
    """Whether a judge's name stands for a cascade.

    Raises:
        ConfigError: it is no name of a judge.
    """
    return isinstance(names.parse(name), names.CascadeSpec)


def judge_source(
    name: str,
    rubric: Rubric,
    history: tuple[KnowledgeBase, ...],
    tools: ToolRules,
    *,
    config: Path | None = None,
    secret: bytes = b"",
) -> JudgeSource:
    """How a run builds a judge that asks nothing.

    Args:
        name: of a judge, a jury or a cascade without a model.
        rubric: what is asked.
        history: snapshots of the knowledge base.
        tools: which tools write and read.
        config: the settings file; None: that of the current folder.
        secret: the store's: a cascade's audit is drawn by it.

    Raises:
        PluginError: there is no such judge.
        ConfigError: the settings cannot be used.
    """
    held = settings.load(config or settings.beside(Path()))
    library = library_of(history, held)
    made: dict[str, Any] = {
        "name": name,
        "rubric": rubric,
        "library": library,
        "tools": tools,
        "escalation": escalation_of(held, secret),
    }
    try:
        judge = ruled_judge(**made)
    except PluginError as error:
        raise PluginError(
            f"{error}; or a model: {', '.join(f'{p}:…' for p in PROVIDERS)}"
        ) from None
    return JudgeSource(
        factory=ruled_judge,
        kwargs=made,
        fingerprint=judge.fingerprint,
        heuristic=judge.heuristic,
        knowledge_at=None if library is None else DigestAt(library),
    )


def ruled_judge(
    name: str,
    *,
    rubric: Rubric,
    library: Library | None,
    tools: ToolRules,
    escalation: Escalation,
) -> Judge:
    """A judge without a model; worker processes build it by this function."""

    def one(part: str) -> Judge:
        return plugins.judge(part, rubric=rubric, library=library, tools=tools)

    return names.assemble(names.parse(name), rubric=rubric, judge=one, escalation=escalation)


def library_of(history: tuple[KnowledgeBase, ...], held: settings.Settings) -> Library | None:
    """The snapshots with the workspace's retriever; None where there is no snapshot.

    Raises:
        PluginError: there is no such retriever.
    """
    if not history:
        return None
    return Library(history, retriever=plugins.retriever(held.knowledge.retriever))


def escalation_of(held: settings.Settings, secret: bytes) -> Escalation:
    """When a cascade goes on, as the workspace says."""
    table = held.cascade
    return Escalation(
        certainty=table.certainty,
        certainty_of=table.certainty_of,
        drift=table.drift,
        always=frozenset(table.always),
        never=frozenset(table.never),
        audit_share=table.audit_share,
        audit_seed=secret,
    )


@dataclass(frozen=True, slots=True)
class DigestAt:
    """The digest of the knowledge base a conversation of some start is judged by."""

    library: Library

    def __call__(self, time: datetime | None) -> str | None:
        """The digest; None where no snapshot is at hand."""
        shelf = self.library.at(time)
        return None if shelf is None else shelf.knowledge.digest


def open_prompt(name: str) -> Prompt:
    """The prompt of a version or a file.

    Raises:
        ConfigError: there is none, or it cannot be used.
    """
    from cxscore.judges.one_pass import Prompt

    path = prompt_path(f"rubric/{name}" if name.isdecimal() else name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the prompt cannot be read: {error}", path=str(path)) from None
    return Prompt(version=path.name.split(".", 1)[0], text=text, path=str(path))


def model_panel(job: ModelJudge) -> OpenPanel:
    """A panel of models over the rubric judge; nothing is opened or sent yet.

    Raises:
        ConfigError: the settings or the prompt cannot be used.
    """
    held = settings.load(job.config or settings.beside(Path()))
    networks: dict[str, Network] = {
        name: _network(name, table) for name, table in held.providers.items()
    }
    redactor, rules = redactor_of(held.redaction, job.history)
    library = library_of(job.history, held)
    prompt = open_prompt(job.prompt)
    spec = names.parse(job.name)
    escalation = escalation_of(held, job.secret)

    @asynccontextmanager
    async def opened(on_attempt: OnAttempt) -> AsyncIterator[Panel]:
        from cxscore.judges.one_pass import OnePassJudge
        from cxscore.providers.opening import Providers
        from cxscore.run.panel import Panel, Seat

        providers = Providers(
            networks=networks,
            concurrency=job.concurrency,
            clock=time.monotonic,
            rng=random.Random(),  # noqa: S311 (jitter of waiting times)
            on_attempt=on_attempt,
        )

        relieved = names.with_fallback(spec)
        models: dict[str, _Model] = {}

        def one(name: str) -> Judge:
            if ":" not in name:
                return plugins.judge(name, rubric=job.rubric, library=library, tools=job.tools)
            return OnePassJudge(
                rubric=job.rubric,
                library=library,
                prompt=prompt,
                model=models[name].model.id,
                settings=f"{models[name].settings}; redaction {rules}",
                secret=job.secret,
            )

        async with providers:
            seats = {}
            for seat, name in names.seats(spec).items():
                found = models[name] = _model(name, providers, job)
                seats[seat] = Seat(
                    model=found.model, answerer=found.answerer, relieved=seat in relieved
                )
            judge = names.assemble(spec, rubric=job.rubric, judge=one, escalation=escalation)
            yield Panel(
                judge=judge,
                seats=seats,
                knowledge_at=None if library is None else DigestAt(library),
                redactor=redactor,
            )

    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    model: ChatModel
    settings: str
    """For the judge's fingerprint."""
    answerer: str
    """What its replies are stored under."""


def _model(name: str, providers: Providers, job: ModelJudge) -> _Model:
    from cxscore.run.panel import Bounded

    provider = name.partition(":")[0]
    if provider == "file" or (job.unasked and provider not in plugins.names("model")):
        return _unasked(name, job)
    if provider not in PROVIDERS and provider in plugins.names("model"):
        hosted = plugins.model(name)
        bounded = Bounded(hosted, job.concurrency)
        answerer = f"{hosted.id} {hosted.settings}"
        return _Model(model=bounded, settings=hosted.settings, answerer=answerer)
    logprobs = job.scoring == "expected"
    model = providers.open_model(name, logprobs=logprobs)
    answerer = f"{model.id} logprobs" if logprobs else model.id
    return _Model(model=model, settings=model.settings, answerer=answerer)


def _unasked(name: str, job: ModelJudge) -> _Model:
    from cxscore.providers.batch_files import FileModel

    logprobs = job.scoring == "expected"
    model = FileModel(name, logprobs=logprobs)
    answerer = f"{model.id} logprobs" if logprobs else model.id
    return _Model(model=model, settings=model.settings, answerer=answerer)


def redactor_of(
    table: settings.RedactionTable, history: tuple[KnowledgeBase, ...]
) -> tuple[Redactor, str]:
    """The redactor, and a digest of its settings: other settings show a judge other words."""
    from cxscore.redaction import RedactionRules, Redactor, published

    public = published(a.text for kb in history for a in kb.articles)
    rules = RedactionRules(ids=table.ids, protected=table.protected, public=public)
    # What is public comes with the articles, and a changed article rescores nothing.
    digest = hashlib.sha256(repr((table.ids, table.protected)).encode()).hexdigest()
    return Redactor(rules), digest[:8]


_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


def _network(name: str, table: settings.ProviderTable) -> Network:
    from cxscore.providers.transport import Network

    return Network(
        headers=_filled(name, table.headers),
        ca_bundle=table.ca_bundle,
        proxy=table.proxy,
        key_variable=table.key_variable,
    )


def _filled(provider: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with ``$NAME`` replaced: keys do not belong in a settings file."""

    def variable(found: re.Match[str]) -> str:
        value = os.environ.get(found[1])
        if value is None:
            raise ConfigError(
                f"providers.{provider}.headers: the environment variable {found[1]} is not set"
            )
        return value

    return {key: _VARIABLE.sub(variable, value) for key, value in headers.items()}
