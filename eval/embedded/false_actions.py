"""Precision of the false-action check, read by eye, and its recall on logs with writes taken out.

    python eval/embedded/false_actions.py [--shared DIR] [--show]

Real false actions are rare in the public files, so two kinds of hits are read:

* ``natural``: every MISSING or FAILED the files give as they are.
* ``planted``: a fixed random sample of the hits after the agent's writes (transfers stay) were
  taken out of the log, so that a true claim becomes a false one. Such a hit is right when the words
  do say that this change has been made in this chat.

``false_action_precision.csv`` holds what a reader decided for each; hits it does not hold are
listed as unread. A third figure takes out of each log only the one write a claim rests on and
leaves the others: the harder case. ``--show`` prints the turns around each unread hit.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from coverage import JOBS, ROOT, Job, default_shared, into_docs

from cxscore.errors import TranscriptError
from cxscore.grounding.actions import Effect, ToolRules, check_actions
from cxscore.readers import read
from cxscore.transcript import Role, Transcript, blind
from cxscore.verdict import ActionCheck, ActionVerdict

READ = Path(__file__).with_name("false_action_precision.csv")
SAMPLE = 40
RULES = ToolRules()


@dataclass(frozen=True)
class Hit:
    """One claim called false."""

    origin: str
    file: str
    conversation: str
    check: ActionCheck

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a row of the CSV is found by."""
        return (self.origin, self.conversation, str(self.check.quote.turn), self.check.action)


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--shared", type=Path, default=default_shared())
    args.add_argument("--show", action="store_true")
    given = args.parse_args()
    transcripts = list(tau(given.shared / "data"))
    natural = [h for job, t in transcripts for h in hits("natural", job, t)]
    planted = [h for job, t in transcripts for h in hits("planted", job, without_writes(t))]
    known = {h.check.quote.text for h in natural}
    fresh = [h for h in planted if h.check.quote.text not in known]
    random.Random(7).shuffle(fresh)
    decided = decisions()
    # What was drawn once and read stays the sample when a rule changes what else is hit.
    fresh.sort(key=lambda h: h.key not in decided)
    sample = [*natural, *fresh[: SAMPLE - len(natural)]]
    unread = [h for h in sample if h.key not in decided]
    for hit in unread:
        show(hit, {t.id: t for _, t in transcripts}, whole=given.show)
    results = summary(sample, decided, transcripts)
    Path(__file__).with_name("false_actions.json").write_text(
        json.dumps(results, indent=1) + "\n", encoding="utf-8"
    )
    text = sentence(results)
    print(text)
    into_docs(ROOT / "docs" / "embedded-judge.md", "false-actions", text)


def tau(data: Path) -> Iterator[tuple[Job, Transcript]]:
    """Every conversation with a tool log, each once: two folders hold the same fifty."""
    for job in JOBS:
        if not job.name.startswith("tau") or job.name == "tau2_judges airline":
            continue
        for record in read([data / job.path], format=job.format):
            if isinstance(record, TranscriptError):
                raise record
            yield job, blind(record.conversation)


def hits(origin: str, job: Job, transcript: Transcript) -> Iterator[Hit]:
    """The claims of a transcript called MISSING or FAILED."""
    for check in check_actions(transcript, RULES):
        if check.severity is not None:
            yield Hit(origin, job.name, transcript.id, check)


def without_writes(transcript: Transcript) -> Transcript:
    """The transcript as if the agent had changed nothing."""
    turns = tuple(
        replace(
            turn,
            tool_calls=tuple(
                c
                for c in turn.tool_calls
                if c.requester is Role.CUSTOMER
                or RULES.effect(c.name) is not Effect.WRITE
                or "transfer" in c.name
            ),
        )
        for turn in transcript.turns
    )
    return replace(transcript, turns=turns, tool_log=True)


