"""All KPIs with intervals on a million conversations beside one query, on the same Parquet.

    pip install duckdb && python bench/kpis.py [--n 1000000]

The query (DuckDB) finds sessions, same-customer returns in 7 days and groups both by stream. Prints
seconds of both, smallest of three, their ratio (bound: 10), the highest memory, and the page beside
the KPIs (bound: 3).
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cxscore.kpi.facts import CHECKS, SERVICE, Facts
from cxscore.kpi.followup import followup
from cxscore.kpi.money import Costs
from cxscore.kpi.patterns import moves
from cxscore.kpi.registry import KPIS, Known, figures
from cxscore.store.fact_table import read_facts, write_facts

DAY = 86_400.0
BOUND, PAGE_BOUND, MEMORY_GB = 10.0, 3.0, 2.0
FLAGS = (
    "involved", "human", "claimed", "billed", "self_grade", "asked_human", "escalated",
    "confirmed", "negative_last", "action_needed", "critical", "source_right", "reasoning_ok",
)  # fmt: skip
LEVELS = ("resolution", "sentiment_start", "sentiment_end", "composite")


def write(path: Path, n: int) -> None:
    """A snapshot of ``n`` invented conversations over 90 days, customers who come back."""
    rng = np.random.default_rng(1)
    started = np.sort(rng.uniform(0, 90 * DAY, n))
    customer = rng.integers(0, n // 2, n)
    nothing = np.full(n, np.nan)
    bad, actions = rng.binomial(2, 0.02, n), rng.binomial(1, 0.3, n)
    excluded = rng.random(n) < 0.04
    csat = np.where(rng.random(n) < 0.06, rng.integers(1, 6, n), np.nan)
    answers = rng.integers(0, 4, n)

    def words(values: tuple[str, ...], shares: tuple[float, ...] | None = None) -> np.ndarray:
        return np.array(values)[rng.choice(len(values), n, p=shares)]

    facts = Facts(
        id=np.char.add("c", np.arange(n).astype(str)).astype(object),
        customer=customer,
        issue=customer * 3 + rng.integers(0, 3, n),
        exclusion=np.where(excluded, "spam", "").astype(object),
        eligible=~excluded,
        stream=words(("ai", "hybrid", "human"), (0.6, 0.15, 0.25)),
        kind=words(("action", "informational")),
        started=started,
        ended=started + rng.exponential(1_200, n),
        reopened=nothing,
        fee=nothing,
        actions_claimed=actions.astype(float),
        actions_missing=np.zeros(n),
        issues_resolved=nothing,
        bad_answers=bad.astype(float),
        bad_material=bad.astype(float),
        answers_checked=answers.astype(float),
        csat=csat,
        human_minutes=rng.exponential(6, n),
        first_response=nothing,
        to_human=nothing,
        answers=answers,
        sessions=rng.integers(1, 3, n),
        issues=np.ones(n, np.int64),
        capped=np.zeros(n, np.bool_),
        blind=np.zeros(n, np.bool_),
        lost=np.zeros(n, np.bool_),
        csat_sent=~np.isnan(csat),
        service={name: rng.integers(1, 6, n).astype(float) for name in SERVICE},
        checks={name: np.full(n, -1, np.int8) for name in CHECKS},
        attributes={"topic": words(tuple(f"t{i}" for i in range(20))).astype(object)},
        **{name: rng.integers(0, 2, n).astype(np.int8) for name in FLAGS},
        **{name: rng.integers(1, 6, n).astype(float) for name in LEVELS},
    )
    write_facts(path, facts, {})


def known(path: Path) -> Known:
    facts = read_facts(path)
    costs = Costs(human_minute=0.6, human_contact=7, fee=0.99, platform=1, management=1)
    return Known(facts=facts, after=followup(facts, 120 * DAY), costs=costs)


def kpis(path: Path) -> int:
    """Every KPI with its intervals."""
    held = known(path)
    return sum(figure.n for figure in figures(held).values())


def page(path: Path) -> int:
    """What a quarterly page takes: every KPI of two halves, and the moves between them."""
    held = known(path)
    half = held.facts.started < 45 * DAY
    found = []
    for keep in (half, ~half):
        facts = held.facts.select(keep)
        part = Known(facts=facts, after=held.after.select(keep), costs=held.costs)
        found.append(figures(part))
    return len(moves(*found).changes)


QUERY = """
WITH s AS (
  SELECT customer, stream, started, ended, sessions,
         lead(started) OVER (PARTITION BY customer ORDER BY started) AS next
  FROM read_parquet('{path}') WHERE eligible
)
SELECT stream, count(*), sum(sessions), avg(CASE WHEN next - ended <= 604800 THEN 1 ELSE 0 END)
FROM s GROUP BY stream
"""


def smallest(work: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "facts.parquet"
        write(path, given.n)
        ours = smallest(lambda: kpis(path))
        paged = smallest(lambda: page(path))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{given.n:,} conversations, {len(KPIS)} KPIs: {ours:.2f} s")
        print(f"page of two periods: {paged:.2f} s, {paged / ours:.2f} of the KPIs")
        print(f"highest memory {peak:.2f} GB, the making of the table in it")
        try:
            import duckdb
        except ImportError:
            print("no yardstick: pip install duckdb")
            return
        reference = smallest(lambda: duckdb.sql(QUERY.format(path=path)).fetchall())
        print(f"query {reference:.2f} s; KPIs {ours / reference:.1f} times it (bound {BOUND:g})")


if __name__ == "__main__":
    main()
