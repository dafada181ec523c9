"""Can we trust this judge? The labels of a store against its verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cxscore.desk.report import rubric_held
from cxscore.desk.whole_files import whole_file
from cxscore.errors import InputError
from cxscore.label import Design, Label, Split
from cxscore.rubric import Rubric
from cxscore.store import Draw, FrameUnit, Ledger
from cxscore.transcript import Agent, Leg
from cxscore.verdict import Judged, Verdict, state

if TYPE_CHECKING:
    from cxscore.calibration.halo import Halo
    from cxscore.calibration.trust import Scored, Trust

SEED = 20_261_127
"""Of the bootstrap: the same store gives the same page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Every labelled criterion of a store."""

    judge: str
    rubric: str
    heuristic: bool
    conversations: int
    labels: int
    raters: int
    criteria: tuple[Trust, ...]
    halo: tuple[Halo, ...]
    """Pairs of criteria and how judge and people tie them together."""
    leg: str
    looks: int
    """How often this rubric was held against its calibrate split, this time counted."""
    notice: str | None


def calibrate(store: Path, *, rubric: str | None = None, leg: str = Leg.JOURNEY) -> Calibration:
    """Hold every labelled criterion against people.

    Args:
        store: a ledger with verdicts and labels.
        rubric: id or file the verdicts were made with, where it is not a packaged one.
        leg: ``journey``, ``ai`` or ``human``: judge and people are compared within one.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InputError: it holds no label of the leg, no verdict, or verdicts of an unknown rubric.
    """
    import numpy as np

    from cxscore.calibration.halo import halo
    from cxscore.calibration.trust import trust

    with Ledger.open(store, create=False) as ledger:
        every = tuple(ledger.labels())
        labels = [one for one in every if one.leg == leg]
        if not labels:
            others = ", ".join(sorted({one.leg for one in every}))
            has = f" of the {leg} leg; it has some of: {others}" if every else ""
            raise InputError(f"holds no labels{has}; cxscore labels import FILE", path=str(store))
        held = rubric_held(ledger, rubric)
        by_criterion, judges, heuristic, n = _scored(ledger.judged(), held, Leg(leg))
        if not judges:
            raise InputError("holds no verdicts; cxscore score PATH", path=str(store))
        looks = ledger.count_look(f"{held.id}@{held.digest[:12]}")
        notice = ledger.notice
        drawn = ledger.draw()
    rng = np.random.default_rng(SEED)
    criteria = tuple(
        trust(c, by_criterion.get(c.id, []), mine, rng, frame=_frame(drawn, mine))
        for c in held.criteria
        if (mine := [one for one in labels if one.criterion == c.id])
    )
    return Calibration(
        judge=" · ".join(sorted(judges)),
        rubric=held.id,
        heuristic=heuristic,
        conversations=n,
        labels=len(labels),
        raters=len({one.rater for one in labels}),
        criteria=criteria,
        halo=halo(
            *(
                {t.criterion: {c: v[i] for c, v in t.pairs.items()} for t in criteria}
                for i in (0, 1)
            )
        ),
        leg=leg,
        looks=looks,
        notice=notice,
    )


def _frame(
    drawn: tuple[Draw, tuple[FrameUnit, ...]] | None, labels: list[Label]
) -> dict[str, str] | None:
    """The strata of all conversations, where every usable label was drawn from that frame."""
    if drawn is None or drawn[0].design is not Design.STRATIFIED:
        return None
    strata = {u.conversation_id: u.stratum for u in drawn[1]}
    chosen = {u.conversation_id for u in drawn[1] if u.drawn}
    mine = {one.conversation_id for one in labels if one.split is Split.CALIBRATE}
    return strata if mine <= chosen else None


def _scored(
    judged: Iterable[Judged], rubric: Rubric, leg: Leg
) -> tuple[dict[str, list[Scored]], set[str], bool, int]:
    from cxscore.calibration.trust import Scored

    found: dict[str, list[Scored]] = {c.id: [] for c in rubric.criteria}
    judges: set[str] = set()
    heuristic, n = False, 0
    for one in judged:
        if one.exclusion is not None:
            continue
        n += 1
        heuristic = heuristic or one.heuristic
        conversation, verdict = one.record.conversation, one.verdict
        if verdict is not None:
            judges.add(verdict.judge)
        groups = {
            "stream": conversation.stream or "",
            "channel": conversation.channel or "",
            "language": conversation.language or "",
            "topic": conversation.topic or "",
            "agent_model": _agent(conversation.agent),
            "same_family": _same(conversation.agent, verdict),
        }
        words = sum(len(turn.text.split()) for turn in conversation.turns)
        for criterion, rows in found.items():
            outcome = None if verdict is None else verdict.outcomes.get(leg, {}).get(criterion)
            rows.append(
                Scored(
                    id=conversation.id,
                    state="" if outcome is None else state(outcome),
                    level=getattr(outcome, "level", None),
                    groups=groups,
                    words=words,
                )
            )
    return found, judges, heuristic, n


def _agent(agent: Agent | None) -> str:
    """The model that served, or the product where no model is named."""
    if agent is None:
        return ""
    return agent.model or agent.product or agent.vendor or ""


def _same(agent: Agent | None, verdict: Verdict | None) -> str:
    """Whether judge and agent are of one family of models; empty where either is not known."""
    from cxscore.calibration.leniency import family

    if agent is None or verdict is None:
        return ""
    one, other = family(" ".join((agent.model or "", agent.vendor or ""))), family(verdict.judge)
    return "" if not one or not other else "same family" if one == other else "other family"


def write_page(found: Calibration, out: Path, *, now: datetime) -> Path:
    """Write "Can we trust this judge?" as one self-contained HTML file.

    Raises:
        ConfigError: it cannot be written.
    """
    from cxscore.report.trust_page import render

    with whole_file(out) as file:
        file.write(render(found, now=now))
    return out
