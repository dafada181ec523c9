"""The one-pass rubric judge: one ask grades everything, a second verifies what would count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cxscore.errors import ReplyError
from cxscore.grounding.library import Library, Shelf
from cxscore.judges.composite import composite
from cxscore.judges.one_pass import reading, rendering, reply
from cxscore.judges.one_pass.prompt import Prompt
from cxscore.judges.one_pass.reading import Reading
from cxscore.judging import (
    Answered,
    Ask,
    Deliberation,
    Filtered,
    NoReply,
    Refused,
    Reply,
    TooLong,
    Truncated,
)
from cxscore.knowledge import Article, Hit
from cxscore.rubric import Criterion, Rubric
from cxscore.transcript import AGENT_ROLES, Leg, Role, Stream, Transcript
from cxscore.verdict import ClaimCheck, ClaimVerdict, Failed, Outcome, Verdict

PASSAGES, PASSAGE_CHARACTERS = 6, 3600
"""Passages beside a transcript: at most so many, and about 900 tokens together."""
OUTPUT_TOKENS, VERIFY_TOKENS = 4000, 1500
"""Room for a reply; typical ones use less than half."""
_CODES = {Refused: "refused", Truncated: "truncated", Filtered: "filtered", TooLong: "too_long"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much a model can be shown, in characters of the transcript."""

    characters: int = 360_000


