"""Customers who come back count as one draw."""

import numpy as np
import pytest

import cxscore
from cxscore.calibration.clusters import between_customers


def test_alone_it_is_the_variance_of_a_mean():
    values = np.random.default_rng(1).normal(size=50)
    off = values - values.mean()
    found = between_customers(off, [str(i) for i in range(50)])
    assert found == pytest.approx(values.var(ddof=1) / 50)


def test_a_process_with_returning_customers_is_covered():
    rng = np.random.default_rng(2)
    rounds, hits, blind = 300, 0, 0
    for _ in range(rounds):
        customers = np.repeat(np.arange(60), 10)
        level = 3 + np.repeat(rng.normal(0, 0.6, 60), 10) + rng.normal(0, 0.5, 600)
        human = np.full(600, np.nan)
        chosen = rng.choice(600, 200, replace=False)
        human[chosen] = level[chosen]
        # This judge tells nothing, so that all a customer's chats share stands in the residual.
        held = {"judge": rng.normal(0, 1, 600) + 3, "human": human, "design": "random"}
        held |= {"scale": (-3, 9), "target": "process"}
        found = cxscore.estimate(**held, customers=customers)
        hits += found.low <= 3 <= found.high
        found = cxscore.estimate(**held)
        blind += found.low <= 3 <= found.high
    assert hits / rounds > 0.92
    assert blind / rounds < 0.85
