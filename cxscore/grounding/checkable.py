"""Which sentences of an agent state something that can be checked."""

from __future__ import annotations

import re
from enum import StrEnum

from cxscore.grounding.quantities import quantities
from cxscore.grounding.support import negated, wording


class About(StrEnum):
    """What a checkable sentence speaks of."""

    GENERAL = "general"
    """How things are for everybody: a policy, a price, a procedure."""
    PERSONAL = "personal"
    """This customer's own order, account or device."""


_TALK = re.compile(
    r"""(?x)^\W*
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
    r"""(?x)\b(?:polic(?:y|ies)|according\ to|guidelines?|allowed|permitted|eligible|entitled
    |(?:non-?)?refundable|not\ (?:offer|accept|allow|cover|include|support)|waived?|warranty
    |only\ (?:be|if|for|when|available|possible|within)|required|requires
    |(?:cannot|can['’]?t|may\ not|must)\ be\ \w+ed|covers|covered|fees?|costs?|charges?|limit
    |maximum|minimum|at\ least|up\ to)\b"""
)
_NORM = re.compile(
    r"""(?x)\b(?:(?:non-?)?refundable|refunds?|fees?|charged|allowed|permitted|eligible|entitled
    |waived?|warranty|guaranteed?|compensation|discount|free\ of\ charge|policy\ (?:states|allows
    |requires|does|is|has|covers|says)|cannot\ be\ \w+ed|covers|required)\b"""
)
_STAKES = re.compile(
    r"\b(?:always|every|all|any|only|must|free|full(?:y)?|unlimited|lifetime|guarante\w+|warrant\w+"
    r"|polic\w+|return(?:s|ed|able)?|refund\w*|cancel\w*|exchang\w+|reimburs\w+|compensat\w+|discount\w*"
    r"|cover(?:s|ed|age)?|eligib\w+|entitle\w*|allow\w*|permit\w*|safe|legal|deadline|expire\w*)\b"
)
_OF_THIS_CASE = re.compile(r"\b(?:i|i['’](?:m|ll|ve|d)|me|my|you|your|yours|please|let)\b")
_REQUEST = re.compile(
    r"(?:^|[,;:–—-] ?|and |then )(?:please |kindly )?"
    r"(?:let me know|confirm (?:that|if|whether|which|how|your|the|by|so|with|\(?yes)"
    r"|provide (?:me|your|the)|tell me|reply)\b|\bplease (?:confirm|provide|let|share|specify)\b"
)
_SEEN = re.compile(
    r"^\W*(?:i|we)(?:['’]ve|\ have|\ can)?\ (?:also\ |just\ )?"
    r"(?:see|found|find|checked|verified|confirmed|located|reviewed|looked)\b"
)
_OWN = re.compile(
    r"\b(?:your|you['’]?(?:ve|re)|you\ (?:have|are|paid|ordered|booked|purchased|were))\b"
)
_ITS_DATA = re.compile(
    r"\b(?:your (?:\w+ ){0,2}(?:order|account|reservation|booking|balance|profile|plan|line"
    r"|bill|flight|ticket|payment|card|phone|device|package|item|return|exchange|refund|subscription"
    r"|total|address|email|membership|status|usage|data|number|sim|apn|settings?)s?\b"
    r"|this (?:order|reservation|booking|flight|item|payment|line|bill|amount|refund)"
    r"|total|new price|difference|#\w+)"
)
_OPENING = 30
"""Characters in which "you" or "your" makes a sentence one about the customer."""
_TO_ALL = re.compile(
    r"\b(?:all (?:of )?(?:our|the)|our \w+|you (?:can|may|must|need to|cannot|can['’]t)"
    r"|(?:any|every|each|all) \w+s?)\b"
)
_GENERIC = re.compile(
    r"\b(?:customers?|members?|users?|passengers?|orders?|reservations?|all|any|each|every|per"
    r"|anyone|always|never|generally|usually|typically|policy|policies)\b"
)
_INSTRUCTION = re.compile(
    r"(?x)^\W*(?:(?:first|then|next|now|finally|please|also|and)[ ,]+)*"
    r"(?:go|open|tap|click|press|select|look|find|turn|toggle|enable|disable|remove|insert|restart"
    r"|reboot|scroll|swipe|navigate|enter|log|sign|visit|download|install|unplug|plug|reset|check"
    r"|make|try|use|connect|run|call|contact|switch|add|change|set|follow|upload|pack|print)\b"
)
_CODE = re.compile(
    r"\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,}\b|#\w*\d|\b\d{5,}\b|\b(?:19|20)\d\d\b"
)
_DIGIT = re.compile(r"\d")
# A "Name: value" line, as agents list what they found.
_FIELD = re.compile(r"^[\W_]*[^:.!?]{2,40}:[*_]*\s+(?:(?:\S+\s*){1,5}$|(?=.*\d)(?:\S+\s*){1,8}$)")
# A rule inside talk: "I'm sorry, but basic economy is not refundable".
_IN_TALK = re.compile(
    r"(?x)\b(?:(?:non-?)?refundable|not\ (?:allowed|permitted|eligible|possible)|cannot\ be\ \w+ed"
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
    # Lower case once: patterns that ignore case cost twice the time.
    low = bare.lower()
    if low.endswith("?") or low.count(" ") < 2:
        return About.PERSONAL if _FIELD.match(low) else None
    if _SEEN.match(low):
        return About.PERSONAL
    if low.endswith(":") or (low.endswith("!") and not _DIGIT.search(low)) or _REQUEST.search(low):
        return None
    if _TALK.match(low) and not _IN_TALK.search(low):
        return None
    if _INSTRUCTION.match(low):
        return About.GENERAL
    return _whose(bare, low)


def _whose(bare: str, low: str) -> About | None:
    rule = _RULE.search(low)
    if not rule and _CODE.search(bare):
        return About.PERSONAL
    if _FIELD.match(low) or (_ITS_DATA.search(low) and not _TO_ALL.search(low)):
        return About.PERSONAL if not (rule and _GENERIC.search(low)) else About.GENERAL
    if not rule and _OWN.search(low, 0, _OPENING) and not _TO_ALL.search(low):
        return About.PERSONAL
    # Two words are a heading or a chat noise, not a statement about how things are.
    return About.GENERAL if len(wording(bare).terms) >= 3 else None


def is_material(sentence: str) -> bool:
    """Whether being wrong about it would matter: an amount, a number, a rule, or a "never".

    >>> is_material("You cannot return items."), is_material("Limescale slows heating down.")
    (True, False)
    """
    low = sentence.lower()
    return bool(
        _DIGIT.search(low)
        or quantities(low)
        or negated(low)
        or _STAKES.search(low)
        or _RULE.search(low)
        or _NORM.search(low)
    )


def is_rule(sentence: str) -> bool:
    """Whether a sentence tells, as the company's own rule, what is allowed, owed or charged."""
    low = sentence.lower()
    return _NORM.search(low) is not None and _OF_THIS_CASE.search(low) is None
