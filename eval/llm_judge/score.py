"""Read replies through the judge and hold its levels against the objective reward.

    python eval/llm_judge/score.py --shared ../shared --domain airline --n 50 \
        --replies replies.jsonl --next next.jsonl

Conversations whose next round (a repair, a second look) has no reply yet are written to ``--next``;
answer those too and name both files after ``--replies``.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import setting

from cxscore import resources
from cxscore.grounding.actions import ToolRules, check_actions
from cxscore.judges.one_pass.reading import Reading
from cxscore.judges.one_pass.rendering import show
from cxscore.judging import Ask, NoReply, Reply, ask_digest, drive, replay
from cxscore.readers import rubrics
from cxscore.transcript import Transcript, blind
from cxscore.verdict import ActionCheck, ActionVerdict, ClaimVerdict, Graded, Verdict

DRAWS = 2000
_FALSE = {ActionVerdict.MISSING, ActionVerdict.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conversation: the truth, and what the judge says."""

    id: str
    truth: setting.Truth
    level: int | None
    """Of resolution; None: no level."""
    probability: float | None
    """The judge's, that everything was handled correctly."""
    false_by_code: bool
    """The fixed rules find a claimed action that the log does not hold."""
    false_by_judge: bool
    contradicted: int
    failed: int
    """Criteria without an outcome."""
    quotes: int
    quotes_found: int
    characters: int
    """Of the first reply."""


def main() -> None:
    given = _arguments()
    judge = setting.judge(given.shared, given.domain)
    replies = setting.read_replies(given.replies)
    cases: list[Case] = []
    open_asks: list[Ask] = []
    for record in setting.records(given.shared, given.domain, given.n):
        transcript = blind(record.conversation)
        outcome = replay(judge.deliberate(transcript), replies)
        if given.first_round and not isinstance(outcome, Verdict) and outcome[0].purpose != "grade":
            outcome = drive(judge.deliberate(transcript), _as_far_as(replies))
        if isinstance(outcome, Verdict):
            (ask,) = next(judge.deliberate(transcript))
            said = replies[ask_digest(ask)]
            cases.append(_case(setting.truth(record), transcript, outcome, said))
        else:
            open_asks += [a for a in outcome if ask_digest(a) not in replies]
    if open_asks and given.next:
        setting.write_asks(given.next, open_asks, split_system=given.split_system)
    print(f"{given.domain}: {len(cases)} judged, {len(open_asks)} asks open")
    if given.cases:
        _list(cases)
    if cases:
        _report(cases)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--domain", choices=setting.DOMAINS, required=True)
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--replies", type=Path, nargs="+", required=True)
    parser.add_argument("--next", type=Path, help="where asks without a reply are written")
    parser.add_argument(
        "--first-round",
        action="store_true",
        help="judge without rounds that have no reply: claims stay suspected, faults faults",
    )
    parser.add_argument("--split-system", action="store_true")
    parser.add_argument("--cases", action="store_true", help="one line for each conversation")
    return parser.parse_args()


