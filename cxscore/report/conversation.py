"""One conversation in the terminal, with its verdict or as a judge sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cxscore.kpi.findings import LogExcerpt, suspicious
from cxscore.report import words
from cxscore.report.lines import ActionLine, ClaimLine, OutcomeLine
from cxscore.report.marks import Piece
from cxscore.report.page import ConversationPage, TurnLine, page
from cxscore.report.paint import fold, paint
from cxscore.report.plain import plain
from cxscore.report.words import one_line, printable
from cxscore.rubric import Rubric
from cxscore.transcript import Conversation, Handoff, Json, Record, Role, blind
from cxscore.verdict import Judged, Quote, state

_INDENT = "     "


def show(
    judged: Judged, rubric: Rubric | None, *, colour: bool = False, notice: str | None = None
) -> str:
    """The whole conversation: transcript, verdict, then what the judge did not see.

    Args:
        judged: with or without a verdict.
        rubric: gives names and scales; None when it is not at hand.
        colour: whether to use ANSI colours; quotes are also set in ⟦brackets⟧ without them.
        notice: what every page about the store says.
    """
    view = page(judged, rubric)
    lines = [paint(f"Conversation {one_line(view.id)}", "head", colour=colour)]
    lines += fold(" · ".join(f"{name}: {value}" for name, value in view.head), indent="  ")
    if notice:
        lines += ["", *fold(notice, indent="  ")]
    if view.heuristic:
        lines += ["", *fold(words.HEURISTIC, indent="  ")]
    lines += _transcript(view.turns, view.handoffs_after, colour=colour)
    lines += _verdict(view, colour=colour)
    lines += _suspicious(judged)
    lines += _sealed(view, colour=colour)
    return "\n".join(lines) + "\n"


def _suspicious(judged: Judged) -> list[str]:
    found = suspicious(judged)
    if found is None:
        return []
    kinds = ", ".join(words.SUSPICION[k] for k in found.kinds)
    text = f"Words that may speak to the judge ({kinds}); flagged, nothing was rescored"
    said = f"{text}: {quoted(found.quote)}" if found.quote else f"{text}: in the tool log"
    return ["", *fold(said, indent="  ")]


def show_blind(judged: Judged, *, colour: bool = False) -> str:
    """The transcript as a judge is handed it: no verdict, nothing sealed, no notes, no names."""
    transcript = blind(judged.record.conversation)
    shown = page(Judged(record=_record_of(judged)), None)
    lines = [paint(f"Conversation {one_line(transcript.id)}", "head", colour=colour)]
    lines += ["  As a judge sees it."]
    hidden = {n for n, t in enumerate(transcript.turns) if not t.text and not t.tool_calls}
    turns = tuple(t for t in shown.turns if t.number not in hidden)
    lines += _transcript(turns, shown.handoffs_after, colour=colour)
    return "\n".join(lines) + "\n"


def _record_of(judged: Judged) -> Record:
    """The record with nothing in it but what a judge sees."""
    seen = blind(judged.record.conversation)
    return Record(
        conversation=Conversation(
            id=seen.id,
            turns=seen.turns,
            channel=seen.channel,
            language=seen.language,
            started_at=seen.started_at,
            handoffs=seen.handoffs,
            tool_log=seen.tool_log,
        )
    )


def to_json(judged: Judged) -> dict[str, Json]:
    """The whole conversation as plain values; ``sealed`` holds what the judge did not see."""
    verdict = judged.verdict
    return {
        "schema": 1,
        "id": judged.record.conversation.id,
        "version": judged.version,
        "excluded": plain(judged.exclusion),
        "error": judged.error,
        "heuristic": judged.heuristic,
        "scored_at": plain(judged.scored_at),
        "conversation": plain(judged.record.conversation),
        "states": {c: state(o) for c, o in verdict.journey.items()} if verdict else {},
        "outcomes": plain(verdict.journey) if verdict else {},
        "verdict": plain(verdict),
        "sealed": {"seen_by_judge": False, **plain(judged.record.sealed)},
    }


def blind_json(judged: Judged) -> dict[str, Json]:
    """The transcript as a judge is handed it, as plain values."""
    transcript = plain(blind(judged.record.conversation))
    return {"schema": 1, "id": judged.record.conversation.id, "transcript": transcript}


def _transcript(
    turns: Iterable[TurnLine], after: tuple[Handoff, ...], *, colour: bool
) -> list[str]:
    lines = ["", paint("Transcript", "head", colour=colour)]
    for turn in turns:
        lines += [_handoff(h, colour=colour) for h in turn.handoffs]
        lines += _turn(turn, colour=colour)
    return lines + [_handoff(h, colour=colour) for h in after]


def _turn(turn: TurnLine, *, colour: bool) -> list[str]:
    who = turn.who + (", internal note" if turn.internal else "")
    who += f", {words.NOT_SEEN}" if turn.unseen else ""
    who += ", from an AI draft" if turn.ai_drafted else ""
    when = words.moment(turn.time)
    lines = [
        f"{turn.number:>3}  {paint(who, 'bold', colour=colour)}"
        + (f"  {paint(when, 'dim', colour=colour)}" if when else "")
    ]
    said = [
        line
        for paragraph in _marked(turn.text).split("\n")
        if paragraph.strip()
        for line in fold(paragraph, indent=_INDENT)
    ]
    lines += _lit(said) if colour else said
    for call in turn.calls:
        sign = "»" if call.used else "·"
        by = "" if call.requester is Role.AI_AGENT else f" (by {words.ROLE[call.requester]})"
        lines += fold(f"{sign} {log_line(call.excerpt)}{by}", indent=_INDENT + "  ", first=_INDENT)
    cited = [s.title or s.article_id or s.url or "" for s in turn.sources]
    if any(cited):
        lines += fold("cites: " + one_line(", ".join(c for c in cited if c)), indent=_INDENT)
    return lines


def _marked(text: tuple[Piece, ...]) -> str:
    """Quotes in ⟦ ⟧, so that they are seen without colour too; neighbours share one pair."""
    out, inside = "", False
    for piece in text:
        if bool(piece.labels) is not inside:
            inside = bool(piece.labels)
            out += "⟦" if inside else "⟧"
        # The signs are ours: a customer who types them marks nothing.
        out += printable(piece.text).replace("⟦", "[").replace("⟧", "]")
    return out + ("⟧" if inside else "")


def _lit(lines: list[str]) -> list[str]:
    """Folded lines with everything between the signs in colour, line by line."""
    lit, inside = [], False
    for line in lines:
        body = line.lstrip()
        painted = line[: len(line) - len(body)]
        for part in re.split("([⟦⟧])", body):
            if part in ("⟦", "⟧"):
                inside = part == "⟦"
            else:
                painted += paint(part, "mark", colour=inside)
        lit.append(painted)
    return lit


def _handoff(handoff: Handoff, *, colour: bool) -> str:
    to = words.ROLE[handoff.to]
    parts = [
        f"handed to: {to}" + (f", {one_line(handoff.team)}" if handoff.team else ""),
        one_line(handoff.reason) if handoff.reason else "",
        words.moment(handoff.time),
    ]
    text = " · ".join(p for p in parts if p)
    return paint(f"   ── {text} ──", "dim", colour=colour)


def log_line(line: LogExcerpt) -> str:
    """One line of the tool log on one line."""
    said = {True: " [ok]", False: " [error]", None: ""}[line.ok]
    result = "" if line.result is None else f" → {one_line(line.result) or '(empty)'}"
    return f"{one_line(line.name)} {one_line(line.arguments)}{said}{result}"


def _verdict(view: ConversationPage, *, colour: bool) -> list[str]:
    lines = ["", paint("Verdict", "head", colour=colour)]
    if view.excluded is not None:
        return [*lines, f"  Not judged: excluded as {view.excluded}."]
    if view.judge is None:
        reason = f"the judgement failed: {one_line(view.error)}" if view.error else "not judged yet"
        return [*lines, *fold(f"None: {reason}.", indent="  ")]
    for outcome in view.outcomes:
        lines += _outcome(outcome, colour=colour)
    if view.composite is not None:
        lines += _composite(view, colour=colour)
    lines += _claims(view.claims, colour=colour)
    lines += _actions(view.actions, colour=colour)
    if view.facts:
        lines += ["", paint("Facts", "head", colour=colour)]
        for fact in view.facts:
            lines += [f"  {fact.name}: {fact.value}{_places(fact.evidence)}"]
    lines += ["", *fold(f"Knowledge: {view.knowledge}.", indent="  ")]
    lines += [line for seen in view.seen for line in fold(f"Note: {one_line(seen)}", indent="  ")]
    return lines + fold(f"Judge: {one_line(view.judge)}", indent="  ")


def _outcome(outcome: OutcomeLine, *, colour: bool) -> list[str]:
    said = outcome.level or {"na": "N/A", "abstained": "not graded", "failed": "failed"}.get(
        outcome.state, outcome.state
    )
    low = outcome.credit is not None and outcome.credit <= 0.25
    style = "bad" if low or outcome.state == "failed" else "bold" if outcome.level else "dim"
    name = paint(f"{outcome.name:<22}", "bold", colour=colour)
    lines = [f"  {name} {paint(f'{said:<11}', style, colour=colour)}"]
    reason = fold(one_line(outcome.reason), indent=" " * 37)
    lines = [f"{lines[0]} {reason[0].lstrip()}", *reason[1:]]
    for quote in outcome.evidence:
        lines += fold(quoted(quote), indent=" " * 39, first=" " * 37)
    for line in outcome.log:
        lines += fold(f"» {log_line(line)}", indent=" " * 39, first=" " * 37)
    if outcome.causes:
        lines += fold("cause: " + ", ".join(outcome.causes), indent=" " * 37)
    return lines


def quoted(quote: Quote) -> str:
    """A quote with its turn."""
    return f"turn {quote.turn}: {words.quoted(quote.text)}"


def _places(evidence: tuple[Quote, ...]) -> str:
    return "" if not evidence else f"  ({quoted(evidence[0])})"


def _composite(view: ConversationPage, *, colour: bool) -> list[str]:
    label = paint("Composite", "bold", colour=colour)
    lines = ["", *fold(f"{label}: {one_line(view.composite or '')}", indent="  ")]
    if view.composite_parts:
        parts = ", ".join(f"{name} {weight:.2f}" for name, weight in view.composite_parts)
        lines += fold(f"Weights: {parts}", indent="  ")
    return lines


def _claims(claims: tuple[ClaimLine, ...], *, colour: bool) -> list[str]:
    if not claims:
        return []
    lines = ["", paint("What the agent stated, beside the articles", "head", colour=colour)]
    for claim in claims:
        check = claim.check
        lines += fold(quoted(check.quote), indent="    ", first="  ")
        error = f", {claim.error}" if claim.error else ""
        error += f" ({check.severity})" if check.severity else ""
        error += ", corrected later" if check.corrected else ""
        said = paint(claim.verdict, "bad" if claim.bad else "bold", colour=colour)
        lines += fold(f"{said}{error}: {one_line(check.reason)}", indent="    ")
        if claim.bad:
            lines += [f"    {words.PROOF[check.proof]}"]
        if check.passage is not None:
            article = check.passage
            newer = ", newer than the conversation" if article.newer_than_conversation else ""
            newer += ", of which day is not known" if article.of_unknown_date else ""
            text = f"article “{one_line(article.title)}”{newer}: {one_line(article.text)}"
            lines += fold(text, indent="    │ ")
        for line in claim.log:
            lines += fold(f"» {log_line(line)}", indent="      ", first="    ")
    return lines


def _actions(actions: tuple[ActionLine, ...], *, colour: bool) -> list[str]:
    if not actions:
        return []
    lines = ["", paint("What the agent said it did, beside the tool log", "head", colour=colour)]
    for action in actions:
        lines += fold(quoted(action.check.quote), indent="    ", first="  ")
        said = paint(action.verdict, "bad" if action.bad else "bold", colour=colour)
        lines += fold(f"{said}: {one_line(action.check.reason)}", indent="    ")
        for line in action.log:
            lines += fold(f"» {log_line(line)}", indent="      ", first="    ")
    return lines


def _sealed(view: ConversationPage, *, colour: bool) -> list[str]:
    if not view.sealed:
        return []
    lines = ["", paint(f"Sealed: {words.NOT_SEEN}", "head", colour=colour)]
    for name, value in view.sealed:
        lines += fold(f"{name}: {value}", indent="    ", first="  ")
    return lines
