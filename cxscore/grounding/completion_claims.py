"""Sentences in which an agent says that something has been done.

A claim of completion is found by clause: an active form ("I have cancelled", "we were able to
refund"), a present perfect passive ("your order has been updated"), "is now" or "successfully"
with a verb that changes something. A clause does not count when it is negated, conditional, a
question, quoted, a relative clause, a report of what a record shows or of what others did, or when
what was changed is only the agent's own text (a summary, a calculation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_VERBS: dict[str, tuple[str, str]] = {
    # family: (participles, base forms)
    "cancel": ("cancell?ed|voided|terminated|unsubscribed", "cancel|void|terminate|unsubscribe"),
    "book": (
        "booked|rebooked|reserved|purchased|ordered|reordered",
        "book|rebook|reserve|purchase|order",
    ),
    "change": (
        (
            "updated|changed|modified|upgraded|downgraded|switched|rescheduled|adjusted|corrected|moved"
            "|swapped|extended"
        ),
        "update|change|modify|upgrade|downgrade|switch|reschedule|adjust|correct|move|swap|extend",
    ),
    "refund": ("refunded|reimbursed|credited", "refund|reimburse|credit"),
    "return": ("returned", "return"),
    "exchange": ("exchanged|replaced", "exchange|replace"),
    "add": ("added", "add"),
    "remove": ("removed|deleted", "remove|delete"),
    "send": ("sent|resent|e-?mailed|mailed|dispatched", "send|resend|e-?mail|mail|dispatch"),
    "issue": ("issued|granted", "issue|grant"),
    "switch_on": (
        "enabled|activated|reactivated|resumed|restored|unlocked|unblocked|registered|enrolled",
        "enable|activate|reactivate|resume|restore|unlock|unblock|register|enroll",
    ),
    "switch_off": (
        "disabled|deactivated|suspended|blocked|locked|frozen|paused",
        "disable|deactivate|suspend|block|lock|freeze|pause",
    ),
    "reset": ("reset", "reset"),
    "transfer": ("transferred|escalated|forwarded", "transfer|escalate|forward"),
    "pay": ("charged|paid", "charge|pay"),
    "waive": ("waived", "waive"),
    "generic": (
        (
            "processed|completed|finali[sz]ed|submitted|applied|made|initiated|placed|arranged|filed"
            "|scheduled|confirmed|requested"
        ),
        "process|complete|finali[sz]e|submit|apply|make|initiate|place|arrange|file|schedule",
    ),
}
_OBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (family, re.compile(rf"(?i)\b(?:{words})"))
    for family, words in (
        ("refund", r"refund|reimburse"),
        ("cancel", r"cancel"),
        ("exchange", r"exchange|replacement"),
        ("return", r"returns? (?:request|label|process|of|for)|(?:your|the) returns?\b"),
        ("transfer", r"transfer|escalation"),
        ("issue", r"certificate|voucher|compensation|store credit|travel credit"),
        (
            "change",
            r"upgrade|downgrade|chang|updat|modif|correction|address|swap|adjustment|reschedul",
        ),
        ("add", r"bags?\b|baggage|insurance|top-?up"),
        ("pay", r"payment|charge"),
        ("submit", r"ticket\b|case\b|complaint|claim\b|dispute|report\b"),
        ("book", r"booking|reservation|order\b|flight|appointment|purchase"),
    )
)
"""What a generic verb was done to, first match wins: "your refund has been processed"."""

_NEEDS_OBJECT = frozenset(
    {"made", "make", "confirmed", "applied", "apply", "placed", "place", "requested"}
)
_SENT = frozenset({"refund", "issue", "transfer", "pay"})
"""What counts by itself when it is sent; a mailed label or confirmation follows any change."""
_PASSIVE_ONLY = frozenset({"confirmed"})
"""“I've confirmed your flight” means looked it up."""
_FAMILY_OF: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (family, re.compile(rf"(?i)(?:{done}|{base})$")) for family, (done, base) in _VERBS.items()
)
_DONE = "|".join(done for done, _ in _VERBS.values())
_BASE = "|".join(base for _, base in _VERBS.values())
_ADV = (
    r"(?:\s+(?:also|now|just|already|successfully|since|then|both|all|fully|officially|formally"
    r"|promptly|immediately|manually|gone\s+ahead\s+and|went\s+ahead\s+and))*"
)
_CLAIM = re.compile(
    rf"""(?ix)
      (?P<active>\b(?:I|we)(?:['’]ve|\s+have)?{_ADV}\s+(?P<v1>{_DONE})\b)
    | (?P<able>\b(?:I|we)(?:\s+(?:was|were)|['’]ve\s+been|\s+have\s+been|\s+am|['’]m)
        \s+able\s+to{_ADV}\s+(?P<v2>{_BASE})\b)
    | (?P<passive>(?:\b(?:has|have)|['’](?:s|ve)){_ADV}\s+been{_ADV}\s+(?P<v3>{_DONE})\b)
    | (?P<now>\b(?:is|are)\s+now{_ADV}\s+(?P<v4>{_DONE})\b)
    | (?P<bare>\bsuccessfully\s+(?P<v5>{_DONE})\b)
    | (?P<late>\b(?P<v6>{_DONE})\s+successfully\b)
    """
)
_CHEAP = re.compile(rf"(?i)\b(?:{_DONE}|able\s+to)\b")

