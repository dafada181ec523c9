"""What the pages of a cadence add to their numbers, on the invented workspace and by hand."""

import csv
import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner

from cxscore.audit.breakdown import breakdown
from cxscore.audit.harm import Cause, harm
from cxscore.audit.labels import precision
from cxscore.cli.main import group
from cxscore.desk.cadence import cadence_report
from cxscore.desk.demo import demo
from cxscore.desk.kpi_facts import load_facts
from cxscore.errors import ConfigError, InputError
from cxscore.estimates import Unavailable
from cxscore.kpi.cohorts import cohorts, months_of, trajectory
from cxscore.kpi.facts import Contact, facts_of
from cxscore.kpi.followup import followup
from cxscore.kpi.propagation import one_article
from cxscore.kpi.registry import BY_ID, Known
from cxscore.readers.benchmarks import read_benchmarks
from cxscore.resources import data_dir
from cxscore.transcript import Conversation, Record
from cxscore.verdict import ClaimCheck, ClaimVerdict, Judged, PassageRef, Quote, Severity, Verdict
from tests.kpi.goldens import AFTER, COSTS, FACTS
from tests.kpi.test_audit_rules import NOW

EXAMPLES = data_dir("examples")
CONFIG = EXAMPLES / "cxscore.toml"
DAY = 86_400.0


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return demo(tmp_path_factory.mktemp("pages"), now=NOW).store


def run(*args):
    return CliRunner().invoke(group, [str(a) for a in args])


def page(store, tmp_path, cadence, *more):
    out = tmp_path / "page.html"
    result = run(
        "report", "--cadence", cadence, "--store", store, "--config", CONFIG, "--out", out,
        "--json", *more,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return json.loads(result.output), out.read_text("utf-8")


def test_every_number_opens_to_its_conversations_and_those_to_their_words(store, tmp_path):
    told, text = page(store, tmp_path, "weekly", "--with-transcripts", "first")
    reached = told["periods"][-1]["figures"]["reached_human"]
    assert f"Counted, {reached['k']:.0f}:" in text
    targets = set(re.findall(r'<a href="#(c-[0-9a-f]+)">', text))
    assert targets, "ids lead to words"
    assert targets <= set(re.findall(r'id="(c-[0-9a-f]+)"', text)), "and the words are there"
    bare, plain = page(store, tmp_path, "weekly")
    assert 'href="#c-' not in plain
    assert len(plain) < len(text)
    assert bare["waiting"]["against"], "claimed and not solved, seen by nobody"


def test_a_change_is_told_by_the_design_it_allows(store, tmp_path):
    told, text = page(store, tmp_path, "monthly", "--changes", EXAMPLES / "changes.csv")
    by = {s["what"][:20]: s for s in told["shipped"]}
    topic, whole = by["Assistant told to na"], by["Vendor moves from th"]
    assert topic["topic"] == "shipping"
    assert topic["days"] == 10, "no more before it than there is"
    designs = {d["design"] for s in (topic, whole) for d in s["moved"].values() if "design" in d}
    assert designs <= {"staggered", "before/after"}
    assert "before/after" in designs
    assert "a change, not an effect" in text


def test_the_month_says_how_far_the_judge_is_known(store, tmp_path):
    told, text = page(store, tmp_path, "monthly")
    queue = told["waiting"]
    assert queue["decided"] + len(queue["undecided"]) <= queue["involved"]
    assert f"It says of {queue['decided']} of {queue['involved']} conversations" in text
    assert "how right it is is not known" in text, "nobody has rated any"


def test_published_figures_stand_beside_their_own_definition_only(store, tmp_path):
    told, text = page(store, tmp_path, "quarterly", "--benchmarks", EXAMPLES / "benchmarks.yaml")
    why = {(p["kpi"], p["value"]): p["not_comparable"] for p in told["published"]}
    assert why["involvement", 0.753] is None
    assert "intercom" in why["V1", 0.59]
    assert "not comparable, because" in text
    args = ("--store", store, "--config", CONFIG, "--benchmarks", EXAMPLES / "benchmarks.yaml")
    lines = run("kpis", *args, "--kpi", "fcr").output
    assert "not comparable, because counted as SQM" in lines


def test_the_quarter_tells_the_path_since_the_launch(store, tmp_path):
    told, text = page(store, tmp_path, "quarterly")
    launch = told["launch"]
    assert [c["days"] for c in launch["cohorts"]] == [[1, 30], [31, 60]]
    assert "3 are the least" in launch["slope"]["unavailable"]
    assert "Since the launch" in text
    assert "Decision asked" in text


def test_tiers_tags_and_pairs(store, tmp_path):
    args = ("kpis", "--store", store, "--config", CONFIG, "--json")
    ids = lambda *more: {k["id"] for k in json.loads(run(*args, *more).output)["kpis"]}  # noqa: E731
    assert "D11" in ids("--tier", "resolution")
    assert "cx" not in ids("--tier", "resolution")
    assert ids("--tag", "microsoft:reason") == {"right_source", "reasoning"}
    assert ids("--tag", "microsoft") > ids("--tag", "microsoft:reason")
    assert "there is no tag 'gartner'" in str(run(*args, "--tag", "gartner").exception)
    truth = [
        json.loads(line) for line in (EXAMPLES / "truth.jsonl").read_text("utf-8").splitlines()
    ]
    pairs = tmp_path / "pairs.csv"
    with pairs.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["earlier", "later", "same_issue"])
        for one in truth:
            back = one["returns_of"]
            if back:
                out.writerow([back["id"], one["id"], "yes" if back["same_issue"] else "no"])
        out.writerow(["nowhere", "PW-0101", "no"])
    told = json.loads(run(*args, "--pairs", pairs).output)["link_error"]
    assert told["labelled_same"] >= 8
    assert len(told["missed"]) + len(told["joined"]) <= 4
    assert told["not_here"] == 1
    assert "labelled pairs of one issue" in run(*args[:-1], "--pairs", pairs).output


