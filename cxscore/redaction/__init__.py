"""Personal data out before anything leaves the process: typed, consistent placeholders.

Pure functions, no I/O. Applied before the ask is made, and so before caches, logs and reports.
"""

from cxscore.redaction.known import known
from cxscore.redaction.page import Span
from cxscore.redaction.redactor import Redacted, Redactor, published, redact_text
from cxscore.redaction.rules import Kind, Known, RedactionRules

__all__ = [
    "Kind",
    "Known",
    "Redacted",
    "RedactionRules",
    "Redactor",
    "Span",
    "known",
    "published",
    "redact_text",
]
