"""Drives judges over records: concurrency, resume, progress."""

from cxscore.run.scoring import score_records
from cxscore.run.source import JudgeSource
from cxscore.run.tally import Progress, Tally

__all__ = ["JudgeSource", "Progress", "Tally", "score_records"]
