"""What makes two judgements the same, and what makes a customer recognisable to us only."""

from __future__ import annotations

import hashlib
import hmac


def unit(
    *, conversation_id: str, visible: str, judge: str, rubric_digest: str, repeat: int = 0
) -> bytes:
    """SHA-256 of one judgement: this id, these visible words, this judge, this rubric.

    The knowledge base is no part of it: it is recorded on the verdict, and a changed article
    rescores nothing unless asked to.

    >>> a = unit(conversation_id="c1", visible="ab", judge="j", rubric_digest="r")
    >>> a == unit(conversation_id="c1", visible="ab", judge="j", rubric_digest="r", repeat=1)
    False
    """
    parts = (conversation_id, visible, judge, rubric_digest, repeat)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).digest()


def customer_key(secret: bytes, customer_id: str | None) -> bytes | None:
    """HMAC-SHA-256 of a customer id under the workspace's secret; None for an unknown customer."""
    if customer_id is None:
        return None
    return hmac.digest(secret, customer_id.encode("utf-8", "surrogatepass"), "sha256")
