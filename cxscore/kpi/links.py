"""Attributes in which an export names another conversation."""

from __future__ import annotations

SAME = frozenset(
    {
        "ai_conversation_id",
        "conversation_id",
        "external_id",
        "linked_conversation_id",
        "source_conversation_id",
        "ticket_id",
    }
)
"""The same conversation, elsewhere."""
EARLIER = frozenset({"follow_up_of", "followup_source_id", "parent_id", "previous_id"})
"""An earlier one, which this one returns to."""