class OnePassJudge:
    """One ask per conversation grades every criterion and lists the agent's claims.

    Args:
        rubric: what is asked.
        library: the knowledge base over time; None: no knowledge base.
        prompt: the versioned prompt.
        model: id of the model that will answer, for the fingerprint.
        settings: its sampling settings, for the fingerprint.
        secret: the workspace's; nonce and turn ids are drawn from it.
        window: how much of a transcript the model can be shown.
    """

    heuristic = False

    def __init__(
        self,
        *,
        rubric: Rubric,
        library: Library | None,
        prompt: Prompt,
        model: str,
        settings: str,
        secret: bytes,
        window: Window | None = None,
    ) -> None:
        self._rubric = rubric
        self._library = library
        self._prompt = prompt
        self._model = model
        self._settings = settings
        self._secret = secret
        self._window = window or Window()
        self._asked = tuple(c for c in rubric.criteria if not reading.by_code(c))
        self._schema = reply.grade_schema(rubric, self._asked)
        self._systems: dict[str, tuple[str, str]] = {}

    @property
    def fingerprint(self) -> str:
        """Procedure, prompt digest, rubric, model and settings."""
        retrieval = self._library.fingerprint if self._library else "no knowledge base"
        parts = (self._prompt.ref, self._rubric.ref, self._settings, retrieval)
        digest = hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]
        return f"one_pass/{self._prompt.version} {self._model} {digest}"

    def deliberate(self, transcript: Transcript, /) -> Deliberation:
        """Grade, repair once what does not hold, verify what would count."""
        shelf = self._library.at(transcript.started_at) if self._library else None
        hits = self._passages(transcript, shelf)
        shown = rendering.show(
            transcript, secret=self._secret, keep=windowed(transcript, self._window.characters)
        )
        read = Reading(
            transcript=transcript,
            shown=shown,
            passages={f"P{n}": hit for n, hit in enumerate(hits, 1)},
            rubric=self._rubric,
        )
        ask = self._grade_ask(transcript, shelf, read)
        (first,) = yield (ask,)
        answered = (first,)
        parsed, faults = self._parse(first, read)
        if faults and isinstance(first, Answered):
            repaired = self._repair_ask(ask, first.text, faults)
            (second,) = yield (repaired,)
            answered = (first, second)
            again, left = self._parse(second, read)
            if again is not None:
                parsed, faults = again, left
        if parsed is None:
            return self._failed(transcript, shelf, read, answered[-1], faults)
        claims = reading.claims(read, parsed["claims"])
        doubtful = [n for n, c in enumerate(claims) if c.error is not None]
        if doubtful:
            found = self._search(transcript, shelf, [claims[n] for n in doubtful])
            (third,) = yield (self._verify_ask(transcript, shelf, read, claims, doubtful, found),)
            answered = (*answered, third)
            claims = _verified(claims, doubtful, found, third)
        return self._verdict(transcript, shelf, read, parsed, claims, answered)

    def _passages(self, transcript: Transcript, shelf: Shelf | None) -> tuple[Hit, ...]:
        queries = [
            t.text
            for t in transcript.turns
            if t.text and (t.role in AGENT_ROLES or t.role is Role.CUSTOMER)
        ]
        if shelf is None or not queries:
            return ()
        found = shelf.retriever.search(queries, at=transcript.started_at, limit=3)
        whole = {a.id for a in shelf.always}
        kept = [[h for h in hits if h.passage.article_id not in whole] for hits in found]
        return rendering.choose_passages(kept, most=PASSAGES, characters=PASSAGE_CHARACTERS)

    def _search(
        self, transcript: Transcript, shelf: Shelf | None, claims: Sequence[ClaimCheck]
    ) -> list[tuple[Hit, ...]]:
        if shelf is None:
            return [() for _ in claims]
        found = shelf.retriever.search(
            [c.quote.text for c in claims], at=transcript.started_at, limit=4
        )
        return [tuple(hits) for hits in found]

    def _system(self, shelf: Shelf | None) -> tuple[str, str]:
        always: tuple[Article, ...] = shelf.always if shelf else ()
        key = shelf.knowledge.digest if shelf else ""
        if key not in self._systems:
            self._systems[key] = (
                self._prompt.render(
                    "system", rubric=self._rubric, criteria=self._asked, always=always
                ),
                self._prompt.render("verify_system", always=always),
            )
        return self._systems[key]

    def _grade_ask(self, transcript: Transcript, shelf: Shelf | None, read: Reading) -> Ask:
        started, shown = transcript.started_at, read.shown
        user = self._prompt.render(
            "user",
            passages=[_passage(id, hit) for id, hit in read.passages.items()],
            as_of=_day(shelf),
            started_at=started.isoformat(timespec="minutes") if started else None,
            channel=transcript.channel,
            tool_log=transcript.tool_log,
            hidden=shown.hidden,
            nonce=shown.nonce,
            transcript=shown.text,
        )
        return Ask(
            purpose="grade",
            system=self._system(shelf)[0],
            user=user,
            schema=self._schema,
            max_output_tokens=OUTPUT_TOKENS,
        )

    def _repair_ask(self, ask: Ask, said: str, faults: Sequence[str]) -> Ask:
        note = self._prompt.render("repair", faults=faults[:12], reply=said[:20_000])
        return replace(ask, purpose="repair", user=f"{ask.user}\n\n{note}")

    def _verify_ask(
        self,
        transcript: Transcript,
        shelf: Shelf | None,
        read: Reading,
        claims: Sequence[ClaimCheck],
        doubtful: Sequence[int],
        found: Sequence[tuple[Hit, ...]],
    ) -> Ask:
        statements = [
            {
                "number": number,
                "text": claims[n].quote.text,
                "context": _context(transcript, claims[n].quote.turn),
                "passages": [_passage(f"P{number}.{k}", h) for k, h in enumerate(hits, 1)],
            }
            for number, (n, hits) in enumerate(zip(doubtful, found, strict=True), 1)
        ]
        return Ask(
            purpose="verify_claims",
            system=self._system(shelf)[1],
            user=self._prompt.render("verify", claims=statements, nonce=read.shown.nonce),
            schema=reply.VERIFY_SCHEMA,
            max_output_tokens=VERIFY_TOKENS,
        )

    def _parse(self, said: Reply, read: Reading) -> tuple[dict[str, Any] | None, list[str]]:
        """The reply where its shape holds, and all that is wrong with it."""
        if not isinstance(said, Answered):
            return None, []
        try:
            parsed = reply.parse(said.text)
        except ReplyError as error:
            return None, [str(error)]
        wrong = reply.faults(parsed, self._schema)
        if wrong:
            return None, wrong
        outcomes = (
            reading.outcome(read, c, parsed["grades"][c.id]) for c in self._asked
        )
        return parsed, [o.error for o in outcomes if isinstance(o, Failed)]

    def _verdict(
        self,
        transcript: Transcript,
        shelf: Shelf | None,
        read: Reading,
        parsed: Mapping[str, Any],
        claims: tuple[ClaimCheck, ...],
        answered: tuple[Reply, ...],
    ) -> Verdict:
        checked = reading.actions(read, parsed["actions_claimed"])
        journey: dict[str, Outcome] = {}
        for criterion in self._rubric.criteria:
            if reading.by_code(criterion):
                journey[criterion.id] = reading.false_action(criterion, checked)
            else:
                journey[criterion.id] = reading.outcome(
                    read, criterion, parsed["grades"][criterion.id]
                )
        return Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric=self._rubric.ref,
            outcomes={Leg.JOURNEY: journey, **dict(self._legs(transcript, read, parsed, journey))},
            claims=claims,
            actions=checked,
            facts=reading.facts(read, parsed),
            composite=composite(self._rubric, journey, claims, checked),
            knowledge=shelf.knowledge if shelf else None,
            answered_by=_models(answered),
            seen=_seen(read),
        )

    def _legs(
        self,
        transcript: Transcript,
        read: Reading,
        parsed: Mapping[str, Any],
        journey: Mapping[str, Outcome],
    ) -> Iterator[tuple[Leg, Mapping[str, Outcome]]]:
        if transcript.stream is Stream.AI:
            yield Leg.AI, journey
        elif transcript.stream is Stream.HUMAN:
            yield Leg.HUMAN, journey
        elif transcript.stream is Stream.HYBRID:
            for leg in (Leg.AI, Leg.HUMAN):
                own = {
                    g["criterion"]: reading.outcome(
                        read, self._rubric.criterion(g["criterion"]), g["grade"]
                    )
                    for g in parsed["legs"]
                    if g["leg"] == leg
                }
                yield leg, {**journey, **own}

    def _failed(
        self,
        transcript: Transcript,
        shelf: Shelf | None,
        read: Reading,
        said: Reply,
        faults: Sequence[str],
    ) -> Verdict:
        code = "provider" if isinstance(said, NoReply) else _CODES.get(type(said), "reply")
        error = "; ".join(faults[:3]) or said.text[:300] or code
        failed = Failed(error=error, code=code)
        journey: dict[str, Outcome] = {c.id: failed for c in self._rubric.criteria}
        return Verdict(
            conversation_id=transcript.id,
            judge=self.fingerprint,
            rubric=self._rubric.ref,
            outcomes={Leg.JOURNEY: journey},
            composite=composite(self._rubric, journey, (), ()),
            knowledge=shelf.knowledge if shelf else None,
            answered_by=_models((said,)),
            seen=_seen(read),
        )


