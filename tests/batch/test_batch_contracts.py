"""Every batch body that leaves is valid by OpenAI's published specification."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "providers"))

from batch_server import BatchServer
from batched import grade, many, point_at, run
from test_contracts import CONTRACT, faults

from cxscore.store import Ledger

pytestmark = pytest.mark.shared


def test_lines_and_batches_fit_the_specification(tmp_path):
    if not CONTRACT.is_file():
        pytest.skip("needs OpenAI's specification in ../shared/contracts")
    specification = json.loads(CONTRACT.read_text("utf-8"))
    with BatchServer(grade) as server, Ledger.open(tmp_path / "a.db") as store:
        point_at(server)
        run(store, many(6, every=2), "openai")
    assert len(server.lines) == 9
    for line in server.lines:
        assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
        assert faults(specification, "/chat/completions", line["body"]) == []
    assert len(server.created) == 2
    for body in server.created:
        assert faults(specification, "/batches", body) == []
