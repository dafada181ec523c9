"""The cascade: a cheap judge first, a dearer one where it abstains or is unsure."""

from cxscore.judges.cascade.cascade import Cascade, Step
from cxscore.judges.cascade.escalation import Escalation
from cxscore.judges.cascade.shares import ShareCount, Shares, shares

__all__ = ["Cascade", "Escalation", "ShareCount", "Shares", "Step", "shares"]
