"""Surveys that stood in the chat: which words ask for a grade, and which give one.

Ordinary words must stay with the judge: ``rate`` is also a price, a ``scale`` also asks how bad a
fault is, and a customer's ``1`` may pick a menu line. So a prompt needs a verb of grading with the
service as its object, and a reply counts as a grade only while a prompt waits for one.
"""

from __future__ import annotations

import re

_PROMPTS = {
    "en": r"""
        \brate\ (?:us|me)\b(?<!the\ rate\ us)(?<!the\ rate\ me)
      | \b(?<!the\ )(?<!exchange\ )(?<!interest\ )rate\ (?:this|the|our|your|my|today's)
            \ (?:\w+\ ){0,3}(?:support|service(?!\ (?:fee|charge|plan))|agent|assistant|help
              |answer|reply|response|interaction|session|visit|call)\b
      | \brate\ (?:this|the|our|your)\ (?:\w+\ ){0,2}(?:chat|conversation|experience)\b
      | \bhow\ would\ you\ (?:rate|grade|score)\b
      | \bhow\ (?:satisfied|happy)\ (?:are|were)\ you\ with\b
      | \bhow\ (?:did|have)\ (?:we|i)\ (?:do|done)\s*(?:today\b|in\ this\b|[?!.]|$)
      | \bhow\ was\ (?:your|the|our)\ (?:\w+\ )?
            (?:experience|chat|support|conversation|service(?!\ (?:fee|charge|plan)))\b
      | \bon\ a\ scale\ (?:of|from)\b .{0,60} \b(?:satisfied|happy|likely|rate|recommend)\b
      | \b(?:satisfied|happy|likely|rate|recommend)\b .{0,60} \bon\ a\ scale\ (?:of|from)\b
      | \bhow\ likely\ (?:are\ you|is\ it)\b .{0,60} \brecommend\b
      | \b(?:take|complete|fill|answer|leave|submit|start)\b .{0,40}
            \b(?:csat|nps|(?:satisfaction|feedback|short|quick|brief|our|this)\ survey)\b
      | \b(?:rating|score|grade|feedback)\ (?:for|of|on|about|regarding)\ (?:this|our|your|the)
            \ (?:chat|conversation|support|interaction)\b
      | \b(?:leave|give)\ (?:us\ |me\ |this\ chat\ )?a\ (?:rating|grade)\b
      | \bselect(?:ing)?\ the\ thumbs?\b
      | \bthank(?:s|\ you)\ for\ (?:your\ )?rating\b
    """,
    "de": r"""
        \bwie\ zufrieden\ (?:sind|waren)\b
      | \bbewerten\b .{0,40} \b(?:chat|gespräch|unterhaltung|service|erfahrung|support|beratung
            |hilfe|uns|mich)\b
      | \b(?:chat|gespräch|unterhaltung|service|erfahrung|support|beratung|hilfe|uns|mich)\b
            .{0,30} \bbewerten\b
    """,
    "pt": r"""
        \bavali(?:e|ar|aria|a)\b .{0,30} \b(?:experiência|atendimento|conversa|chat|serviço|suporte
            |interação)\b
      | \bcomo\ (?:você\ )?classifica\b | \bfeedback\ sobre\ a\ nossa\ conversa\b
      | \bpolegar(?:es)?\b .{0,60} \b(?:classificação|avaliação)\b
    """,
    "es": r"""
        \bcali(?:fique|ficar|ficaría)\b .{0,40} \b(?:experiencia|atención|conversación|chat|servicio
            |soporte)\b
      | \bcómo\ (?:calificaría|valoraría)\b
    """,
    "fr": r"""
        \b(?:évalue[rz]|évalueriez|note[rz]|noteriez)(?:-vous)?\ (?!que\b|bien\b) .{0,40}
            \b(?:conversation|échange|service|expérience|discussion|assistance|chat|réponse)\b
    """,
}
_SURVEY_PROMPT = re.compile(
    "|".join(f"(?:{pattern})" for pattern in _PROMPTS.values()), re.IGNORECASE | re.VERBOSE
)
_STEMS = (
    *("rate", "how would you", "how satisfied", "how happy", "how did ", "how have ", "how was "),
    *("on a scale", "how likely", "csat", "nps", "survey", "rating", "score ", "grade", "feedback"),
    *("thumb", "zufrieden", "bewerten", "avali", "classifica", "polegar", "calif", "note"),
)
"""Every prompt without accents holds one of these: most messages hold none, and the search for
the prompts themselves is by far the slowest step of reading."""