_QUOTED = re.compile(r"“[^”\n]{0,300}”|\"[^\"\n]{0,300}\"|«[^»\n]{0,300}»|(?m:^\s*>.*$)")
_BOUNDARY = re.compile(
    r"[.!?](?=[\s*)\]]|$)|[\n;:]|,\s|\s[-–—]\s|—|\b(?:but|however|so|though|although(?=\s+I))\b"
)
_ANTI_BEFORE = re.compile(
    r"""(?ix)
      \b(?:not|never|no|none|nothing|nobody|nor|neither
        |unable|cannot|without|fail(?:s|ed)?|hardly)\b | n['’]t\b
    | \b(?:if|once|when|whenever|after|before|until|till|unless|whether|as\s+soon\s+as|in\s+case
        |provided|assuming|suppose|since|because|while|as\s+though|as\s+if|by\s+the\s+time)\b
    | \b(?:see|sees|saw|notice|noticed|appears?|seems?|looks?\s+like|shows?|showing|showed
        |indicat\w+|according|understand|mention\w*|said|told|says|sounds|believe|think|hear
        |heard|thought|suggest\w*|claim(?:s|ed)?|realise|realize|records?\s+(?:that|of)
        |status|example|imagine|wish|hope|ensure|make\s+sure|want\w*|wanted|like\s+to|asked)\b
    | \b(?:please|to|you|could|can\s+you)\s+(?:double-?)?(?:confirm|check|verify)\b
    | \b(?:any|each|every|only)\b[^,]{0,40}\b(?:that|which|who)\b
    """
)
_JUST_BEFORE = re.compile(
    r"(?i)\b(?:that|(?<!^)which|who|should|would|could|may|might|must|will|shall|can|cannot|to|['’]d"
    r"|what|whatever|where|how|already)\s*(?:not\s+)?$"
)
_BY_OTHERS = re.compile(
    r"(?i)^[^.!?\n]{0,60}?\b(?:by\s+(?:the\s+airline|you|your|another|someone|a\s+previous|us\s+"
    r"earlier)|due\s+to|because\s+of|previously|originally|in\s+the\s+past|last\s+(?:week|month"
    r"|year)|yesterday|earlier\s+(?:this|today))\b"
)
_OWN_TEXT = re.compile(
    r"(?i)^[^.!?\n]{0,50}?\b(?:summary|calculations?|breakdown|comparison|search(?:es)?|note\b|notes\b"
    r"|list\s+(?:above|below)|my\s+(?:response|answer|message|previous|records?|notes?)|mistake|error"
    r"|sense|sure)\b"
)
_OPENS_QUESTION = re.compile(
    r"(?i)^[\s*_-]*(?:has|have|had|did|do|does|is|are|was|were|can|could|would|will|should|may|what"
    r"|which|who|when|where|why|how|shall)\b"
)
_STATUS_SUBJECT = re.compile(r"(?i)\b(?:flights?|airline|shipment|package|line)\b")
_RECORD_SUBJECT = re.compile(r"(?i)\b(?:reservations?|bookings?|orders?|requests?|address)\b")
_STATUS_FAMILIES = frozenset({"cancel", "switch_off", "return"})
_MESSAGE = re.compile(r"(?i)\b(?:request|message|comment|reply|question|feedback)\b")
"""What a help desk adds to a conversation by itself."""
_AMOUNT_NEXT = re.compile(r"\s*\**[$€£]\d")
"""“We have applied $35 from the card” adds a bill up."""
_FOLLOWS = re.compile(
    r"(?i)\b(?:details|history|status|records?|balance|total|profile)\b[^,]{0,20}$"
)
"""What changes by itself with every other change."""
_IN_RELATIVE = frozenset({"pay", "refund", "add"})
"""“…, which has been charged to your card” goes on telling what was done."""
_STATUS_VERBS = frozenset({"rescheduled", "moved"})
_ORDER_STATUS = re.compile(r"(?i)\b(?:order|item|package|shipment)s?\b")


LONGEST = 20_000
"""Characters of a turn that are read; nobody writes longer messages by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionClaim:
    """One clause in which an agent says something has been done."""

    start: int
    end: int
    """Span of the sentence in the turn's text, at most 25 words around the verb."""
    clause: str
    """The clause's own words, where ids and objects are looked for."""
    family: str
    """What was done: ``cancel``, ``refund`` … or ``generic``."""
    verb: str
    """The verb as written, lower case."""
    passive: bool
    """True when nobody is named as the doer."""


