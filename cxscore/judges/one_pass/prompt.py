"""A versioned prompt: blocks of one template, rendered in a sandbox, pinned by digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cxscore.errors import ConfigError

BLOCKS: Mapping[str, frozenset[str]] = {
    "system": frozenset({"rubric", "criteria", "evidence", "always"}),
    "user": frozenset(
        {
            *("passages", "knowledge_day", "started_at", "channel", "tool_log"),
            *("hidden", "windowed", "hybrid", "nonce", "transcript"),
        }
    ),
    "repair": frozenset({"faults", "reply", "nonce"}),
    "verify_system": frozenset({"rubric", "grounding", "always"}),
    "verify": frozenset({"statements", "settled", "nonce", "knowledge_day"}),
}
"""The blocks a prompt must have, and the values each is rendered with."""
_NEEDED = {
    "system": frozenset({"criteria", "always"}),
    "user": frozenset({"passages", "nonce", "transcript"}),
    "repair": frozenset({"faults"}),
    "verify_system": frozenset({"always"}),
    "verify": frozenset({"statements", "nonce"}),
}
"""What a block must show: a prompt without the transcript would be answered all the same."""
_CONCRETE_LEVEL = re.compile(r"""\blevel["'`]?\s*(?:[:=]|is)\s*["'`]?[\d]""", re.IGNORECASE)


class Prompt:
    """The words of a judge.

    Args:
        version: as in the file's name.
        text: the template.
        path: where it came from, for messages.

    Raises:
        ConfigError: no valid template; a block is missing; a block uses a value it is not given or
            leaves out one it must show; a format example holds a concrete level, which small
            models copy into every answer.
    """

    def __init__(self, *, version: str, text: str, path: str | None = None) -> None:
        from jinja2 import StrictUndefined, TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        self.version = version
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        try:
            wrong = next(_lint(environment, text), None)
            self._template = environment.from_string(text)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            raise ConfigError(f"not a valid prompt: {error}", path=path, line=line) from None
        if wrong is not None:
            raise ConfigError(wrong[0], path=path, line=wrong[1])

    @property
    def ref(self) -> str:
        """``version@digest`` as it enters fingerprints."""
        return f"{self.version}@{self.digest[:12]}"

    def render(self, block: str, /, **values: Any) -> str:
        """One block with its values, without white space around it.

        Raises:
            ConfigError: the template asks for something its values do not hold.
        """
        from jinja2 import TemplateError

        try:
            context = self._template.new_context(values)
            return "".join(self._template.blocks[block](context)).strip()
        except TemplateError as error:
            raise ConfigError(f"the prompt's block {block}: {error}") from None


def _lint(environment: Any, text: str) -> Iterator[tuple[str, int | None]]:
    """What is wrong with a prompt: a sentence and its line."""
    from jinja2 import meta, nodes

    tree = environment.parse(text)
    blocks = {block.name: block for block in tree.find_all(nodes.Block)}
    if missing := [name for name in BLOCKS if name not in blocks]:
        yield f"the prompt lacks the blocks {', '.join(missing)}", None
    for name, allowed in BLOCKS.items():
        if name not in blocks:
            continue
        block = blocks[name]
        body = nodes.Template(block.body, lineno=block.lineno)
        body.set_environment(environment)
        used = meta.find_undeclared_variables(body)
        if unknown := sorted(used - allowed):
            yield (
                f"block {name} uses {', '.join(unknown)}; it is given {', '.join(sorted(allowed))}",
                block.lineno,
            )
        if lacking := sorted(_NEEDED[name] - used):
            yield f"block {name} does not show {', '.join(lacking)}", block.lineno
    if found := _CONCRETE_LEVEL.search(text):
        yield (
            f"“{found.group()}” shows a concrete level, which small models copy into every answer",
            text.count("\n", 0, found.start()) + 1,
        )
