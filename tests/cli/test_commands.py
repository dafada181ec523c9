"""The commands as a shell sees them: exit codes, stdout, stderr and what they leave on disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def cxscore(*args, cwd, stdin=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "cxscore", *map(str, args)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**env, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )


def one_line(id="a", text="Where is my parcel 88?", **more):
    turns = [
        {"role": "customer", "text": text},
        {"role": "ai_agent", "text": "It left the warehouse on Monday."},
    ]
    return json.dumps({"id": id, "turns": turns, **more})


def alone(output):
    """stdout as the one JSON object it must be."""
    return json.loads(output.stdout)


def scored(tmp_path, *lines, flags=()):
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return cxscore("score", "in.jsonl", "--store", "s.db", "--json", *flags, cwd=tmp_path)


def test_the_examples_are_scored_once(tmp_path):
    args = ("score", EXAMPLES / "conversations.jsonl", "--kb", EXAMPLES / "kb")
    first = cxscore(*args, "--json", "--out", "lines.jsonl", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    told = alone(first)
    assert told["conversations"] == told["new"] + told["excluded"] == 97
    assert told["failed"] == told["updated"] == told["already_scored"] == 0
    lines = [json.loads(line) for line in (tmp_path / "lines.jsonl").read_text().splitlines()]
    assert len({line["id"] for line in lines}) == len(lines) == 97
    judged = [line for line in lines if "excluded" not in line]
    assert all(set(line["scores"]) == set(line["states"]) for line in judged)
    assert {s for line in judged for s in line["states"].values()} <= {
        "graded",
        "na",
        "abstained",
        "failed",
    }
    assert all(
        (line["scores"][c] is not None) == (line["states"][c] == "graded")
        for line in judged
        for c in line["scores"]
    )
    second = cxscore(*args, "--json", "--out", "again.jsonl", cwd=tmp_path)
    again = alone(second)
    assert again["new"] == again["updated"] == 0
    assert again["already_scored"] == told["new"]
    assert (tmp_path / "again.jsonl").read_text() == (tmp_path / "lines.jsonl").read_text()


def test_a_changed_conversation_is_updated_and_never_counted_twice(tmp_path):
    assert alone(scored(tmp_path, one_line()))["new"] == 1
    assert alone(scored(tmp_path, one_line(text="Where is my parcel 99?")))["updated"] == 1
    told = alone(scored(tmp_path, one_line(text="Where is my parcel 99?")))
    assert (told["already_scored"], told["new"], told["updated"]) == (1, 0, 0)


def test_the_first_screen_says_what_kind_of_judge_it_was(tmp_path):
    (tmp_path / "in.jsonl").write_text(one_line() + "\n")
    done = cxscore("score", "in.jsonl", cwd=tmp_path)
    assert done.returncode == 0
    assert "heuristic" in done.stdout
    places = [done.stdout.index(f"{n}  ") for n in (1, 2, 3, 4, 5)]
    assert places == sorted(places)
    assert "%" not in done.stdout.replace("1%", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfeh\x00i\x00", "UTF-16"),
        (b'{"foo": 1}\n', "format"),
        (b"just words\n", "format"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(tmp_path, content, said):
    (tmp_path / "in.jsonl").write_bytes(content)
    done = cxscore("score", "in.jsonl", "--store", "s.db", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert alone(done)["exit_code"] == 2
    assert "in.jsonl" in alone(done)["error"]
    assert said.lower() in alone(done)["error"].lower()
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "s.db").exists()


def test_broken_records_are_counted_with_their_place_and_the_rest_is_scored(tmp_path):
    lines = [one_line(id=f"c{n}") for n in range(6)]
    lines.insert(6, '{"id": "broken", "turns": [')
    lines.append(json.dumps({"id": "r", "turns": [{"text": "hello?"}]}))
    done = scored(tmp_path, *lines)
    told = alone(done)
    assert done.returncode == 3
    assert (told["new"], told["failed"], told["conversations"]) == (6, 2, 8)
    assert any("in.jsonl:7" in message for message in told["messages"])
    assert any("in.jsonl:8" in m and "role" in m for m in told["messages"])
    lenient = scored(tmp_path, *lines, flags=("--max-failed", "30%"))
    assert lenient.returncode == 0


def test_one_id_with_two_contents_names_both_places(tmp_path):
    done = scored(tmp_path, one_line(), one_line(text="Something else entirely"))
    told = alone(done)
    assert told["failed"] == 1
    assert "in.jsonl:1" in told["messages"][0]
    assert "in.jsonl:2" in told["messages"][0]
    same = scored(tmp_path, one_line(id="b"), one_line(id="b"))
    assert alone(same)["duplicates"] == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("score",), "PATH"),
        (("score", "in.jsonl", "--nonsense"), "nonsense"),
        (("score", "in.jsonl", "--judge", "nobody"), "embedded"),
        (("score", "in.jsonl", "--rubric", "nothing"), "cx"),
        (("score", "in.jsonl", "--kb", "nowhere"), "nowhere"),
        (("score", "in.jsonl", "--kb-as-of", "yesterday"), "2026-10-25"),
        (("score", "in.jsonl", "--max-failed", "two"), "1%"),
        (("score", "nowhere.jsonl"), "nowhere.jsonl"),
        (("score", "in.jsonl", "--out", "no/such/folder.jsonl"), "folder.jsonl"),
        (("score", "in.jsonl", "--store", "no/such/s.db"), "s.db"),
        (("score", "in.jsonl", "--config", "none.toml"), "none.toml"),
        (("show", "nobody", "--store", "none.db"), "none.db"),
        (("report", "--store", "none.db"), "none.db"),
        (("export", "--parquet", "out", "--store", "none.db"), "none.db"),
        (("erase", "--store", "none.db", "--yes"), "--customer"),
        (("rubrics", "check", "none.yaml"), "none.yaml"),
        (("kb", "check", "nowhere"), "nowhere"),
        (("kb", "add", "nowhere", "--as-of", "2026-10-01"), "nowhere"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_is_exit_2_with_a_sentence_that_names_it(tmp_path, args, said):
    (tmp_path / "in.jsonl").write_text(one_line() + "\n")
    done = cxscore(*args, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_judge_without_a_name_leaves_no_store_behind(tmp_path):
    (tmp_path / "in.jsonl").write_text(one_line() + "\n")
    assert cxscore("score", "nowhere.jsonl", cwd=tmp_path).returncode == 2
    assert not (tmp_path / "cxscore.db").exists()


def test_standard_input_is_a_path(tmp_path):
    done = cxscore("score", "-", "--json", cwd=tmp_path, stdin=one_line() + "\n")
    assert alone(done)["new"] == 1


def test_show_and_its_blind_form(tmp_path):
    claim = {"value": "confirmed_resolution", "definition": "SENTINEL-D"}
    scored(tmp_path, one_line(vendor_claim=claim, tags=["SENTINEL-T"]))
    seen = cxscore("show", "a", "--store", "s.db", cwd=tmp_path)
    assert seen.returncode == 0
    assert "confirmed_resolution" in seen.stdout
    blind = cxscore("show", "a", "--blind", "--store", "s.db", cwd=tmp_path)
    assert "Where is my parcel 88?" in blind.stdout
    assert "SENTINEL" not in blind.stdout
    assert "confirmed_resolution" not in blind.stdout
    assert alone(cxscore("show", "a", "--json", "--store", "s.db", cwd=tmp_path))
    lost = cxscore("show", "A", "--store", "s.db", cwd=tmp_path)
    assert lost.returncode == 2


def test_report_export_and_erase(tmp_path):
    scored(tmp_path, one_line(customer_id="cust-1", text="My dog SENTINEL ate parcel 88"))
    assert cxscore("report", "--store", "s.db", cwd=tmp_path).returncode == 0
    assert "SENTINEL" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    whole = ("report", "--with-transcripts", "--store", "s.db")
    assert cxscore(*whole, cwd=tmp_path).returncode == 0
    assert "SENTINEL" in (tmp_path / "report.html").read_text(encoding="utf-8")
    out = cxscore("export", "--parquet", "t", "--store", "s.db", "--json", cwd=tmp_path)
    assert len(alone(out)["files"]) == len(list((tmp_path / "t").iterdir()))
    refused = cxscore("erase", "--customer", "cust-1", "--store", "s.db", "--json", cwd=tmp_path)
    assert refused.returncode == 2
    gone = cxscore(
        "erase", "--customer", "cust-1", "--store", "s.db", "--yes", "--json", cwd=tmp_path
    )
    assert alone(gone)["conversations"] == 1
    again = cxscore("show", "a", "--store", "s.db", cwd=tmp_path)
    assert "SENTINEL" not in again.stdout + again.stderr


def test_dated_snapshots_are_used_by_the_conversations_day(tmp_path):
    for day, price in (("2026-01-01", "9"), ("2026-06-01", "12")):
        folder = tmp_path / day
        folder.mkdir()
        (folder / "prices.md").write_text(f"# Prices\n\nThe monthly plan costs {price} euros.\n")
        added = cxscore("kb", "add", folder, "--as-of", day, "--store", "s.db", cwd=tmp_path)
        assert added.returncode == 0, added.stderr
    listed = alone(cxscore("kb", "list", "--store", "s.db", "--json", cwd=tmp_path))
    assert [s["as_of"] for s in listed["snapshots"]] == ["2026-01-01", "2026-06-01"]
    scored(
        tmp_path,
        one_line(id="spring", started_at="2026-03-01T09:00:00Z"),
        one_line(id="summer", started_at="2026-07-01T09:00:00Z"),
        one_line(id="before", started_at="2025-07-01T09:00:00Z"),
    )
    gaps = {}
    for name in ("spring", "summer", "before"):
        seen = alone(cxscore("show", name, "--json", "--store", "s.db", cwd=tmp_path))
        gaps[name] = seen["verdict"]["knowledge"]["gap_days"]
    assert gaps["spring"] == pytest.approx(59.4, abs=0.1)
    assert gaps["summer"] == pytest.approx(30.4, abs=0.1)
    assert gaps["before"] < 0


def test_doctor_looks_at_everything_and_changes_nothing(tmp_path):
    done = cxscore("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert {f["state"] for f in alone(done)["findings"]} <= {"ok", "missing"}
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "cxscore.db").write_text("not a database, just some text that is long enough")
    broken = cxscore("doctor", "--json", cwd=tmp_path)
    assert broken.returncode == 2
    assert [f["subject"] for f in alone(broken)["findings"] if f["state"] == "broken"] == ["store"]


def test_the_schema_describes_what_the_reader_reads(tmp_path):
    import jsonschema

    schema = alone(cxscore("schema", "conversation", cwd=tmp_path))
    check = jsonschema.Draft202012Validator(schema)
    for line in (EXAMPLES / "conversations.jsonl").read_text(encoding="utf-8").splitlines():
        check.validate(json.loads(line))
    assert not check.is_valid({"id": "a"})


def test_lines_go_through_links_and_pipes_and_leave_both_standing(tmp_path):
    (tmp_path / "in.jsonl").write_text(one_line() + "\n")
    (tmp_path / "real.jsonl").write_text("old\n")
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    assert cxscore("score", "in.jsonl", "--out", "link.jsonl", cwd=tmp_path).returncode == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert json.loads((tmp_path / "real.jsonl").read_text())["id"] == "a"
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", "pipe"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert cxscore("score", "in.jsonl", "--out", "pipe", cwd=tmp_path).returncode == 0
    assert json.loads(reader.communicate(timeout=20)[0])["id"] == "a"
    assert (tmp_path / "pipe").is_fifo()
    dash = cxscore("score", "in.jsonl", "--out", "-", cwd=tmp_path)
    assert dash.returncode == 2
    assert "/dev/stdout" in dash.stderr
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*.part"))


def test_a_file_beside_the_transcripts_is_no_failed_conversation(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "chats.jsonl").write_text(one_line() + "\n")
    (folder / "invoice.csv").write_text("line,amount\n1,9.99\n")
    done = cxscore("score", "exports", "--json", cwd=tmp_path)
    told = alone(done)
    assert (done.returncode, told["conversations"], told["failed"]) == (0, 1, 0)
    assert told["other_files"] == 1
    assert "invoice.csv" in told["messages"][0]


def test_what_could_not_be_read_stands_on_the_first_screen(tmp_path):
    (tmp_path / "in.jsonl").write_text(one_line() + "\n{broken\n")
    done = cxscore("score", "in.jsonl", cwd=tmp_path)
    assert "not readable" in done.stdout
    cxscore("report", cwd=tmp_path)
    assert "could not be read" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_nothing_to_look_at_is_not_a_zero(tmp_path):
    scored(tmp_path, one_line())
    done = cxscore("score", "in.jsonl", "--store", "s.db", cwd=tmp_path)
    assert "not checkable: with a claimed action" in done.stdout
    assert "not checkable: with a statement an article contradicts" in done.stdout


def test_standard_input_may_be_gzipped_and_may_not_be_a_zip(tmp_path):
    import gzip
    import zipfile

    (tmp_path / "in.gz").write_bytes(gzip.compress(one_line().encode()))
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a.jsonl", one_line())
    run = f"{sys.executable} -m cxscore score - --json"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    packed = subprocess.run(
        f"cat in.gz | {run}", shell=True, cwd=tmp_path, capture_output=True, text=True, env=env
    )
    assert json.loads(packed.stdout)["new"] == 1
    archive = subprocess.run(
        f"cat in.zip | {run}", shell=True, cwd=tmp_path, capture_output=True, text=True, env=env
    )
    assert archive.returncode == 2
    assert "zip" in json.loads(archive.stdout)["error"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("score", ""), "empty"),
        (("score", "in.jsonl", "--kb-as-of", "2026-01-01"), "--kb"),
        (("score", "in.jsonl", "--kb", "in.jsonl"), "folder"),
        (("erase", "--customer", "", "--yes"), "empty"),
    ],
)
def test_a_slip_is_refused(tmp_path, args, said):
    scored(tmp_path, one_line())
    done = cxscore(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_report_needs_the_rubric_the_scores_were_made_with(tmp_path):
    scored(tmp_path, one_line())
    done = cxscore("report", "--rubric", "zendesk_like", "--store", "s.db", cwd=tmp_path)
    assert done.returncode == 2
    assert "cx@" in done.stderr


def test_the_customers_own_words_in_a_survey_are_erased_too(tmp_path):
    surveys = [{"kind": "open", "value": "SENTINEL my own words"}, {"kind": "csat", "value": "4"}]
    scored(tmp_path, one_line(customer_id="c1", surveys=surveys, answer_key={"phone": 4915112345}))
    cxscore("erase", "--customer", "c1", "--store", "s.db", "--yes", cwd=tmp_path)
    shown = cxscore("show", "a", "--store", "s.db", "--json", cwd=tmp_path).stdout
    assert "SENTINEL" not in shown
    assert "4915112345" not in shown
    assert '"csat"' in shown
