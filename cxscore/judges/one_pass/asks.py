"""The asks of the one-pass judge: what stands in them, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cxscore.grounding.library import Shelf
from cxscore.judges.one_pass.claims import Claim
from cxscore.judges.one_pass.grading import asked
from cxscore.judges.one_pass.prompt import Prompt
from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.rendering import moment, render_call
from cxscore.judges.one_pass.schema import claim_errors, grade_schema, verify_schema
from cxscore.judges.one_pass.visible import visible
from cxscore.judging import Ask
from cxscore.knowledge import Article, Hit
from cxscore.rubric import Rubric
from cxscore.transcript import Role, Stream, Transcript
from cxscore.verdict import LogLine, Quote

OUTPUT_TOKENS, VERIFY_TOKENS = 5000, 1500
"""Room for a reply; typical ones use a third."""
FAULTS_TOLD, REPLY_SHOWN = 12, 20_000
"""Faults told and characters of the reply shown in a repair."""
LOG_SHOWN = 4000
"""Characters of the tool log shown beside a claim that is looked at again."""


class Asks:
    """Builds the asks of one judge; system parts and schemas are made once."""

    def __init__(self, rubric: Rubric, prompt: Prompt) -> None:
        self._rubric = rubric
        self._prompt = prompt
        self.criteria = asked(rubric)
        """The criteria a model grades."""
        self.grounding = next((c for c in self.criteria if c.rule == "grounding"), None)
        """The criterion that speaks of claims; graded again when claims are looked at again."""
        self.schema = grade_schema(rubric, self.criteria)
        self.verify_schema = verify_schema(rubric, self.grounding)
        self._systems: dict[tuple[str, tuple[Article, ...]], str] = {}

    def grade(self, reading: Reading) -> Ask:
        """The first ask: everything about one conversation."""
        transcript, shown = reading.transcript, reading.shown
        user = self._prompt.render(
            "user",
            passages=[passage(name, hit) for name, hit in reading.hits.items()],
            knowledge_day=_day(reading.shelf),
            started_at=moment(transcript.started_at),
            channel=transcript.channel,
            tool_log=transcript.tool_log,
            hidden=shown.hidden,
            windowed=shown.omitted > 0,
            hybrid=transcript.stream is Stream.HYBRID,
            nonce=shown.nonce,
            transcript=shown.text,
        )
        return Ask(
            purpose="grade",
            system=self._system("system", reading.shelf),
            user=user,
            schema=self.schema,
            max_output_tokens=OUTPUT_TOKENS,
        )

    def repair(self, ask: Ask, said: str, faults: Sequence[str], nonce: str) -> Ask:
        """The first ask again, with what was wrong with its reply."""
        note = self._prompt.render(
            "repair", faults=list(faults[:FAULTS_TOLD]), reply=said[:REPLY_SHOWN], nonce=nonce
        )
        return replace(ask, purpose="repair", user=f"{ask.user}\n\n{note}")

    def verify(
        self,
        reading: Reading,
        claims: Sequence[Claim],
        doubtful: Sequence[Claim],
        found: Sequence[Mapping[str, Hit]],
    ) -> Ask:
        """The second ask: only the claims that would count, each with passages of its own."""
        statements = [
            {
                "number": number,
                "text": visible(claim.check.quote.text).text,
                "context": _context(reading.transcript, claim.check.quote),
                "log": _log(reading, claim),
                "passages": [passage(name, hit) for name, hit in hits.items()],
            }
            for number, (claim, hits) in enumerate(zip(doubtful, found, strict=True), 1)
        ]
        user = self._prompt.render(
            "verify",
            statements=statements,
            settled=len(claims) - len(doubtful),
            nonce=reading.shown.nonce,
            knowledge_day=_day(reading.shelf),
        )
        return Ask(
            purpose="verify_claims",
            system=self._system("verify_system", reading.shelf),
            user=user,
            schema=self.verify_schema,
            max_output_tokens=VERIFY_TOKENS,
        )

    def _system(self, block: str, shelf: Shelf | None) -> str:
        """Byte-identical as long as the policies in force are the same."""
        always = shelf.always if shelf is not None else ()
        key = (block, always)
        if key not in self._systems:
            documents = [
                {"id": name, "title": d.title, "text": visible(d.text).text}
                for name, d in documents_by_id(shelf).items()
            ]
            known = {e.id: e for e in self._rubric.errors}
            errors = [known[e] for e in claim_errors(self._rubric) if e in known]
            usual = self._usual_evidence()
            self._systems[key] = self._prompt.render(
                block,
                rubric=replace(self._rubric, errors=tuple(errors)),
                criteria=[
                    replace(c, evidence="") if c.evidence == usual else c for c in self.criteria
                ],
                evidence=usual,
                grounding=self.grounding,
                always=documents,
            )
        return self._systems[key]

    def _usual_evidence(self) -> str:
        """What most criteria say of evidence in the same words: the rubric's rule, told once."""
        count = Counter(c.evidence for c in self.criteria if c.evidence)
        text, times = count.most_common(1)[0] if count else ("", 0)
        return text if times > 2 else ""


def documents_by_id(shelf: Shelf | None) -> dict[str, Article]:
    """``D1`` … to the documents that stand whole in the system part."""
    always = shelf.always if shelf is not None else ()
    return {f"D{n}": article for n, article in enumerate(always, 1)}


def passage(id: str, hit: Hit) -> dict[str, object]:
    """A passage as the prompt shows it."""
    return {
        "id": id,
        "title": hit.passage.title,
        "heading": hit.passage.heading,
        "text": visible(hit.passage.text).text,
        "newer": hit.newer_than_conversation,
    }


def _day(shelf: Shelf | None) -> str | None:
    as_of = shelf.knowledge.as_of if shelf is not None else None
    return as_of.date().isoformat() if as_of is not None else None


def _context(transcript: Transcript, quote: Quote) -> str:
    """What the customer said before, and the agent's words around the claim."""
    before = [t.text for t in transcript.turns[: quote.turn] if t.role is Role.CUSTOMER and t.text]
    around = transcript.turns[quote.turn].text[max(0, quote.start - 400) : quote.end + 400]
    asked_before = f"Customer: {before[-1][:600]}\n" if before else ""
    return visible(f"{asked_before}Agent: {around}").text


def _log(reading: Reading, claim: Claim) -> list[str]:
    """The log line the first reply named, else the latest lines before the claim."""
    ids = {LogLine(turn=t, call=c): drawn for drawn, (t, c) in reading.shown.calls.items()}
    before = [line for line in ids if line.turn <= claim.check.quote.turn]
    wanted = [*claim.check.log, *sorted(before, key=lambda x: (x.turn, x.call), reverse=True)]
    shown: list[str] = []
    room = LOG_SHOWN
    for line in dict.fromkeys(wanted):
        text = render_call(reading.transcript.turns[line.turn].tool_calls[line.call], ids[line])
        if len(text) > room and shown:
            break
        shown.append(text if len(text) <= room else text[:room] + " …[cut]")
        room -= len(text)
    return shown
