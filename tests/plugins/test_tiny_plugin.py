"""The tiny plug-in through the command line, and what the house adds to it."""

from __future__ import annotations

import asyncio
import gzip
import json
import pickle
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxscore import plugins
from cxscore.errors import ConfigError, PluginError, TranscriptError
from cxscore.grounding.actions import ToolRules
from cxscore.grounding.library import Library
from cxscore.judging import Ask, drive
from cxscore.knowledge import Article, KnowledgeBase
from cxscore.readers import detect, read
from cxscore.readers.rubrics import load
from cxscore.resources import data_dir
from cxscore.testing import SAMPLE, check_judge
from cxscore.transcript import Role

CHATS = """= one
< Where is my order? I ask for the second time now.
> It comes on Friday.
< Thank you!
= two
< My kettle is broken.
? what is this
= three
< My kettle is broken and nobody cares.
> Please send it back. ###STOP###
"""
ORIGIN = "cxscore-tiny 1.2"


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    path = tmp_path / "chats.tiny"
    path.write_text(CHATS, encoding="utf-8")
    return path


# Through the command line ------------------------------------------------------------------------


def test_the_command_line_scores_its_format_with_its_judge(cxscore, chats: Path):
    done = cxscore("score", "chats.tiny", "--judge", "tiny", "--out", "o.jsonl", "--json")
    told = json.loads(done.stdout)
    assert (told["new"], told["failed"], done.returncode) == (2, 1, 3)
    assert told["judge"] == f"{ORIGIN}: tiny/1"
    assert told["messages"] == ["chats.tiny:7: a line begins with =, < or >"]
    lines = [json.loads(x) for x in (chats.parent / "o.jsonl").read_text("utf-8").splitlines()]
    levels = {x["id"]: x["scores"]["sentiment_end"] for x in lines if x["id"]}
    assert levels == {"one": 5, "three": 3}


@pytest.mark.parametrize(
    ("arguments", "returns", "said"),
    [
        (("--format", "tiny", "--judge", "jury:tiny,embedded"), 0, "2 new"),
        (("--judge", "cascade:tiny,embedded"), 0, "embedded: judged 2 of 2 conversations (100.0%)"),
        # The model only says hello: every conversation fails, and the exit code says so.
        (("--judge", "tiny:hello", "--repeats", "0"), 3, "tiny:hello: "),
        (("--judge", "jury:tiny:hello,embedded"), 0, "tiny:hello: "),
        (("--judge", "teeny"), 2, "there is no judge 'teeny'; known: embedded, tiny"),
        (("--format", "teeny"), 2, "'teeny' is no known format; known are canonical"),
        (("--format", "canonical"), 2, "chats.tiny"),
    ],
)
def test_names_of_plugins_stand_wherever_names_stand(cxscore, chats, arguments, returns, said):
    chats.write_text(
        CHATS.replace("? what is this\n", "").replace("= two\n< My kettle is broken.\n", "")
    )
    done = cxscore("score", "chats.tiny", *arguments)
    assert said in done.stdout + done.stderr
    assert done.returncode == returns


def test_a_retriever_is_chosen_in_the_settings(cxscore, chats: Path, tmp_path: Path):
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "delivery.md").write_text("# Delivery\n\nIt comes on Friday.", "utf-8")
    judges = []
    for retriever in ("lexical", "tiny"):
        (tmp_path / "cxscore.toml").write_text(f'[knowledge]\nretriever = "{retriever}"\n', "utf-8")
        done = cxscore("score", "chats.tiny", "--kb", "kb", "--json", "--store", f"{retriever}.db")
        judges.append(json.loads(done.stdout)["judge"])
    assert judges[0] != judges[1], "found by another retriever, it is another judge"
    (tmp_path / "cxscore.toml").write_text('[knowledge]\nretriever = "teeny"\n', "utf-8")
    done = cxscore("score", "chats.tiny", "--kb", "kb")
    assert "there is no retriever 'teeny'; known: lexical, tiny" in done.stderr


