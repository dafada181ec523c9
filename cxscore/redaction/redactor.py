"""Personal data out of a transcript before it leaves the process, and quotes shown back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from cxscore.redaction.finding import Finder
from cxscore.redaction.known import as_json, known, logged
from cxscore.redaction.page import Page, Span
from cxscore.redaction.rules import Kind, Known, RedactionRules, contact_key
from cxscore.transcript import Handoff, Source, ToolCall, Transcript, Turn, blind
from cxscore.verdict import Judged, PassageRef, Quote, Verdict

T = TypeVar("T")

_DEFAULT = RedactionRules()
_NOTHING = Known()

_KEYS = frozenset({"id", "conversation_id", "path", "judge", "rubric", "answered_by", "language"})
"""Fields that join tables; redacting them would tear a conversation from its verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A transcript without personal data, and the way back for quotes."""

    transcript: Transcript
    """As given, with placeholders."""
    spans: Mapping[int, tuple[Span, ...]] = field(repr=False)
    """Turn index to the replacements in its text, in order; turns without any are left out."""
    before: Transcript = field(repr=False)
    """As given. Never leaves the process."""
    page: Page = field(repr=False, compare=False)

    def original(self, quote: Quote) -> Quote:
        """The words of the original a quote of the redacted transcript stands for.

        A quote that cuts through a placeholder gives the whole of what was replaced.
        """
        spans = self.spans.get(quote.turn)
        if not spans:
            return quote
        starts = [s.shown_start for s in spans]
        begin = _moved(spans, starts, quote.start, back=True)
        end = _moved(spans, starts, quote.end, back=True, closing=True)
        return _quote(self.before, quote.turn, begin, max(begin, end))

    def shown(self, quote: Quote) -> Quote:
        """The redacted words of a quote of the original transcript."""
        spans = self.spans.get(quote.turn)
        if not spans:
            return quote
        starts = [s.start for s in spans]
        begin = _moved(spans, starts, quote.start, back=False)
        end = _moved(spans, starts, quote.end, back=False, closing=True)
        return _quote(self.transcript, quote.turn, begin, max(begin, end))

    def original_verdict(self, verdict: Verdict) -> Verdict:
        """A verdict on the redacted transcript with every quote in the original's words.

        Reasons keep their placeholders.
        """
        return _each_quote(verdict, self.original)

    def text(self, text: str) -> str:
        """Any other text of this conversation, redacted with the same placeholders."""
        return self.page.text(text)


class Redactor:
    """Replaces personal data by typed placeholders, the same way every time.

    >>> from cxscore.transcript import Role, Transcript, Turn
    >>> said = Turn(role=Role.CUSTOMER, text="I'm Ana Lima, ana@lima.example, order PW-1234")
    >>> redacted = Redactor().redact(Transcript(id="1", turns=(said,)))
    >>> redacted.transcript.turns[0].text
    "I'm [NAME_1], [EMAIL_1], order PW-1234"
    >>> redacted.original(Quote(turn=0, start=4, end=12, text="[NAME_1]")).text
    'Ana Lima'

    Raises:
        ConfigError: a configured pattern is not usable.
    """

    def __init__(self, rules: RedactionRules = _DEFAULT) -> None:
        self.rules = rules
        self._finder = Finder(rules)

    def redact(self, transcript: Transcript, known: Known = _NOTHING) -> Redacted:
        """Redact what a judge is to be shown.

        Args:
            transcript: as ``blind`` hands it out.
            known: what the record's own fields tell, see ``known``; the tool log is read here.

        Returns:
            The same transcript with placeholders in turns, tool calls, sources and handoffs. The
            same conversation always gives the same text.
        """
        page = self._page(transcript, known)
        spans: dict[int, tuple[Span, ...]] = {}
        turns = []
        for index, turn in enumerate(transcript.turns):
            shown, found = _turn(turn, page)
            turns.append(shown)
            if found:
                spans[index] = found
        handoffs = tuple(_handoff(h, page) for h in transcript.handoffs)
        clean = replace(transcript, turns=tuple(turns), handoffs=handoffs)
        return Redacted(transcript=clean, spans=spans, before=transcript, page=page)

    def text(self, text: str, known: Known = _NOTHING) -> str:
        """Redact one text on its own, e.g. a log line; numbers begin at 1."""
        page = self._open(known, ())
        page.reserve(text)
        page.meet([*known.names, *page.introduced(text)])
        return page.text(text)

    def judged(self, one: Judged) -> Judged:
        """A record beside its verdict as reports, packets and exports may show it.

        Placeholders are those the judge saw. Beside the transcript, everything else is redacted
        that holds words: internal notes, attributes, authors, survey comments, reasons. Ids stay,
        and so do the articles' passages.
        """
        conversation = one.record.conversation
        redacted = self.redact(blind(conversation), known(conversation))
        verdict = None if one.verdict is None else _each_quote(one.verdict, redacted.shown)
        return replace(
            one,
            record=_each_text(one.record, redacted.page),
            verdict=_each_text(verdict, redacted.page),
            error=None if one.error is None else redacted.text(one.error),
        )

    def finding(self, noun: T, one: Judged) -> T:
        """What a page says of one conversation, with the placeholders of that conversation.

        Args:
            noun: a dataclass that holds quotes of the conversation's turns and other words.
            one: the conversation it is about.
        """
        conversation = one.record.conversation
        redacted = self.redact(blind(conversation), known(conversation))
        return _each_text(_each_quote(noun, redacted.shown), redacted.page)

    def _open(self, known: Known, told: Iterable[tuple[Kind, str]]) -> Page:
        held = list(told)
        phones = [*known.phones, *(v for k, v in held if k is Kind.PHONE)]
        emails = [*known.emails, *(v for k, v in held if k is Kind.EMAIL)]
        return Page(
            finder=self._finder,
            phones=frozenset(contact_key(p) for p in phones),
            literals=tuple(e for e in dict.fromkeys(emails) if "@" in e),
            never=frozenset(n.casefold() for n in known.never),
        )

    def _page(self, transcript: Transcript, known: Known) -> Page:
        calls = [c for t in transcript.turns for c in t.tool_calls]
        told = list(logged(calls)) if calls else []
        page = self._open(known, told)
        for text in _texts(transcript):
            page.reserve(text)
        names = [*known.names, *(v for k, v in told if k is Kind.NAME)]
        for turn in transcript.turns:
            names += page.introduced(turn.text) if turn.text else ()
        page.meet(names)
        page.meet(name for turn in transcript.turns for name in page.full_names(turn.text))
        return page


def redact_text(text: str, rules: RedactionRules = _DEFAULT, known: Known = _NOTHING) -> str:
    """Redact one text of a report, an export or a log.

    >>> redact_text("Card 4111 1111 1111 1111 was charged for order #W2378156")
    'Card [CARD_1] was charged for order #W2378156'
    """
    return Redactor(rules).text(text, known)


def published(texts: Iterable[str]) -> frozenset[str]:
    """Mails and phones that stand in the company's own articles, for ``RedactionRules.public``."""
    finder = Finder(RedactionRules(kinds=frozenset({Kind.EMAIL, Kind.PHONE})))
    found = (f for text in texts for f in finder.contacts(text, frozenset(), ())[1])
    return frozenset(key for _, _, _, key in found)


