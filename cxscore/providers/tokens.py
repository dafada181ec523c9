"""Our own estimate of tokens, used before an answer and where a server sends no usage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cxscore.judging import Ask

CHARACTERS_PER_TOKEN = 4


def tokens_of(text: str) -> int:
    """Tokens of a text, about: characters / 4, at least 1.

    >>> tokens_of("a" * 40)
    10
    """
    return max(1, round(len(text) / CHARACTERS_PER_TOKEN))


class AskSizes:
    """Input tokens of asks, about; the schema, constant over a run, is measured once."""

    def __init__(self) -> None:
        self._schema: Mapping[str, Any] = {}
        self._schema_tokens = 0

    def tokens(self, ask: Ask) -> int:
        """Input tokens of an ask, the schema included.

        >>> AskSizes().tokens(Ask(purpose="grade", system="a" * 40, user="b" * 40, schema={"a": 1},
        ...                       max_output_tokens=9))
        22
        """
        if ask.schema is not self._schema:
            self._schema, self._schema_tokens = ask.schema, tokens_of(json.dumps(dict(ask.schema)))
        return tokens_of(ask.system) + tokens_of(ask.user) + self._schema_tokens