def test_a_holdout_is_named_and_must_have_two_sides(store):
    args = ("kpis", "--store", store, "--config", CONFIG, "--kpi", "involvement")
    told = json.loads(run(*args, "--holdout", "channel=email", "--json").output)
    assert told["kpis"][0]["holdout"]["design"] == "holdout"
    assert told["holdout_customers_in_both"] > 0
    text = run(*args, "--holdout", "channel=email").output
    assert "stand on both sides" in text
    assert "leaves one side empty" in str(run(*args, "--holdout", "channel=fax").exception)
    assert "ATTRIBUTE=VALUE" in str(run(*args, "--holdout", "mood=good").exception)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "is not valid YAML"),
        ("other: 1", "holds no list 'benchmarks'"),
        ("benchmarks: [{kpi: V1, definition: x, value: -1, source: s, date: 2026}]", "benchmark 1"),
        ("benchmarks: [{kpi: V1}]", "benchmark 1: definition"),
        ("a: 2026-02-30", "is not valid YAML: day is out of range"),
        ("[" * 5_000, "is nested too deeply"),
        (
            "benchmarks: [{kpi: V1, definition: x, value: .inf, source: s, date: 2026}]",
            "benchmark 1: value",
        ),
        (
            "benchmarks: [{kpi: csat, definition: x, value: 1, source: s, date: 2026}]",
            "benchmark 1: there is no KPI 'csat'; near: csat_ai",
        ),
    ],
)
def test_benchmarks_that_cannot_be_used(tmp_path, text, words):
    path = tmp_path / "b.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_benchmarks(path)


