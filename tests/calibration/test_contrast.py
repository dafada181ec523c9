"""Differences between weeks: they cover, and they are refused where a group has no number."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner

from cxscore.calibration.choose import choose
from cxscore.calibration.contrast import difference
from cxscore.calibration.population import population
from cxscore.cli.main import group
from cxscore.estimates import Estimate, Unavailable
from cxscore.label import Design
from tests.calibration import worlds


def week(rng, lift=0.0, n=1_500, labels=100):
    """A week as a draw from a process; with a lift its judge and people are better by so much."""
    world = worlds.ordinal(rng, n)
    raised = np.clip(world.truth + (rng.random(n) < lift), 1, 5)
    judge = np.clip(world.judge + (rng.random(n) < lift), 1, 5)
    human = np.full(n, np.nan)
    chosen = rng.choice(n, labels, replace=False)
    human[chosen] = raised[chosen]
    return judge, human


def answer(rng, **more):
    judge, human = week(rng, **more)
    return choose(population(judge=judge, human=human, scale=(1, 5)), Design.RANDOM, process=True)


def test_two_weeks_of_one_process_differ_by_nothing():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        found = difference(answer(rng), answer(rng))
        hits += found.low <= 0 <= found.high
    assert 0.915 <= hits / 300 <= 0.985


def test_a_lift_is_found():
    rng = np.random.default_rng(4)
    found = difference(answer(rng), answer(rng, lift=0.7))
    assert 0.2 < found.low < found.value < 0.9


def test_a_group_without_a_number_has_no_difference():
    rng = np.random.default_rng(5)
    judge, human = week(rng)
    refused = choose(population(judge=judge, human=human, scale=(1, 5)), None)
    found = difference(answer(rng), refused)
    assert isinstance(found, Unavailable)
    assert "not known how the labelled" in found.missing
    census = choose(population(judge=[1, 2, 3], human=[1, 2, 3], scale=(1, 5)), Design.RANDOM)
    assert "no standard error" in difference(census, answer(rng)).missing


def test_the_command_tells_the_change(tmp_path):
    rng = np.random.default_rng(6)
    path = tmp_path / "w.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["week", "j", "h"])
        for name, lift in (("01", 0.0), ("02", 0.7)):
            judge, human = week(rng, lift=lift, n=400)
            writer.writerows(
                (name, j, "" if h != h else h) for j, h in zip(judge, human, strict=True)
            )
    args = ["estimate", str(path), "--judge", "j", "--human", "h", "--design", "random"]
    args += ["--scale", "1-5", "--by", "week"]
    told = json.loads(CliRunner().invoke(group, [*args, "--json"]).output)
    gap = told["differences"]["02 − 01"]
    assert gap["low"] > 0
    assert gap["value"] == pytest.approx(
        told["groups"]["02"]["value"] - told["groups"]["01"]["value"], abs=0.02
    )
    assert "change 02 − 01: +" in CliRunner().invoke(group, args).output


def test_groups_whose_labels_are_all_alike_differ_by_something_with_a_width():
    def share(labels):
        human = [*labels, *[None] * 240]
        held = population(judge=[1, 0] * 150, human=human, scale=(0, 1))
        return choose(held, Design.RANDOM, process=True)

    gap = difference(share([1] * 60), share([0, 1] * 30))
    assert isinstance(gap, Estimate)
    assert gap.value == pytest.approx(-0.5, abs=0.1)
    assert gap.low < gap.value < gap.high
    assert "recovered" in gap.method
