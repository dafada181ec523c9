"""What waits for people: conversations the judge left open, draws without labels, disagreements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cxscore.kpi.facts import yes
from cxscore.kpi.ladder import involved, judged
from cxscore.kpi.registry import Known
from cxscore.store import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The queue of a period."""

    undecided: tuple[str, ...]
    """Claimed by the vendor, and the judge does not say whether it is so."""
    against: tuple[str, ...]
    """Claimed by the vendor, and the judge says no: nobody has looked yet."""
    unlabelled: tuple[str, ...]
    """Drawn for people to rate and not rated, of the whole store."""
    rated: int
    """Conversations of the whole store people have rated."""
    decided: int
    """Conversations with an AI of the period of which the judge says whether they are solved."""
    involved: int


def waiting(known: Known, ledger: Ledger) -> Waiting:
    """The queue, conversations people have rated already left out."""
    facts = known.facts
    rated = {label.conversation_id for label in ledger.labels()}
    ok, unknown = judged(facts)
    claimed = involved(facts) & yes(facts.claimed)
    return Waiting(
        undecided=_open(facts.id[claimed & unknown].tolist(), rated),
        against=_open(facts.id[claimed & ~unknown & ~ok].tolist(), rated),
        unlabelled=_open(sorted(ledger.drawn()), rated),
        rated=len(rated),
        decided=int((involved(facts) & ~unknown).sum()),
        involved=int(involved(facts).sum()),
    )


def _open(ids: list[str], rated: Collection[str]) -> tuple[str, ...]:
    return tuple(i for i in ids if i not in rated)
