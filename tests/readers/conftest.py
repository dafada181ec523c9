import json
import os
from pathlib import Path

import pytest

from cxscore.errors import TranscriptError
from cxscore.readers import read


@pytest.fixture
def write(tmp_path):
    """Write a file of JSON lines, JSON, text or bytes; its path."""

    def _write(name, *values):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if len(values) == 1 and isinstance(values[0], bytes):
            path.write_bytes(values[0])
        elif len(values) == 1 and isinstance(values[0], str):
            path.write_text(values[0], "utf-8")
        elif name.endswith(".json"):
            path.write_text(json.dumps(values[0]), "utf-8")
        else:
            lines = (v if isinstance(v, str) else json.dumps(v) for v in values)
            path.write_text("".join(line + "\n" for line in lines), "utf-8")
        return path

    return _write


@pytest.fixture
def records():
    """Everything a path holds; fails on any error."""

    def _records(path, **options):
        found = list(read([path], **options))
        assert not [f for f in found if isinstance(f, TranscriptError)]
        return found

    return _records


@pytest.fixture
def one(records):
    """The single record a path holds."""

    def _one(path, **options):
        (record,) = records(path, **options)
        return record

    return _one


@pytest.fixture
def refusal():
    """The error a path that cannot be used raises."""

    def _refusal(path, **options):
        with pytest.raises(TranscriptError) as caught:
            list(read([path], **options))
        return caught.value

    return _refusal


@pytest.fixture(scope="session")
def development_data():
    """The folder of development data, or a visible skip."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    root = Path(os.environ.get("CXSCORE_SHARED", beside)) / "data"
    if not root.is_dir():
        pytest.skip("the development data is not beside the checkout")
    return root
