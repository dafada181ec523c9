"""A cheap judge on all, a better one on some, people on fewer."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import cxscore
from cxscore.cli.main import group
from cxscore.errors import ConfigError, LabelError
from cxscore.estimates import Estimate, Unavailable


def _world(rng, n, asked, labelled):
    quality = rng.normal(3.3, 1, n)
    truth = np.clip(np.round(quality), 1, 5)
    strong = np.clip(np.round(quality + rng.normal(0, 0.5, n)), 1, 5)
    cheap = np.clip(np.round(0.5 * quality + 2 + rng.normal(0, 0.7, n)), 1, 5)
    chosen = rng.choice(n, asked, replace=False)
    judge, human = np.full(n, np.nan), np.full(n, np.nan)
    judge[chosen] = strong[chosen]
    human[chosen[:labelled]] = truth[chosen[:labelled]]
    return truth, cheap, judge, human


def test_it_covers_and_is_narrower_than_the_cheap_judge_alone():
    rng = np.random.default_rng(3)
    rounds, hits, wide, narrow = 300, 0, [], []
    for _ in range(rounds):
        truth, cheap, judge, human = _world(rng, 3_000, 600, 80)
        held = {"human": human, "design": "random", "scale": (1, 5)}
        found = cxscore.estimate(judge=judge, cheap=cheap, **held)
        hits += found.low <= truth.mean() <= found.high
        narrow.append(found.high - found.low)
        alone = cxscore.estimate(judge=cheap, **held)
        wide.append(alone.high - alone.low)
    assert 0.92 < hits / rounds < 0.985
    assert np.mean(narrow) < 0.85 * np.mean(wide)


def test_asked_about_all_it_is_the_two_layers():
    rng = np.random.default_rng(7)
    _, cheap, judge, human = _world(rng, 500, 500, 80)
    held = {"human": human, "design": "random", "scale": (1, 5)}
    three = cxscore.estimate(judge=judge, cheap=cheap, **held)
    two = cxscore.estimate(judge=judge, **held)
    assert three.value == pytest.approx(two.value, abs=1e-9)
    assert three.high - three.low == pytest.approx(two.high - two.low, rel=0.02)


def test_an_ask_in_vain_stays_asked():
    rng = np.random.default_rng(8)
    _, cheap, judge, human = _world(rng, 800, 300, 80)
    asked = ~np.isnan(judge)
    lost = np.flatnonzero(asked)[::9]
    judge[lost] = np.nan
    found = cxscore.estimate(
        judge=judge, cheap=cheap, asked=asked, human=human, design="random", scale=(1, 5)
    )
    assert isinstance(found, Estimate)
    assert "300 asked of 800" in found.method


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"asked": [1, 1, 1, 0]}, "row 3: the judge was not asked and has a level"),
        ({"judge": [1, 2, None, None], "asked": [1, 1, 0, 0]}, "row 2: people labelled"),
        ({"judge": [1, 2, 9, 4], "scale": (1, 5)}, "row 2: judge says 9; the scale"),
        ({"judge": [1, 2]}, "cheap judge has 4 values, judge 2"),
    ],
)
def test_layers_that_do_not_fit(change, message):
    held = {"judge": [1, 2, 3, 4], "cheap": [1, 2, 3, 4], "human": [1, 2, 3, None], **change}
    with pytest.raises(LabelError, match=message):
        cxscore.estimate(design="random", **held)


def test_asked_without_a_cheap_judge():
    with pytest.raises(ConfigError, match="it needs cheap"):
        cxscore.estimate(judge=[1, 2], human=[1, None], asked=[1, 1], design="random")


def test_unequal_chances_have_no_three_layers():
    rng = np.random.default_rng(9)
    _, cheap, judge, human = _world(rng, 800, 300, 120)
    found = cxscore.estimate(
        judge=judge, cheap=cheap, human=human, pi=rng.uniform(0.1, 0.9, 800), scale=(1, 5)
    )
    assert isinstance(found, Unavailable)
    assert "random within their strata" in found.missing


def test_on_columns_of_a_file(tmp_path):
    rng = np.random.default_rng(10)
    truth, cheap, judge, human = _world(rng, 400, 200, 60)
    lines = ["cheap,llm,human,week"]
    for i, row in enumerate(zip(cheap, judge, human, strict=True)):
        lines.append(",".join("" if v != v else f"{v:g}" for v in row) + f",w{i % 2}")
    path = tmp_path / "all.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    command = f"estimate {path} --judge llm --cheap-judge cheap --human human --design random"
    result = CliRunner().invoke(group, [*command.split(), "--by", "week", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["low"] <= truth.mean() <= told["high"]
    assert told["method"].startswith("three layers, 200 asked of 400")
    assert set(told["groups"]) == {"w0", "w1"}
