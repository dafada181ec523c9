"""The table of docs/kpis.md is the registry; CXSCORE_UPDATE_DOCS=1 writes it anew."""

import os
from pathlib import Path

from cxscore.kpi.registry import KPIS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"
BEGIN = "<!-- generated: CXSCORE_UPDATE_DOCS=1 pytest tests/kpi/test_kpi_docs.py -->\n"
END = "<!-- /generated -->"
TIERS = {1: "resolution", 2: "experience", 3: "business", 4: "operations"}


def table():
    rows = ["| id | tier | better | means | mind | needs |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{k.id}` {k.name} | {TIERS[k.tier]} | {k.better} | {k.meaning} | {k.caveat or '–'} |"
        f" {k.needs} |"
        for k in KPIS
    ]
    return "\n".join(rows) + "\n"


def test_the_table_is_the_registry():
    text = DOCS.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    held, _, tail = rest.partition(END)
    if os.environ.get("CXSCORE_UPDATE_DOCS"):
        DOCS.write_text(head + BEGIN + table() + END + tail, encoding="utf-8")
        held = table()
    assert held == table()


def test_ids_are_unique_and_rows_are_whole():
    assert len({k.id for k in KPIS}) == len(KPIS)
    for kpi in KPIS:
        assert kpi.meaning
        assert kpi.needs
        assert kpi.tier in TIERS
