"""The tables and their columns: the contract of the export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    kind: str
    """``text``, ``whole``, ``number``, ``truth``, ``time`` or ``texts``."""
    about: str
    words: bool = False
    """Holds what people said, wrote or are called: emptied by erasure."""


def _columns(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, kind=kind.removesuffix("!"), about=about, words=kind.endswith("!"))
        for name, kind, about in rows
    )


_CONVERSATION = ("conversation_id", "text", "id of the conversation")
_VERSION = ("version", "whole", "1 for the first content seen under the id")
_JUDGE = (
    ("judge", "text", "fingerprint of the judge"),
    ("rubric", "text", "id@digest of the rubric"),
    ("heuristic", "truth", "true for a judge of fixed rules"),
    ("scored_at", "time", "when it was judged"),
)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "conversations": _columns(
        _CONVERSATION,
        _VERSION,
        ("state", "text", "judged, failed, excluded or waiting"),
        ("exclusion", "text", "why it is not judged"),
        ("error", "text!", "why the judgement failed as a whole"),
        ("channel", "text", "as the export names it"),
        ("language", "text", "primary tag of the customer's language"),
        ("stream", "text", "ai, hybrid or human"),
        ("assisted", "truth", "a person sent an AI draft"),
        ("kind", "text", "informational or action, as the export says"),
        ("topic", "text", "as the export says"),
        ("team", "text", "as the export says"),
        ("brand", "text", "as the export says"),
        ("issue_id", "text", "as the export says"),
        ("customer_id", "text!", "as the export says; a random stand-in after erasure"),
        ("human_agent", "text!", "as the export says"),
        ("tags", "texts!", "as the export says"),
        ("agent_vendor", "text", "of the AI agent"),
        ("agent_product", "text", "of the AI agent"),
        ("agent_model", "text", "of the AI agent"),
        ("agent_version", "text", "of the AI agent"),
        ("agent_procedure", "text", "of the AI agent"),
        ("started_at", "time", "start of the conversation"),
        ("ended_at", "time", "end of the conversation"),
        ("updated_at", "time", "last change in the help desk"),
        ("turns", "whole", "turns of all roles"),
        ("customer_turns", "whole", "turns of the customer"),
        ("ai_turns", "whole", "turns of the AI agent"),
        ("human_turns", "whole", "turns of people serving"),
        ("handoffs", "whole", "moves between parties"),
        ("tool_log", "truth", "whether the tool log is delivered"),
        ("composite", "number", "experience composite, 1–5"),
        ("composite_missing", "text", "why there is no composite"),
        ("capped_by", "text", "error that capped the composite"),
        ("claims", "whole", "factual claims checked"),
        ("contradicted", "whole", "claims an article contradicts"),
        ("false_actions", "whole", "actions claimed, and missing or failed in the log"),
        ("asked_for_human", "truth", "the customer asked for a person"),
        ("human_joined", "truth", "a person came after that or after a handover"),
        ("confirmed", "truth", "the customer said it is solved"),
        ("last_message_negative", "truth", "the customer's last message is negative"),
        ("knowledge_digest", "text", "knowledge base the verdict rests on"),
        ("knowledge_as_of", "time", "its date"),
        ("knowledge_gap_days", "number", "start of the conversation minus that date"),
        ("vendor_value", "text", "the vendor's own claim"),
        ("vendor_definition", "text", "what its word stands for"),
        ("vendor_window", "text", "its waiting time"),
        ("vendor_billed", "truth", "whether it was billed"),
        ("vendor_graded_by", "text", "who graded"),
        ("surveys", "text!", "JSON list of {kind, value, scale, target, answered_at}"),
        ("transcript", "text!", "one line a turn; only when asked for"),
        *_JUDGE,
    ),
    "scores": _columns(
        _CONVERSATION,
        _VERSION,
        ("leg", "text", "journey, ai or human"),
        ("criterion", "text", "id of the rubric's criterion"),
        ("state", "text", "graded, na, abstained or failed"),
        ("level", "text", "the level as text"),
        ("level_number", "number", "the level where it is a number"),
        ("certainty", "number", "the judge's own probability, 0–1"),
        ("code", "text", "why it abstained or failed, to count by"),
        ("reason", "text!", "one sentence"),
        ("causes", "texts", "ids of the rubric's reasons"),
        ("quote", "text!", "first quote given as evidence"),
        ("quote_turn", "whole", "turn it stands in"),
        ("quote_start", "whole", "first character"),
        ("quote_end", "whole", "character after the last"),
        ("windowed", "truth", "the judge saw it with turns left out"),
        ("started_at", "time", "start of the conversation"),
        ("channel", "text", "as the export names it"),
        ("language", "text", "primary tag of the customer's language"),
        ("stream", "text", "ai, hybrid or human"),
        *_JUDGE,
    ),
    "claims": _columns(
        _CONVERSATION,
        _VERSION,
        ("place", "whole", "0-based number of the claim in its conversation"),
        ("turn", "whole", "turn the claim stands in"),
        ("start", "whole", "first character"),
        ("end", "whole", "character after the last"),
        ("quote", "text!", "the claim"),
        ("verdict", "text", "what became of it"),
        ("reason", "text!", "one sentence"),
        ("article_id", "text", "article of the best passage"),
        ("article_title", "text", "its title"),
        ("article_url", "text", "its address"),
        ("passage", "text!", "the words shown beside the claim"),
        ("newer_than_conversation", "truth", "only a later version was at hand"),
        ("error", "text", "id of the error taxonomy"),
        ("severity", "text", "info, minor, major or critical"),
        ("proof", "text", "suspected, tool_log, verified or person"),
        ("support", "number", "share of content words the passage holds, 0–1"),
        ("corrected", "truth", "the agent corrected it later"),
        *_JUDGE,
    ),
    "actions": _columns(
        _CONVERSATION,
        _VERSION,
        ("place", "whole", "0-based number of the action in its conversation"),
        ("turn", "whole", "turn the words stand in"),
        ("quote", "text!", "the words that claim it"),
        ("action", "text", "the verb as understood"),
        ("verdict", "text", "logged, missing, failed, unknown or no_log"),
        ("reason", "text!", "one sentence"),
        ("severity", "text", "critical for a false action"),
        *_JUDGE,
    ),
    "labels": _columns(
        _CONVERSATION,
        ("leg", "text", "journey, ai or human"),
        ("criterion", "text", "id of the criterion"),
        ("level", "text", "the level as text; empty is N/A"),
        ("level_number", "number", "the level where it is a number"),
        ("rater", "text", "who labelled"),
        ("time", "time", "when"),
        ("saw_judge", "truth", "the rater saw the judge's level first"),
        ("split", "text", "tune, calibrate or anchor"),
        ("design", "text", "how the conversation was picked"),
        ("inclusion_probability", "number", "of the pick, in (0, 1]"),
        ("stratum", "text", "of the pick"),
        ("comment", "text!", "the rater's words"),
    ),
}
"""Every table with its columns; the order is part of the contract."""
