"""docs/rubrics.md names every key, and its example is a rubric."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cxscore.judges.composite import QUORUM
from cxscore.readers.rubrics import lint, load, shape
from cxscore.resources import rubric_path

DOCS = (Path(__file__).parents[2] / "docs" / "rubrics.md").read_text(encoding="utf-8")

SHAPES = [
    shape.RubricShape,
    shape.CriterionShape,
    shape.AppliesShape,
    shape.ScaleShape,
    shape.LevelShape,
    shape.ExampleShape,
    shape.ReasonShape,
    shape.ErrorShape,
    shape.CompositeShape,
]


@pytest.mark.parametrize("part", SHAPES, ids=lambda part: part.__name__)
def test_every_key_is_documented(part):
    missing = [key for key in part.model_fields if f"`{key}`" not in DOCS]
    assert missing == []


def test_the_example_criterion_is_a_clean_rubric(tmp_path):
    criteria = yaml.safe_load(re.search(r"```yaml\n(.*?)```", DOCS, re.DOTALL)[1])
    rubric = {
        "format": 1,
        "id": "docs",
        "version": "1",
        "title": "Docs",
        "evidence": "Quote it.",
        "sections": {"truth": "Truth"},
        "criteria": criteria,
    }
    path = tmp_path / "docs.yaml"
    path.write_text(yaml.safe_dump(rubric), encoding="utf-8")
    load(path)
    assert lint(path) == []


def test_the_published_weights_are_the_real_ones():
    rule = load(rubric_path("cx")).composite
    shown = " + ".join(
        f"{weight:g} × {name}"
        for name, weight in (
            ("resolution", rule.weights["resolution"]),
            ("service", rule.weights["service"]),
            ("sentiment at the end", rule.weights["sentiment_end"]),
        )
    )
    assert f"composite = {shown}" in DOCS
    assert f"at most {rule.cap:.1f} after a proved critical error" in DOCS
    assert QUORUM == 0.5
    assert "**more than half**" in DOCS