def _as_far_as(replies: Mapping[str, Reply]) -> Callable[[tuple[Ask, ...]], tuple[Reply, ...]]:
    def answer(asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
        return tuple(replies.get(ask_digest(a), NoReply(text="not asked")) for a in asks)

    return answer


def _case(truth: setting.Truth, transcript: Transcript, verdict: Verdict, said: Reply) -> Case:
    graded = verdict.journey["resolution"]
    level = graded.level if isinstance(graded, Graded) else None
    given, found = _quotes(transcript, said.text)
    return Case(
        id=verdict.conversation_id,
        truth=truth,
        level=int(level) if level is not None else None,
        probability=_probability(said.text),
        false_by_code=_false(check_actions(transcript, ToolRules())),
        false_by_judge=_false(verdict.actions),
        contradicted=sum(c.verdict is ClaimVerdict.CONTRADICTED for c in verdict.claims),
        failed=sum(o.state == "failed" for o in verdict.journey.values()),
        quotes=given,
        quotes_found=found,
        characters=len(said.text),
    )


def _false(checks: Sequence[ActionCheck]) -> bool:
    return any(c.verdict in _FALSE for c in checks)


def _probability(text: str) -> float | None:
    try:
        return float(json.loads(text)["outcome"]["probability"]) / 100
    except (ValueError, KeyError, TypeError):
        return None


def _quotes(transcript: Transcript, text: str) -> tuple[int, int]:
    """Quotes in a first reply, and how many of them stand in the transcript."""
    reading = Reading(
        transcript=transcript,
        shown=show(transcript, secret=setting.SECRET),
        rubric=rubrics.load(resources.rubric_path("cx")),
        shelf=None,
        hits={},
        documents={},
    )
    try:
        given = list(_with_quote(json.loads(text)))
    except ValueError:
        return 0, 0
    return len(given), sum(reading.quote(q) is not None for q in given)


def _with_quote(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "quote" in value and "turn" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _with_quote(inner)


def _list(cases: Sequence[Case]) -> None:
    for c in cases:
        print(
            f"{c.id[:12]} reward {c.truth.reward!s:5} level {c.level} p {c.probability} "
            f"false action {c.false_by_judge} (rules {c.false_by_code}) failed {c.failed} "
            f"quotes {c.quotes_found}/{c.quotes} tokens {c.characters // 4}"
        )


def _report(cases: Sequence[Case]) -> None:
    graded = [c for c in cases if c.level is not None]
    _print("resolution graded", cases, lambda cs: _share([c.level is not None for c in cs]))
    _print("kappa with reward", graded, _kappa)
    sound = [c for c in graded if not c.truth.ended_contract]
    if len(sound) < len(graded):
        _print("kappa without lines resumed against the policy", sound, _kappa)
    _print("AUROC of the probability", graded, _auroc)
    wrong = [c for c in graded if not c.truth.reward]
    _print("reward 0 graded 4 or 5", wrong, lambda cs: _share([_solved(c) for c in cs]))
    false = [c for c in cases if c.truth.false_action]
    label = "false-action recall, as written"
    if not false:
        false = [c for c in cases if c.false_by_code]
        label = "false-action recall, of the fixed rules' finds"
    _print(label, false, lambda cs: _share([c.false_by_judge for c in cs]))
    _print("quotes not found", cases, _quote_failures)
    _print("criteria failed", cases, lambda cs: sum(c.failed for c in cs) / len(cs))
    tokens = sorted(c.characters // 4 for c in cases)
    print(f"reply tokens (characters/4): median {tokens[len(tokens) // 2]}, most {tokens[-1]}")


def _print(
    name: str, cases: Sequence[Case], figure: Callable[[Sequence[Case]], float | None]
) -> None:
    """A figure with its bootstrap interval over conversations."""
    value = figure(cases) if cases else None
    if value is None:
        print(f"{name}: not measurable (n = {len(cases)})")
        return
    rng = random.Random(20261122)
    drawn = (figure(rng.choices(cases, k=len(cases))) for _ in range(DRAWS))
    known = sorted(d for d in drawn if d is not None)
    low, high = known[int(0.025 * len(known))], known[int(0.975 * len(known))]
    print(f"{name}: {value:.2f} [{low:.2f}, {high:.2f}] (n = {len(cases)})")


def _solved(case: Case) -> bool:
    return case.level is not None and case.level >= setting.SOLVED


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)


def _quote_failures(cases: Sequence[Case]) -> float | None:
    given = sum(c.quotes for c in cases)
    return 1 - sum(c.quotes_found for c in cases) / given if given else None


def _kappa(cases: Sequence[Case]) -> float | None:
    """Cohen's kappa of "solved" with the reward; None where chance explains everything."""
    n = len(cases)
    said, true = sum(map(_solved, cases)) / n, sum(bool(c.truth.reward) for c in cases) / n
    chance = said * true + (1 - said) * (1 - true)
    agreed = sum(_solved(c) == c.truth.reward for c in cases) / n
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def _auroc(cases: Sequence[Case]) -> float | None:
    known = [(c.probability, c.truth.reward) for c in cases if c.probability is not None]
    good, bad = [p for p, r in known if r], [p for p, r in known if not r]
    if not good or not bad:
        return None
    won = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    return won / (len(good) * len(bad))


if __name__ == "__main__":
    main()
