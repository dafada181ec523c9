"""Which sentences of an agent state something that can be checked."""

from __future__ import annotations

import re
from enum import StrEnum


class About(StrEnum):
    """What a checkable sentence speaks of."""

    GENERAL = "general"
    """How things are for everybody: a policy, a price, a procedure."""
    PERSONAL = "personal"
    """This customer's own order, account or device."""


_TALK = re.compile(
    r"""(?ix)^\W*
    (?:(?:first|next|now|also|however|unfortunately|additionally|meanwhile|then|so|and|but|yes|no
       |thank\ you|sure|okay|ok|alright|great|perfect|of\ course|certainly|again),?\s+){0,2}
    (?:
      (?:hi|hello|hey|dear|good\ (?:morning|afternoon|evening|day)|greetings
        |thank|thanks|you['’]?re\ (?:very\ |most\ )?welcome|you\ are\ welcome|my\ pleasure
        |no\ problem|welcome|goodbye|bye|cheers|take\ care|have\ a|enjoy|best\ regards
        |kind\ regards|sincerely|sorry|apologies|my\ apologies|congratulations|great|perfect
        |excellent|wonderful|sure|absolutely|certainly|of\ course|understood|got\ it|noted
        |alright|all\ right|okay|ok)\b [^,.!]{0,40}[.!,]?\s*$
    | (?:thank|thanks)\b
    | (?:let['’]?s|let\ me|allow\ me|give\ me|bear\ with|hold\ on
        |one\ moment|just\ a\ moment|wait)\b
    | (?:please\ |kindly\ )?(?:let\ me|let\ us|feel\ free|don['’]?t\ hesitate|do\ not\ hesitate
        |reach\ out|provide|confirm|share|tell|specify|clarify|reply|respond|type|say|choose\ one
        |hold|stay|bear|note\ down|advise|indicate|answer|wait|repeat)\b
    | (?:once|after|when|as\ soon\ as|before|if)\ (?:i|you|we)\b[^,]{0,120},
        \ (?:i|we)(?:['’]ll|\ will|\ can|\ would)\b
    | (?:if|should)\ (?:there|you|anything)\b.{0,140}\b(?:let\ me\ know|feel\ free|happy\ to
        |here\ to|just\ ask|reach\ out|assist|questions?|help)\b
    | (?:would|could|can|may|do|does|did|is|are|have|has|which|what|when|where|who|how|why|will
        |shall)\b
        .*\?\W*$
    | (?:i|we)\ (?:hope|wish|look\ forward|apologi[sz]e|appreciate|understand|know|believe|think
        |guess|need|want|would|will|shall|may|might|require|ask|suggest|recommend|must)\b
    | (?:i|we)['’](?:ll|d|m|re)\b
    | (?:i|we)\ (?:am|are|was|were|do|did|can|could|cannot|have|had)\b
    | (?:i|we)['’]ve\b | (?:i|we)\ can['’]t\b
    | (?:your|the)\ (?:patience|understanding|feedback)\b
    | (?:here|below|these|those|the\ following)\b[^.]{0,80}:\s*$
    | you\ are\ being\ transferred | transferring\ you
    | this\ will\ (?:help|allow)\ (?:me|us)\b
    | to\ (?:get\ started|proceed|assist|help|continue|better\ assist|move\ forward)\b
    | before\ (?:i|we)\b
    )"""
)
_RULE = re.compile(
    r"""(?ix)\b(?:polic(?:y|ies)|according\ to|guidelines?|allowed|permitted|eligible|entitled
    |(?:non-?)?refundable|not\ (?:offer|accept|allow|cover|include|support)|waived?|warranty
    |only\ (?:be|if|for|when|available|possible|within)|required|requires
    |(?:cannot|can['’]?t|may\ not|must)\ be\ \w+ed|covers|covered|fees?|costs?|charges?|limit
    |maximum|minimum|at\ least|up\ to)\b"""
)
_NORM = re.compile(
    r"""(?ix)\b(?:(?:non-?)?refundable|refunds?|fees?|charged|allowed|permitted|eligible|entitled
    |waived?|warranty|guaranteed?|compensation|discount|free\ of\ charge|policy\ (?:states|allows
    |requires|does|is|has|covers|says)|cannot\ be\ \w+ed|covers|required)\b"""
)
_OF_THIS_CASE = re.compile(r"(?i)\b(?:i|i['’](?:m|ll|ve|d)|me|my|you|your|yours|please|let)\b")
_REQUEST = re.compile(
    r"(?i)(?:^|[,;:–—-] ?|and |then )(?:please |kindly )?"
    r"(?:let me know|confirm (?:that|if|whether|which|how|your|the|by|so|with|\(?yes)"
    r"|provide (?:me|your|the)|tell me|reply)\b|\bplease (?:confirm|provide|let|share|specify)\b"
)
_SEEN = re.compile(
    r"(?i)^\W*(?:i|we)(?:['’]ve|\ have|\ can)?\ (?:also\ |just\ )?"
    r"(?:see|found|find|checked|verified|confirmed|located|reviewed|looked)\b"
)
_OWN = re.compile(
    r"(?i)\b(?:your|you['’]?(?:ve|re)|you\ (?:have|are|paid|ordered|booked|purchased|were))\b"
)
_ITS_DATA = re.compile(
    r"(?i)\b(?:your (?:\w+ ){0,2}(?:order|account|reservation|booking|balance|profile|plan|line"
    r"|bill|flight|ticket|payment|card|phone|device|package|item|return|exchange|refund|subscription"
    r"|total|address|email|membership|status|usage|data|number|sim|apn|settings?)s?\b"
    r"|this (?:order|reservation|booking|flight|item|payment|line|bill|amount|refund)"
    r"|total|new price|difference|#\w+)"
)
_GENERIC = re.compile(
    r"(?i)\b(?:customers?|members?|users?|passengers?|orders?|reservations?|all|any|each|every|per"
    r"|anyone|always|never|generally|usually|typically|policy|policies)\b"
)
_INSTRUCTION = re.compile(
    r"(?ix)^\W*(?:(?:first|then|next|now|finally|please|also|and)[ ,]+)*"
    r"(?:go|open|tap|click|press|select|look|find|turn|toggle|enable|disable|remove|insert|restart"
    r"|reboot|scroll|swipe|navigate|enter|log|sign|visit|download|install|unplug|plug|reset|check"
    r"|make|try|use|connect|run|call|contact|switch|add|change|set|follow|upload|pack|print)\b"
)
_CODE = re.compile(
    r"\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,}\b|#\w*\d|\b\d{5,}\b|\b(?:19|20)\d\d\b"
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_FIELD = re.compile(
    r"^[\W_]*[^:.!?]{2,40}:[*_]*\s+(?:\S+\s*){1,5}$|^[\W_]*[^:.!?]{2,40}:[*_]*\s.*\d"
)
_IN_TALK = re.compile(
    r"(?ix)\b(?:(?:non-?)?refundable|not\ (?:allowed|permitted|eligible|possible)|cannot\ be\ \w+ed"
    r"|(?:our|the|airline|company|store)(?:['’]s)?\ polic(?:y|ies)\ (?!again)|according\ to)"
)


def about(sentence: str) -> About | None:
    """What a sentence speaks of; None when it states nothing that can be checked.

    >>> about("Refunds take 5 business days."), about("Your order #W12 ships on Monday.")
    (<About.GENERAL: 'general'>, <About.PERSONAL: 'personal'>)
    >>> about("Happy to help!"), about("Would you like a refund?"), about("I'll check that.")
    (None, None, None)
    """
    bare = sentence.rstrip(" *_\"')”’")
    if bare.endswith("?") or len(_LETTERS.findall(bare)) < 3:
        return About.PERSONAL if _lists_data(bare) else None
    if _SEEN.match(bare):
        return About.PERSONAL
    if bare.endswith("!") and not any(c.isdigit() for c in bare):
        return None
    rule = _RULE.search(bare)
    if _REQUEST.search(bare) or bare.endswith(":"):
        return None
    if _TALK.match(bare) and not _says_rule(bare):
        return None
    if _INSTRUCTION.match(bare):
        return About.GENERAL
    if not rule and _CODE.search(bare):
        return About.PERSONAL
    if _lists_data(bare) or _ITS_DATA.search(bare):
        return About.PERSONAL if not (rule and _GENERIC.search(bare)) else About.GENERAL
    if _OWN.search(bare) and not rule:
        return About.PERSONAL
    return About.GENERAL


def is_rule(sentence: str) -> bool:
    """Whether a sentence tells, as the company's own rule, what is allowed, owed or charged."""
    return _NORM.search(sentence) is not None and _OF_THIS_CASE.search(sentence) is None


def _says_rule(sentence: str) -> bool:
    """A rule inside talk: "I'm sorry, but basic economy is not refundable"."""
    return _IN_TALK.search(sentence) is not None


def _lists_data(sentence: str) -> bool:
    """A ``Name: value`` line, as agents list what they found."""
    return _FIELD.match(sentence) is not None
