"""Customers who came back, counted only where the whole window was observed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cxscore.kpi.counting import Count, Tally, Top
from cxscore.transcript import Conversation

WINDOWS_H = (24, 48, 168)
"""Hours after the end of a conversation; a return at exactly the last second counts."""
_SCAN = 200
"""Later contacts looked at: an id with more of them in a week is shared, not a customer's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnWindow:
    """Returns within one window, over the conversations whose window was observed whole."""

    hours: int
    observed: Count
    """Conversations that ended at least this long before the data end."""
    any_issue: Count
    """Of these: followed by another conversation of the same customer."""
    same_issue: Count | None
    """Of these: about the same issue id; None when no issue ids were delivered."""
    other_channel: Count
    """Of ``any_issue``: some return came on another channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comeback:
    """A conversation the vendor calls resolved, and the next one of the same customer."""

    conversation_id: str
    next_id: str
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """What can be said about customers coming back. Messages in the same thread are not returns."""

    windows: tuple[ReturnWindow, ...]
    linked: Count
    """Eligible conversations with a customer id and a time: the only ones looked at."""
    unlinked: Count
    """Eligible conversations without one of the two."""
    observed_until: datetime | None
    """The last time in the data; None when there is none."""
    after_claim: tuple[Comeback, ...] = ()
    """Within 7 days of a conversation the vendor calls resolved; soonest first, at most 20."""


@dataclass(frozen=True, slots=True)
class _Contact:
    start: float
    end: float
    id: str
    issue: str | None
    channel: str | None
    claimed: bool


def span(conversation: Conversation) -> tuple[datetime, datetime] | None:
    """First and last time known of a conversation; None when it has none."""
    times = [t.time for t in conversation.turns if t.time is not None]
    times += [t for t in (conversation.started_at, conversation.ended_at) if t is not None]
    # Exports mix stamps with and without a zone; without one they are taken as UTC.
    return (min(times, key=seconds), max(times, key=seconds)) if times else None


def seconds(time: datetime) -> float:
    """Whole seconds since 1970; a stamp without a zone is read as UTC."""
    naive = time.replace(tzinfo=None) - (time.utcoffset() or _NO_TIME)
    return (naive - _EPOCH) // _SECOND


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (both sides of the subtraction are naive UTC)
_SECOND = datetime(1970, 1, 1, 0, 0, 1) - _EPOCH  # noqa: DTZ001  (a duration)
_NO_TIME = _EPOCH - _EPOCH


class ReturnLinker:
    """Collects contacts by customer, then links them."""

    def __init__(self) -> None:
        self._contacts: dict[str, list[_Contact]] = defaultdict(list)
        self._linked, self._unlinked = Tally(), Tally()
        self._issues = False

    def add(self, conversation: Conversation, *, claimed_resolved: bool) -> None:
        """Take one eligible conversation in."""
        known = span(conversation)
        if conversation.customer_id is None or known is None:
            self._unlinked.add(conversation.id)
            return
        self._linked.add(conversation.id)
        self._issues = self._issues or conversation.issue_id is not None
        contact = _Contact(
            seconds(known[0]),
            seconds(known[1]),
            conversation.id,
            conversation.issue_id,
            conversation.channel,
            claimed_resolved,
        )
        self._contacts[conversation.customer_id].append(contact)

    def returns(self, observed_until: datetime | None) -> Returns:
        """Link what was collected.

        Args:
            observed_until: the last moment the data cover.
        """
        until = None if observed_until is None else seconds(observed_until)
        books = [_WindowBook(hours) for hours in WINDOWS_H]
        comebacks: Top[Comeback] = Top(20)
        for contacts in self._contacts.values():
            contacts.sort(key=lambda c: (c.start, c.id))
            for contact, later in _followed(contacts):
                for book in books:
                    book.enter(contact, later, until)
                if contact.claimed and later:
                    hours = (later[0].start - contact.end) / 3600
                    comeback = Comeback(
                        conversation_id=contact.id, next_id=later[0].id, hours=hours
                    )
                    comebacks.add((hours, contact.id), comeback)
        return Returns(
            windows=tuple(book.window(with_issues=self._issues) for book in books),
            linked=self._linked.count(),
            unlinked=self._unlinked.count(),
            observed_until=observed_until,
            after_claim=comebacks.values(),
        )


def _followed(contacts: list[_Contact]) -> Iterator[tuple[_Contact, list[_Contact]]]:
    """Each contact with the later ones that began after its end, within the longest window."""
    for i, contact in enumerate(contacts):
        last = contact.end + WINDOWS_H[-1] * 3600
        later = []
        for other in contacts[i + 1 : i + 1 + _SCAN]:
            if other.start > last:
                break
            if other.start > contact.start and other.start >= contact.end:
                later.append(other)
        yield contact, later


class _WindowBook:
    """The tallies of one window."""

    def __init__(self, hours: int) -> None:
        self._hours = hours
        self._observed, self._any = Tally(), Tally()
        self._same, self._other = Tally(), Tally()

    def enter(self, contact: _Contact, later: list[_Contact], until: float | None) -> None:
        last = contact.end + self._hours * 3600
        if until is None or last > until:
            return
        self._observed.add(contact.id)
        back = [c for c in later if c.start <= last]
        if back:
            self._any.add(contact.id)
        if contact.issue is not None and any(c.issue == contact.issue for c in back):
            self._same.add(contact.id)
        if contact.channel and any(c.channel not in (None, contact.channel) for c in back):
            self._other.add(contact.id)

    def window(self, *, with_issues: bool) -> ReturnWindow:
        return ReturnWindow(
            hours=self._hours,
            observed=self._observed.count(),
            any_issue=self._any.count(),
            same_issue=self._same.count() if with_issues else None,
            other_channel=self._other.count(),
        )