def windowed(transcript: Transcript, characters: int) -> frozenset[int] | None:
    """The turns shown when a transcript is too long; None when all fit.

    First request, last ten turns and every tool call stay; then agent turns from the end backwards.
    """
    sizes = [_size(transcript, n) for n in range(len(transcript.turns))]
    if sum(sizes) <= characters:
        return None
    count = len(transcript.turns)
    first = next((n for n, t in enumerate(transcript.turns) if t.role is Role.CUSTOMER), 0)
    calls = [n for n, t in enumerate(transcript.turns) if t.tool_calls]
    rest = [n for n in reversed(range(count)) if n not in calls]
    kept: set[int] = set()
    room = characters
    for n in (first, *reversed(range(max(0, count - 10), count)), *reversed(calls), *rest):
        if n not in kept and sizes[n] <= room:
            kept.add(n)
            room -= sizes[n]
    return frozenset(kept)


def _size(transcript: Transcript, n: int) -> int:
    turn = transcript.turns[n]
    calls = sum(len(c.result or "") + len(str(dict(c.arguments))) + 60 for c in turn.tool_calls)
    return len(turn.text) + 60 + calls


def _context(transcript: Transcript, turn: int) -> str:
    before = [t.text for t in transcript.turns[:turn] if t.role is Role.CUSTOMER and t.text]
    return before[-1][:600] if before else ""


def _passage(id: str, hit: Hit) -> dict[str, object]:
    return {
        "id": id,
        "title": hit.passage.title,
        "heading": hit.passage.heading,
        "text": hit.passage.text,
        "newer": hit.newer_than_conversation,
    }


def _day(shelf: Shelf | None) -> str | None:
    as_of = shelf.knowledge.as_of if shelf else None
    return as_of.date().isoformat() if as_of else None


def _models(replies: tuple[Reply, ...]) -> tuple[str, ...]:
    named = [r.model for r in replies if not isinstance(r, NoReply) and r.model]
    return tuple(dict.fromkeys(named))


def _seen(read: Reading) -> tuple[str, ...]:
    notes = []
    if read.shown.omitted:
        notes.append(f"windowed: {read.shown.omitted} turns omitted")
    if read.shown.hidden:
        notes.append("the transcript holds invisible text")
    return tuple(notes)


def _verified(
    claims: tuple[ClaimCheck, ...],
    doubtful: Sequence[int],
    found: Sequence[tuple[Hit, ...]],
    said: Reply,
) -> tuple[ClaimCheck, ...]:
    """Claims after the second ask; one it does not answer stays suspected."""
    if not isinstance(said, Answered):
        return claims
    try:
        parsed = reply.parse(said.text)
    except ReplyError:
        return claims
    if reply.faults(parsed, reply.VERIFY_SCHEMA):
        return claims
    changed = list(claims)
    for statement in parsed["statements"]:
        number = int(reply.plain(statement["number"]))
        if not 1 <= number <= len(doubtful):
            continue
        hits = {f"P{number}.{k}": h for k, h in enumerate(found[number - 1], 1)}
        hit = hits.get(str(statement["passage"]).strip("[] "))
        verdict = ClaimVerdict(statement["verdict"])
        n = doubtful[number - 1]
        changed[n] = replace(
            changed[n], **reading.proved(changed[n], verdict, str(statement["reason"]), hit)
        )
    return tuple(changed)


def criteria_asked(rubric: Rubric) -> tuple[Criterion, ...]:
    """The criteria a reply grades; the others are read off checks by code."""
    return tuple(c for c in rubric.criteria if not reading.by_code(c))
