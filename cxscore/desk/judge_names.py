"""What a judge's name stands for: one of fixed rules, a plug-in, or a model that is asked."""

from __future__ import annotations

import hashlib
import os
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cxscore import plugins
from cxscore.errors import ConfigError, PluginError
from cxscore.grounding.actions import ToolRules
from cxscore.grounding.library import Library
from cxscore.judging import Judge
from cxscore.knowledge import KnowledgeBase
from cxscore.readers import settings
from cxscore.resources import prompt_path
from cxscore.rubric import Rubric
from cxscore.run.source import JudgeSource

if TYPE_CHECKING:
    from cxscore.judges.one_pass import Prompt
    from cxscore.providers.transport import Network
    from cxscore.redaction import Redactor
    from cxscore.run.panel import OnAttempt, OpenPanel, Panel

PROVIDERS = ("openai", "anthropic", "compatible", "instructor")
"""A name that begins with one of these and a colon names a model."""

Scoring = Literal["level", "expected"]
"""``expected`` asks for token probabilities too, where the provider gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJudge:
    """How a judge that asks a model is set up."""

    name: str
    """``provider:model``."""
    rubric: Rubric
    history: tuple[KnowledgeBase, ...]
    secret: bytes
    """The store's: nonces and turn ids are drawn from it."""
    prompt: str = "rubric"
    """``rubric`` (its newest version), ``rubric/1``, ``1``, or the path of a ``.jinja`` file."""
    scoring: Scoring = "level"
    concurrency: int = 16
    config: Path | None = None


def asks_model(name: str) -> bool:
    """Whether a judge's name stands for a model.

    >>> asks_model("openai:gpt-4o-mini"), asks_model("embedded")
    (True, False)
    """
    return name.partition(":")[0] in PROVIDERS and ":" in name


def judge_source(
    name: str, rubric: Rubric, history: tuple[KnowledgeBase, ...], tools: ToolRules
) -> JudgeSource:
    """How a run builds a judge that asks nothing.

    Raises:
        PluginError: there is no such judge.
    """
    library = Library(history) if history else None
    try:
        factory: Callable[..., Judge] = plugins.constructor("judge", name)
    except PluginError as error:
        raise PluginError(
            f"{error}; or a model: {', '.join(f'{p}:…' for p in PROVIDERS)}"
        ) from None
    made = {"rubric": rubric, "library": library, "tools": tools}
    judge = factory(**made)
    origin = plugins.origin("judge", name)
    return JudgeSource(
        factory=factory,
        kwargs=made,
        fingerprint=f"{origin}: {judge.fingerprint}" if origin else judge.fingerprint,
        heuristic=judge.heuristic,
        knowledge_at=None if library is None else DigestAt(library),
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
    """A panel of one model over the rubric judge; nothing is opened or sent yet.

    Raises:
        ConfigError: the settings or the prompt cannot be used.
    """
    held = settings.load(job.config or settings.beside(Path()))
    networks: dict[str, Network] = {
        name: _network(name, table) for name, table in held.providers.items()
    }
    redactor, rules = _redactor(held.redaction, job.history)
    library = Library(job.history) if job.history else None
    prompt = open_prompt(job.prompt)

    @asynccontextmanager
    async def opened(on_attempt: OnAttempt) -> AsyncIterator[Panel]:
        from cxscore.judges.one_pass import OnePassJudge
        from cxscore.providers.opening import Providers
        from cxscore.run.panel import Panel, Seat

        logprobs = job.scoring == "expected"
        providers = Providers(
            networks=networks,
            concurrency=job.concurrency,
            clock=time.monotonic,
            rng=random.Random(),  # noqa: S311 (jitter of waiting times)
            on_attempt=on_attempt,
        )
        async with providers:
            model = providers.open_model(job.name, logprobs=logprobs)
            judge = OnePassJudge(
                rubric=job.rubric,
                library=library,
                prompt=prompt,
                model=model.id,
                settings=f"{model.settings}; redaction {rules}",
                secret=job.secret,
            )
            answerer = f"{model.id} logprobs" if logprobs else model.id
            yield Panel(
                judge=judge,
                seats={"judge": Seat(model=model, answerer=answerer)},
                knowledge_at=None if library is None else DigestAt(library),
                redactor=redactor,
            )

    return opened


def _redactor(
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
