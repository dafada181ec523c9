"""The agent's claims, from the first reply and from the second look at those that would count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cxscore.judges.one_pass.grading import level_of
from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.reply import Parsed, plain
from cxscore.judges.one_pass.schema import NONE, NOT_APPLICABLE, POLICY_LIKE
from cxscore.knowledge import Hit
from cxscore.rubric import Criterion, Rubric
from cxscore.verdict import (
    Abstained,
    ClaimCheck,
    ClaimVerdict,
    Graded,
    Outcome,
    PassageRef,
    Proof,
    Severity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim and what is needed to look at it again."""

    check: ClaimCheck
    about: str
    """``policy``, ``price``, ``promise`` or ``other``."""
    search: str
    """Search words in the knowledge base's language; empty when the claim is in it."""

    @property
    def counts(self) -> bool:
        """Whether it stands against the agent as things are."""
        return self.check.error is not None

    @property
    def queries(self) -> tuple[str, ...]:
        """What its passages are looked for with."""
        words = self.check.quote.text
        return (words, self.search) if self.search else (words,)


def claims(reading: Reading, parsed: Parsed) -> tuple[Claim, ...]:
    """The claims of a reply; those whose words are no agent's words are left out."""
    return tuple(
        claim for given in parsed.items("claims") if (claim := _claim(reading, given)) is not None
    )


def lost(reading: Reading, parsed: Parsed) -> int:
    """How many claims of the reply were left out: broken, or their words are nowhere."""
    given = parsed.value.get("claims")
    return len(given) - len(claims(reading, parsed)) if isinstance(given, list) else 0


def problems(reading: Reading, parsed: Parsed) -> Iterator[str]:
    """Accusations that rest on words nobody can find: they go back once."""
    for given in parsed.items("claims"):
        accused = given["verdict"] in {
            ClaimVerdict.CONTRADICTED,
            ClaimVerdict.NOT_IN_KNOWLEDGE_BASE,
        }
        if accused and reading.agents_words(given) is None:
            said = str(given["quote"])[:80]
            yield f"claims: “{said}” does not stand in an agent's turn {given['turn']}"


def looked_at_again(
    reading: Reading,
    doubtful: Sequence[Claim],
    found: Sequence[Mapping[str, Hit]],
    parsed: Parsed,
) -> tuple[Claim, ...]:
    """The doubtful claims after the second look; one it does not speak of stays suspected.

    Args:
        reading: the conversation as shown.
        doubtful: in the order they were numbered, from 1.
        found: the passages shown for each, by id.
        parsed: the second reply.
    """
    answers: dict[int, list[Mapping[str, Any]]] = {}
    for given in parsed.items("statements"):
        answers.setdefault(int(plain(given["number"])), []).append(given)
    return tuple(
        _again(reading, claim, hits, answers[number][0])
        if len(answers.get(number, ())) == 1
        else claim
        for number, (claim, hits) in enumerate(zip(doubtful, found, strict=True), 1)
    )


def grounding_again(
    criterion: Criterion,
    before: Graded,
    doubtful: Sequence[Claim],
    now: Sequence[Claim],
    parsed: Parsed,
) -> Outcome:
    """The criterion about claims after the second look, which may have cleared some.

    Args:
        criterion: the one with rule ``grounding``.
        before: the outcome of the first reply.
        doubtful: the claims looked at again, as they were.
        now: the same claims as they are.
        parsed: the second reply.
    """
    cleared = [c.check.quote for c, n in zip(doubtful, now, strict=True) if not n.counts]
    given = parsed.at("grounding")
    if not cleared or given is None:
        return before
    level = level_of(criterion, plain(given["level"]))
    if level is None or plain(given["level"]) == NOT_APPLICABLE:
        return (
            before
            if criterion.not_applicable is None
            else replace(before, level=None, reason=given["reason"], evidence=(), causes=())
        )
    kept = tuple(q for q in before.evidence if q not in cleared)
    evidence = tuple(dict.fromkeys((*(n.check.quote for n in now if n.counts), *kept)))
    if level != criterion.scale.top and not evidence:
        reason = "the second look cleared the statements the first level rested on"
        return Abstained(reason=reason, code="cleared")
    return replace(before, level=level, reason=given["reason"], evidence=evidence)


def _claim(reading: Reading, given: Mapping[str, Any]) -> Claim | None:
    quote = reading.agents_words(given)
    if quote is None:
        return None
    line = reading.log(given["source"])
    check = ClaimCheck(
        quote=quote,
        verdict=_known_verdict(reading, ClaimVerdict(given["verdict"])),
        reason=str(given["why"]),
        passage=reading.passage(given["source"], quote.text),
        log=() if line is None else (line,),
        corrected=given["corrected"] == "yes",
    )
    about = str(given["about"])
    return Claim(
        check=_weighed(check, about, str(given["error"]), reading.rubric),
        about=about,
        search=str(given["search"]).strip()[:300],
    )


def _known_verdict(reading: Reading, verdict: ClaimVerdict) -> ClaimVerdict:
    """Without a knowledge base nothing can be said to be missing from it."""
    if verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE and reading.shelf is None:
        return ClaimVerdict.UNVERIFIABLE
    return verdict


def _weighed(check: ClaimCheck, about: str, named: str, rubric: Rubric) -> ClaimCheck:
    """The claim with its error and severity where it counts, without them where it does not."""
    if not _counts(check, about):
        return replace(check, error=None, severity=None)
    error = named if named != NONE else _usual(check.verdict)
    severities = {e.id: e.severity for e in rubric.errors}
    return replace(check, error=error, severity=severities.get(error, Severity.MAJOR))


def _counts(check: ClaimCheck, about: str) -> bool:
    if check.verdict is ClaimVerdict.CONTRADICTED:
        # An article that did not exist yet proves nothing against the agent.
        newer = check.passage is not None and check.passage.newer_than_conversation
        return bool(check.log) or not newer
    return check.verdict is ClaimVerdict.NOT_IN_KNOWLEDGE_BASE and about in POLICY_LIKE


def _usual(verdict: ClaimVerdict) -> str:
    contradicted = verdict is ClaimVerdict.CONTRADICTED
    return "contradicted_by_kb" if contradicted else "fabricated_policy"


def _again(
    reading: Reading, claim: Claim, hits: Mapping[str, Hit], given: Mapping[str, Any]
) -> Claim:
    verdict = ClaimVerdict(given["verdict"])
    words = claim.check.quote.text
    passage: PassageRef | None = reading.passage(given["source"], words, hits)
    line = reading.log(given["source"])
    if verdict is ClaimVerdict.CONTRADICTED and passage is None and line is None:
        return claim  # An accusation that names no source proves nothing: it stays suspected.
    check = replace(
        claim.check,
        verdict=verdict,
        reason=str(given["reason"]),
        passage=passage,
        log=() if line is None else (line,),
    )
    check = _weighed(check, claim.about, str(given["error"]), reading.rubric)
    if check.error is not None:
        check = replace(check, proof=Proof.VERIFIED, severity=_severity(check, given))
    return replace(claim, check=check)


def _severity(check: ClaimCheck, given: Mapping[str, Any]) -> Severity | None:
    """A contradiction is critical only where money, safety or rights are at stake."""
    small = given["at_stake"] == "other" and check.verdict is ClaimVerdict.CONTRADICTED
    if small and check.severity is Severity.CRITICAL:
        return Severity.MAJOR
    return check.severity
