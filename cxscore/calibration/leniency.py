"""Towards whom a judge is lenient: group by group, all at once, and how it uses the scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cxscore.calibration.bias import GroupBias, bias_by_group
from cxscore.calibration.compression import Compression, compression
from cxscore.calibration.joint_bias import Effect, joint_bias
from cxscore.calibration.population import Floats
from cxscore.estimates import Unavailable

FAMILIES = {
    "openai": ("gpt", "openai", "o1", "o3", "o4"),
    "anthropic": ("claude", "anthropic"),
    "google": ("gemini", "gemma", "google", "palm"),
    "meta": ("llama", "meta"),
    "mistral": ("mistral", "mixtral", "ministral", "magistral"),
    "qwen": ("qwen", "alibaba"),
    "deepseek": ("deepseek",),
    "xai": ("grok", "xai"),
    "cohere": ("command", "cohere"),
}
"""Family of models to what their names begin with: judges may favour their own (Spiliopoulou et al.
2025)."""
JOINT = ("stream", "channel", "language", "topic", "same_family")
BANDS = ("short", "middle", "long")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """Judge minus people, seen three ways."""

    groups: tuple[GroupBias, ...]
    joint: tuple[Effect, ...] | Unavailable
    compression: Compression


def leniency(
    judge: Floats,
    people: Floats,
    groups: Mapping[str, Sequence[str]],
    *,
    words: Sequence[int],
    pairs: Sequence[tuple[float, float, float]],
    middle: float,
    weight: Floats | None = None,
) -> Leniency:
    """Everything said of a judge's bias.

    Estimand: see ``bias_by_group``, ``joint_bias`` and ``compression``.

    Args:
        judge: (n,) levels.
        people: (n,) mean level of people.
        groups: factor to (n,) group names; empty: not known.
        words: (n,) of the conversation.
        pairs: (judge, one person, another) of every conversation rated twice.
        middle: of the scale.
        weight: (n,) 1/π.
    """
    factors = dict(groups)
    if len(words) and max(words) > 0:
        factors["length"] = length_bands(words)
    known = {name: column for name, column in groups.items() if name in JOINT and any(column)}
    columns = np.array(pairs, np.float64).reshape(-1, 3).T
    return Leniency(
        groups=bias_by_group(judge - people, factors, weight=weight),
        joint=joint_bias(judge - people, known, amounts={"length": words}, weight=weight),
        compression=compression(*columns, middle=middle),
    )


def length_bands(words: Sequence[int]) -> list[str]:
    """Thirds of the conversations by length.

    >>> length_bands([10, 20, 30, 40, 50, 60])
    ['short', 'short', 'middle', 'middle', 'long', 'long']
    """
    held = np.asarray(words, np.float64)
    low, high = np.quantile(held, [1 / 3, 2 / 3])
    return [BANDS[int(v > low) + int(v > high)] for v in held]


def family(model: str) -> str:
    """Family of a model's name; empty where it is not known.

    >>> family("openai:gpt-4o-mini"), family("a Claude model"), family("embedded/1")
    ('openai', 'anthropic', '')
    """
    words = "".join(c if c.isalnum() else " " for c in model.casefold()).split()
    for name, beginnings in FAMILIES.items():
        if any(word.startswith(b) for word in words for b in beginnings):
            return name
    return ""
