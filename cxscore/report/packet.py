"""One rater's packet: transcripts, articles, anchors and a form, offline, nothing a judge said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cxscore.calibration.drawing import Drawn
from cxscore.knowledge import Article
from cxscore.report import words
from cxscore.report.html import environment
from cxscore.rubric import Rubric
from cxscore.transcript import Record, blind


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conversation to label, already redacted."""

    drawn: Drawn
    record: Record


def render(
    cases: Sequence[Case],
    rubric: Rubric,
    *,
    rater: str,
    split: str,
    articles: Iterable[Article] = (),
) -> str:
    """The page: fill it in, save the answers, hand them to ``cxscore labels import``.

    Only what a judge is handed stands in it: no verdict, no vendor's claim, no survey; nor the
    stratum or chance a conversation was drawn with, which would tell the judge's band.
    """
    meta = [{"conversation_id": c.drawn.id} for c in cases]
    # A closing tag inside a conversation's id must not end the script.
    held = json.dumps({"rater": rater, "split": split, "cases": meta}).replace("<", "\\u003c")
    return (
        environment()
        .get_template("packet.html.jinja")
        .render(
            cases=[(c.drawn.id, blind(c.record.conversation)) for c in cases],
            rubric=rubric,
            rater=rater,
            articles=sorted(articles, key=lambda a: a.id),
            held=held,
            words=words,
        )
    )
