"""Whether a judge likes length: the same conversation, padded with words that say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cxscore.calibration.population import Floats
from cxscore.estimates import Estimate, Unavailable
from cxscore.transcript import Conversation, Role

FILLERS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "I will go through this with you step by step.",
        "Let me put this into words as clearly as I can.",
        "I am writing this out in full so that it is easy to read.",
        "Please take all the time you need to read this message.",
    ),
    "de": (
        "Ich gehe das Schritt für Schritt mit Ihnen durch.",
        "Ich fasse das so klar in Worte, wie ich kann.",
        "Ich schreibe es ausführlich, damit es sich gut lesen lässt.",
        "Nehmen Sie sich zum Lesen ruhig so viel Zeit, wie Sie brauchen.",
    ),
}
"""Sentences that claim nothing, promise nothing and answer nothing."""
LEAST = 10


def padded(conversation: Conversation, *, sentences: int = 2) -> Conversation | None:
    """The conversation with filler before every turn of an AI agent; None: no filler in its tongue.

    Args:
        conversation: any.
        sentences: of filler for each turn, at most as many as there are.
    """
    held = FILLERS.get((conversation.language or "").split("-")[0])
    if held is None:
        return None
    turns, spoken = [], 0
    for turn in conversation.turns:
        if turn.role is Role.AI_AGENT and turn.text:
            first = [held[(spoken + k) % len(held)] for k in range(min(sentences, len(held)))]
            turns.append(replace(turn, text=" ".join([*first, turn.text])))
            spoken += 1
        else:
            turns.append(turn)
    return replace(conversation, turns=tuple(turns)) if spoken else None


def padding_effect(
    plain: Sequence[float] | Floats, longer: Sequence[float] | Floats
) -> Estimate | Unavailable:
    """Mean change of the judge's level when a conversation is padded.

    Estimand: E[J(padded) − J(plain)] over conversations like these; people see no difference, so
    all of it is the judge's.

    Interval: 95 %, t of the paired differences; where none moved, 0 with 3/n of the scale's step as
    the share that may.

    Fails when: under ``LEAST`` pairs: Unavailable.

    Args:
        plain: (n,) levels.
        longer: (n,) of the padded ones.

    >>> padding_effect([3.0] * 20, [3.0] * 20).high
    0.15
    """
    from scipy.stats import t

    d = np.asarray(longer, np.float64) - np.asarray(plain, np.float64)
    n = len(d)
    if n < LEAST:
        return Unavailable(missing=f"{n} pairs have both levels; {LEAST} are the least")
    mean, sd = float(d.mean()), float(d.std(ddof=1))
    if sd == 0 and mean == 0:
        return Estimate(
            value=0.0,
            low=-3 / n,
            high=3 / n,
            n=n,
            method="no level moved: rule of three, one level",
        )
    half = float(t.ppf(0.975, n - 1)) * sd / float(np.sqrt(n))
    return Estimate(
        value=mean, low=mean - half, high=mean + half, n=n, method="paired mean change, t interval"
    )
