"""Files and flags that cannot be used: one sentence, no traceback, nothing dropped in silence."""

import json

import pytest
from click.testing import CliRunner

from cxscore.cli.main import group
from cxscore.errors import ConfigError, CxscoreError, InputError
from cxscore.readers.changes import read_changes
from cxscore.readers.contract import read_contract, read_invoice
from cxscore.readers.csv_file import LONGEST_CELL, read_rows
from cxscore.readers.pairs import read_pairs
from tests.kpi.test_pages import CONFIG, EXAMPLES, run, store

__all__ = ["store"]

LONG = "x" * (LONGEST_CELL + 1)


@pytest.mark.parametrize(
    ("read", "header", "line"),
    [
        (read_pairs, "earlier,later,same_issue", f"a,{LONG},yes"),
        (read_changes, "date,kind,what", f"2026-09-01,a,{LONG}"),
        (
            read_invoice,
            "invoice,vendor,conversation_id,date,outcome,amount,currency",
            f"i,v,{LONG},2026-09-01,resolved,1,EUR",
        ),
    ],
)
def test_a_cell_as_long_as_a_book_is_told_with_its_line(tmp_path, read, header, line):
    path = tmp_path / "f.csv"
    path.write_text(f"{header}\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match="the line cannot be read: field larger") as caught:
        read(path)
    assert caught.value.line == 2


def test_a_row_that_is_short_or_long_keeps_its_columns(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("\ufeffa,b\n1\n1,2, \n", encoding="utf-8")
    assert list(read_rows(path, ("a", "b"))) == [
        (2, {"a": "1", "b": ""}),
        (3, {"a": "1", "b": "2"}),
    ]
    path.write_text("a,b\n1,two, or three\n", encoding="utf-8")
    with pytest.raises(InputError, match="has 3 cells, the header 2: put a cell with a comma"):
        list(read_rows(path, ("a", "b")))
    path.write_text('a,b\n1,"never closed\n2,x\n3,y\n', encoding="utf-8")
    with pytest.raises(InputError, match="the line cannot be read") as caught:
        list(read_rows(path, ("a", "b")))
    assert caught.value.line == 2, "the whole rest of the file is no cell"
    with pytest.raises(ConfigError, match="no column 'c'; there are: a, b"):
        list(read_rows(path, ("c",)))
    path.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="no column 'a'; there are: none"):
        list(read_rows(path, ("a",)))
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        list(read_rows(tmp_path, ("a",)))


@pytest.mark.parametrize("amount", ["nan", "inf", "1e999"])
def test_an_invoice_without_end_is_no_invoice(tmp_path, amount):
    path = tmp_path / "i.csv"
    header = "invoice,vendor,conversation_id,date,outcome,amount,currency"
    path.write_text(f"{header}\ni,v,c,2026-09-01,resolved,{amount},EUR\n", encoding="utf-8")
    with pytest.raises(InputError, match="amount says"):
        read_invoice(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 2026-02-30", "is not valid YAML: day is out of range"),
        ("[" * 5_000, "is nested too deeply"),
        ("{vendor: v, price: .inf, currency: EUR, labels: [a]}", "price: input should be a finite"),
    ],
)
def test_a_contract_that_is_none(tmp_path, text, words):
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_contract(path)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon", "2026-02-30"])
@pytest.mark.parametrize(
    "args",
    [
        ("kpis", "--compare", "previous", "--to"),
        ("kpis", "--from"),
        ("report", "--cadence", "monthly", "--at"),
        ("explain", "76%", "--to"),
        ("audit", "--from"),
        ("roi", "--to"),
    ],
)
def test_a_day_out_of_reach_is_a_wrong_flag(store, args, day):
    result = run(*args, day, "--store", store)
    assert result.exit_code == 2
    assert "out of reach" in result.output or "is not a day" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("key", ["observed_until", "go_live"])
def test_settings_name_days_that_have_others_around_them(store, tmp_path, key):
    config = tmp_path / "c.toml"
    config.write_text(f"[workspace]\n{key} = 9999-12-31\n", encoding="utf-8")
    found = run("report", "--cadence", "quarterly", "--store", store, "--config", config)
    assert f"workspace.{key} is" in str(found.exception)


def test_a_record_of_the_end_of_time_stops_no_report(tmp_path):
    source, ledger = tmp_path / "in.jsonl", tmp_path / "s.db"
    lines = [
        {
            "id": f"c{n}", "customer_id": f"k{n}", "started_at": at,
            "turns": [{"role": "customer", "text": "Where is my kettle?"},
                      {"role": "ai_agent", "text": "On its way."}],
        }
        for n, at in enumerate(("2026-09-01T10:00:00Z", "9999-12-31T23:59:59Z"))
    ]  # fmt: skip
    source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run("score", source, "--store", ledger)
    for args in (("kpis",), ("kpis", "--compare", "previous"), ("report", "--cadence", "weekly")):
        found = run(
            *args, "--store", ledger, *(["--out", tmp_path / "r.html"] * (args[0] == "report"))
        )
        assert found.exception is None or isinstance(found.exception, CxscoreError | SystemExit)


