"""On eleven thousand real messages only the requests for a grade leave."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cxscore.transcript import without_sealed_keys
from cxscore.transcript.surveys import without_survey_prompt

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def data() -> Path:
    root = Path(os.environ.get("CXSCORE_SHARED", Path(__file__).parents[3] / "shared")) / "data"
    if not root.is_dir():
        pytest.skip("the development data is not beside the checkout")
    return root


def tau2_messages(data: Path) -> Iterator[dict[str, str]]:
    for path in sorted((data / "tau2" / "results").glob("*.json")):
        for simulation in json.loads(path.read_text("utf-8"))["simulations"]:
            yield from simulation["messages"]


def strings(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for k, v in value.items():
            yield from strings(v, k)
    elif isinstance(value, list):
        for v in value:
            yield from strings(v, key)
    elif isinstance(value, str) and key.startswith("text"):
        yield value


def test_no_message_of_tau2_is_taken_for_a_survey(data: Path):
    said = [m.get("content") for m in tau2_messages(data) if m["role"] in {"user", "assistant"}]
    taken = [without_survey_prompt(text)[1] for text in said if text]
    assert len(taken) > 4000
    assert [t for t in taken if t] == []


def test_no_tool_result_of_tau2_loses_a_key(data: Path):
    results = [m["content"] or "" for m in tau2_messages(data) if m["role"] == "tool"]
    assert len(results) > 1000
    for result in results:
        if result.startswith(("{", "[")):
            value = json.loads(result)
            assert without_sealed_keys(value) == value


def test_of_maia_only_the_requests_to_rate_the_chat_are_taken(data: Path):
    files = sorted((data / "maia_dqe").glob("*.json"))
    said = [t for path in files for t in strings(json.loads(path.read_text("utf-8")))]
    taken = [s for t in said if (s := without_survey_prompt(t)[1])]
    assert len(said) > 3000
    assert len(taken) == 15
    marks = ("thumb", "polegar", "rate", "avaliar", "feedback")
    assert [t for t in taken if not any(m in t.lower() for m in marks)] == []


def test_no_article_of_a_knowledge_base_reads_like_a_survey(data: Path):
    articles = [p for p in data.glob("*/kb/**/*") if p.suffix in {".md", ".txt", ".json"}]
    assert len(articles) > 100
    for path in articles:
        assert without_survey_prompt(path.read_text("utf-8"))[1] == "", path.name
