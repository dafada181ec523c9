"""Which conversations are judged: the exclusion ladder, first match wins."""

from __future__ import annotations

import re
from enum import StrEnum

from cxscore.transcript.nouns import AGENT_ROLES, Conversation, Role, Visibility


class Exclusion(StrEnum):
    """Why a conversation is not judged."""

    TEST = "test"
    MERGED = "merged"
    SPAM = "spam"
    EMPTY = "empty"
    NO_REQUEST = "no_request"
    OUTBOUND_UNANSWERED = "outbound_unanswered"


EXCLUSION_LADDER: tuple[Exclusion, ...] = tuple(Exclusion)
"""In order: a spam test conversation counts as test."""

_GREETING = re.compile(
    r"""(?ix)^[\W_]*(?:
        (?:hi|hello|hey|hallo|hola|olá|ola|oi|bonjour|salut|ciao|moin|servus|yo|hiya|howdy
         |good\ (?:morning|afternoon|evening|day)|guten\ (?:tag|morgen|abend)
         |bom\ dia|boa\ (?:tarde|noite)|buen(?:os|as)\ (?:días|dias|tardes|noches)|bonsoir
         |there|anyone|anybody|somebody|is|test|team|support|everyone|all)
        [\W_]*)+$"""
)


def exclusion(conversation: Conversation) -> Exclusion | None:
    """The first rung of the ladder a conversation falls off, or None when it is eligible.

    Length is no rung: a minimum of words would remove exactly the fast failures.
    """
    flags = conversation.flags
    said = [
        t.text
        for t in conversation.turns
        if t.role is Role.CUSTOMER and t.text.strip() and t.visibility is Visibility.PUBLIC
    ]
    # A customer who only operates tools (a phone, a form) has taken part without words.
    acted = any(t.role is Role.CUSTOMER and t.tool_calls for t in conversation.turns)
    if flags.test:
        return Exclusion.TEST
    if flags.merged_into is not None:
        return Exclusion.MERGED
    if flags.spam:
        return Exclusion.SPAM
    if not said and not acted:
        return Exclusion.OUTBOUND_UNANSWERED if _is_outbound(conversation) else Exclusion.EMPTY
    if said and not acted and all(_GREETING.match(text) for text in said):
        return Exclusion.NO_REQUEST
    return None


def _is_outbound(conversation: Conversation) -> bool:
    # Unknown is not False, but a bot greeting must not turn into outbound: only the flag decides.
    spoke = any(t.role in AGENT_ROLES and t.text.strip() for t in conversation.turns)
    return bool(conversation.flags.outbound) and spoke
