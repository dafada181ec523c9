"""Real judges, objective truth: does the interval hold it when only some are labelled?

    python eval/calibration/public.py --shared ../shared

The truth is tau2's reward, 1 or 0. Labels are random draws of it, 200 of them; a draw is right when
the interval holds the whole file's mean. Judges: the stored gpt-4o verdicts of tau2_judges (four
prompts), and the one-pass judge's levels from the recorded replies in eval/llm_judge/replies.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import cxscore
from cxscore.estimates import Estimate
from cxscore.judging import Ask, NoReply, Reply, ask_digest, drive
from cxscore.transcript import blind
from cxscore.verdict import Verdict

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "llm_judge"))

import setting  # noqa: E402

DRAWS = 200
Pairs = list[tuple[float, float | None]]
"""(truth, judge's verdict or None) of each conversation."""


def stored(shared: Path, domain: str) -> dict[str, Pairs]:
    """The stored verdicts, by prompt."""
    found: dict[str, Pairs] = {}
    path = shared / "data" / "tau2_judges" / f"{domain}.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for judge in row["judges"]:
            said = {"pass": 1.0, "fail": 0.0}.get(judge["verdict_normalised"])
            name = f"gpt-4o {judge['judge_prompt_name']}"
            found.setdefault(name, []).append((float(row["tau2_reward"]), said))
    return found


def recorded(shared: Path, domain: str) -> dict[str, Pairs]:
    """The one-pass judge's levels of the conversations that have recorded replies."""
    judge = setting.judge(shared, domain, prompt="rubric/1")
    replies = setting.read_replies([HERE.parent / "llm_judge" / "replies" / f"{domain}.jsonl"])

    def answer(asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
        # Second looks were not recorded for all: without one a claim stays suspected.
        return tuple(replies.get(ask_digest(a), NoReply(text="not asked")) for a in asks)

    pairs: Pairs = []
    for record in setting.records(shared, domain, 50):
        outcome = drive(judge.deliberate(blind(record.conversation)), answer)
        truth = setting.truth(record).reward
        if truth is None or not isinstance(outcome, Verdict):
            continue
        level = getattr(outcome.journey["resolution"], "level", None)
        pairs.append((float(truth), None if level is None else float(level >= setting.SOLVED)))
    return {"one-pass, a Claude model": pairs}


def row(domain: str, name: str, pairs: Pairs, labels: int) -> str:
    """One line of the table."""
    rng = np.random.default_rng(20_261_127)
    truth = np.array([t for t, _ in pairs])
    judge = [j for _, j in pairs]
    said = np.array([np.nan if j is None else j for j in judge])
    hits, widths, alone, done = 0, [], [], 0
    for _ in range(DRAWS):
        human = np.full(len(truth), np.nan)
        chosen = rng.choice(len(truth), labels, replace=False)
        human[chosen] = truth[chosen]
        found = cxscore.estimate(judge=judge, human=human, design="random", scale=(0, 1))
        without = cxscore.estimate(
            judge=[0.0] * len(truth), human=human, design="random", scale=(0, 1)
        )
        if isinstance(found, Estimate) and isinstance(without, Estimate):
            done += 1
            hits += found.low <= truth.mean() <= found.high
            widths.append(found.high - found.low)
            alone.append(without.high - without.low)
    return (
        f"| {domain} | {name} | {len(truth)} | {labels} | {truth.mean():.3f} |"
        f" {np.nanmean(said):.3f} | {hits / done:.3f} | {np.mean(widths):.3f} |"
        f" {np.mean(alone):.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    given = parser.parse_args()
    print(f"{DRAWS} draws of labels, 95 % intervals, target: the file's own mean")
    print("| domain | judge | N | labels | truth | judge says | coverage | width | people alone |")
    print("|---|---|---|---|---|---|---|---|---|")
    for domain, labels in (("airline", 30), ("retail", 60)):
        for name, pairs in stored(given.shared, domain).items():
            print(row(domain, name, pairs, labels), flush=True)
    for domain in ("airline", "retail", "telecom"):
        for name, pairs in recorded(given.shared, domain).items():
            if len(pairs) > 25:
                print(row(domain, name, pairs, 25), flush=True)


if __name__ == "__main__":
    main()
