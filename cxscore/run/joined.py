"""Two halves of one run as one: what batches judged, and what was finished live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from cxscore.run.money import ModelSpending, Spending
from cxscore.run.tally import MESSAGES, Tally

_COUNTS = (
    "conversations",
    "new",
    "updated",
    "already_scored",
    "failed",
    "excluded",
    "duplicates",
    "unreadable",
)


def joined(first: Tally, rest: Tally, *, updated: int = 0) -> Tally:
    """The counts of a run whose second half judged what the first had left open.

    Args:
        first: did not count what it left open.
        rest: of the conversations left open, as stored.
        updated: of them, those whose content was new; the second half saw it stored already.
    """
    moved = min(updated, rest.new)
    rest = replace(rest, new=rest.new - moved, updated=rest.updated + moved)
    times = [t for t in (first.first, rest.first) if t is not None]
    last = [t for t in (first.last, rest.last) if t is not None]
    return replace(
        rest,
        **{name: getattr(first, name) + getattr(rest, name) for name in _COUNTS},
        exclusions=_sum(first.exclusions, rest.exclusions),
        languages=_sum(first.languages, rest.languages),
        roles=_sum(first.roles, rest.roles),
        messages=(*first.messages, *rest.messages)[:MESSAGES],
        criteria={
            name: _sum(first.criteria.get(name, {}), rest.criteria.get(name, {}))
            for name in sorted({*first.criteria, *rest.criteria})
        },
        first=min(times, key=lambda t: t.timestamp(), default=None),
        last=max(last, key=lambda t: t.timestamp(), default=None),
        spending=spent(first.spending, rest.spending),
        stopped=rest.stopped or first.stopped,
    )


def _sum(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(a) + Counter(b)).items()))


def spent(a: Spending | None, b: Spending | None) -> Spending | None:
    """What two halves came to."""
    if a is None or b is None:
        return a or b
    names = sorted({*a.models, *b.models})
    return Spending(
        models={name: _model(a.models.get(name), b.models.get(name)) for name in names},
        purposes=_sum(a.purposes, b.purposes),
        # What the second half found stored, the first had brought.
        replayed=a.replayed,
        budget_usd=a.budget_usd,
    )


def _model(a: ModelSpending | None, b: ModelSpending | None) -> ModelSpending:
    if a is None or b is None:
        found = a or b
        if found is None:
            raise ValueError("a model neither half has asked")
        return found
    usd = {
        status: a.usd_by_status.get(status, 0.0) + b.usd_by_status.get(status, 0.0)
        for status in sorted({*a.usd_by_status, *b.usd_by_status})
    }
    return ModelSpending(
        attempts=_sum(a.attempts, b.attempts),
        usd_by_status=usd,
        usd=None if a.usd is None or b.usd is None else a.usd + b.usd,
        input_tokens=a.input_tokens + b.input_tokens,
        output_tokens=a.output_tokens + b.output_tokens,
        cache_read_tokens=a.cache_read_tokens + b.cache_read_tokens,
        cache_write_tokens=a.cache_write_tokens + b.cache_write_tokens,
        estimated=a.estimated + b.estimated,
    )
