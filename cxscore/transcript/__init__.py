"""Conversations, what of them a judge may see, which of them count, and their digests."""

from cxscore.transcript.blindness import (
    blind,
    seal,
)
from cxscore.transcript.digest import content_digest, visible_digest
from cxscore.transcript.eligibility import EXCLUSION_LADDER, Exclusion, exclusion
from cxscore.transcript.nouns import (
    AGENT_ROLES,
    Agent,
    Conversation,
    Flags,
    Handoff,
    Json,
    Kind,
    Leg,
    Record,
    Role,
    Sealed,
    SealedEvent,
    Source,
    Stream,
    ToolCall,
    Transcript,
    Turn,
    VendorClaim,
    Visibility,
)
from cxscore.transcript.sealed_keys import without_sealed_keys
from cxscore.transcript.surveys import is_rating_reply, is_survey_prompt

__all__ = [
    "AGENT_ROLES",
    "EXCLUSION_LADDER",
    "Agent",
    "Conversation",
    "Exclusion",
    "Flags",
    "Handoff",
    "Json",
    "Kind",
    "Leg",
    "Record",
    "Role",
    "Sealed",
    "SealedEvent",
    "Source",
    "Stream",
    "ToolCall",
    "Transcript",
    "Turn",
    "VendorClaim",
    "Visibility",
    "blind",
    "content_digest",
    "exclusion",
    "is_rating_reply",
    "is_survey_prompt",
    "seal",
    "visible_digest",
    "without_sealed_keys",
]
