"""tau2's files as a vendor would tell them, beside what is true: the objective reward.

    python eval/audit/tau.py --shared ../shared [--picture docs/images/tau_audit.svg]

The conversations and recorded replies of eval/llm_judge (a Claude model, first round; airline and
retail 50 each, telecom 40) go through the one-pass judge into the facts of the KPIs. A vendor-style
claim is what the transcript alone gives: no person came (D1), answered and left (D2). The truth is
tau2's reward: the database ended as it should, and what had to be said was said. A right refusal or
transfer is a success there. Beside them tau-bench's 100 airline conversations of gpt-4o, imported
and graded by the ordinary command and the embedded judge, which leaves most of them open.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "llm_judge"))

import setting  # noqa: E402
from score import _as_far_as  # noqa: E402

import cxscore  # noqa: E402
from cxscore.judging import drive  # noqa: E402
from cxscore.kpi import ladder  # noqa: E402
from cxscore.kpi.derive import contact_of  # noqa: E402
from cxscore.kpi.facts import facts_of  # noqa: E402
from cxscore.kpi.intervals import wilson  # noqa: E402
from cxscore.store import Ledger  # noqa: E402
from cxscore.transcript import blind  # noqa: E402
from cxscore.verdict import Judged  # noqa: E402

SIZES = {"airline": 50, "retail": 50, "telecom": 40}


def rows(shared: Path, domain: str) -> dict[str, tuple[int, int]]:
    """Name to (k, n), graded by the recorded replies."""
    judge = setting.judge(shared, domain)
    replies = setting.read_replies([HERE.parents[1] / "llm_judge" / "replies" / f"{domain}.jsonl"])
    held = []
    for record in setting.records(shared, domain, SIZES[domain]):
        verdict = drive(judge.deliberate(blind(record.conversation)), _as_far_as(replies))
        held.append((Judged(record=record, verdict=verdict), bool(setting.truth(record).reward)))
    return counted(held)


def bench_rows(shared: Path) -> dict[str, tuple[int, int]]:
    """tau-bench's gpt-4o on airline, by the ordinary command and the embedded judge."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "tau.db"
        cxscore.score(shared / "data" / "tau_bench" / "gpt-4o-airline.json", store=store)
        with Ledger.open(store, create=False) as ledger:
            held = [(one, one.record.sealed.answer_key["reward"] == 1) for one in ledger.walk()]
    return counted(held)


def counted(held: list[tuple[Judged, bool]]) -> dict[str, tuple[int, int]]:
    """Name to (k, n); the truth is the reward."""
    facts = facts_of(contact_of(one) for one, _ in held)
    truth = {one.record.conversation.id: reward for one, reward in held}
    right = np.array([truth[i] for i in facts.id.tolist()])
    sent = facts.escalated == 1
    ok, unknown = ladder.judged(facts)
    solved, open_ = ladder.solved(facts)
    n = len(facts)
    known = ~unknown
    action = facts.kind == "action"
    contained = ladder.involved(facts) & ~sent
    return {
        "not transferred (D1 as a vendor counts it)": (int(contained.sum()), n),
        "answered and left (D2)": (int(ladder.left_alone(facts).sum()), n),
        "judged resolved (D10), of those decided": (int((ok & known).sum()), int(known.sum())),
        "judged solved, right transfers too, of those decided": (
            int((solved & ~open_).sum()),
            int((~open_).sum()),
        ),
        "true (reward)": (int(right.sum()), n),
        "true, actions": (int((right & action).sum()), int(action.sum())),
        "true, information": (int((right & ~action).sum()), int((~action).sum())),
        "right transfers, of all": (int((right & sent).sum()), int(sent.sum())),
        "D10 where it is true": (int((ok & right).sum()), int((right & known).sum())),
        "D10 where it is not": (int((ok & ~right).sum()), int((~right & known).sum())),
    }


def shown(k: int, n: int) -> str:
    """K of n with Wilson's interval."""
    if not n:
        return "–"
    low, high = wilson(k, n)
    return f"{k} of {n} ({low:.0%}–{high:.0%})"


def picture(found: dict[str, dict[str, tuple[int, int]]], path: Path) -> None:
    """Bars of what is claimed, judged and true."""
    names = [
        ("not transferred (D1 as a vendor counts it)", "not transferred", "#c3c8c9"),
        ("answered and left (D2)", "answered and left", "#dfc98f"),
        ("judged resolved (D10), of those decided", "judged resolved", "#2f7d8f"),
        ("true (reward)", "true", "#0b5c73"),
    ]
    parts, y = [], 10
    for domain, held in found.items():
        parts.append(f'<text x="4" y="{y + 12}" font-weight="600">{domain}</text>')
        y += 20
        for key, label, colour in names:
            k, n = held[key]
            low, high = wilson(k, n)
            x = 150 + 300 * k / n
            parts.append(
                f'<text x="144" y="{y + 11}" text-anchor="end">{label}</text><rect x="150" y="{y}"'
                f' width="{300 * k / n:.1f}" height="14" fill="{colour}"/><line'
                f' x1="{150 + 300 * low:.1f}" x2="{150 + 300 * high:.1f}" y1="{y + 7}"'
                f' y2="{y + 7}" stroke="#1d2327"/><text x="{max(x, 150 + 300 * high) + 8:.1f}"'
                f' y="{y + 11}">{k} of {n}</text>'
            )
            y += 19
        y += 8
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 540 {y}" width="540" role="img"'
        f' font-family="system-ui,sans-serif" font-size="12"><rect width="540" height="{y}"'
        f' fill="#fbfaf8"/>{"".join(parts)}</svg>\n',
        encoding="utf-8",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    found = {f"tau2 {domain}": rows(given.shared, domain) for domain in SIZES}
    found["tau-bench airline, embedded judge"] = bench_rows(given.shared)
    print(f"| | {' | '.join(found)} |")
    print(f"|---|{'---|' * len(found)}")
    for name in next(iter(found.values())):
        print(f"| {name} | {' | '.join(shown(*held[name]) for held in found.values())} |")
    if given.picture:
        picture(found, given.picture)


if __name__ == "__main__":
    main()
