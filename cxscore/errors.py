"""Every error cxscore raises on purpose, in one tree.

::

    CxscoreError
    ├── InputError            what was handed in cannot be used        (exit 2)
    │   ├── TranscriptError   a conversation file or one record of it
    │   │   └── NotTranscriptsError   a file that holds no conversations at all
    │   ├── KnowledgeError    a knowledge base or one article of it
    │   ├── RubricError       a rubric or scorecard file
    │   ├── LabelError        a label or survey file
    │   └── ConfigError       a flag, a setting, a mapping file
    ├── JudgeError            one judgement failed: recorded as Failed, the run goes on
    │   ├── ProviderError     the model's service did not answer
    │   ├── ReplyError        the answer does not fit the schema
    │   └── EvidenceError     a quote is not in the transcript
    ├── BudgetExceeded        the run stopped at its budget, resumable (exit 5)
    ├── StoreError            the ledger cannot be opened, read or written (exit 2)
    │   └── StoreBusyError    another run is writing to it
    └── PluginError           a plug-in is missing or breaks its contract (exit 2)

A message says where (``file:line``), what was found, what is allowed and what to do.
Nothing else is raised across a public boundary except Python's own errors for programming mistakes.
"""

from __future__ import annotations


class CxscoreError(Exception):
    """Root of every error raised on purpose."""


class InputError(CxscoreError):
    """What was handed in cannot be used.

    Attributes:
        reason: one sentence without the place.
        path: the file as the user named it, or None.
        line: 1-based line (or record number for formats without lines), or None.
    """

    def __init__(self, reason: str, *, path: str | None = None, line: int | None = None) -> None:
        super().__init__(reason, path, line)
        self.reason = reason
        self.path = path
        self.line = line

    @property
    def place(self) -> str:
        """``path:line``, ``path`` or an empty string."""
        if self.path is None:
            return ""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive a process boundary by default.
        return (_rebuild, (type(self), self.reason, self.path, self.line))


def _rebuild(kind: type[InputError], reason: str, path: str | None, line: int | None) -> InputError:
    return kind(reason, path=path, line=line)


class TranscriptError(InputError):
    """A conversation file, or one record of it, cannot be read."""


class NotTranscriptsError(TranscriptError):
    """A file that holds no conversations in any known format."""


class KnowledgeError(InputError):
    """A knowledge base, or one article of it, cannot be read."""


class RubricError(InputError):
    """A rubric or scorecard file is not valid."""


class LabelError(InputError):
    """A label or survey file is not valid."""


class ConfigError(InputError):
    """A flag, a setting or a mapping file is not valid."""


class JudgeError(CxscoreError):
    """One judgement failed; it is recorded as Failed and the run goes on."""


class ProviderError(JudgeError):
    """The model's service did not answer."""


class ReplyError(JudgeError):
    """The model's answer does not fit the reply schema."""


class EvidenceError(JudgeError):
    """A quote given as evidence is not in the transcript."""


class BudgetExceeded(CxscoreError):
    """The run stopped at its budget; the same command resumes it."""


class StoreError(CxscoreError):
    """The ledger cannot be opened, read or written."""


class StoreBusyError(StoreError):
    """Another run is writing to the ledger."""


class PluginError(CxscoreError):
    """A plug-in is missing or breaks its contract."""
