"""Labels into the store, and what is wrong with those in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cxscore.calibration.label_check import Finding, check_labels, counts
from cxscore.desk.rubrics import open_rubric
from cxscore.errors import LabelError
from cxscore.label import Label, Sampling, Split
from cxscore.readers.labels import LabelFile, Loss, Unmapped, load_map, read_labels
from cxscore.store import Draw, FrameUnit, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an import did."""

    stored: int
    known: int
    unmapped: tuple[Unmapped, ...]
    losses: tuple[Loss, ...]
    unknown_conversations: int
    """Labels left out because the store does not hold their conversation."""
    from_draw: int
    """Labels that got stratum and chance from the draw that took their conversation."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def import_labels(
    path: Path,
    *,
    store: Path,
    rubric: str = "cx",
    mapping: Path | None = None,
    skip_unmapped: bool = False,
    skip_unknown: bool = False,
) -> Taken:
    """Take the labels of a file into the store: all that can be used, or none.

    Args:
        path: the file.
        store: a ledger that holds the conversations.
        rubric: packaged id or file.
        mapping: a ``label_map.yaml``.
        skip_unmapped: leave out rows whose answer or question is mapped to nothing.
        skip_unknown: leave out labels of conversations the store does not hold.

    Raises:
        LabelError: the file cannot be used; nothing was stored.
        StoreError: there is no store, or another run is writing.
    """
    asked = open_rubric(rubric)
    file = read_labels(path, asked, None if mapping is None else load_map(mapping, asked))
    if file.unmapped and not skip_unmapped:
        raise LabelError(_unmapped(file.unmapped), path=str(path), line=file.unmapped[0].line)
    with Ledger.open(store, create=False) as ledger:
        known = set(ledger.ids())
        usable, foreign = _usable(file, known)
        if foreign and not skip_unknown:
            first = file.lines[file.labels.index(foreign[0])]
            reason = (
                f"{len(foreign):,} labels are of conversations {store} does not hold, first"
                f" {foreign[0].conversation_id!r}; score them first, or leave them out with"
                " --skip-unknown; nothing was imported"
            )
            raise LabelError(reason, path=str(path), line=first)
        _no_second_level(usable, tuple(ledger.labels()), file, path)
        drawn = ledger.drawn()
        from_draw = sum(one.sampling is None and one.conversation_id in drawn for one in usable)
        usable = [_sampled(one, drawn) for one in usable]
        stored = ledger.add_labels(usable)
    return Taken(
        stored=stored,
        known=len(usable) - stored,
        unmapped=file.unmapped,
        losses=file.losses,
        unknown_conversations=len(foreign),
        from_draw=from_draw,
    )


def _sampled(one: Label, drawn: Mapping[str, tuple[Draw, FrameUnit]]) -> Label:
    """A label with the chance its conversation had, where the file did not say it."""
    if one.sampling is not None or one.conversation_id not in drawn:
        return one
    draw, unit = drawn[one.conversation_id]
    return replace(
        one,
        split=one.split or Split(draw.split),
        sampling=Sampling(
            design=draw.design,
            inclusion_probability=unit.inclusion_probability,
            stratum=unit.stratum,
        ),
    )


def _usable(file: LabelFile, known: set[str]) -> tuple[list[Label], list[Label]]:
    usable = [one for one in file.labels if one.conversation_id in known]
    return usable, [one for one in file.labels if one.conversation_id not in known]


def _no_second_level(
    new: Sequence[Label], held: Sequence[Label], file: LabelFile, path: Path
) -> None:
    """A rater has one level for a thing: another one in a later file is a contradiction."""
    before = {_what(one): one for one in held}
    for one in new:
        found = before.get(_what(one))
        if found is not None and found.level != one.level:
            reason = (
                f"rater {one.rater!r} gave {one.criterion} of {one.conversation_id!r} the level"
                f" {_text(found)} before, here {_text(one)}; a rater has one label for a thing;"
                " nothing was imported"
            )
            raise LabelError(reason, path=str(path), line=file.lines[file.labels.index(one)])


def _what(one: Label) -> tuple[str, str, str, str]:
    return (one.conversation_id, one.criterion, one.leg, one.rater)


def _text(one: Label) -> str:
    return "na" if one.level is None else str(one.level)


def _unmapped(found: Sequence[Unmapped]) -> str:
    told = "; ".join(
        f"{u.what} {u.text!r}" + (f" of {u.criterion}" if u.criterion else "") + f" ({u.rows} rows)"
        for u in found[:8]
    )
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return (
        f"the map has no place for {told}{more}; add them to it, or leave these rows out with"
        " --skip-unmapped; nothing was imported"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The labels of a store, looked over."""

    labels: int
    conversations: int
    raters: int
    levels: Mapping[str, Mapping[str, int]]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many findings make a number wrong."""
        return sum(f.severity == "error" for f in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "errors": self.errors}


def check(store: Path, *, rubric: str = "cx") -> Checked:
    """Look the labels of a store over.

    Raises:
        StoreError: there is no store.
        RubricError: the rubric cannot be used.
    """
    with Ledger.open(store, create=False) as ledger:
        held = tuple(ledger.labels())
    return Checked(
        labels=len(held),
        conversations=len({one.conversation_id for one in held}),
        raters=len({one.rater for one in held}),
        levels=counts(held),
        findings=check_labels(held, open_rubric(rubric)),
    )
