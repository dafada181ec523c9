"""Keys that carry claims, surveys, rewards or answer keys, taken out of data and of plain text.

What leaves is decided by the key alone: a value cannot be told from an ordinary one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from cxscore.errors import TranscriptError
from cxscore.transcript.nouns import Json

_SEALED_KEY = re.compile(
    r"(?:.*_)?(?:csat|nps|ces|satisfaction|satisfaction_rating|survey_(?:answer|result|response)s?"
    r"|(?:conversation|chat|ticket|support|ai_agent)_rating|rating_by_customer"
    r"|resolution_state|resolution_status|resolution_verified|ai_resolution|ai_resolved"
    r"|automated_resolution|vendor_claim|vendor_verdict|self_grade|billed_(?:outcome|resolution)"
    r"|answer_key|expected_actions|gold_(?:actions?|answers?|labels?|documents?)|reward_info"
    r"|evaluation_criteria|qa_score|human_labels?|cx_score)(?:_score|_rating|_value)?"
    r"|(?:.*_)?(?:csat|nps|survey|satisfaction)_(?!guarantee)[a-z0-9_]+"
    r"|(?:.*_)?(?:rating|survey|satisfaction)_(?:comment|reason|feedback|remark|text|note)s?"
    r"|reward(?:_info)?"
)
_DOUBTFUL_KEY = re.compile(r"survey|rating|billed|gold|graded_by")
"""Sealed beside a sealed key only: a loyalty tier, a hotel's stars and a bill are ordinary data."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_A_WORD = re.compile(r"[\s.-]+")
_DEPTH = 100
_PAIR = re.compile(
    r"(?P<key>[\"']?\b[A-Za-z][\w.-]*(?:[ ][\w.-]+){0,2}[\"']?)\s*[=:]\s*"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^;,|\n}\]]*?)"
    r"(?=\s*(?:[;,|\n}\]]|$)|\s+[\"']?[A-Za-z][\w.-]*[\"']?\s*=)\s*[;,|]?[ \t]*"
)
"""One “key=value” or “key: value” of a tool's plain text, with the separator after it."""
_HINT = re.compile(
    r"(?i)csat|nps|ces|satisfaction|survey|rating|resol|claim|verdict|grade|billed|answer|expected"
    r"|gold|reward|evaluation|score|label"
)
"""Every sealed key holds one of these: most results hold none and are not searched."""


def without_sealed_keys(value: Json) -> Json:
    """A JSON value without the keys that carry claims, surveys or answer keys, at any depth.

    JSON inside strings is read too; keys count in any style (``csatScore``, ``CSAT score``).

    >>> without_sealed_keys({"order": 7, "csat_score": 5, "rating": 4})
    {'order': 7}
    >>> without_sealed_keys({"hotel": "Ritz", "rating": 4})
    {'hotel': 'Ritz', 'rating': 4}

    Raises:
        TranscriptError: nested more than 100 levels deep.
    """
    return _without_sealed_keys(value, _DEPTH)


def _without_sealed_keys(value: Json, depth: int) -> Json:
    if depth == 0:
        raise TranscriptError(f"a tool call's data is nested more than {_DEPTH} levels deep")
    if isinstance(value, Mapping):
        sealed = _sealed_keys(value)
        return {k: _without_sealed_keys(v, depth - 1) for k, v in value.items() if k not in sealed}
    if isinstance(value, list | tuple):
        return [_without_sealed_keys(v, depth - 1) for v in value]
    return _clean_text(value, depth - 1) if isinstance(value, str) else value


def _sealed_keys(value: Mapping[str, Json]) -> frozenset[str]:
    names = {key: snake(key) for key in value}
    sealed = {key for key, name in names.items() if _SEALED_KEY.fullmatch(name)}
    if sealed:
        sealed |= {key for key, name in names.items() if _DOUBTFUL_KEY.fullmatch(name)}
    return frozenset(sealed)


def snake(key: str) -> str:
    """A key or a tool's name in snake_case."""
    return _NOT_A_WORD.sub("_", _CAMEL.sub("_", str(key).strip())).lower()


def clean_text(text: str) -> str:
    """A tool's text without sealed keys: as JSON where it is JSON, else by “key: value” pairs.

    >>> clean_text("order=7; csat=2; resolution_state: solved")
    'order=7;'

    Raises:
        TranscriptError: nested more than 100 levels deep.
    """
    return _clean_text(text, _DEPTH)


def _without_sealed_pairs(text: str) -> str:
    if _HINT.search(text) is None:
        return text
    found = [(m, _seals(m["key"])) for m in _PAIR.finditer(text)]
    if not any(sealed for _, sealed in found):
        return text
    kept, at = [], 0
    for match, sealed in found:
        if sealed or _DOUBTFUL_KEY.fullmatch(snake(match["key"].strip("\"'"))):
            kept.append(text[at : match.start()])
            at = match.end()
    return "".join((*kept, text[at:])).strip()


def _seals(key: str) -> bool:
    """Whether a plain-text key is a sealed one; words of a sentence may stand before it.

    ``reward`` counts as data only: in a sentence it is what a loyalty scheme gives.
    """
    words = key.strip("\"'").split(" ")
    names = {snake(" ".join(words[n:])) for n in range(len(words))} - {"reward"}
    return any(_SEALED_KEY.fullmatch(name) for name in names)


def _clean_text(text: str, depth: int) -> str:
    if not text.lstrip().startswith(("{", "[")):
        return _without_sealed_pairs(text)
    try:
        value = json.loads(text)
    except RecursionError:
        raise TranscriptError(
            f"a tool call's data is nested more than {_DEPTH} levels deep"
        ) from None
    except ValueError:
        return _without_sealed_pairs(text)
    clean = _without_sealed_keys(value, depth)
    # Untouched results keep their bytes: quotes are located in them.
    return text if clean == value else json.dumps(clean, ensure_ascii=False)
