"""One conversation as the rules read it: everything is looked at once and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from cxscore.grounding.actions import ToolRules, check_actions
from cxscore.grounding.claims import check_claims
from cxscore.grounding.library import Shelf
from cxscore.judges.embedded import wording
from cxscore.judges.embedded.english import is_english
from cxscore.judges.embedded.mood import Mood, mood
from cxscore.judges.embedded.wording import clip
from cxscore.transcript import AGENT_ROLES, Role, Transcript
from cxscore.verdict import ActionCheck, ActionVerdict, ClaimCheck, Quote

LONGEST = 20_000
"""Characters of a turn the rules read: pasted logs must not cost minutes."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_TRANSFER = re.compile(r"(?i)transfer.*(?:human|agent|person|team)|hand_?off|escalat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The moment a conversation was passed to a person."""

    turn: int
    """The agent's turn that did it, or the first turn after it."""
    summary: bool | None
    """Whether a note went along; None when the export cannot tell."""
    quote: Quote | None
    """The words the customer was told."""


class Reading:
    """A transcript with what the rules derive from it, each derived at most once."""

    def __init__(self, transcript: Transcript, *, shelf: Shelf | None, tools: ToolRules) -> None:
        self.transcript = transcript
        self.shelf = shelf
        self.tools = tools
        turns = transcript.turns
        self.said = tuple(
            i for i, t in enumerate(turns) if t.role is Role.CUSTOMER and t.text.strip()
        )
        """Indexes of the customer's turns with words."""
        self.answered = tuple(
            i for i, t in enumerate(turns) if t.role in AGENT_ROLES and t.text.strip()
        )
        """Indexes of the agents' turns with words."""
        self.said_set = frozenset(self.said)
        self._moods: dict[int, Mood] = {}
        self._words: dict[int, tuple[str, ...]] = {}

    @cached_property
    def english(self) -> bool | None:
        """Whether the customer writes English; None when neither export nor words tell."""
        evident = is_english(" ".join(self.text(i) for i in self.said))
        told = self.transcript.language
        if told is None:
            return evident
        # The words win over a wrong mark: no lexicon may read a language it does not hold.
        return told.lower().split("-")[0].split("_")[0] == "en" and evident is not False

    @cached_property
    def agent_english(self) -> bool:
        """Whether the agents' words can be read by the rules."""
        if self.english:
            return True
        return is_english(" ".join(self.text(i) for i in self.answered[:12])) is True

    @cached_property
    def agent_foreign(self) -> bool:
        """Whether the agents evidently write, or are said to write, another language."""
        if self.agent_english:
            return False
        told = self.transcript.language
        evident = is_english(" ".join(self.text(i) for i in self.answered[:12]))
        return evident is False or (told is not None and self.english is False)

    @cached_property
    def claims(self) -> tuple[ClaimCheck, ...]:
        """Every checkable sentence of the agents; none in a language the rules cannot read."""
        if self.agent_foreign:
            return ()
        return check_claims(self.transcript, self.shelf)

    @cached_property
    def actions(self) -> tuple[ActionCheck, ...]:
        """Every claim of completion against the tool log."""
        return check_actions(self.transcript, self.tools)

    @cached_property
    def false_actions(self) -> tuple[ActionCheck, ...]:
        """Claims of completion the delivered log disproves."""
        wrong = {ActionVerdict.MISSING, ActionVerdict.FAILED}
        return tuple(a for a in self.actions if a.verdict in wrong)

    @cached_property
    def handovers(self) -> tuple[Handover, ...]:
        """Moves to a person, by the export, the tool log, or (in English) the agent's words."""
        found: dict[int, Handover] = {}
        for move in self.transcript.handoffs:
            if move.to is Role.HUMAN_AGENT:
                note = None if move.summary is None else bool(move.summary.strip())
                found[move.before_turn] = Handover(
                    turn=move.before_turn, summary=note, quote=self._told(move.before_turn)
                )
        for index, turn in enumerate(self.transcript.turns):
            for call in turn.tool_calls:
                if turn.role in AGENT_ROLES and _TRANSFER.search(call.name):
                    has_note = bool(str(call.arguments.get("summary", "")).strip())
                    note = has_note if "summary" in call.arguments else None
                    if not any(abs(t - index) <= 2 for t in found):
                        found[index] = Handover(turn=index, summary=note, quote=self._told(index))
        return tuple(found[t] for t in sorted(found))

    @cached_property
    def asks_for_human(self) -> tuple[Quote, ...]:
        """The customer's requests for a person, at most one per turn."""
        if not self.english:
            return ()
        quotes = []
        for i in self.said:
            for match in wording.ASKS_FOR_HUMAN.finditer(self.text(i)):
                if not wording.NOT_ASKING.search(self.text(i)[: match.start()]):
                    quotes.append(clip(i, self.text(i), match.start(), match.end()))
                    break
        return tuple(quotes)

    @cached_property
    def ends_with_accepted_offer(self) -> bool:
        """Whether the last words accept an offer of a person: what came after is unknown."""
        asks = self.asks_for_human
        if not asks or asks[-1].turn != self.said[-1] or self.handovers:
            return False
        if any(i > asks[-1].turn for i in self.answered):
            return False
        before = [i for i in self.answered if i < asks[-1].turn]
        return bool(before) and wording.OFFERS_HUMAN.search(self.text(before[-1])) is not None

    @cached_property
    def sightings(self) -> tuple[Quote, ...]:
        """The customer's words that it works, seen with their own eyes."""
        return self._assertions(wording.SEEN_WORKING, wording.UNCERTAIN)

    @cached_property
    def confirmations(self) -> tuple[Quote, ...]:
        """The customer's words that it is solved, in order."""
        return self._assertions(wording.CONFIRMS, wording.UNCERTAIN)

    @cached_property
    def denials(self) -> tuple[Quote, ...]:
        """The customer's words that it is not solved, in order."""
        return self._assertions(wording.DENIES, None)

    @cached_property
    def denials_at_end(self) -> tuple[Quote, ...]:
        """Denials in the last two customer turns that no later confirmation takes back."""
        late = tuple(d for d in self.denials if d.turn in self.said[-2:])
        if late and any(c.turn >= late[-1].turn for c in self.confirmations):
            return ()
        return late

    @cached_property
    def repeats(self) -> tuple[Quote, ...]:
        """Customer messages that say again what an earlier one said."""
        return self._again(self.said, share=0.7, at_least=5)

    @cached_property
    def loops(self) -> tuple[Quote, ...]:
        """Agent messages that say again what an earlier one said."""
        return self._again(self.answered, share=0.9, at_least=10)

    def text(self, turn: int) -> str:
        """The words of a turn, at most ``LONGEST`` characters."""
        return self.transcript.turns[turn].text[:LONGEST]

    def words(self, turn: int) -> tuple[str, ...]:
        """The words of a turn in lower case, at most 400."""
        if turn not in self._words:
            self._words[turn] = tuple(
                w.lower() for w in _WORD.findall(self.text(turn)[:4000])[:400]
            )
        return self._words[turn]

    def mood(self, turn: int) -> Mood:
        """The mood of a customer's turn."""
        if turn not in self._moods:
            self._moods[turn] = mood(self.text(turn))
        return self._moods[turn]

    def quote(self, turn: int) -> Quote:
        """The first words of a turn, as evidence."""
        text = self.text(turn)
        start = len(text) - len(text.lstrip())
        return clip(turn, text, start, start)

    def replies_after(self, turn: int, role: Role) -> list[int]:
        """Turns with words of one role after a turn."""
        turns = self.transcript.turns
        return [
            i
            for i in range(turn + 1, len(turns))
            if turns[i].role is role and turns[i].text.strip()
        ]

    def _told(self, turn: int) -> Quote | None:
        """What the customer was told of a handover near a turn, else the turn's own words."""
        near = [i for i in self.answered if turn - 2 <= i <= turn + 2]
        for i in near:
            match = wording.HANDS_OVER.search(self.text(i))
            if match:
                return clip(i, self.text(i), match.start(), match.end())
        return self.quote(near[-1]) if near else None

    def _assertions(
        self, pattern: re.Pattern[str], unless: re.Pattern[str] | None
    ) -> tuple[Quote, ...]:
        if not self.english:
            return ()
        quotes = []
        for i in self.said:
            text = self.text(i)
            for match in pattern.finditer(text):
                asked = "?" in text[match.end() : match.end() + 60].split(".")[0].split("\n")[0]
                if asked or (unless and unless.search(text[: match.start()])):
                    continue
                quotes.append(clip(i, text, match.start(), match.end()))
                break
        return tuple(quotes)

    def _again(self, turns: tuple[int, ...], *, share: float, at_least: int) -> tuple[Quote, ...]:
        seen: list[tuple[int, frozenset[str]]] = []
        quotes = []
        for i in turns:
            words = frozenset(self.words(i))
            if len(words) < at_least:
                continue
            # Only the last dozen messages: a loop is near, and long chats stay cheap.
            if any(_same(words, other, share) for _, other in seen[-12:]):
                quotes.append(self.quote(i))
            seen.append((i, words))
        return tuple(quotes)


def _same(a: frozenset[str], b: frozenset[str], share: float) -> bool:
    if min(len(a), len(b)) < share * max(len(a), len(b)):
        return False
    common = len(a & b)
    return common >= share * (len(a) + len(b) - common)