def test_pairs_that_cannot_be_used(store, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("earlier,later\na,b\n")
    args = ("kpis", "--store", store, "--config", CONFIG, "--pairs", path)
    assert "no column 'same_issue'" in str(run(*args).exception)
    path.write_text("earlier,later,same_issue\na,b,perhaps\n")
    found = run(*args).exception
    assert isinstance(found, InputError)
    assert found.line == 2


def months(rates, n=400):
    rows = []
    for m, share in enumerate(rates):
        for i in range(n):
            at = (30 * m + 1 + 20 * i / n) * DAY
            rows.append(
                Contact(
                    id=f"{m}-{i}", customer=f"{m}-{i}", started=at, ended=at, stream="ai",
                    involved=True, human=False, escalated=False, answers=1, critical=False,
                    resolution=5.0 if i < share * n else 2.0, attributes={"topic": f"t{i % 2}"},
                )
            )  # fmt: skip
    facts = facts_of(rows)
    return Known(facts=facts, after=followup(facts, 400 * DAY))


def test_a_trend_needs_three_months_and_a_cohort_its_days():
    known = months((0.4, 0.5, 0.6))
    spans = [(date(2026, 1 + m, 1), 30 * m * DAY, 30 * (m + 1) * DAY) for m in range(4)]
    found = months_of(known, spans)
    assert [m.true.k for m in found[:3]] == [160, 200, 240]
    assert isinstance(found[3].true.number, Unavailable)
    slope = trajectory(found)
    assert slope.low < 0.1 < slope.high
    assert slope.value == pytest.approx(0.1, abs=1e-9)
    assert isinstance(trajectory(found[:2]), Unavailable)
    marks = cohorts(known, lambda n: n * DAY)
    assert [(c.first_day, c.last_day, c.true.n) for c in marks] == [
        (1, 30, 400), (31, 60, 400), (61, 90, 400),
    ]  # fmt: skip
    assert dict(marks[0].topics) == {"t0": 0.5, "t1": 0.5}


def errors(i, article, severity=Severity.MAJOR, error="wrong_number"):
    claim = ClaimCheck(
        quote=Quote(turn=0, start=0, end=1, text="a"),
        verdict=ClaimVerdict.CONTRADICTED,
        reason="",
        passage=PassageRef(article_id=article, title="", text=""),
        error=error,
        severity=severity,
    )
    record = Record(conversation=Conversation(id=f"c{i}", turns=()))
    verdict = Verdict(
        conversation_id=f"c{i}", outcomes={}, judge="j", rubric="r", claims=(claim, claim)
    )
    return Judged(record=record, verdict=verdict)


def test_three_conversations_with_errors_on_one_article_are_told():
    some = [errors(i, "returns") for i in range(3)] + [errors(i, "delivery") for i in (8, 9)]
    some += [errors(i, "tea", severity=Severity.INFO) for i in range(20, 30)]
    (found,) = one_article(some)
    assert (found.article, found.ids) == ("returns", ("c0", "c1", "c2"))
    assert np.all([e == "wrong_number" for e in found.errors])


def test_every_critical_error_has_its_words_and_a_cause_read_off_the_evidence():
    def cause(**more):
        found = errors(1, "returns", severity=Severity.CRITICAL)
        claim = replace(found.verdict.claims[0], **more)
        judged = replace(found, verdict=replace(found.verdict, claims=(claim,)))
        (one,) = harm([judged])
        return one.cause

    newer = PassageRef(article_id="a", title="", text="", newer_than_conversation=True)
    assert cause() is Cause.GENERATION
    assert cause(passage=newer) is Cause.STALE
    assert cause(verdict=ClaimVerdict.NOT_IN_KNOWLEDGE_BASE) is Cause.KNOWLEDGE_GAP
    assert harm([errors(1, "returns")]) == (), "a major one is no harm of this list"


def test_an_audit_tells_harm_groups_and_how_labels_felt(store, tmp_path):
    args = ("audit", "--store", store, "--config", CONFIG, "--out", tmp_path / "a", "--json")
    told = json.loads(run(*args).output)
    assert {h["conversation_id"] for h in told["harm"]} == set(told["critical"])
    assert {h["cause"] for h in told["harm"]} <= {c.value for c in Cause}
    assert all(h["quote"] for h in told["harm"])
    assert set(told["by"]) == {"kind", "topic", "channel", "month"}
    claimed = sum(g["claimed"] for g in told["by"]["kind"])
    assert claimed == sum(g["claimed"] for g in told["by"]["month"]) == 55
    assert sum(e["conversations"] for e in told["experience"]) == 87
    text = (tmp_path / "a" / "audit.html").read_text("utf-8")
    assert "Likely cause" in text
    assert "How each label felt" in text


def test_groups_of_the_golden_set_add_up():
    facts = FACTS
    held = Known(facts=facts, after=AFTER, costs=COSTS)
    groups = breakdown(held, {"kind": facts.kind})["kind"]
    whole = precision(held.facts, held.after)
    assert sum(g.precision.k for g in groups) == whole.k == 7
    assert sum(g.precision.n for g in groups) == whole.n == 13


def test_topics_of_the_workspace_name_what_the_export_leaves_open(store, tmp_path):
    config = tmp_path / "cxscore.toml"
    args = ("kpis", "--store", store, "--config", config, "--by", "topic", "--kpi", "D1", "--json")

    def groups():
        found = json.loads(run(*args).output)["groups"]
        return {name: lines[0]["n"] for name, lines in found.items()}

    config.write_text("")
    before = groups()
    config.write_text('[topics]\nparcel = ["order*", "tracking", "never showed up"]\n')
    after = groups()
    assert after["parcel"] > 0
    assert after["parcel"] + after.get("not known", 0) == before["not known"], "given ones stay"
    config.write_text("")
    assert groups() == before, "the snapshot follows the settings"
    config.write_text('[topics]\nparcel = "order"\n')
    assert "topics.parcel" in str(run(*args).exception)


def test_short_lines_and_foreign_bytes_are_told_by_place(store, tmp_path):
    path = tmp_path / "f.csv"
    args = ("kpis", "--store", store, "--config", CONFIG)
    path.write_text("session_id,customer_id,started_at\na\n")
    short = run(*args, "--self-service", path).exception
    assert isinstance(short, InputError)
    assert short.line == 2
    path.write_bytes(b"session_id,customer_id,started_at\n\xff,b,c\n")
    assert "is no UTF-8 text" in str(run(*args, "--self-service", path).exception)
    path.write_text("date,kind,what\n,a,b\n")
    told = ("report", "--cadence", "weekly", "--store", store, "--config", CONFIG)
    assert isinstance(run(*told, "--changes", path).exception, InputError)


def test_figures_of_whole_windows_are_as_known_now_and_so_far_ones_watched_equally(store):
    loaded = load_facts(store, config=CONFIG)
    found = cadence_report(store, "weekly", now=NOW, config=CONFIG, at=date(2026, 10, 20))
    week = found.periods[-3]
    known = loaded.known(loaded.started_within(week.first, week.last), (week.first, week.last))
    equal = known.as_known_at(
        loaded.seconds(week.last) + loaded.until - loaded.seconds(found.now.last)
    )
    for name, of in (("D11", known), ("repeat_same", known), ("D11p", equal)):
        wanted = BY_ID[name].of(of)
        assert (week.figures[name].k, week.figures[name].n) == (wanted.k, wanted.n), name


def test_a_period_that_runs_is_held_against_as_much_of_the_one_before(store):
    args = ("kpis", "--store", store, "--config", CONFIG, "--compare", "previous", "--json")
    told = json.loads(run(*args, "--from", "2026-10-19", "--to", "2026-11-16").output)
    by = {k["id"]: k for k in told["kpis"]}
    assert by["D9"]["before"]["n"] < by["V1"]["before"]["n"]