# Readers -----------------------------------------------------------------------------------------


def ids(outcomes) -> list[str]:
    return [str(o) if isinstance(o, TranscriptError) else o.conversation.id for o in outcomes]


@pytest.mark.usefixtures("plugged_in")
def test_it_takes_part_in_detection_and_its_records_are_sealed(chats: Path):
    extra = plugins.readers()
    assert detect(chats, extra=extra) == "tiny"
    one, broken, three = read([chats], extra=extra)
    assert isinstance(broken, TranscriptError)
    assert (one.path, one.line, three.line) == (str(chats), 1, 8)
    assert one.conversation.language == "en"
    assert "###STOP###" not in three.conversation.turns[-1].text
    assert [e.kind for e in three.sealed.events] == ["control_token"]


@pytest.mark.usefixtures("plugged_in")
def test_packed_files_and_standard_input_reach_it_unpacked(chats: Path, tmp_path: Path):
    packed, archive = tmp_path / "night.gz", tmp_path / "all.zip"
    packed.write_bytes(gzip.compress(chats.read_bytes()))
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("night.csv", CHATS)
    plain = ids(read([chats], extra=plugins.readers()))
    for path, name in ((packed, str(packed)), (archive, f"{archive}/night.csv")):
        found = ids(read([path], extra=plugins.readers()))
        assert found == [x.replace(str(chats), name) for x in plain]
    with chats.open("rb") as stdin:
        found = ids(read(["-"], extra=plugins.readers(), stdin=stdin))
    assert found == [x.replace(str(chats), "-") for x in plain]


@pytest.mark.usefixtures("plugged_in")
def test_known_formats_are_not_handed_to_plugins(tmp_path: Path):
    known = tmp_path / "a.jsonl"
    known.write_text('{"id": "a", "turns": [{"role": "customer", "text": "= one"}]}\n', "utf-8")
    extra = {"greedy": _Reader(sniffs=True)}
    assert detect(known, extra=extra) == "canonical"
    assert ids(read([known], extra=extra)) == ["a"]


class _Reader:
    """A reader that does what it is told."""

    def __init__(self, *, sniffs: object = True, gives: object = ()) -> None:
        self.sniffs, self.gives = sniffs, gives

    def sniff(self, head: bytes) -> bool:
        if isinstance(self.sniffs, Exception):
            raise self.sniffs
        return bool(self.sniffs)

    def read(self, path: Path):
        for item in self.gives:
            if isinstance(item, Exception) and not isinstance(item, TranscriptError):
                raise item
            yield item


def test_what_two_readers_claim_has_to_be_named(chats: Path):
    extra = {"a": _Reader(), "b": _Reader(), "c": _Reader(sniffs=False)}
    with pytest.raises(TranscriptError, match=r"more than one plug-in \(a, b\); name one"):
        list(read([chats], extra=extra))
    assert list(read([chats], extra=extra, format="a")) == []


def test_what_nobody_claims_is_refused_as_before(chats: Path):
    with pytest.raises(TranscriptError, match="in no known format"):
        list(read([chats], extra={"c": _Reader(sniffs=False)}))


def test_a_binary_file_only_a_plugin_knows(tmp_path: Path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"\xff\xfe\x00\x00rest")
    assert list(read([path], extra={"a": _Reader()})) == []
    with pytest.raises(TranscriptError):
        list(read([path], extra={"a": _Reader(sniffs=False)}))


def test_a_reader_that_breaks_breaks_one_file_only(chats: Path):
    broken = {"a": _Reader(gives=("words", ZeroDivisionError("oh")))}
    assert ids(read([chats], extra=broken)) == [
        f"{chats}: the reader a gave a str where a Record is due",
        f"{chats}: the reader a broke: ZeroDivisionError: oh",
    ]
    with pytest.raises(PluginError, match=r"the reader a broke while looking at .*: KeyError"):
        list(read([chats], extra={"a": _Reader(sniffs=KeyError("x"))}))


# Judges, models, retrievers ----------------------------------------------------------------------

