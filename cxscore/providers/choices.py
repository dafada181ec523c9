"""Token probabilities of an answer, cut down to what expected levels need."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cxscore.judging import TokenChoice

TOP = 10
"""Alternatives asked for per token: more than a scale has levels; each makes the answer longer."""
LEAST = 1e-4
"""Alternatives below this probability move no expected level and are left out."""

_JOINED = ' "\n\t:,'
_VALUE_FOLLOWS = re.compile(r"[\":\[]\s*\Z")


def token_choices(
    tokens: Sequence[Mapping[str, Any]] | None, text: str, schema: Mapping[str, Any]
) -> tuple[TokenChoice, ...]:
    """The places of an answer where a value of one of the schema's enums begins.

    Args:
        tokens: as OpenAI sends them: ``token``, ``logprob``, ``bytes``, ``top_logprobs``.
        text: the answer's text; tokens that do not spell it give nothing.
        schema: the ask's schema.
    """
    if not tokens:
        return ()
    spelt = [_spelling(t) for t in tokens]
    whole = b"".join(spelt)
    if whole != text.encode("utf-8", "surrogatepass"):
        return ()
    beginnings = _beginnings(tuple(sorted(set(_enum_values(schema)))))
    found, at = [], 0
    for token, spelling in zip(tokens, spelt, strict=True):
        if _bare(token["token"]) in beginnings:
            start = len(whole[:at].decode("utf-8", "ignore")) + _joined(token["token"])
            if _VALUE_FOLLOWS.search(text, max(0, start - 4), start):
                likely = _alternatives(token, beginnings)
                found.append(TokenChoice(start=start, alternatives=likely))
        at += len(spelling)
    return tuple(found)


def _spelling(token: Mapping[str, Any]) -> bytes:
    sent = token.get("bytes")
    return bytes(sent) if sent is not None else str(token["token"]).encode()


def _bare(token: str) -> str:
    """A token without the quote marks and spaces some tokenizers join to it."""
    return token.strip(_JOINED)


def _joined(token: str) -> int:
    return len(token) - len(token.lstrip(_JOINED))


def _alternatives(
    token: Mapping[str, Any], beginnings: frozenset[str]
) -> tuple[tuple[str, float], ...]:
    spelt = {str(token["token"]): float(token["logprob"])}
    spelt |= {str(t["token"]): float(t["logprob"]) for t in token.get("top_logprobs") or ()}
    likely: dict[str, float] = {}
    for spelling, logprob in spelt.items():
        bare = _bare(spelling)
        if bare in beginnings and logprob >= math.log(LEAST):
            # "4" and " 4" are one value: their probabilities add up.
            likely[bare] = likely.get(bare, 0.0) + math.exp(logprob)
    ordered = sorted(likely.items(), key=lambda choice: (-choice[1], choice[0]))
    return tuple((bare, math.log(p)) for bare, p in ordered)


def _enum_values(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for value in schema.get("enum", ()):
            yield str(value)
        for inner in schema.values():
            yield from _enum_values(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _enum_values(inner)


@lru_cache(maxsize=16)
def _beginnings(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(v[:n] for v in values for n in range(1, len(v) + 1))
