"""How things are said on every page: counts, dates, names of states and reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from cxscore.grounding.injection import SuspicionKind
from cxscore.kpi.reading import Why
from cxscore.kpi.understood import KnowledgeUse, Understood
from cxscore.transcript import Role
from cxscore.verdict import ActionVerdict, ClaimVerdict, Level, Proof

PERCENT_FROM = 30
"""Fewer conversations than this are never turned into a percentage."""

HEURISTIC = (
    "Graded by the embedded judge: fixed rules, no language model. It is a heuristic with wide"
    " uncertainty: use it to decide what to read, not to state rates."
)
HEURISTIC_SHORT = (
    "Embedded judge: a heuristic of fixed rules, wide uncertainty."
    " It finds what to read, not rates."
)
NOT_SEEN = "not seen by the judge"

STREAM = {"ai": "AI only", "hybrid": "AI and person", "human": "person only", None: "no agent"}
ROLE = {
    Role.CUSTOMER: "Customer",
    Role.AI_AGENT: "AI agent",
    Role.HUMAN_AGENT: "Person",
    Role.SYSTEM: "System",
    Role.TOOL: "Tool",
}
EXCLUSION = {
    "test": "test or preview",
    "merged": "merged into another",
    "spam": "spam",
    "empty": "no customer message",
    "no_request": "greeting only",
    "outbound_unanswered": "outbound, never answered",
}
CLAIM = {
    ClaimVerdict.SUPPORTED_BY_ARTICLE: "supported by an article",
    ClaimVerdict.SUPPORTED_BY_CONVERSATION: "supported by the conversation",
    ClaimVerdict.CONTRADICTED: "contradicted",
    ClaimVerdict.NOT_IN_KNOWLEDGE_BASE: "not in the knowledge base",
    ClaimVerdict.UNVERIFIABLE: "cannot be checked",
}
ACTION = {
    ActionVerdict.LOGGED: "in the log",
    ActionVerdict.MISSING: "missing from the log",
    ActionVerdict.FAILED: "failed in the log",
    ActionVerdict.UNKNOWN: "a call of unknown effect could explain it",
    ActionVerdict.NO_LOG: "no tool log was delivered",
}
PROOF = {
    Proof.SUSPECTED: "found by one reading",
    Proof.TOOL_LOG: "proved by the tool log",
    Proof.VERIFIED: "confirmed by a second reading",
    Proof.PERSON: "confirmed by a person",
}
WHY = {
    Why.PROVED_CRITICAL: "Proved critical error",
    Why.SATISFIED_BUT_WRONG: "Satisfied but wrong",
    Why.VENDOR_RESOLVED_BUT: "Called resolved, but",
    Why.FAILED_HANDOFF: "Failed handoff",
    Why.CONTRADICTED: "Differs from an article",
    Why.UNHAPPY_END: "Unhappy end",
    Why.NOT_JUDGED: "Judgement failed",
    Why.ORDINARY: "Picked by chance",
}

SUSPICION = {
    SuspicionKind.INSTRUCTION: "speaks to a judge",
    SuspicionKind.SCORE: "dictates a level",
    SuspicionKind.FENCE: "pretends that the transcript ends",
    SuspicionKind.FAKE_TURN: "pretends to be another's turn",
    SuspicionKind.FAKE_RESULT: "pretends to be a tool's result",
    SuspicionKind.HIDDEN: "hidden from the reader",
    SuspicionKind.INVISIBLE: "invisible characters",
}

# What a terminal would obey and a page cannot show: control characters, direction overrides,
# halves of surrogate pairs.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Text without control characters, direction overrides and lone surrogates.

    >>> printable("a" + chr(27) + "[31mb")
    'a�[31mb'
    """
    return UNPRINTABLE.sub("�", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Printable text on one line."""
    return " ".join(printable(text).split())


def quoted(text: str) -> str:
    """Words in quotation marks; erased conversations keep a quote's place but not its words."""
    return f"“{one_line(text)}”" if text else "(words erased)"


def share(k: int, n: int) -> str:
    """``k of n``, with a percentage only where ``n`` carries one.

    >>> share(3, 29), share(15, 30)
    ('3 of 29', '15 of 30 (50 %)')
    """
    return f"{k:,} of {n:,}" + (f" ({100 * k / n:.0f} %)" if n >= PERCENT_FROM else "")


def level(value: Level | None) -> str:
    """A level as read; N/A is a value.

    >>> level(None), level("yes"), level(4)
    ('N/A', 'yes', '4')
    """
    return "N/A" if value is None else str(value).replace("_", " ")


def day(time: datetime | None) -> str:
    """A date, or that there is none."""
    return "date not known" if time is None else f"{time:%Y-%m-%d}"


def moment(time: datetime | None) -> str:
    """A date with its minute, or nothing."""
    return "" if time is None else f"{time:%Y-%m-%d %H:%M}"


def window(hours: int) -> str:
    """A window in the trade's words.

    >>> window(24), window(168)
    ('24 h', '7 days')
    """
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"


def plural(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> plural(1, "article"), plural(1200, "article")
    ('1 article', '1,200 articles')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def and_more(texts: Sequence[str], limit: int) -> str:
    """The first few of a list in one line.

    >>> and_more(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = ", ".join(texts[:limit])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit:,} more"


def knowledge(understood: Understood) -> tuple[str, ...]:
    """Which knowledge was used, one sentence per snapshot."""
    if not understood.knowledge:
        if not understood.judged.n:
            return ()
        return ("No knowledge base: no statement could be held against an article.",)
    return tuple(_snapshot(use) for use in understood.knowledge)


def _snapshot(use: KnowledgeUse) -> str:
    articles = "Articles" if use.articles is None else plural(use.articles, "article")
    sentence = (
        f"{articles}, in a snapshot without a date"
        if use.as_of is None
        else f"{articles} as of {day(use.as_of)}"
    )
    if use.gap_days is not None and use.gap_days[1] >= 1:
        sentence += f", up to {plural(round(use.gap_days[1]), 'day')} older than a conversation"
    if use.newer.n:
        sentence += f"; newer than {plural(use.newer.n, 'conversation')}"
    return sentence + "."


def date_range(first: datetime | None, last: datetime | None) -> str:
    """A range of dates."""
    if first is None or last is None:
        return "no dates"
    return day(first) if day(first) == day(last) else f"{day(first)} to {day(last)}"
