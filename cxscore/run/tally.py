"""What a run did, counted: every conversation of the input exactly once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Literal

from cxscore.run.money import Meter, Spending
from cxscore.transcript import Conversation

PROGRESS_S = 0.1
"""Progress is told at most this often."""
MESSAGES = 20
"""How many messages of failed records a tally keeps; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """How stable the outcomes of one criterion are when the same is asked twice."""

    asked: int
    """Conversations asked twice with an outcome both times."""
    flipped: int
    """Of them, with another outcome the second time."""

    @property
    def rate(self) -> float | None:
        """Share that flipped, 0–1; None when nothing was asked twice."""
        return self.flipped / self.asked if self.asked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a run ended before its input did."""

    why: Literal["budget", "provider"]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The outcome of a run.

    ``conversations == new + updated + already_scored + failed + excluded + duplicates``.
    """

    conversations: int = 0
    """Records the input brought, readable or not."""
    new: int = 0
    """Judged now: unknown so far, or not yet by this judge with this rubric."""
    updated: int = 0
    """Known under this id with other content; judged again only where a judge sees the change."""
    already_scored: int = 0
    """Known, and the stored verdict stands."""
    failed: int = 0
    """Unreadable, contradictory, or the judgement failed as a whole."""
    excluded: int = 0
    """Not eligible, see ``exclusions``."""
    duplicates: int = 0
    """The same id with the same content again in this input."""
    unreadable: int = 0
    """Of ``failed``: records without a usable conversation; they are not in the store."""
    other_files: int = 0
    """Files among the input that hold no conversations in any known format; passed over."""
    exclusions: Mapping[str, int] = field(default_factory=dict)
    """Reason to number; ``erased`` stands for a conversation whose words were erased."""
    messages: tuple[str, ...] = ()
    """What is wrong with failed records and files passed over, the first twenty."""
    criteria: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Criterion to state (graded, na, abstained, failed) to conversations, whole journey."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Language to conversations; the empty string is unknown."""
    roles: Mapping[str, int] = field(default_factory=dict)
    """Role to turns."""
    first: datetime | None = None
    """Earliest start of a conversation read."""
    last: datetime | None = None
    """Latest start of a conversation read."""
    heuristic: bool = False
    """True when the judge is one of fixed rules."""
    judge: str = ""
    """Its fingerprint."""
    spending: Spending | None = None
    """What the model's calls cost; None where no model is asked."""
    repeats: Mapping[str, Flips] = field(default_factory=dict)
    """Criterion to how often a second asking came out otherwise."""
    stopped: Stop | None = None
    """Why the run ended early; what it had not settled is not counted and comes next time."""

    @property
    def eligible(self) -> int:
        """Readable and not excluded: what should have a verdict."""
        return self.conversations - self.unreadable - self.excluded - self.duplicates

    @property
    def graded(self) -> int:
        """Eligible conversations that have a verdict."""
        return self.new + self.updated + self.already_scored

    @property
    def failed_share(self) -> float:
        """Failed records over eligible and unreadable ones, 0–1; 0 when there are none."""
        whole = self.eligible + self.unreadable
        return self.failed / whole if whole else 0.0

    def as_json(self) -> dict[str, object]:
        """Plain JSON values, times as ISO text."""
        plain = asdict(self)
        for name in ("first", "last"):
            plain[name] = None if plain[name] is None else plain[name].isoformat()
        return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    read: int
    """Records taken from the input."""
    settled: int
    """Records counted."""
    judged: int
    """Judgements made in this run."""
    failed: int
    elapsed_s: float
    calls: int = 0
    """Requests made of a model, failed ones too."""
    cost_usd: float | None = 0.0
    """Spent so far; None when a model without a known price was asked."""

    @property
    def rate(self) -> float:
        """Records settled a second."""
        return self.settled / self.elapsed_s if self.elapsed_s > 0 else 0.0

    def eta_s(self, total: int) -> float | None:
        """Seconds left if the input has ``total`` records; None before anything is settled."""
        return (total - self.settled) / self.rate if self.rate else None


class News:
    """Tells progress, not too often."""

    def __init__(self, tell: Callable[[Progress], None] | None) -> None:
        self._tell = tell
        self._start = time.monotonic()
        self._told = self._start
        self.read = 0
        self.judged = 0

    def spread(self, counting: Counting, *, meter: Meter | None = None, last: bool = False) -> None:
        """Tell it, unless it was told a moment ago."""
        now = time.monotonic()
        if self._tell is None or (not last and now - self._told < PROGRESS_S):
            return
        self._told = now
        self._tell(
            Progress(
                read=self.read,
                settled=counting.settled,
                judged=self.judged,
                failed=counting.counts["failed"],
                elapsed_s=now - self._start,
                calls=meter.calls if meter else 0,
                cost_usd=meter.usd if meter else 0.0,
            )
        )


class Counting:
    """A tally while it grows."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.exclusions: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.roles: Counter[str] = Counter()
        self.criteria: dict[str, Counter[str]] = {}
        self.messages: list[str] = []
        self.first: datetime | None = None
        self.last: datetime | None = None

    def understood(self, conversation: Conversation) -> None:
        """Note language, roles and date of a conversation that could be read."""
        self.languages[conversation.language or ""] += 1
        self.roles.update([turn.role.value for turn in conversation.turns])
        started = conversation.started_at
        if started is not None:
            self.first = started if self.first is None else _earlier(self.first, started)
            self.last = started if self.last is None else _later(self.last, started)

    def excluded(self, reason: str) -> None:
        """Count a conversation that is not eligible."""
        self.counts["excluded"] += 1
        self.exclusions[reason] += 1

    def failed(self, message: str, *, unreadable: bool) -> None:
        """Count a failed record and keep its message while there is room."""
        self.counts["failed"] += 1
        self.counts["unreadable"] += unreadable
        if len(self.messages) < MESSAGES:
            self.messages.append(message)

    def other_file(self, message: str) -> None:
        """Count a file that holds no conversations."""
        self.counts["other_files"] += 1
        if len(self.messages) < MESSAGES:
            self.messages.append(message)

    def states(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Count the outcomes of one verdict: (criterion, state)."""
        for criterion, state in pairs:
            self.criteria.setdefault(criterion, Counter())[state] += 1

    @property
    def settled(self) -> int:
        """Records counted so far."""
        counts = self.counts
        return sum(counts[k] for k in _PARTS)

    def tally(
        self,
        *,
        judge: str = "",
        heuristic: bool,
        spending: Spending | None = None,
        repeats: Mapping[str, Flips] | None = None,
        stopped: Stop | None = None,
    ) -> Tally:
        """The counts so far."""
        return Tally(
            conversations=self.settled,
            **{k: self.counts[k] for k in (*_PARTS, "unreadable", "other_files")},
            exclusions=dict(sorted(self.exclusions.items())),
            messages=tuple(self.messages),
            criteria={k: dict(sorted(v.items())) for k, v in sorted(self.criteria.items())},
            languages=dict(sorted(self.languages.items())),
            roles=dict(sorted(self.roles.items())),
            first=self.first,
            last=self.last,
            heuristic=heuristic,
            judge=judge,
            spending=spending,
            repeats=repeats or {},
            stopped=stopped,
        )


_PARTS = ("new", "updated", "already_scored", "failed", "excluded", "duplicates")


def _earlier(a: datetime, b: datetime) -> datetime:
    return b if _instant(b) < _instant(a) else a


def _later(a: datetime, b: datetime) -> datetime:
    return b if _instant(b) > _instant(a) else a


def _instant(time: datetime) -> float:
    # Some exports carry a zone and some do not; Python refuses to compare the two.
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
