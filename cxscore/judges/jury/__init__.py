"""The jury: several judges on one conversation, and what most of them say."""

from cxscore.judges.jury.jury import Jury

__all__ = ["Jury"]
