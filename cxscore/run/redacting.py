"""Keeps personal data from leaving the process: a judge that asks is shown placeholders."""

from __future__ import annotations

from cxscore.judging import Deliberation, Judge
from cxscore.redaction import Redactor, known
from cxscore.transcript import Conversation, Transcript


def deliberation(
    judge: Judge, transcript: Transcript, conversation: Conversation, redactor: Redactor | None
) -> Deliberation:
    """A deliberation over the redacted transcript; its verdict quotes the original's words.

    Args:
        judge: who deliberates.
        transcript: what it would be shown.
        conversation: the record's fields tell names, mails and phones to look for.
        redactor: None shows the transcript as it is.
    """
    if redactor is None:
        return judge.deliberate(transcript)
    return _redacted(judge, transcript, conversation, redactor)


def _redacted(
    judge: Judge, transcript: Transcript, conversation: Conversation, redactor: Redactor
) -> Deliberation:
    redacted = redactor.redact(transcript, known(conversation))
    verdict = yield from judge.deliberate(redacted.transcript)
    # Most transcripts hold nothing to hide, and walking through a verdict takes a millisecond.
    return redacted.original_verdict(verdict) if redacted.spans else verdict