_NOTICE = re.compile(r"(?i)\b(?:csat|nps|survey|satisfaction|rat(?:ed|ing))\b")
"""In lines the desk's software wrote; nobody chats there."""

_GRADE = (
    r"(?:(?:10|[0-9])(?:\s*(?:/|out\ of|of|von|sur|de)\s*(?:5|10))?\s*(?:stars?|sterne|points?)?"
    r"|[★⭐☆]{1,5}|(?:[👍👎😀🙂😐🙁😡😊😞😠][\U0001F3FB-\U0001F3FF]?\ufe0f?){1,3})"
)
_RATING_REPLY = re.compile(
    rf"""(?ix)^\s*(?:
        {_GRADE}
      | (?:very\ )?(?:good|bad|satisfied|dissatisfied|unsatisfied|happy|unhappy)
      | (?:good|bad),?\ i(?:'|’)?\ ?a?m\ (?:un|dis)?satisfied
      | excellent | poor | great | terrible | amazing | awful | neutral | ok | okay
    )\s*[.!]*\s*$"""
)
# "5, very helpful" and "10/10 would recommend"; "5 days" and "5 out of 10 items" are no grades.
_GRADE_WITH_COMMENT = re.compile(
    rf"(?ix)^\s*(?:{_GRADE}(?:\s+[-–—]|\s*[,;:!.])\s*[^\d\s]|(?:10|[0-9])/(?:5|10)\b|[★⭐☆]).{{0,300}}$"
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\s*\n+\s*")


def is_survey_prompt(text: str) -> bool:
    """Whether words ask the customer to grade the service.

    >>> is_survey_prompt("How would you rate this chat, 1 to 5?")
    True
    >>> is_survey_prompt("Your nightly rate is 90 euros. Let me help you.")
    False
    """
    if text.isascii():
        lowered = text.lower()
        if not any(stem in lowered for stem in _STEMS):
            return False
    return _SURVEY_PROMPT.search(text) is not None


def is_survey_notice(text: str) -> bool:
    """Whether a line of the desk's software is about a survey.

    >>> is_survey_notice("CSAT received: 2 of 5"), is_survey_notice("Assigned to Team Blue")
    (True, False)
    """
    return is_survey_prompt(text) or _NOTICE.search(text) is not None


def is_rating_reply(text: str) -> bool:
    """Whether a message is a grade, alone or with a comment on it.

    >>> is_rating_reply("5/5"), is_rating_reply("4, quick answer"), is_rating_reply("5 days")
    (True, True, False)
    """
    return _RATING_REPLY.match(text) is not None or _GRADE_WITH_COMMENT.match(text) is not None


def without_survey_prompt(text: str) -> tuple[str, str]:
    """A message without the sentences that ask for a grade, and those sentences.

    >>> without_survey_prompt("Your refund is booked. Please rate this chat!")
    ('Your refund is booked.', 'Please rate this chat!')
    """
    if not is_survey_prompt(text):
        return text, ""
    kept: list[str] = []
    taken: list[str] = []
    start = 0
    for end, following in [
        *((m.start(), m.end()) for m in _SENTENCE_END.finditer(text)),
        (len(text),) * 2,
    ]:
        asks = is_survey_prompt(text[start:end])
        (taken if asks else kept).append(text[start : end if asks else following])
        start = following
    rest = "".join(kept).strip()
    # A prompt that runs over two sentences is taken out with the whole message.
    return ("", text) if is_survey_prompt(rest) else (rest, " ".join(taken))