def test_what_narrows_to_nothing_is_an_error(store):
    found = run("kpis", "--store", store, "--tier", "business", "--kpi", "D11")
    assert "no KPI is all that was asked for" in str(found.exception)


def test_a_benchmark_of_what_was_not_asked_for_is_named(store):
    args = ("kpis", "--store", store, "--kpi", "D11", "--benchmarks", EXAMPLES / "benchmarks.yaml")
    assert "Published figures not shown, not asked for: " in run(*args).output
    assert json.loads(run(*args, "--json").output)["benchmarks_not_asked"]


def test_every_benchmark_stands_on_the_page(store, tmp_path):
    path, out = tmp_path / "b.yaml", tmp_path / "r.html"
    path.write_text(
        "benchmarks: [{kpi: clarity, definition: clarity, value: 4.2, source: Journal of Kettles,"
        " date: 2026}]",
        encoding="utf-8",
    )
    args = ("report", "--cadence", "monthly", "--store", store, "--config", CONFIG, "--out", out)
    told = json.loads(run(*args, "--benchmarks", path, "--json").output)
    assert [b["kpi"] for b in told["published"]] == ["clarity"]
    assert "Journal of Kettles" in out.read_text("utf-8")
    plain = json.loads(run(*args, "--json").output)
    assert sorted(told["moves"]) == sorted(plain["moves"]), (
        "a published figure takes nothing of the error budget"
    )


def test_a_mistyped_topic_of_a_change_is_told_and_not_taken_as_all(store, tmp_path):
    path, out = tmp_path / "c.csv", tmp_path / "r.html"
    path.write_text("date,kind,what,topic\n2026-10-20,article,Kettles rewritten,ketle\n")
    args = ("report", "--cadence", "weekly", "--store", store, "--config", CONFIG, "--out", out)
    assert run(*args, "--changes", path).exit_code == 0
    assert "no conversation has the topic &#39;ketle&#39;; there are " in out.read_text("utf-8")


def test_values_cannot_speak_to_the_terminal(tmp_path):
    source, ledger = tmp_path / "in.jsonl", tmp_path / "s.db"
    evil = "\x1b[31mred\u202e\x9b2J"
    lines = [
        {
            "id": f"c{n}", "customer_id": f"k{n}", "attributes": {"plan": evil},
            "topic": evil, "started_at": "2026-09-01T10:00:00Z",
            "turns": [{"role": "customer", "text": "Where is my kettle?"},
                      {"role": "ai_agent", "text": "On its way."}],
        }
        for n in range(3)
    ]  # fmt: skip
    source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run("score", source, "--store", ledger)
    for args in (
        ("kpis", "--by", "plan"),
        ("kpis", "--by", "topic", "--json"),
        ("kpis", "--by", "no"),
    ):
        said = run(*args, "--store", ledger).output
        assert not {"\x1b", "\x9b", "\u202e"} & set(said), args
    groups = json.loads(run("kpis", "--by", "plan", "--json", "--store", ledger).output)["groups"]
    assert list(groups) == [evil], "as data it is what it was"


def test_a_page_of_a_custom_rubric_needs_no_file(tmp_path):
    """The store keeps the rubric its verdicts were made with; a file may be named all the same."""
    rubric, out, ledger = tmp_path / "mine.yaml", tmp_path / "r.html", tmp_path / "s.db"
    text = (EXAMPLES.parent / "rubrics" / "cx.yaml").read_text("utf-8")
    rubric.write_text(text.replace("\nid: cx\n", "\nid: mine\n"), encoding="utf-8")
    lines = (EXAMPLES / "conversations.jsonl").read_text("utf-8").splitlines()[:30]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run("score", source, "--store", ledger, "--rubric", rubric).exit_code == 0
    page = ("report", "--cadence", "weekly", "--at", "2026-09-09", "--store", ledger, "--out", out)
    for more in ((), ("--rubric", rubric), ("--with-transcripts",)):
        out.unlink(missing_ok=True)
        result = CliRunner().invoke(group, [str(a) for a in (*page, *more)])
        assert result.exit_code == 0, (more, result.exception)
        assert "In numbers" in out.read_text("utf-8")
    wrong = run(*page, "--rubric", "cx")
    assert "no verdict was made with the rubric cx" in str(wrong.exception)
    assert run("report", "--store", ledger, "--out", out).exit_code == 0


def test_an_empty_file_is_no_store_and_stays_empty(tmp_path):
    path = tmp_path / "s.db"
    path.touch()
    found = run("kpis", "--store", path)
    assert "this file is empty and no store" in str(found.exception)
    assert path.stat().st_size == 0
