"""cxscore scores customer-service conversations and says how far the scores can be trusted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxscore.desk.estimate import estimate
    from cxscore.desk.ledger import open
    from cxscore.desk.score import score
    from cxscore.estimates import Estimate, Unavailable
    from cxscore.judging import Ask, ChatModel, Judge, replay
    from cxscore.knowledge import KnowledgeBase
    from cxscore.label import Label, Survey
    from cxscore.rubric import Criterion, Rubric, Scale
    from cxscore.transcript import Conversation, Record, Transcript, Turn
    from cxscore.verdict import Abstained, ClaimCheck, Failed, Graded, Quote, Verdict

__version__ = "0.1.0"

# Importing cxscore imports nothing: a name is fetched from its room when it is first used.
_ROOMS = {
    "Abstained": "cxscore.verdict",
    "Ask": "cxscore.judging",
    "ChatModel": "cxscore.judging",
    "ClaimCheck": "cxscore.verdict",
    "Conversation": "cxscore.transcript",
    "Criterion": "cxscore.rubric",
    "Estimate": "cxscore.estimates",
    "Failed": "cxscore.verdict",
    "Graded": "cxscore.verdict",
    "Judge": "cxscore.judging",
    "KnowledgeBase": "cxscore.knowledge",
    "Label": "cxscore.label",
    "Quote": "cxscore.verdict",
    "Record": "cxscore.transcript",
    "Rubric": "cxscore.rubric",
    "Scale": "cxscore.rubric",
    "Survey": "cxscore.label",
    "Transcript": "cxscore.transcript",
    "Turn": "cxscore.transcript",
    "Unavailable": "cxscore.estimates",
    "Verdict": "cxscore.verdict",
    "estimate": "cxscore.desk.estimate",
    "open": "cxscore.desk.ledger",
    "replay": "cxscore.judging",
    "score": "cxscore.desk.score",
}

__all__ = [
    "Abstained",
    "Ask",
    "ChatModel",
    "ClaimCheck",
    "Conversation",
    "Criterion",
    "Estimate",
    "Failed",
    "Graded",
    "Judge",
    "KnowledgeBase",
    "Label",
    "Quote",
    "Record",
    "Rubric",
    "Scale",
    "Survey",
    "Transcript",
    "Turn",
    "Unavailable",
    "Verdict",
    "estimate",
    "open",
    "replay",
    "score",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module 'cxscore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