def _turn(turn: Turn, page: Page) -> tuple[Turn, tuple[Span, ...]]:
    text, spans = page.words(turn.text) if turn.text else (turn.text, ())
    calls = tuple(_call(c, page) for c in turn.tool_calls)
    sources = tuple(_source(s, page) for s in turn.sources)
    if not spans and calls == turn.tool_calls and sources == turn.sources:
        return turn, ()
    return replace(turn, text=text, tool_calls=calls, sources=sources), spans


def _call(call: ToolCall, page: Page) -> ToolCall:
    arguments = page.value(dict(call.arguments)) if call.arguments else call.arguments
    result = call.result
    if result:
        result = page.json_text(result) if as_json(result) is not None else page.text(result)
    return replace(call, arguments=arguments, result=result)


def _source(source: Source, page: Page) -> Source:
    return replace(source, title=_maybe(source.title, page), url=_maybe(source.url, page))


def _handoff(handoff: Handoff, page: Page) -> Handoff:
    return replace(
        handoff,
        team=_maybe(handoff.team, page),
        reason=_maybe(handoff.reason, page),
        summary=_maybe(handoff.summary, page),
    )


def _maybe(text: str | None, page: Page) -> str | None:
    return None if text is None else page.text(text)


def _texts(transcript: Transcript) -> Iterator[str]:
    for turn in transcript.turns:
        yield turn.text
        for call in turn.tool_calls:
            yield call.result or ""
            if call.arguments:
                yield repr(call.arguments)
    for handoff in transcript.handoffs:
        yield handoff.summary or ""


def _moved(
    spans: tuple[Span, ...], starts: list[int], at: int, *, back: bool, closing: bool = False
) -> int:
    """A place moved from the redacted text to the original (``back``) or the other way."""
    index = bisect_right(starts, at - 1 if closing else at) - 1
    if index < 0:
        return at
    span = spans[index]
    here = (span.shown_end, span.end) if back else (span.end, span.shown_end)
    if at >= here[0]:
        return here[1] + at - here[0]
    if closing:
        return here[1]
    return span.start if back else span.shown_start


def _quote(transcript: Transcript, turn: int, start: int, end: int) -> Quote:
    return Quote(turn=turn, start=start, end=end, text=transcript.turns[turn].text[start:end])


def _each_quote(noun: T, move: Callable[[Quote], Quote]) -> T:
    """A noun with every quote in it moved."""

    def changed(value: Any) -> Any:
        return move(value) if isinstance(value, Quote) else None

    moved: T = _rebuilt(noun, changed)
    return moved


def _each_text(noun: T, page: Page) -> T:
    """A noun with the words in it redacted; ids, quotes and passages as they are."""

    def changed(value: Any) -> Any:
        if isinstance(value, Quote | PassageRef):
            return value
        if isinstance(value, ToolCall):
            return _call(value, page)
        return page.text(value) if isinstance(value, str) and not isinstance(value, Enum) else None

    clean: T = _rebuilt(noun, changed)
    return clean


def _rebuilt(value: Any, changed: Callable[[Any], Any]) -> Any:
    """A value rebuilt wherever ``changed`` gives something in its place; None leaves it."""
    new = changed(value)
    if new is not None:
        return new
    if isinstance(value, Mapping):
        return {key: _rebuilt(held, changed) for key, held in value.items()}
    if isinstance(value, tuple | list) and not hasattr(value, "_fields"):
        return type(value)(_rebuilt(held, changed) for held in value)
    if is_dataclass(value) and not isinstance(value, type):
        held = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in _KEYS}
        news = {name: _rebuilt(old, changed) for name, old in held.items()}
        different = {name: new for name, new in news.items() if new is not held[name]}
        return replace(value, **different) if different else value
    return value
