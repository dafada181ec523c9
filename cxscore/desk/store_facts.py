"""A store's conversations as facts: read once, kept as a Parquet snapshot beside the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pyarrow import ArrowException

from cxscore import kpi, redaction, transcript
from cxscore.errors import InputError, StoreError
from cxscore.export import left_behind
from cxscore.grounding import words
from cxscore.grounding.words import terms
from cxscore.kpi.derive import OWN_ATTRIBUTES, contact_of
from cxscore.kpi.facts import Contact, Facts, facts_of
from cxscore.kpi.groups import grouped
from cxscore.kpi.linking import linked
from cxscore.kpi.stitching import Seam, Stitched, out_of_sight, stitched
from cxscore.kpi.topics import Topics, with_topics
from cxscore.redaction import redact_text
from cxscore.redaction.known import fields
from cxscore.store import Ledger, fact_table
from cxscore.store.fact_table import facts_about, read_facts, write_facts
from cxscore.transcript import Role
from cxscore.verdict import Judged

_DERIVED_BY = (kpi, redaction, transcript, words, fact_table)
"""Packages and modules that decide what the facts are: a snapshot made by others is made anew."""

NO_TOPICS = Topics(words={})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """What a store tells, without what the workspace settings add."""

    facts: Facts
    judges: tuple[str, ...]
    heuristic: bool
    notice: str | None
    linked: int
    """Eligible conversations whose issue key was linked, not given."""
    seams: tuple[Seam, ...]
    """Two exports of one conversation, joined."""
    stitch_found: int | None
    """Of the seams by id, how many customer and time alone find; None: none by id."""
    stitch_wrong: int | None
    stitch_refused: int
    """Pairs an id names that are two conversations all the same."""


def store_facts(store: Path, topics: Topics = NO_TOPICS) -> StoreFacts:
    """Read a store's facts: from the snapshot where nothing has changed since it was written.

    Args:
        store: the ledger's file.
        topics: for conversations whose export names none.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InputError: the store is empty.
    """
    with Ledger.open(store, create=False) as ledger:
        made_of = f"{ledger.revision()}-{_derivation(topics)}"
        path = ledger.facts_path
        kept = _kept(path, made_of)
        if kept is not None:
            return kept
        erased = len(ledger.erased())
        contacts, found = _walked(ledger, topics)
        if not contacts:
            raise InputError("holds no conversation; cxscore score PATH", path=str(store))

        def place(part: Path) -> None:
            ledger.place_facts(part, erased=erased)

        try:
            for old in left_behind(path):
                old.unlink(missing_ok=True)
            write_facts(path, found.facts, _about(found, made_of), place=place)
        except (OSError, StoreError):
            # A store on a disk nobody may write to, or that is being written, is read all the same.
            return found
    return found


def _about(found: StoreFacts, made_of: str) -> dict[str, Any]:
    return {
        "made_of": made_of,
        "judges": list(found.judges),
        "heuristic": found.heuristic,
        "notice": found.notice,
        "linked": found.linked,
        "seams": [asdict(s) for s in found.seams],
        "stitch_found": found.stitch_found,
        "stitch_wrong": found.stitch_wrong,
        "stitch_refused": found.stitch_refused,
    }


def store_contacts(store: Path) -> Sequence[Contact]:
    """A store's conversations as rows, with the customers' own ids.

    Raises:
        StoreError: there is no store, or it cannot be read.
    """
    with Ledger.open(store, create=False) as ledger:
        return _walked(ledger, NO_TOPICS)[0]


def _walked(ledger: Ledger, topics: Topics) -> tuple[Sequence[Contact], StoreFacts]:
    contacts: list[Contact] = []
    requests: dict[str, str] = {}
    judges: set[str] = set()
    heuristic = False
    erased = ledger.erased()
    for judged in ledger.walk():
        contacts.append(contact_of(judged))
        if judged.record.conversation.id not in erased:
            requests[judged.record.conversation.id] = _request(judged)
        heuristic = heuristic or judged.heuristic
        if judged.verdict is not None:
            judges.add(judged.verdict.judge)
    whole: Stitched = stitched(contacts)
    given = {c.id for c in whole.contacts if c.issue is not None}
    named = with_topics(out_of_sight(whole.contacts), requests, topics)
    named = grouped(named, OWN_ATTRIBUTES, _personal)
    rows = linked(named, {name: frozenset(terms(text)) for name, text in requests.items()})
    # What the customer wrote later stands under another name: it may be a return.
    aged = ledger.erased("age")
    rows = [replace(c, lost=True) if c.id in aged else c for c in rows] if aged else rows
    return rows, StoreFacts(
        facts=facts_of(rows),
        judges=tuple(sorted(judges)),
        heuristic=heuristic,
        notice=ledger.notice,
        linked=sum(c.exclusion is None and c.id not in given for c in rows),
        seams=whole.seams,
        stitch_found=whole.found,
        stitch_wrong=whole.wrong,
        stitch_refused=whole.refused,
    )


def _kept(path: Path, made_of: str) -> StoreFacts | None:
    about = facts_about(path)
    if about is None or about.get("made_of") != made_of:
        return None
    try:
        return _from(about, read_facts(path))
    except (OSError, ValueError, LookupError, TypeError, ArrowException):
        # Half a file, a damaged one, or another's: the store itself tells.
        return None


def _from(about: Mapping[str, Any], facts: Facts) -> StoreFacts:
    return StoreFacts(
        facts=facts,
        judges=tuple(about["judges"]),
        heuristic=bool(about["heuristic"]),
        notice=about["notice"],
        linked=int(about["linked"]),
        seams=tuple(Seam(**s) for s in about["seams"]),
        stitch_found=about["stitch_found"],
        stitch_wrong=about["stitch_wrong"],
        stitch_refused=int(about["stitch_refused"]),
    )


def _derivation(topics: Topics) -> str:
    """Digest of the code that derives facts, and of the topics it is told."""
    digest = blake2b(repr([(t, list(w)) for t, w in topics.words.items()]).encode(), digest_size=8)
    for source in _DERIVED_BY:
        file = Path(source.__file__ or "")
        files = file.parent.glob("*.py") if file.name == "__init__.py" else (file,)
        for one in sorted(files):
            digest.update(one.read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def _personal(name: str, value: str) -> bool:
    """Whether an attribute's value is a person's: by its name, or by how it looks."""
    return any(True for _ in fields({name: value})) or redact_text(value) != value


def _request(judged: Judged) -> str:
    """The customer's first two turns."""
    conversation = judged.record.conversation
    said = [t.text for t in conversation.turns if t.role is Role.CUSTOMER][:2]
    return " ".join(said)
