"""The first screen: the overview on one screen of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cxscore.kpi.counting import Count
from cxscore.kpi.known import KnownWithoutJudge
from cxscore.kpi.overview import Overview
from cxscore.kpi.understood import CriterionCount, Understood
from cxscore.kpi.unknowns import Unknown
from cxscore.report import words
from cxscore.report.lines import criterion_name
from cxscore.report.paint import WIDTH, cut, fold, paint
from cxscore.report.plain import plain
from cxscore.report.words import one_line
from cxscore.rubric import Rubric
from cxscore.transcript import Json

LINES = 45
"""What fits on one screen."""
_NAME = 13


def first_screen(overview: Overview, rubric: Rubric, *, colour: bool = False) -> str:
    """The overview in at most ``LINES`` lines of ``WIDTH`` columns.

    Args:
        overview: what to show.
        rubric: gives the names of criteria.
        colour: whether to use ANSI colours.
    """
    u = overview.understood
    if not u.read.n:
        return "Nothing was read yet: cxscore score PATH --kb DIR reads conversations.\n"
    head = fold(overview.notice, width=WIDTH) if overview.notice else []
    head += [words.HEURISTIC_SHORT] if overview.heuristic else []
    parts = [
        ("What was understood", _understood(u, overview.unreadable)),
        ("Known without a judge", _known(overview.known, u) if u.eligible.n else []),
        ("Proved", _proved(overview)),
        ("Not known yet, and what it would take", []),
        ("Read first", _to_read(overview)),
    ]
    taken = len(head) + sum(1 + max(1, len(body)) for _, body in parts)
    # What is open is the longest list and the one the report holds whole: it gives way.
    parts[3][1].extend(_unknown(overview.unknown, rubric, room=max(3, LINES - taken + 1)))
    lines = head
    for number, (title, body) in enumerate(parts, 1):
        lines += [paint(f"{number}  {title}", "head", colour=colour)]
        lines += [cut(line, WIDTH) for line in body] or ["  nothing"]
    return "\n".join(lines) + "\n"


def to_json(overview: Overview) -> dict[str, Json]:
    """The overview as plain values; ids stand beside every count, capped as in ``Count``."""
    return {"schema": 1, "heuristic": overview.heuristic, **plain(overview)}


def _row(name: str, text: str) -> str:
    return f"  {name:<{_NAME}} {text}"


def _rows(name: str, text: str) -> list[str]:
    """A row folded into two lines at most."""
    lines = fold(text, width=WIDTH - _NAME - 3)
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return [_row(name if n == 0 else "", line) for n, line in enumerate(lines)]


def _understood(u: Understood, unreadable: int) -> list[str]:
    excluded = ", ".join(f"{words.EXCLUSION.get(r, r)} {n.n:,}" for r, n in u.excluded)
    flow = f"{u.read.n:,} read → {u.eligible.n:,} eligible → {u.graded.n:,} graded on something"
    flow += f" → {u.failed.n:,} failed" + (f", {u.not_judged.n:,} waiting" * bool(u.not_judged.n))
    rows = [_row("conversations", flow)]
    if len(u.rubrics) > 1:
        mixed = ", ".join(f"{ref} {n.n:,}" for ref, n in u.rubrics)
        rows += _rows("rubrics", f"more than one, criteria below are of the first: {mixed}")
    if unreadable:
        rows.append(_row("not readable", f"{unreadable:,} in the last run, missing from all below"))
    if excluded:
        rows += _rows("excluded", excluded)
    if u.eligible.n:
        who = "; ".join(
            (
                words.date_range(u.first, u.last),
                _kinds((words.STREAM[s], n) for s, n in u.streams),
                _kinds(u.channels),
                _kinds(u.languages),
            )
        )
        rows += [
            *_rows("dates, who", who),
            *(line for said in words.knowledge(u)[:1] for line in _rows("knowledge", said)),
            *_criteria(u.criteria),
        ]
    return rows


def _kinds(pairs: Iterable[tuple[str | None, Count]]) -> str:
    said = [f"{one_line(name or 'not known')} {n.n:,}" for name, n in pairs]
    return words.and_more(said, 4)


def _criteria(criteria: Sequence[CriterionCount]) -> list[str]:
    """Graded of asked by criterion; those with nothing graded share one line."""
    asked = [c for c in criteria if c.asked]
    some = [c for c in asked if c.graded]
    said = [f"{c.name} {c.graded:,}/{c.asked:,}" + _beside(c) for c in some]
    rows = [_row("graded" if n == 0 else "", line) for n, line in enumerate(_packed(said))]
    none = [c.name for c in asked if not c.graded]
    if none:
        rows.append(_row("not graded", ", ".join(none)))
    return rows


def _beside(c: CriterionCount) -> str:
    said = [f"{c.na.n:,} N/A"] * bool(c.na.n) + [f"{c.failed.n:,} failed"] * bool(c.failed.n)
    return f" ({', '.join(said)})" if said else ""


def _packed(parts: list[str]) -> list[str]:
    """Parts joined into as few lines as fit."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= WIDTH - _NAME - 4:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return lines


