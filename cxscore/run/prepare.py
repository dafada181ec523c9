"""What a record means to the store before any judge is asked: known, new, changed, excluded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from cxscore import wire
from cxscore.errors import NotTranscriptsError, TranscriptError
from cxscore.run.source import JudgeSource
from cxscore.store import (
    Entry,
    Head,
    InputRegister,
    Ledger,
    SealedEntry,
    StoredVerdict,
    VersionEntry,
    pack,
    unit,
)
from cxscore.transcript import (
    Record,
    Sealed,
    Transcript,
    blind,
    content_digest,
    exclusion,
    visible_digest,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts as the same judgement, and what is judged again."""

    source: JudgeSource
    rubric_digest: str
    rescore_kb: bool
    retry_failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A record that brings no usable conversation."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFile:
    """A file among the transcripts that holds none: no conversation, so none is missing."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The same id with the same content again in this input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Not judged, and why."""

    record: Record
    reason: str
    entry: Entry
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Its words were erased from this store: they are not taken in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Judged before; the stored verdict stands."""

    record: Record
    entry: Entry
    verdict: StoredVerdict
    updated: bool
    """The content changed where no judge sees it."""
    changed: bool
    """The entry holds something to store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """To be judged."""

    record: Record
    entry: Entry
    transcript: Transcript
    unit: bytes
    visible: str
    """Digest (hex) of the transcript."""
    updated: bool
    failed_before: bool = False
    """It was judged and failed for a reason that asking again may mend."""


Prepared = OtherFile | Unreadable | Duplicate | Excluded | Erased | Known | Due


def prepare(
    item: Record | TranscriptError, *, ledger: Ledger, register: InputRegister, rules: Rules
) -> Prepared:
    """Look a record up; nothing is written yet."""
    if isinstance(item, NotTranscriptsError):
        return OtherFile(message=str(item))
    if isinstance(item, TranscriptError):
        return Unreadable(message=str(item))
    try:
        content = content_digest(item.conversation)
        sealed = _sealed_digest(item.sealed)
        body = pack(item.conversation)
    except (TypeError, ValueError, RecursionError) as error:
        return Unreadable(message=f"{place(item)}: the conversation cannot be stored: {error}")
    before = register.add(item.conversation.id, content + sealed, place(item))
    if before is not None:
        return _again(item, content + sealed, before)
    head = ledger.head(item.conversation.id)
    if head is not None and head.erased:
        return Erased()
    return _look_up(item, content, sealed, body, head, ledger, rules)


def place(record: Record) -> str:
    """Where a record stood, as the user named it."""
    if record.path is None:
        return f"conversation {record.conversation.id!r}"
    # A file name need not be valid Unicode; what is stored and printed must be.
    path = record.path.encode("utf-8", "replace").decode()
    return path if record.line is None else f"{path}:{record.line}"


def _again(record: Record, content: str, before: tuple[str, str]) -> Unreadable | Duplicate:
    if before[0] == content:
        return Duplicate()
    return Unreadable(
        message=f"{place(record)}: the id {record.conversation.id!r} already stood at {before[1]} "
        "with different content; give each conversation its own id, or score the files one after "
        "the other, then the later content supersedes the earlier"
    )


def _look_up(
    record: Record,
    content: str,
    sealed: str,
    body: bytes,
    head: Head | None,
    ledger: Ledger,
    rules: Rules,
) -> Prepared:
    conversation = record.conversation
    updated = head is not None and head.content != content
    version = 1 if head is None else head.version + updated
    transcript = blind(conversation)
    visible = visible_digest(transcript)
    reason = exclusion(conversation)
    entry = Entry(
        id=conversation.id,
        at=ledger.now(),
        customer=ledger.customer_key(conversation.customer_id),
        version=version,
        exclusion=reason,
        content=VersionEntry(
            version=version, record=record, body=body, content=content, visible=visible
        )
        if head is None or updated
        else None,
        sealed=_newly_sealed(record.sealed, sealed, head, ledger),
    )
    changed = entry.content is not None or entry.sealed is not None
    if reason is not None:
        changed = changed or (head is not None and head.exclusion != reason)
        return Excluded(record=record, reason=reason, entry=entry, changed=changed)
    mine = unit(
        conversation_id=conversation.id,
        visible=visible,
        judge=rules.source.fingerprint,
        rubric_digest=rules.rubric_digest,
    )
    stored = ledger.stored_verdict(mine, _knowledge(conversation.started_at, rules))
    if stored is None or _retries(stored, rules):
        return Due(
            record=record,
            entry=entry,
            transcript=transcript,
            unit=mine,
            visible=visible,
            updated=updated,
            failed_before=stored is not None,
        )
    return Known(
        record=record,
        entry=replace(entry, verdict=stored.key),
        verdict=stored,
        updated=updated,
        changed=changed or head is None or head.verdict != stored.key,
    )


def _retries(stored: StoredVerdict, rules: Rules) -> bool:
    return stored.retry == "always" or (stored.retry == "asked" and rules.retry_failed)


def _knowledge(started_at: datetime | None, rules: Rules) -> str | None:
    if not rules.rescore_kb or rules.source.knowledge_at is None:
        return None
    return rules.source.knowledge_at(started_at) or ""


def _sealed_digest(sealed: Sealed) -> str:
    return "" if sealed == Sealed() else hashlib.sha256(wire.dump(sealed)).hexdigest()


def _newly_sealed(
    sealed: Sealed, digest: str, head: Head | None, ledger: Ledger
) -> SealedEntry | None:
    """What this record adds to what is sealed; None when it adds nothing."""
    if not digest:
        return None
    before = None if head is None else ledger.sealed_of(head.key)
    if before is None:
        return SealedEntry(content=digest, body=pack(sealed))
    if before[0] == digest:
        return None
    merged = _overlay(before[1], sealed)
    if merged == before[1]:
        return None
    return SealedEntry(content=digest, body=pack(merged))


def _overlay(old: Sealed, new: Sealed) -> Sealed:
    """The old with everything the new one says; what it leaves out stays as it was known."""
    said: Mapping[str, Any] = {f.name: getattr(new, f.name) for f in fields(Sealed)}
    return replace(old, **{k: v for k, v in said.items() if v})
