"""When a cascade goes on to its next step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cxscore.errors import ConfigError
from cxscore.judges.jury.outcomes import PROVIDER
from cxscore.rubric import Rubric
from cxscore.transcript import Transcript, visible_digest
from cxscore.verdict import Abstained, Failed, Outcome


def _nothing() -> Mapping[str, float]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What counts as doubt, criterion by criterion, and what is looked at without any.

    Abstentions are doubt, and so are failures, but for a service that did not answer: the next run
    mends those. A level is in doubt when its judge says so.
    """

    certainty: float = 0.7
    """A level whose judge gives it a smaller probability is in doubt, 0–1; where the judge gives
    none, only ``drift`` tells."""
    certainty_of: Mapping[str, float] = field(default_factory=_nothing)
    """Criterion id to a threshold of its own."""
    drift: float = 0.75
    """A level whose expected level lies at least so far from it is in doubt, in levels."""
    always: frozenset[str] = frozenset()
    """Criteria the first step never settles."""
    never: frozenset[str] = frozenset()
    """Criteria whose outcome stands whatever it is, e.g. those nobody reads."""
    audit_share: float = 0.0
    """Share of conversations, 0–1, the second step judges beside the first without any doubt: only
    its votes are kept."""
    audit_seed: bytes = b""
    """Which conversations are drawn: the same seed draws the same."""

    def check(self, rubric: Rubric) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigError: an unknown criterion, a contradiction or a share out of range.
        """
        named = {*self.certainty_of, *self.always, *self.never}
        if unknown := sorted(named - {c.id for c in rubric.criteria}):
            known = ", ".join(c.id for c in rubric.criteria)
            raise ConfigError(f"escalation names {unknown[0]!r}; the rubric has {known}")
        if both := sorted(self.always & self.never):
            raise ConfigError(f"{both[0]} is to be escalated always and never; choose one")
        for share in (self.certainty, *self.certainty_of.values(), self.audit_share):
            if not 0 <= share <= 1:
                raise ConfigError(f"{share:g} is no share; thresholds and shares lie in 0 to 1")
        if self.audit_share and not self.audit_seed:
            raise ConfigError("an audit share is given and no seed; give one to draw by")

    def doubts(self, criterion: str, outcome: Outcome) -> bool:
        """Whether an outcome is left to the next step."""
        if criterion in self.never:
            return False
        if isinstance(outcome, Abstained):
            return True
        if isinstance(outcome, Failed):
            return outcome.code != PROVIDER
        threshold = self.certainty_of.get(criterion, self.certainty)
        if outcome.certainty is not None and outcome.certainty < threshold:
            return True
        level, expected = outcome.level, outcome.expected
        return (
            isinstance(level, int) and expected is not None and abs(expected - level) >= self.drift
        )

    def draws(self, transcript: Transcript) -> bool:
        """Whether a conversation is drawn for audit; its words and the seed decide."""
        if not self.audit_share:
            return False
        drawn = hashlib.sha256(self.audit_seed)
        drawn.update(f"|{transcript.id}|{visible_digest(transcript)}".encode("utf-8", "replace"))
        return int.from_bytes(drawn.digest()[:8], "big") < self.audit_share * 2**64

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what decides outcomes; an audit decides none."""
        said = {
            "certainty": self.certainty,
            "certainty_of": dict(self.certainty_of),
            "drift": self.drift,
            "always": sorted(self.always),
            "never": sorted(self.never),
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