def _known(known: KnownWithoutJudge, u: Understood) -> list[str]:
    n = u.eligible.n
    handed = words.share(known.handed_to_person.n, n)
    nobody = f"; in {known.nobody_spoke.n:,} no person spoke afterwards"
    joined = words.share(known.people_joined.n, n)
    surveys = [f"{one_line(s.kind)} {words.share(s.answered.n, s.sent.n)}" for s in known.surveys]
    return [
        _row("handoffs", f"{handed} to a person" + nobody * bool(known.handed_to_person.n)),
        _row("people joined", f"{joined} were served by AI and a person"),
        _row("came back", _returns(known)),
        _row("vendor says", _labels(known)),
        _row("surveys", words.and_more(surveys, 3) + " answered" if surveys else "none delivered"),
    ]


def _labels(known: KnownWithoutJudge) -> str:
    """By word; the report keeps words under different definitions apart."""
    if not known.vendor_labels:
        return "nothing was delivered"
    sums: dict[str, int] = {}
    for label in known.vendor_labels:
        word = one_line(label.value)
        sums[word] = sums.get(word, 0) + label.conversations.n
    said = [f"{word} {n:,}" for word, n in sorted(sums.items(), key=lambda kv: -kv[1])]
    definitions = len({label.definition for label in known.vendor_labels})
    return words.and_more(said, 3) + f" (under {definitions} definitions)" * (definitions > 1)


def _returns(known: KnownWithoutJudge) -> str:
    if not known.returns.linked.n:
        return "not available: it takes customer ids and times in the export"
    return " · ".join(
        f"{words.window(w.hours)}: {words.share(w.any_issue.n, w.observed.n)}"
        for w in known.returns.windows
    )


def _proved(overview: Overview) -> list[str]:
    """Each kind with its number and its first finding, both sides."""
    proved, rows = overview.proved, []
    actions, nobody, against = proved.false_actions, proved.nobody_came, proved.contradictions
    u = overview.understood
    rows.append(
        f"  {_found(actions.conversations, _graded(u, 'false_action'))} with a claimed action the"
        " tool log does not hold"
    )
    for action in actions.shown[:1]:
        log = "failed: " if action.failed else f"{words.plural(action.log_calls, 'call')}: "
        calls = log + (words.and_more([one_line(line.name) for line in action.log], 4) or "none")
        rows += _two(action.conversation_id, action.quote.turn, action.quote.text, "log", calls)
    rows.append(
        f"  {_found(nobody.conversations, _graded(u, 'escalation'))} asked for a person and none"
        " came"
    )
    for one in nobody.shown[:1]:
        if one.quote:
            rows.append(_said(one.conversation_id, one.quote.turn, one.quote.text))
    rows.append(
        f"  {_found(against.conversations, _graded(u, 'grounding'))} with a statement an article"
        " contradicts"
    )
    for claim in against.shown[:1]:
        name = f"article {claim.passage.title}"
        rows += _two(
            claim.conversation_id, claim.quote.turn, claim.quote.text, name, claim.passage.text
        )
    return rows


def _graded(u: Understood, criterion: str) -> bool:
    """Whether the criterion that looks for a kind of finding could look at anything."""
    asked = [c for c in u.criteria if c.id == criterion]
    return not asked or any(c.graded or (criterion == "escalation" and c.na.n) for c in asked)


def _found(count: Count, looked: bool) -> str:  # noqa: FBT001 - a fact about the count beside it
    """The count; where nothing could be looked at, that is said instead of a zero."""
    return f"{count.n:,}" if count.n or looked else "not checkable:"


def _two(id: str, turn: int, text: str, name: str, other: str) -> list[str]:
    return [_said(id, turn, text), f"       {cut(one_line(name), 34)}: {one_line(other)}"]


def _said(id: str, turn: int, text: str) -> str:
    return f"     {one_line(id)} turn {turn}: “{cut(one_line(text), 70)}”"


def _unknown(unknown: Sequence[Unknown], rubric: Rubric, *, room: int) -> list[str]:
    rows = []
    shown = len(unknown) if len(unknown) <= room else room - 1
    for one in unknown[:shown]:
        if one.criteria:
            names = [criterion_name(c, rubric) for c, _ in one.criteria]
            what = f"{words.and_more(names, 1)}: {one.what}"
        else:
            what = one.what
        number = f"{one.conversations.n:,}" if one.conversations.n else "all"
        rows.append(f"  {number:>5}  {cut(one_line(what), 47):<47} {one.takes}")
    if len(unknown) > shown:
        rows.append(f"         and {len(unknown) - shown} more in the report")
    return rows


def _to_read(overview: Overview) -> list[str]:
    ids = [one_line(r.conversation_id) for r in overview.to_read]
    width = min(36, max((len(i) for i in ids), default=0))
    return [
        f"  {cut(name, width):<{width}}  {one_line(r.sentence)}"
        + (f": “{one_line(r.quote.text)}”" if r.quote else "")
        for name, r in zip(ids, overview.to_read, strict=True)
    ]