RUBRIC = load(data_dir("rubrics") / "cx.yaml")
MADE = {"rubric": RUBRIC, "library": None, "tools": ToolRules()}


@pytest.mark.usefixtures("plugged_in")
def test_its_judge_keeps_the_contract_under_its_distribution():
    judge = plugins.judge("tiny", **MADE)
    assert check_judge(judge, rubric=RUBRIC) == ()
    assert judge.fingerprint == f"{ORIGIN}: tiny/1"
    verdict = drive(judge.deliberate(SAMPLE), lambda asks: ())
    assert verdict.judge == judge.fingerprint
    assert pickle.loads(pickle.dumps(judge)).fingerprint == judge.fingerprint


def test_the_embedded_judge_keeps_the_contract_and_has_no_origin():
    judge = plugins.judge("embedded", **MADE)
    assert check_judge(judge, rubric=RUBRIC) == ()
    assert judge.fingerprint.startswith("embedded/")


@pytest.mark.usefixtures("plugged_in")
def test_its_model_answers_and_its_version_is_a_setting():
    model = plugins.model("tiny:hello")
    ask = Ask(purpose="p", system="s", user="u", schema={}, max_output_tokens=9)
    assert asyncio.run(model.answer(ask)).text == '{"said": "hello"}'
    assert (model.id, model.settings) == ("tiny:hello", ORIGIN)
    with pytest.raises(ConfigError, match="write tiny:MODEL"):
        plugins.model("tiny")
    with pytest.raises(PluginError, match="there is no model 'teeny'; known: tiny"):
        plugins.model("teeny:x")


@pytest.mark.usefixtures("plugged_in")
def test_its_retriever_serves_a_library():
    kb = KnowledgeBase(
        articles=(
            Article(id="a", title="A", text="It comes on Friday"),
            Article(id="b", title="B", text="Returns are free"),
        ),
        digest="d",
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
    )
    library = Library((kb,), retriever=plugins.retriever("tiny"))
    assert library.fingerprint == f"{ORIGIN}: words/1"
    shelf = pickle.loads(pickle.dumps(library)).at(None)
    (hits,) = shelf.retriever.search(["when are returns free"], at=None, limit=1)
    assert [h.passage.article_id for h in hits] == ["b"]
    assert (shelf.knowledge.digest, len(shelf.always)) == ("d", 0)


@pytest.mark.usefixtures("plugged_in")
def test_names_are_known_without_an_import(monkeypatch: pytest.MonkeyPatch):
    import sys

    # Another test may have used the plug-in in this process before.
    monkeypatch.delitem(sys.modules, "cxscore_tiny", raising=False)
    assert dict.fromkeys(plugins.readers()) == {"tiny": None}
    assert plugins.names("judge") == ("embedded", "tiny")
    assert plugins.names("model") == ("tiny",)
    assert "cxscore_tiny" not in sys.modules


def test_a_plugin_that_lacks_a_part_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    info = tmp_path / "half-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: half\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(
        "[cxscore.reader]\nhalf = half_of_it:Half\ngone = half_of_it:Gone\n"
        "[cxscore.judge]\nhalf = half_of_it:Half\n"
    )
    (tmp_path / "half_of_it.py").write_text(
        "class Half:\n    def __init__(self, **k):\n        if k: raise KeyError('x')\n"
        "    def sniff(self, head):\n        return False\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=r"the reader 'half' of half 0.1 lacks read"):
        plugins.readers()["half"]
    with pytest.raises(PluginError, match=r"the reader 'gone' of half 0.1 cannot be imported"):
        plugins.readers()["gone"]
    with pytest.raises(
        PluginError, match=r"the judge 'half' of half 0.1 cannot be built: KeyError"
    ):
        plugins.judge("half", **MADE)


def test_customers_and_agents_are_told_apart(chats: Path, plugged_in: None):
    one = next(read([chats], extra=plugins.readers()))
    assert [t.role for t in one.conversation.turns] == [Role.CUSTOMER, Role.AI_AGENT, Role.CUSTOMER]
