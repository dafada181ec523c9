"""Our own estimate of tokens, used before an answer and where a server sends no usage."""

from __future__ import annotations

import json

from cxscore.judging import Ask

CHARACTERS_PER_TOKEN = 4


def estimate_tokens(ask: Ask) -> int:
    """Input tokens of an ask, about: characters / 4, the schema included.

    >>> estimate_tokens(Ask(purpose="grade", system="a" * 40, user="b" * 40, schema={},
    ...                     max_output_tokens=9))
    21
    """
    characters = len(ask.system) + len(ask.user) + len(json.dumps(ask.schema))
    return characters // CHARACTERS_PER_TOKEN + 1