def one_write_gone(transcript: Transcript) -> Iterator[bool | None]:
    """For each logged claim with other writes beside its own: flagged once its own is taken out.

    None is unknown: neither called false nor said to stand in the log. Every fitting write up to
    the claim counts as its own when the same tool was called more than once, so only the last goes.
    """
    for check in check_actions(transcript, RULES):
        if check.verdict is not ActionVerdict.LOGGED or not check.log:
            continue
        gone = check.log[-1]
        rest = replace(
            transcript,
            turns=tuple(
                replace(t, tool_calls=(*t.tool_calls[: gone.call], *t.tool_calls[gone.call + 1 :]))
                if i == gone.turn
                else t
                for i, t in enumerate(transcript.turns)
            ),
            tool_log=True,
        )
        if not any(
            RULES.effect(c.name) is Effect.WRITE and c.requester is not Role.CUSTOMER
            for t in rest.turns
            for c in t.tool_calls
        ):
            continue
        again = [
            c
            for c in check_actions(rest, RULES)
            if c.quote == check.quote and c.action == check.action
        ]
        unknown = bool(again) and again[0].verdict is ActionVerdict.UNKNOWN
        yield None if unknown else bool(again) and again[0].severity is not None


def decisions() -> dict[tuple[str, str, str, str], str]:
    """What the reader decided: key to ``ok`` or ``not``."""
    if not READ.exists():
        return {}
    with READ.open(encoding="utf-8", newline="") as rows:
        return {
            (r["origin"], r["conversation"], r["turn"], r["action"]): r["verdict"]
            for r in csv.DictReader(rows)
        }


def show(hit: Hit, transcripts: dict[str, Transcript], *, whole: bool) -> None:
    quote = hit.check.quote
    place = (hit.origin, hit.file, hit.conversation, str(quote.turn), hit.check.action)
    print("UNREAD", " | ".join(place))
    print(f"    {quote.text}\n    {hit.check.reason}")
    if not whole:
        return
    turns = transcripts[hit.conversation].turns
    for i in range(max(0, quote.turn - 3), min(len(turns), quote.turn + 2)):
        calls = [(c.name, dict(c.arguments), (c.result or "")[:80]) for c in turns[i].tool_calls]
        print(f"      {i} {turns[i].role.value}: {turns[i].text[:300]!r} {calls or ''}")


def summary(
    sample: list[Hit],
    decided: dict[tuple[str, str, str, str], str],
    transcripts: list[tuple[Job, Transcript]],
) -> dict[str, int]:
    counts = {"read": 0, "right": 0, "natural_read": 0, "natural_right": 0}
    for hit in sample:
        verdict = decided.get(hit.key)
        if verdict is not None:
            counts["read"] += 1
            counts["right"] += verdict == "ok"
            if hit.origin == "natural":
                counts["natural_read"] += 1
                counts["natural_right"] += verdict == "ok"
    changed = found = claims = 0
    for _, transcript in transcripts:
        claims += len(check_actions(transcript, RULES))
        bare = without_writes(transcript)
        if bare.turns != transcript.turns:
            changed += 1
            found += any(c.severity is not None for c in check_actions(bare, RULES))
    alone = [found for _, t in transcripts for found in one_write_gone(t)]
    return {
        **counts,
        "one_gone": len(alone),
        "one_gone_flagged": alone.count(True),
        "one_gone_unknown": alone.count(None),
        "unread": len(sample) - counts["read"],
        "claims": claims,
        "planted": changed,
        "flagged": found,
    }


def sentence(r: dict[str, int]) -> str:
    """The result in words, for the docs."""
    return (
        f"Read by eye: {r['right']} of {r['read']} hits are right: {r['natural_right']} of "
        f"{r['natural_read']} natural ones (all among {r['claims']} claims in the files as "
        "delivered), the rest planted by taking the agent's writes out of the log. "
        f"{r['unread']} of the sample are unread. Recall on planted logs: of {r['planted']} "
        f"conversations whose writes were taken out, {r['flagged']} "
        f"({r['flagged'] / r['planted']:.0%}) are flagged. Where only the one write a claim rests "
        f"on is taken out and the agent's other writes stay: of {r['one_gone']} claims "
        f"{r['one_gone_flagged']} ({r['one_gone_flagged'] / r['one_gone']:.0%}) are flagged, "
        f"{r['one_gone_unknown']} come out as unknown, the rest pass: another write still fits the "
        "verb."
    )


if __name__ == "__main__":
    main()
