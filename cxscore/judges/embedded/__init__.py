"""The embedded judge: fixed rules, no model, no key.

It grades what it can ground in located words and abstains from the rest, and says so. See
``docs/embedded-judge.md`` for what it can, what it cannot, and how far each grade can be trusted.
"""

from cxscore.judges.embedded.finding import Finding, Rule, outcome
from cxscore.judges.embedded.judge import EMBEDDED_VERSION, RULES, EmbeddedJudge

__all__ = ["EMBEDDED_VERSION", "RULES", "EmbeddedJudge", "Finding", "Rule", "outcome"]