def completion_claims(text: str) -> Iterator[CompletionClaim]:
    """The claims of completion in one agent turn, in order, one per clause and family.

    >>> [c.family for c in completion_claims("I've refunded you, but could not cancel it.")]
    ['refund']
    >>> list(completion_claims("Once your order has been cancelled, I will let you know."))
    []
    """
    if _CHEAP.search(text, 0, LONGEST) is None:
        return
    masked = _QUOTED.sub(_blank, text[:LONGEST])
    edges: list[tuple[int, int]] | None = None
    seen: set[tuple[int, str]] = set()
    for match in _CLAIM.finditer(masked):
        if edges is None:
            edges = [(m.start(), m.end()) for m in _BOUNDARY.finditer(masked)]
        start = max((e for _, e in edges if e <= match.start()), default=0)
        stop = min((s for s, _ in edges if s >= match.end()), default=len(masked))
        claim = _claim(text, masked, match, start, stop)
        if claim is not None and (start, claim.family) not in seen:
            seen.add((start, claim.family))
            yield claim


def _blank(quoted: re.Match[str]) -> str:
    """Spaces for quoted words; a full stop at their end still ends the sentence."""
    words = quoted.group()
    end = "." if words[:-1].rstrip()[-1:] in {".", "!", "?"} else " "
    return " " * (len(words) - 1) + end


def _claim(
    text: str, masked: str, match: re.Match[str], start: int, stop: int
) -> CompletionClaim | None:
    verb = next(v for v in match.group("v1", "v2", "v3", "v4", "v5", "v6") if v).lower()
    passive = match["active"] is None and match["able"] is None
    before, after = masked[start : match.start()], masked[match.end() : stop]
    if _is_no_claim(masked, match, before, after, stop, passive=passive):
        return None
    if verb in _PASSIVE_ONLY and not passive:
        return None
    if verb == "added" and _MESSAGE.search(before):
        return None
    if verb == "applied" and not passive and _AMOUNT_NEXT.match(after):
        return None
    family = _family(verb, before, after)
    if before.strip().lower() == "which" and family not in _IN_RELATIVE:
        return None
    if family is None or (passive and _is_status(family, verb, match, before)):
        return None
    head, tail = _sentence(text, start, match.start(), match.end())
    return CompletionClaim(
        start=head, end=tail, clause=text[start:stop], family=family, verb=verb, passive=passive
    )


def _is_no_claim(
    masked: str, match: re.Match[str], before: str, after: str, stop: int, *, passive: bool
) -> bool:
    if _ANTI_BEFORE.search(before) or _JUST_BEFORE.search(before):
        return True
    if _OWN_TEXT.search(after) or (not passive and _OWN_TEXT.search(before[-40:])):
        return True
    if passive and (_BY_OTHERS.search(after) or re.search(r"(?i)\balready\b", match.group())):
        return True
    if passive and match["now"] is None and re.search(r"(?i)\b(?:previously|originally)\b", before):
        return True
    return masked[stop : stop + 1] == "?" or (
        _OPENS_QUESTION.match(before) is not None
        and "?" in masked[stop : stop + 200].split("\n")[0]
    )


def _family(verb: str, before: str, after: str) -> str | None:
    family = next(f for f, pattern in _FAMILY_OF if pattern.match(verb))
    if family == "change" and _FOLLOWS.search(before[-60:]):
        return "generic"
    if family not in {"generic", "issue", "send"}:
        return family
    # The nearest noun tells: the subject of a passive, the object of an active clause.
    for words in (before[-80:], after[:60]):
        for kind, pattern in _OBJECTS:
            if pattern.search(words) and (family != "send" or kind in _SENT):
                return kind
    return None if verb in _NEEDS_OBJECT else family


def _is_status(family: str, verb: str, match: re.Match[str], before: str) -> bool:
    """Whether a passive rather tells the state of a record than what the agent has done."""
    emphatic = match["now"] is not None or "successfully" in match.group().lower()
    if match["now"] is not None and family in {"switch_on", "switch_off", "reset"}:
        return True
    if verb in {"processed", "completed", "confirmed"} and family == "book":
        return not emphatic or _ORDER_STATUS.search(before) is not None
    if emphatic:
        return False
    return (
        (family in _STATUS_FAMILIES or verb in _STATUS_VERBS)
        and _STATUS_SUBJECT.search(before) is not None
        and _RECORD_SUBJECT.search(before) is None
    )


def _sentence(text: str, start: int, verb_at: int, verb_end: int) -> tuple[int, int]:
    """The clause from its start on, cut to 25 words with the verb inside."""
    while start < verb_at and not text[start].isalnum():
        start += 1
    words = list(re.finditer(r"\S+", text[start : start + 600]))
    begin = 0
    for i, word in enumerate(words):
        if start + word.end() >= verb_end:
            begin = max(0, i - 20)
            break
    taken: list[re.Match[str]] = []
    for word in words[begin : begin + 25]:
        taken.append(word)
        at_end = word.group().rstrip("*)”\"'").endswith((".", "!", "?"))
        line_ends = text[start + word.end() : start + word.end() + 1] == "\n"
        if start + word.end() >= verb_end and (at_end or line_ends):
            break
    return start + taken[0].start(), start + taken[-1].end()
