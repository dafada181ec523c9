"""Gates on public data: the scores of docs/grounding.md must not get worse than their floors."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CXSCORE_SHARED", ROOT.parent / "shared"))

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="no development data"),
]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    def load(folder: str, name: str):
        monkeypatch.syspath_prepend(str(ROOT / "eval" / folder))
        for module in ("results", "begin", "dialfact", "bank", "contradictions"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        return importlib.import_module(name)

    return load


def test_support_is_no_worse_than_word_overlap_on_begin(script) -> None:
    result = script("grounding", "begin").measure(SHARED)
    assert {name: r["n"] for name, r in result.items()} == {"wow": 430, "cmu": 337, "tc": 381}
    for row in result.values():
        assert row["auroc_support"] >= row["auroc_word_overlap"] - 0.01
        assert row["auroc_support"] >= 0.9


def test_support_is_no_worse_than_word_overlap_on_dialfact(script) -> None:
    result = script("grounding", "dialfact").measure(SHARED)
    for row in result.values():
        assert row["auroc_support"] >= row["auroc_word_overlap"]
    # Overlap cannot see contradiction: should this ever pass .75, the docs page is wrong.
    assert result["refutes"]["auroc_support"] < 0.75


def test_recall_is_no_worse_than_plain_bm25_over_whole_documents(script) -> None:
    result = script("retrieval", "bank").measure(SHARED)
    assert result["articles"] == 698
    assert result["queries"] == 45
    for k in (5, 10):
        assert result["cxscore"][f"recall_at_{k}"] >= result["plain_bm25"][f"recall_at_{k}"]


def test_agents_who_quote_their_policy_are_not_called_wrong(script) -> None:
    contradictions = script("grounding", "contradictions")
    claims, flagged = contradictions.as_said(SHARED)
    assert claims > 1500
    assert len(flagged) <= 5
    rows = contradictions.bank(SHARED)
    altered, missing = rows["bank_altered"], rows["bank_own_article_missing"]
    assert altered["wrong"] <= 0.1 * altered["flagged"]
    assert altered["flagged"] >= 5 * missing["flagged"]
