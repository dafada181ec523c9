"""The one-pass rubric judge: a model grades every criterion of a conversation in one reply."""

from cxscore.judges.one_pass.judge import OnePassJudge
from cxscore.judges.one_pass.prompt import Prompt
from cxscore.judges.one_pass.window import Window

__all__ = ["OnePassJudge", "Prompt", "Window"]
