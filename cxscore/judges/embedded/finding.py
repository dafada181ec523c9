"""What a rule finds, and the one place where a finding becomes an outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cxscore.judges.embedded.reading import Reading
from cxscore.rubric import Criterion
from cxscore.verdict import Abstained, Graded, LogLine, Outcome, Quote

MAX_QUOTES = 4
"""More evidence than this is noise on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A share of full credit with its evidence, on no scale yet."""

    credit: float | None
    """0–1; None is N/A."""
    reason: str
    evidence: tuple[Quote, ...] = ()
    log: tuple[LogLine, ...] = ()
    causes: tuple[str, ...] = ()


Rule: TypeAlias = Callable[[Reading], Finding | Abstained]


def not_applicable(reason: str) -> Finding:
    """N/A with its reason."""
    return Finding(credit=None, reason=reason)


def outcome(criterion: Criterion, finding: Finding | Abstained) -> Outcome:
    """Put a finding onto the criterion's scale.

    Any level below the top must cite a quote; a finding that cannot becomes an abstention here, so
    that no rule can forget it.
    """
    if isinstance(finding, Abstained):
        return finding
    if finding.credit is None:
        return Graded(level=None, reason=finding.reason)
    level = criterion.scale.nearest(finding.credit)
    if level != criterion.scale.top and not finding.evidence:
        return Abstained(
            reason=f"nothing to quote for it: {finding.reason}", code="nothing_to_quote"
        )
    return Graded(
        level=level,
        reason=finding.reason,
        evidence=finding.evidence[:MAX_QUOTES],
        log=finding.log,
        causes=finding.causes if level != criterion.scale.top else (),
    )
