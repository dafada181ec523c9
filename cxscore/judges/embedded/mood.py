"""The mood of one customer message, by the VADER lexicon and fixed wordings.

Five steps as the rubric's anchors have them: 1 angry or giving up, 2 irritated, 3 neutral or
formula thanks, 4 thanks with substance, 5 clearly pleased.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MOOD_RULES_VERSION = "1"

LONGEST = 4000
"""Characters of a message that are read for its mood."""

_TRADE_WORDS = re.compile(
    r"(?i)\b(?:cancel\w*|problems?|issues?|errors?|no|fee|fees|charged?|lost|stop\w*|emergency|delay\w*"
    r"|refund\w*|urgent|damaged?|broken|missing|wrong|defective|disabled?|alarm|fine|pay|dispute"
    r"|complaint|criminal|debt|death|died|passed|funeral|sick|ill|hospital|low|poor signal|limited"
    r"|credit|gift|free|sure|please|help\w*|like|want|hello|hi|yes|ok|okay|certificate|care|share"
    r"|secure|security|trust|interest\w*|accept\w*|agree\w*|save|safe|friend|insurance|benefits?"
    r"|thank\w*|thanks|thx|welcome|active|best|better|well|good morning|good afternoon"
    r"|good evening|good day)\b"
)
"""Words the lexicon scores but which only name the trade's matters or courtesies."""

_ANGRY = re.compile(
    r"""(?ix)
    \b(?:ridiculous|unacceptable|outrageous|disgusting|disgrace\w*|scam(?:mers?)?|fraud(?:sters)?
        |rip-?off
      |worst|furious|pathetic|useless|incompetent|joke\ of\ a|fed\ up|sick\ of|livid|appalling
        |garbage
      |bullshit|wtf|idiots?|stupid|liars?|never\ (?:again|using|buying|flying)
      |(?:forget|screw)\ (?:it|this|you)|i\ give\ up|waste\ of\ (?:my\ )?time|my\ lawyer
        |legal\ action
      |sue\ you|consumer\ protection|take\ my\ business|i(?:'|’)?m\ done\ with|leaving\ (?:you
        |for\ another)
      |switch(?:ing)?\ to\ (?:another|a\ different)\ (?:company|provider|airline)
      |(?:absolutely|completely|totally)\ (?:terrible|awful|absurd))\b
    """
)
_IRRITATED = re.compile(
    r"""(?ix)
    \b(?:frustrat\w*|disappoint\w*|annoy\w*|irritat\w*|upset|unhappy|dissatisf\w*|not\ (?:happy
        |satisfied|
      helpful|good\ enough|what\ i\ (?:asked|wanted|meant))|absurd|unfair|terrible|awful|horrible
      |doesn(?:'|’)?t\ (?:help|make\ (?:any\ )?sense|answer)|(?:didn|did\ no)(?:'|’)?t?\ (?:help
        |answer)
      |not\ (?:helping|acceptable|fair|true|right)|(?:i(?:'|’)?ve\ )?already\ (?:told|said
        |explained|gave|given
      |tried|provided|sent)|(?:as|like)\ i\ (?:already\ )?(?:said|told|mentioned\ (?:before
        |already))
      |how\ many\ times|(?:once|yet)\ again|for\ the\ (?:second|third|fourth|last)\ time
        |still\ (?:not|no\b|waiting
      |doesn|isn|haven|hasn|can(?:'|’)?t|cannot)|are\ you\ (?:serious|kidding|sure\ you)
        |this\ is\ taking
      |inconvenien\w*|really\ bad|too\ (?:long|slow)|hard\ to\ believe|can(?:'|’)?t\ believe
        |not\ convinced
      |i\ doubt|makes\ no\ sense|why\ (?:can(?:'|’)?t|won(?:'|’)?t|is\ it\ so))\b
    """
)
_PLEASED = re.compile(
    r"""(?ix)
    \b(?:amazing|awesome|fantastic|wonderful|excellent|brilliant|thrilled|delighted|superb|lifesaver
      |life\ saver|love\ (?:it|this|that)|loved|(?:so|very|really|extremely)\ (?:happy|pleased
        |glad|grateful|impressed)
      |made\ my\ day|you(?:'|’)?re\ (?:the\ best|great|amazing)|you\ are\ (?:the\ best|great
        |amazing)
      |great\ (?:job|service|work)|couldn(?:'|’)?t\ be\ happier|perfect\b(?=[^?]*!)|hooray|yay
        |phenomenal)\b
    """
)
_THANKS = re.compile(r"(?i)\b(?:thanks|thank\s+(?:you|u)|thx|ty|cheers|appreciate|grateful)\b")
_SUBSTANCE = re.compile(
    r"""(?ix)
    \b(?:so\ much|very\ much|a\ lot|really\ appreciate|appreciate|helpful|great|glad|happy
        |relie(?:f|ved)|perfect
      |good\ news|excellent|wonderful|for\ (?:\w+\ ){0,2}(?:\w+ing\b(?!\ else))|quick(?:ly)?
        |patien(?:t|ce)|kind(?:ness)?
      |awesome|fantastic|works|solved|sorted|fixed)\b
    """
)
_NEGATED = re.compile(
    r"(?i)\b(?:not|never|no|isn['’]?t|wasn['’]?t|aren['’]?t|don['’]?t|doesn['’]?t|hardly|would\s+be|"
    r"would\s+have\s+been|if|could\s+be)\b[^.!?]{0,18}$"
)
_SARCASM = re.compile(r"(?i)^\W*(?:oh\s+)?(?:great|wonderful|fantastic|thanks for nothing)\b[,.]")
_CAPS = re.compile(r"\b[A-Z]{4,}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What a message's words tell."""

    step: int
    """1 angry … 5 clearly pleased."""
    compound: float
    """VADER's compound score without trade words, −1 … 1."""
    start: int
    end: int
    """Span of the deciding words; the whole message when no wording decided."""
    formula: bool = False
    """True when the message is neutral: only an acknowledgement, thanks or goodbye, or business."""


@lru_cache(maxsize=1)
def _vader() -> Any:
    # Reading the lexicon takes longer than judging a conversation: once a process.
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def mood(text: str) -> Mood:
    """The mood of one English message.

    >>> mood("Thanks, bye.").step, mood("This is ridiculous, forget it!").step
    (3, 1)
    >>> mood("Thank you so much, that was quick and really helpful!").step
    4
    """
    read = text[:LONGEST]
    compound = float(_vader().polarity_scores(_TRADE_WORDS.sub(" ", read))["compound"])
    for step, pattern, holds in (
        (1, _ANGRY, True),
        (2, _IRRITATED, True),
        (5, _PLEASED, compound >= 0.5 and "?" not in read[-2:]),
    ):
        found = pattern.search(read) if holds else None
        if found and not _NEGATED.search(read[: found.start()]):
            return Mood(step=step, compound=compound, start=found.start(), end=found.end())
    return _by_score(read, compound)


def _by_score(read: str, compound: float) -> Mood:
    shouting = len(_CAPS.findall(read)) >= 3 or "!!" in read
    thanks = _THANKS.search(read)
    start, step = 0, 3
    if compound <= -0.5 or (_SARCASM.match(read) and compound < 0.3):
        step = 1 if compound <= -0.75 and shouting else 2
    elif thanks and _SUBSTANCE.search(read) and compound >= 0.0:
        start, step = thanks.start(), 4
    elif compound >= 0.6:
        step = 4
    return Mood(step=step, compound=compound, start=start, end=len(read), formula=step == 3)
