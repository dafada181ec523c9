"""What a claim says was added, removed or changed, and whether a call speaks of that thing.

A verb alone explains too much: every ``update_…`` would explain a bag said to be added. The list of
things is short on purpose: only those that go by one or two names in words and tools alike.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from functools import lru_cache

from cxscore.grounding.completion_claims import CompletionClaim
from cxscore.transcript import ToolCall


class Speaks(StrEnum):
    """What a call says of a thing."""

    OF_IT = "of it"
    OF_ANOTHER = "of another"
    """Its name names another thing, and its arguments do not hold this one."""
    OF_NONE = "of none"


FAMILIES = frozenset({"add", "remove", "change"})
"""Families of claims whose object is looked at."""
_THINGS: dict[str, tuple[str, str]] = {
    # thing: (in a claim, in a tool's name or arguments)
    "bag": (r"bags?|baggage|luggage|suitcases?", r"bag|luggage|suitcase"),
    "passenger": (r"passengers?|travell?ers?", r"passenger|travell?er|guest|name"),
    "insurance": (r"insurance", r"insurance|protection|cover"),
    "address": (r"(?<!mail )address(?:es)?", r"address|street|city|zip|location"),
    "e-mail address": (r"e-?mail(?:\s+address)?", r"e_?-?mail|@|contact"),
    "phone number": (r"(?:phone|mobile)\s+number", r"phone|mobile|msisdn|contact"),
    "password": (r"password", r"password|credential|login"),
}
_OTHERS = r"flight|payment|item|seat|plan|certificate|voucher|coupon|meal|cabin"
_CLAIMED = {t: re.compile(rf"(?i)\b(?:{said})\b") for t, (said, _) in _THINGS.items()}
_HELD = {t: re.compile(rf"(?i)(?:{held})") for t, (_, held) in _THINGS.items()}
_NAMED = re.compile("|".join((*(held for _, held in _THINGS.values()), _OTHERS)), re.IGNORECASE)
_END_OF_OBJECT = re.compile(
    r"(?i)\b(?:to|for|on|from|in|with|of|as|at|so"
    r"|has|have|is|are|was|were|been|successfully|now)\b|['’](?:s|ve)\b|[,.;(]"
)
_FEE = re.compile(r"(?i)\b(?:fees?|charges?|cost|price|refund|payment|credit|note|difference)\b")


def claimed_object(claim: CompletionClaim) -> str | None:
    """The one thing of the list a claim is about; None when it names none or several.

    A passive's thing stands before its verb, an active clause's after it, both before the first
    preposition.
    """
    if claim.family not in FAMILIES:
        return None
    at = re.search(rf"(?i)\b{re.escape(claim.verb)}\b", claim.clause)
    if at is None:
        return None
    words = claim.clause[: at.start()] if claim.passive else claim.clause[at.end() :]
    words = _END_OF_OBJECT.split(words.lstrip(" ,*-"), maxsplit=1)[0]
    if _FEE.search(words):
        return None
    found = [(thing, m) for thing, p in _CLAIMED.items() for m in p.finditer(words)]
    # "The luggage set" is an article of the shop, no bag on a flight: the thing must come last.
    if len(found) != 1 or words[found[0][1].end() :].strip(" *_"):
        return None
    return found[0][0]


def speaks(call: ToolCall, thing: str) -> Speaks:
    """What a call's name and arguments say of a thing; their values are not weighed."""
    return _speaks(
        call.name, json.dumps(dict(call.arguments), ensure_ascii=False, default=str), thing
    )


@lru_cache(maxsize=4096)
def _speaks(name: str, arguments: str, thing: str) -> Speaks:
    if _HELD[thing].search(name) or _HELD[thing].search(arguments):
        return Speaks.OF_IT
    return Speaks.OF_ANOTHER if _NAMED.search(name) else Speaks.OF_NONE
