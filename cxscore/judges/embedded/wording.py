"""Fixed English wordings the rules look for, and how their words become quotes."""

from __future__ import annotations

import re

from cxscore.grounding import sentences
from cxscore.verdict import Quote

LONGEST_QUOTE = 25
"""Words of a quote shown as evidence."""

_SERVING = (
    r"(?:(?:human|live|real|actual)(?:\s+\w+)?\s+(?:agent|person|representative|rep|being|operator)"
    r"|human|representative|supervisor|manager|operator|person|specialist"
    r"|(?:customer\s+)?(?:service|support|care)\s+(?:agent|rep|representative|team|person))"
)
"""Somebody of the company; the caller adds where the word must stand."""
_NEAR = r"(?:(?!(?:my|his|her|their|our|travel)\b)\w+\s+){0,3}?"
"""A few words between a verb and its person, none that makes the person the customer's own."""
_ENDS = (
    r"(?=\s*(?:[.,;:!?)\"”]|-|$|(?:now|please|to|who|that|on|immediately|right|instead|and|or|for|from"
    r"|because|today|asap|as|about|with|if|so|i|not|at|here)\b))"
)
"""What may follow: “a manager account” and “one specialist seat” are things, not people."""
ASKS_FOR_HUMAN = re.compile(
    rf"""(?ix)
      \b(?:speak|talk|chat|(?:get|be)\s+in\s+touch)\s+(?:directly\s+)?(?:to|with)\s+
        (?:{_NEAR}(?:{_SERVING}|(?<!travel\s)agent){_ENDS}
          |(?:someone|somebody|anyone|anybody)\b(?!\s+(?:in|from|of)\s+my\b))
    | \b(?:transfer|connect|pass|put|hand|forward|get|escalate)\s+(?:me|us|(?:my|this|the)\s+(?:call
        |chat|case|issue|complaint|conversation|request|matter))\s+(?:(?:over|through|on|back
        |directly|straight|in\s+touch)\s+){{0,2}}(?:to|with)\s+
        (?:{_NEAR}(?:{_SERVING}|(?<!travel\s)agent){_ENDS}|(?:someone|somebody)\b)
    | \bescalate\s+(?:(?:this|it|that)\s+)?(?:further\s+)?to\s+
        (?:{_NEAR}(?:{_SERVING}|agent){_ENDS}|(?:someone|somebody)\b)
    | \b(?:transferred|connected|passed|put\s+through|escalated|handed\s+over)
        \s+(?:over\s+|on\s+)?(?:to|with)\s+(?!another\s+person){_NEAR}(?:{_SERVING}
        |(?<!travel\s)agent){_ENDS}
    | \b(?:want|need|demand|prefer|['’]d\s+like|would\s+like|get|reach|(?:get|give|send|bring)\s+me)
        \s+(?:to\s+(?:have|get|reach)\s+)?(?:an?\s+|your\s+)(?:(?:human|live|real|actual)\s+
        (?:agent|person|representative|rep|being|operator)|human|representative|supervisor|manager
        |(?:customer\s+)?(?:service|support)\s+(?:agent|rep|representative)
        |(?:agent|person)(?=\s*(?:[.,!?]|$|now|please|instead|immediately))){_ENDS}
    | ^\W*(?:human|agent|representative|operator|real\ person|live\ agent)(?:\ please)?\W*$
    | \b(?:someone|somebody|anyone|anybody|a\ (?:human|person|supervisor|manager))(?:\ else)?
        (?:\ (?:that|who|whom))?\ (?:i|we)\ (?:can|could|may|might)\ (?:speak|talk|chat)\b
    """
)
"""A request to be served by a person: speak to, be passed on to, or want one. Words that merely
name somebody ("a gift card for someone", "the operator of the flight") are none."""
NOT_ASKING = re.compile(
    r"(?i)\b(?:don['’]?t|do\s+not|no\s+need|rather\s+not|without|instead\s+of|didn['’]?t|not|before|avoid"
    r"|had\s+to|used\s+to|already)"
    r"\b[^.!?\n]{0,25}$"
)
SEEN_WORKING = re.compile(
    r"""(?ix)
      \b(?:it|this|everything|mms|messages?|internet|data|service|phone|app|login|line|connection)
        (?:\ (?:all\ )?(?:is|are|has|seems?\ to\ be)|['’]s)?\ (?:finally\ |now\ |all\ |just\ ){0,2}
        (?:working|worked|works|fixed|went\ through|back\ (?:up|on|to\ normal))\b
        (?!\ (?:for\ me|out)\b)
    | \b(?:works|working)\ (?:now|again|perfectly\ now|normally)\b
    | \b(?:problem|issue)\ (?:is\ |has\ been\ |now\ )+(?:solved|fixed|resolved|gone)\b
    | \bthat\ (?:fixed|solved|resolved|did\ the\ trick)\b
    | \b(?:speed|signal|connection|internet)\b[^.!?\n]{0,30}\b(?:is|are)\ (?:now\ )?excellent\b
    """
)
"""The customer sees for themselves that it works."""
CONFIRMS = re.compile(
    SEEN_WORKING.pattern
    + r"""
    | \bthat\ (?:did\ it|answers?\ (?:my|the|all)|sorted|helped)\b
    | \b(?:question|everything)\ (?:is\ |has\ been\ |now\ )+(?:solved|resolved|sorted|answered)\b
    | \b(?:it|this|that)(?:['’]s|\ is)\ (?:now\ |all\ )*(?:solved|resolved|sorted)\b
    | \b(?:i(?:['’]?m|\ am)|we(?:['’]?re|\ are))\ all\ (?:set|sorted|good)\b
    | \bthat(?:['’]s|\ is|\ was)\ (?:all|everything|exactly\ what)\ i\ (?:needed|wanted)\b
    """
)
"""The customer says it is solved, seen or believed."""
DENIES = re.compile(
    r"""(?ix)
      \bstill\ (?:not|isn['’]?t|doesn['’]?t|don['’]?t|can['’]?t|cannot|no\b|have\ (?:no|the\ same)
        |having|getting|unable|shows?
        |says|the\ same|unresolved|broken|slow|won['’]?t|fails?|showing)\b
    | \b(?:didn['’]?t|did\ not|doesn['’]?t|does\ not)\ (?:work|help|fix|solve|answer|resolve)\b
    | \bnot\ (?:working|resolved|solved|fixed|what\ i\ (?:asked|wanted|meant|need))\b
    | \b(?:same|the)\ (?:problem|issue|error)\ (?:again|persists?|remains?|is\ still)\b
    """
)
UNCERTAIN = re.compile(
    r"(?i)\b(?:not|n['’]t|if|once|when|until|unless|whether|hope|hoping|should|would|could|will|before|never|make\s+sure"
    r"|see|want|need)\b[^.!?\n]{0,40}$"
)
HANDS_OVER = re.compile(
    r"""(?ix)
      \b(?:transferr?(?:ing|ed)|connect(?:ing|ed)|escalat(?:ing|ed)|hand(?:ing|ed)\ (?:you
        |this)\ over|pass(?:ing|ed)\ (?:you|this)\ (?:on|over))
        [^.!?\n]{0,60}\b(?:human|agent|team|specialist|colleague|representative|person|manager
        |supervisor|department)
    | \b(?:colleague|specialist|representative|human\ agent
        |team\ member)\b[^.!?\n]{0,25}\b(?:will\ (?:take\ over|join)|is\ taking\ over)
    """
)
OFFERS_HUMAN = re.compile(
    r"(?i)\b(?:transfer|connect|escalat|hand|reach)\w*\b[^.!?\n]{0,60}\b(?:human|agent|team|specialist"
    r"|colleague|representative|person|manager|supervisor|department|support)\b"
)
REFUSES = re.compile(
    r"""(?ix)
      \b(?:unable\ to|not\ able\ to|can(?:no|['’])t|won['’]t|not\ allowed\ to|not\ possible\ to
      |not\ (?:eligible|possible|allowed|permitted)|unfortunately)\b
    """
)
APOLOGISES = re.compile(r"(?i)\b(?:sorry|apologi[sz]e|apologies|apology)\b")
GREETS = re.compile(
    r"(?i)^\W*(?:hi|hello|hey|good\s+(?:morning|afternoon|evening|day)|welcome|greetings|how\s+(?:can|may)\s+i)\b"
)
OFFERS = re.compile(
    r"(?i)\b(?:anything\s+else|how\s+(?:can|may)\s+i\s+(?:help|assist)|what\s+can\s+i\s+(?:do|help)|further\s+assist"
    r"|let\s+me\s+know\s+if|feel\s+free|more\s+questions)\b"
)
ASKS = re.compile(
    r"(?i)\?\s*$|\b(?:please\s+(?:provide|share|confirm|tell|let\s+me\s+know|give|specify|reply|type|enter)"
    r"|(?:could|can|would|may)\s+(?:you|i\s+have)\b|i\s+(?:will\s+|['’]ll\s+)?need\s+(?:your|the|to\s+(?:verify|know|confirm)))"
)
ACKS = re.compile(
    r"(?i)^\W*(?:(?:sure|ok|okay|of\s+course|certainly|got\s+it|thanks?(?:\s+you)?|one\s+moment|just\s+a\s+(?:moment|second|minute)"
    r"|please\s+(?:wait|hold(?:\s+on)?)|let\s+me\s+check|no\s+problem|you['’]re\s+welcome|(?:un\s+)?momento?|hold\s+on"
    r"|bear\s+with\s+me|please|a|moment|for|so|much|very|while|i|check|have|great|perfect|absolutely|understood)\W*)+$"
)
REQUESTS_ACTION = re.compile(
    r"""(?ix)
      \b(?:want|need|like|wish|trying|able|help\ me|please|can\ (?:you|i|we)|could\ (?:you|i|we)
        |have\ to|looking|asking|wants)\b
        [^.!?\n]{0,45}\b(?:cancel|change|refund|return|exchange|book|update|modify|upgrade
        |downgrade|add|remove|replace|order
        |unlock|reset|activate|enable|send\ me|pay|transfer|delete|close|reschedule|swap
        |unsubscribe|compensat\w+|fix)\w*\b
    | \b(?:doesn['’]?t|does\ not|not|isn['’]?t|stopped|won['’]?t)\ work(?:ing)?\b
    | \bno\ (?:service|signal)\b
    """
)
SLOTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?i)\b(?:{words})\b"))
    for name, words in (
        ("e-mail address", r"e-?mail(?:\s+address)?"),
        ("order number", r"order\s+(?:id|number|#)s?"),
        ("reservation number", r"(?:reservation|booking|confirmation)\s+(?:id|number|code)s?"),
        ("user id", r"user\s*(?:id|name)|username|account\s+(?:id|number|name)"),
        ("phone number", r"(?:phone|mobile|contact)\s+number"),
        ("zip code", r"zip(?:\s+code)?|postal\s+code|postcode"),
        ("name", r"(?:full|first|last|your)\s+name"),
        ("date of birth", r"date\s+of\s+birth|birth\s*date|dob"),
    )
)
"""What agents ask customers for."""
SLOT_VALUES: dict[str, re.Pattern[str]] = {
    "e-mail address": re.compile(r"\S@\S+\.\w"),
    "order number": re.compile(r"#?\b[A-Z]{0,3}\d{5,}\b"),
    "reservation number": re.compile(r"\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{6}\b"),
    "user id": re.compile(r"\b[a-z]+_[a-z]+_\d{3,}\b"),
    "phone number": re.compile(r"\b\+?\d{3}[-. )]\s?\d{3}[-. ]\d{4}\b"),
    "zip code": re.compile(r"(?i)\bzip\b[^.]{0,20}\b\d{5}\b"),
    "name": re.compile(r"(?i)\bmy\s+name\s+is\b|\bthis\s+is\s+[A-Z][a-z]+\s+[A-Z]"),
    "date of birth": re.compile(r"(?i)\b(?:born|birth|dob)\b[^.]{0,25}\d{4}"),
}
"""How a customer's answer to a slot looks."""
CHOICE = re.compile(
    r"(?i)\b(?:is\s+correct|correct\?|confirm|verify\s+that|which\s+(?:order|reservation|one)|another"
    r"|other|different|new|also|second|passenger|if\s+you|would\s+you\s+like|each|both|their|or\b)"
)
"""Asks about a further or an other value, or repeats one to be confirmed: no asking twice."""
WAITS = re.compile(
    r"(?i)\b(?:one|just\s+a|a)\s+(?:moment|second|minute|sec)\b|\bplease\s+(?:wait|hold)\b|\bhold\s+on\b"
    r"|\bbear\s+with\s+me\b|\blet\s+me\s+(?:check|look)\b"
)
_WORDS = re.compile(r"\S+")


def clip(turn: int, text: str, start: int, end: int) -> Quote:
    """A quote of at most 25 whole words around a span, inside its line where that is enough.

    Args:
        turn: index of the turn.
        text: the turn's text.
        start: first character that must stay in.
        end: end of the span.
    """
    line = text.rfind("\n", 0, start) + 1
    begin, last = line, line
    words = [(line + m.start(), line + m.end()) for m in _WORDS.finditer(text[line : line + 8000])]
    at = next((i for i, (_, stop) in enumerate(words) if stop > start), 0)
    first = max(0, at - 8)
    window = words[first : first + LONGEST_QUOTE]
    if not window:
        return Quote(turn=turn, start=start, end=end, text=text[start:end])
    begin, last = window[0][0], window[-1][1]
    stop = text.find("\n", max(start, begin), last)
    if stop >= end:
        last = stop
    taken = text[begin:last].rstrip()
    return Quote(turn=turn, start=begin, end=begin + len(taken), text=taken)


def sentences_of(text: str) -> list[str]:
    """The sentences of a message as text."""
    return [text[start:end] for start, end in sentences.split(text)]
