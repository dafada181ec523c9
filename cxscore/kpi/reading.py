"""Which conversations to read first, and why each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cxscore.kpi.counting import Top
from cxscore.kpi.findings import contradictions, false_actions, nobody_came
from cxscore.kpi.returns import Returns
from cxscore.rubric import Rubric
from cxscore.transcript import Json, Role, Sealed, VendorClaim, Visibility
from cxscore.verdict import Graded, Judged, Level, Proof, Quote, Severity

TO_READ = 10


class Why(StrEnum):
    """Why a conversation should be read, most pressing first."""

    PROVED_CRITICAL = "proved_critical"
    SATISFIED_BUT_WRONG = "satisfied_but_wrong"
    VENDOR_RESOLVED_BUT = "vendor_resolved_but"
    FAILED_HANDOFF = "failed_handoff"
    CONTRADICTED = "contradicted"
    UNHAPPY_END = "unhappy_end"
    NOT_JUDGED = "not_judged"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead:
    """One conversation to read."""

    conversation_id: str
    why: Why
    sentence: str
    """What a reader will find, in one sentence."""
    quote: Quote | None = None
    """The words that show it."""
    also: tuple[Why, ...] = ()
    """Further reasons that hold for the same conversation."""


_UNRESOLVED = re.compile(
    r"(?i)\b(?:un|non|not)[ _-]*(?:resol|solved)|escalat|handoff|abandon|negativ"
)
_RESOLVED = re.compile(r"(?i)resol|solved|confirmed|contained|verified|success")


def claims_resolved(claim: VendorClaim | None) -> bool:
    """Whether the vendor's word says it resolved the conversation.

    >>> claims_resolved(VendorClaim(value="assumed_resolution"))
    True
    >>> claims_resolved(VendorClaim(value="not_resolved"))
    False
    """
    if claim is None or _UNRESOLVED.search(claim.value):
        return False
    return _RESOLVED.search(claim.value) is not None


def is_satisfied(sealed: Sealed) -> bool:
    """Whether a survey answer stands in the top fifth of its scale or is a plain "good".

    >>> from cxscore.label import Survey
    >>> is_satisfied(Sealed(surveys=(Survey(kind="csat", value=5, scale="1-5"),)))
    True
    """
    return any(_is_good(s.value, s.scale) for s in sealed.surveys)


def _is_good(value: float | str | None, scale: str | None) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in {"good", "satisfied", "very good", "very satisfied"}
    bounds = re.fullmatch(r"\s*(\d+)\s*(?:-|–|\.\.|to)\s*(\d+)\s*", scale or "")
    if value is None or bounds is None:
        return False
    low, high = float(bounds[1]), float(bounds[2])
    # 4 and 5 of five, 9 and 10 of ten.
    return low < high and (value - low) / (high - low) >= (0.75 if high <= 5 else 0.88)


@dataclass(frozen=True, slots=True)
class _Case:
    """What one conversation offers a reader."""

    urgency: Json
    sentence: str
    quote: Quote | None = None


def cases(judged: Judged, rubric: Rubric) -> Mapping[Why, _Case]:
    """Every reason this one conversation gives to be read."""
    found: dict[Why, _Case] = {}
    if judged.verdict is None:
        if judged.error:
            found[Why.NOT_JUDGED] = _Case(0, f"The judgement failed: {judged.error}")
        return found
    critical = _proved_critical(judged)
    if critical:
        found[Why.PROVED_CRITICAL] = critical
    wrong = critical or _contradicted(judged)
    pleased = _pleased(judged, rubric)
    if wrong and pleased:
        sentence = f"{pleased}, yet: {_lowered(wrong.sentence)}"
        found[Why.SATISFIED_BUT_WRONG] = _Case(wrong.urgency, sentence, wrong.quote)
    elif wrong and not critical:
        found[Why.CONTRADICTED] = wrong
    nobody = _failed_handoff(judged)
    if nobody:
        found[Why.FAILED_HANDOFF] = nobody
    unhappy = _unhappy(judged, rubric)
    if unhappy:
        found[Why.UNHAPPY_END] = unhappy
        claim = judged.record.sealed.vendor_claim
        if claim and claims_resolved(claim):
            sentence = f"The vendor says “{claim.value}”, but {_lowered(unhappy.sentence)}"
            found[Why.VENDOR_RESOLVED_BUT] = _Case(unhappy.urgency, sentence, unhappy.quote)
    return found


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _proved_critical(judged: Judged) -> _Case | None:
    false = false_actions(judged)
    grave = [
        c
        for c in contradictions(judged)
        if c.severity is Severity.CRITICAL and c.proof is not Proof.SUSPECTED
    ]
    number = len(false) + len(grave)
    if false:
        log = "the log says it failed" if false[0].failed else "the log holds no such call"
        return _Case(-number, f"The agent says it did “{false[0].action}”; {log}", false[0].quote)
    if grave:
        title = grave[0].passage.title
        return _Case(-number, f"The agent contradicts the article “{title}”", grave[0].quote)
    return None


def _contradicted(judged: Judged) -> _Case | None:
    standing = [c for c in contradictions(judged) if not c.corrected]
    if not standing:
        return None
    title = standing[0].passage.title
    sentence = f"What the agent says differs from the article “{title}”"
    return _Case(-len(standing), sentence, standing[0].quote)


def _graded(judged: Judged, criterion: str) -> Graded | None:
    outcome = judged.verdict.journey.get(criterion) if judged.verdict else None
    return outcome if isinstance(outcome, Graded) and outcome.level is not None else None


def credit(rubric: Rubric, criterion: str, level: Level) -> float | None:
    """Share of full credit of a level, 0–1; None where the rubric does not know it."""
    try:
        return rubric.criterion(criterion).scale.credit(level)
    except KeyError:
        return None


def _end_credit(judged: Judged, rubric: Rubric) -> tuple[Graded, float] | None:
    graded = _graded(judged, "sentiment_end")
    if graded is None or graded.level is None:
        return None
    share = credit(rubric, "sentiment_end", graded.level)
    return None if share is None else (graded, share)


def _pleased(judged: Judged, rubric: Rubric) -> str | None:
    if is_satisfied(judged.record.sealed):
        return "The customer's survey answer is good"
    confirmed = judged.verdict.facts.confirmed if judged.verdict else None
    if confirmed and confirmed.value:
        return "The customer says it is solved"
    end = _end_credit(judged, rubric)
    return "The customer leaves pleased" if end and end[1] >= 1 else None


def _failed_handoff(judged: Judged) -> _Case | None:
    nobody = nobody_came(judged)
    if nobody is not None:
        return _Case(0, "The customer asks for a person and none comes", nobody.quote)
    if handed_over_to_nobody(judged):
        return _Case(1, "The conversation is handed to a person and none speaks afterwards")
    return None


def handed_over_to_nobody(judged: Judged) -> bool:
    """A handoff to a person after which no person spoke to the customer."""
    conversation = judged.record.conversation
    first = [h.before_turn for h in conversation.handoffs if h.to is Role.HUMAN_AGENT]
    return bool(first) and not any(
        t.role is Role.HUMAN_AGENT and t.visibility is Visibility.PUBLIC and t.text.strip()
        for t in conversation.turns[first[0] :]
    )


def _unhappy(judged: Judged, rubric: Rubric) -> _Case | None:
    end = _end_credit(judged, rubric)
    if end and end[1] <= 0.25:
        quote = end[0].evidence[-1] if end[0].evidence else None
        return _Case(end[1], "The customer leaves unhappy", quote)
    last = judged.verdict.facts.last_message_negative if judged.verdict else None
    if last and last.value:
        quote = last.evidence[-1] if last.evidence else None
        return _Case(0.2, "The customer's last message is negative", quote)
    return None


class ReadingBook:
    """Collects candidates and picks the list."""

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric
        # Twice the list: up to ten of one kind may be on the list for another reason.
        self._kept: dict[Why, Top[ToRead]] = {why: Top(2 * TO_READ) for why in Why}

    def add(self, judged: Judged) -> None:
        """Take one eligible conversation in."""
        ref = judged.record.conversation.id
        found = cases(judged, self._rubric)
        for why, case in found.items():
            also = tuple(w for w in Why if w in found and w is not why)
            entry = ToRead(
                conversation_id=ref,
                why=why,
                sentence=case.sentence,
                quote=case.quote,
                also=also,
            )
            self._kept[why].add((case.urgency, ref), entry)
        if not found and judged.verdict is not None:
            ordinary = ToRead(
                conversation_id=ref,
                why=Why.ORDINARY,
                sentence="Nothing stands out: picked by chance, so that not only the bad is read",
            )
            self._kept[Why.ORDINARY].add(lot(ref), ordinary)

    def reading(self, returns: Returns) -> tuple[ToRead, ...]:
        """At most ten: in turns one of each reason, so that no single reason fills the list."""
        for back in returns.after_claim:
            when = f"after {back.hours:.0f} h" if back.hours >= 1 else "within the hour"
            sentence = (
                "The vendor says it is resolved, but the same customer is back"
                f" {when} ({back.next_id})"
            )
            entry = ToRead(
                conversation_id=back.conversation_id,
                why=Why.VENDOR_RESOLVED_BUT,
                sentence=sentence,
            )
            # After those whose own words are negative, soonest first.
            self._kept[Why.VENDOR_RESOLVED_BUT].add((1 + back.hours, back.conversation_id), entry)
        picked = _in_turns([top.values() for top in self._kept.values()])
        order = list(Why)
        return tuple(sorted(picked, key=lambda r: order.index(r.why)))


def _in_turns(queues: list[tuple[ToRead, ...]]) -> list[ToRead]:
    """One of each queue in turns, the last queue only where places are left."""
    picked: dict[str, ToRead] = {}
    pressing, ordinary = [iter(queue) for queue in queues[:-1]], queues[-1]
    while pressing and len(picked) < TO_READ:
        for queue in tuple(pressing):
            fresh = next((e for e in queue if e.conversation_id not in picked), None)
            if fresh is None:
                pressing.remove(queue)
            elif len(picked) < TO_READ:
                picked[fresh.conversation_id] = fresh
    for entry in ordinary:
        if len(picked) < TO_READ:
            picked.setdefault(entry.conversation_id, entry)
    return list(picked.values())


def lot(id: str) -> str:
    """A fixed lot drawn for an id: sorting by it is a random order that never changes."""
    return hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()
