"""A versioned prompt: rendered from blocks of one template, pinned by digest, linted when loaded."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cxscore.errors import ConfigError

BLOCKS = ("system", "user", "repair", "verify_system", "verify")
_CONCRETE_LEVEL = re.compile(r"""["']?level["']?\s*[:=]\s*["']?\d""")


class Prompt:
    """The words of a judge.

    Args:
        version: as in the file's name.
        text: the template.
        path: where it came from, for messages.

    Raises:
        ConfigError: not a template, a block is missing, or a format example holds a concrete level
            (small models copy it).
    """

    def __init__(self, *, version: str, text: str, path: str | None = None) -> None:
        self.version = version
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, autoescape=False, trim_blocks=False, keep_trailing_newline=False
        )
        try:
            self._template = environment.from_string(text)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            raise ConfigError(f"not a valid prompt: {error}", path=path, line=line) from None
        missing = [b for b in BLOCKS if b not in self._template.blocks]
        if missing:
            raise ConfigError(f"the prompt lacks the blocks {', '.join(missing)}", path=path)
        if found := _CONCRETE_LEVEL.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise ConfigError(
                "the prompt shows a concrete level, which small models copy", path=path, line=line
            )

    @cached_property
    def ref(self) -> str:
        """``version@digest`` as it enters fingerprints."""
        return f"{self.version}@{self.digest[:12]}"

    def render(self, block: str, /, **values: Any) -> str:
        """One block with its values.

        Raises:
            ConfigError: the template names a value it was not given.
        """
        try:
            context = self._template.new_context(values)
            return "".join(self._template.blocks[block](context)).strip()
        except TemplateError as error:
            raise ConfigError(f"the prompt's block {block}: {error}") from None
