"""Reading rubric files: the two presets, and every bad file with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.errors import ConfigError, RubricError
from cxscore.readers.rubrics import lint, load
from cxscore.resources import rubric_names, rubric_path
from cxscore.rubric import ScaleKind
from cxscore.transcript import Kind, Stream

SMALL = """\
format: 1
id: small
version: 1.0
title: Small
evidence: Quote at most 25 words, with the turn.
sections: {main: Main}
composite:
  weights: {solved: 1}
  required: [solved]
criteria:
  - id: solved
    name: Solved
    section: main
    question: Was it solved?
    not_applicable: never
    scale:
      kind: ordinal
      levels:
        - {level: 1, anchor: Nothing was solved at all}
        - {level: 2, anchor: One of several requests still open}
        - {level: 3, anchor: Every request ended with its solution}
  - id: clean
    name: Clean
    section: main
    question: Was it clean?
    not_applicable: never
    scale:
      kind: yes_no
      levels:
        - {level: no, anchor: A rule was broken}
        - {level: yes, anchor: All rules were kept}
"""


@pytest.fixture
def write(tmp_path):
    def one(text: str) -> Path:
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return one


def changed(old: str, new: str, count: int = 1) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, count)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize("name", rubric_names())
def test_the_packaged_rubrics_load_and_lint_clean(name):
    assert load(rubric_path(name)).id == name
    assert lint(rubric_path(name)) == []


def test_cx_holds_what_the_judges_expect():
    cx = load(rubric_path("cx"))
    rules = {c.id: c.rule for c in cx.criteria}
    ruled = {c for c in rules if rules[c] is not None}
    assert ruled == {
        *("resolution", "sentiment_start", "sentiment_end", "efficiency"),
        *("grounding", "escalation", "false_action"),
    }
    assert all(rules[c] == c for c in ruled)
    assert set(rules) - ruled == {
        *("relevance", "tone", "professionalism", "clarity", "source_use", "reasoning"),
    }
    assert cx.criterion("false_action").scale.top == "no"
    assert all(c.evidence for c in cx.criteria)
    assert {r.group for r in cx.reasons} == {
        *("agent_quality", "customer_effort", "customer_emotion", "policy", "product"),
    }
    assert not any(r.agents_fault for r in cx.reasons if r.group in {"policy", "product"})
    assert {e.severity.value for e in cx.errors} == {"info", "minor", "major", "critical"}


@pytest.mark.parametrize("name", rubric_names())
def test_examples_are_at_most_three_and_quotes_are_short(name):
    for criterion in load(rubric_path(name)).criteria:
        for level in criterion.scale.levels:
            assert len(level.examples) <= 3


def test_a_small_rubric_is_read_as_written(write):
    rubric = load(write(SMALL))
    assert rubric.version == "1.0"
    solved, clean = rubric.criteria
    assert [(d.level, d.credit) for d in solved.scale.levels] == [(1, 0), (2, 0.5), (3, 1)]
    assert (clean.scale.kind, clean.scale.values) == (ScaleKind.YES_NO, ("no", "yes"))
    assert solved.not_applicable is None
    assert solved.evidence.startswith("Quote")
    assert lint(write(SMALL)) == []


def test_levels_may_be_written_in_any_order_and_choices_carry_credit(write):
    text = changed(
        """      kind: ordinal
      levels:
        - {level: 1, anchor: Nothing was solved at all}
        - {level: 2, anchor: One of several requests still open}
        - {level: 3, anchor: Every request ended with its solution}
""",
        """      kind: choices
      levels:
        - {level: done, credit: 1, anchor: Every request ended with its solution}
        - {level: refused, credit: 0.8, anchor: Correctly refused with the reason}
        - {level: open, credit: 0, anchor: Nothing was solved at all}
""",
    )
    assert load(write(text)).criterion("solved").scale.values == ("open", "refused", "done")


def test_applies_is_read(write):
    text = changed(
        "    question: Was it clean?",
        "    question: Was it clean?\n"
        "    applies: {channels: [chat], streams: [ai, hybrid], kinds: [action]}",
    )
    applies = load(write(text)).criterion("clean").applies
    assert applies.streams == (Stream.AI, Stream.HYBRID)
    assert (applies.channels, applies.kinds) == (("chat",), (Kind.ACTION,))


def test_comments_and_layout_do_not_change_the_digest_and_words_do(write):
    digest = load(write(SMALL)).digest
    assert re.fullmatch("[0-9a-f]{64}", digest)
    reordered = yaml.safe_dump(yaml.safe_load(SMALL), sort_keys=True)
    assert load(write("# signed off by the team\n" + SMALL)).digest == digest
    assert load(write(reordered)).digest == digest
    assert load(write(changed("at all", "at any time"))).digest != digest
    assert load(write(changed("{solved: 1}", "{main: 1}"))).digest != digest


REASON = "reasons:\n  - {id: a, name: A, group: GROUP, agents_fault: true}\ncriteria:\n"

# change, the text whose line is named, words of the sentence
BAD = {
    "missing key": (("version: 1.0\n", ""), "format", "`version` is missing"),
    "unknown key": (
        ("title: Small", "title: Small\ncolour: red"),
        "colour",
        "`colour` is not known",
    ),
    "wrong type": (("question: Was it clean?", "question: [a]"), "question: [a]", "is a list"),
    "not a number": (
        ("    question: Was it clean?", "    question: Clean?\n    weight: heavy"),
        "weight: heavy",
        "write a number",
    ),
    "weight 0": (
        ("    question: Was it clean?", "    question: Clean?\n    weight: 0"),
        "weight: 0",
        "above 0",
    ),
    "weight infinite": (
        ("    question: Was it clean?", "    question: Clean?\n    weight: .inf"),
        "weight: .inf",
        "finite",
    ),
    "bad id": (("id: clean", "id: Clean Sheet"), "id: Clean Sheet", "lower-case"),
    "same id": (("id: clean", "id: solved"), "id: solved\n    name: Clean", "stands twice"),
    "no section": (("section: main", "section: side"), "section: side", "not listed"),
    "missing level": (
        ("        - {level: 2, anchor: One of several requests still open}\n", ""),
        "levels:",
        "no level 2",
    ),
    "two points": (
        ("        - {level: 3, anchor: Every request ended with its solution}\n", ""),
        "levels:",
        "1–3, 1–4 or 1–5",
    ),
    "level twice": (
        (
            "        - {level: 3,",
            "        - {level: 2, anchor: Another thing}\n        - {level: 3,",
        ),
        "{level: 2, anchor: Another",
        "stands twice",
    ),
    "named ordinal": (("{level: 2,", "{level: mid,"), "levels:", "`mid`"),
    "not yes or no": (
        ("{level: no,", "{level: maybe,"),
        "levels:\n        - {level: maybe",
        "exactly `yes` and",
    ),
    "empty anchor": (("anchor: A rule was broken", "anchor: ''"), "anchor: ''", "write some text"),
    "unknown kind": (("kind: yes_no", "kind: stars"), "kind: stars", "'ordinal', 'yes_no'"),
    "unknown stream": (
        ("    question: Was it clean?", "    question: Clean?\n    applies: {streams: [robot]}"),
        "applies:",
        "'ai', 'hybrid' or 'human'",
    ),
    "unknown applies": (
        ("    question: Was it clean?", "    question: Clean?\n    applies: {moods: [sad]}"),
        "applies:",
        "`criteria[2].applies.moods` is not known",
    ),
    "unknown part": (("{solved: 1}", "{sloved: 1}"), "weights:", "neither a criterion nor"),
    "weights not 1": (("{solved: 1}", "{solved: 0.7}"), "weights:", "sum to 0.7"),
    "counted twice": (("{solved: 1}", "{solved: 0.5, main: 0.5}"), "weights:", "counts twice"),
    "unknown required": (("required: [solved]", "required: [x]"), "required:", "`x` is neither"),
    "cap off scale": (("  required:", "  cap: 9\n  required:"), "cap: 9", "from 1 to 5"),
    "reason group": (
        (
            "criteria:",
            "reasons:\n  - {id: a, name: A, group: weather, agents_fault: true}\ncriteria:",
        ),
        "- {id: a",
        "'agent_quality', 'customer_effort'",
    ),
    "severity": (
        ("criteria:", "errors:\n  - {id: a, name: A, severity: huge, detector: d}\ncriteria:\n"),
        "- {id: a",
        "'info', 'minor'",
    ),
    "key twice": (("title: Small", "title: Small\ntitle: Tall"), "title: Tall", "stands twice"),
    "newer format": (("format: 1", "format: 2"), "format: 2", "allowed: 1"),
    "language": (("title: Small", "title: Small\nlanguage: English"), "language:", "lower-case"),
    "broken yaml": (("sections: {main: Main}", "sections: {main: Main"), "composite", "not YAML"),
    "no criteria": ((SMALL[SMALL.index("criteria:") :], "criteria: []\n"), "criteria:", "at least"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_with_line_and_reason(write, case):
    change, place, words = BAD[case]
    text = changed(*change)
    path = write(text)
    with pytest.raises(RubricError) as caught:
        load(path)
    assert words in caught.value.reason
    assert caught.value.line == line_of(text, place)
    assert str(caught.value).startswith(f"{path}:{caught.value.line}: ")


def test_four_examples_are_too_many(write):
    examples = "".join("\n            - {transcript: hello, why: so}" for _ in range(4))
    text = changed(
        "        - {level: 1, anchor: Nothing was solved at all}",
        "        - level: 1\n          anchor: Nothing was solved at all\n"
        f"          examples:{examples}",
    )
    with pytest.raises(RubricError, match="4 examples") as caught:
        load(write(text))
    assert caught.value.line == line_of(text, "examples:")


def test_choices_need_credit(write):
    text = changed("kind: yes_no", "kind: choices")
    with pytest.raises(RubricError, match="share of"):
        load(write(text))


def test_the_first_error_is_told_and_the_others_are_counted(write):
    text = changed("{solved: 1}", "{sloved: 0.5}").replace("section: main", "section: side")
    with pytest.raises(RubricError, match=r"3 more: run `cxscore rubrics check`"):
        load(write(text))
    errors = [f for f in lint(write(text)) if f.severity == "error"]
    assert len(errors) == 4
    assert [f.line for f in errors] == sorted(f.line for f in errors)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "empty"),
        (b"  \n\n", 1, "empty"),
        (b"id: a\ntitle: caf\xe9\n", 2, "0xe9, which is not UTF-8"),
        (b"- a\n- b\n", 1, "no keys"),
        (b"just words", 1, "no keys"),
        (b"id: a\n\tb: c\n", 2, "not YAML"),
        (b"a: &x [*x]\n", 1, "without end"),
        (b"a: 2026-99-99\n", None, "quotes"),
        (b"a: !!python/object:os.system x\n", 1, "not YAML"),
        (b"a: " + b"[" * 500 + b"]" * 500, 1, "without end"),
    ],
)
def test_files_that_are_no_yaml_mapping(tmp_path, content, line, words):
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    for read in (load, lint):
        with pytest.raises(RubricError, match=re.escape(words)) as caught:
            read(path)
        assert caught.value.line == line


def test_a_file_that_is_not_there_and_one_that_is_too_big(tmp_path):
    with pytest.raises(RubricError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    big = tmp_path / "big.yaml"
    big.write_bytes(b"a: b\n" * 1_000_000)
    with pytest.raises(RubricError, match="holds 5,000,000 bytes"):
        load(big)


WEAK = {
    "vague": (("One of several requests still open", "A good answer was given"), "“good”"),
    "vague phrase": (("A rule was broken", "Slang or typos etc were seen"), "“etc”"),
    "short": (("anchor: A rule was broken", "anchor: Broken"), "fewer than 3 words"),
    "same": (("One of several requests still open", "Nothing was solved at all"), "say the same"),
    "contained": (
        ("One of several requests still open", "Nothing was solved at all for two weeks running"),
        "overlap",
    ),
    "near": (
        (
            "One of several requests still open",
            "Each request of this person ended with its solution",
        ),
        ("Every request ended", "Each request of that person ended"),
        "differ in a word",
    ),
    "ranges": (
        ("A rule was broken", "Broke 3-5 rules there"),
        ("All rules were kept", "Kept all but 1 to 3 rules"),
        "both hold 3 rules",
    ),
    "no N/A": (("    not_applicable: never\n", ""), "no N/A rule"),
    "no evidence": (("evidence: Quote at most 25 words, with the turn.\n", ""), "no evidence rule"),
    "auto fail": (
        ("    question: Was it clean?", "    question: Clean?\n    auto_fail: true"),
        "whom it hits",
    ),
    "channel": (
        ("    question: Was it clean?", "    question: Clean?\n    applies: {channels: [Chat]}"),
        "channel `Chat`",
    ),
    "empty section": (("{main: Main}", "{main: Main, side: Side}"), "`side` has no criterion"),
    "shares": (
        ("    question: Was it", "    weight: 0.3\n    question: Was it", 2),
        "sum to 0.6",
    ),
    "blame": (
        (
            "criteria:",
            "reasons:\n  - {id: a, name: A, group: policy, agents_fault: true}\ncriteria:",
        ),
        "blames the agent",
    ),
    "nothing required": (
        ("  required: [solved]\n", ""),
        ("{solved: 1}", "{main: 1}"),
        "no criterion is required",
    ),
    "unwritten": (
        ("A rule was broken", "'Not in the source: say what is seen'"),
        "is still to be written",
    ),
}


@pytest.mark.parametrize("case", WEAK)
def test_weak_rubrics_load_and_are_warned_about(write, case):
    *changes, words = WEAK[case]
    text = SMALL
    for old, new, *count in changes:
        assert old in text
        text = text.replace(old, new, *(count or [1]))
    path = write(text)
    load(path)
    found = lint(path)
    assert all(f.severity == "warning" for f in found)
    hits = [f for f in found if words in f.message]
    assert hits, [str(f) for f in found]
    assert all(1 <= f.line <= text.count("\n") + 1 for f in found)
    assert str(hits[0]).startswith(f"{path}:{hits[0].line}: warning: ")


def test_a_rule_nobody_has_is_told_when_the_rules_are_known(write):
    text = changed("    question: Was it clean?", "    question: Clean?\n    rule: clean_sheet")
    assert lint(write(text)) == []
    (finding,) = lint(write(text), rules=["resolution"])
    assert finding.line == line_of(text, "rule: clean_sheet")
    assert "`clean_sheet`; it has resolution" in finding.message


def test_a_warning_names_the_line_of_the_anchor(write):
    text = changed("One of several requests still open", "A good answer was given")
    (finding,) = lint(write(text))
    assert finding.line == line_of(text, "A good answer")


@settings(deadline=None)
@given(st.data())
def test_a_damaged_rubric_is_refused_or_read_never_a_crash(tmp_path_factory, data):
    tree = yaml.safe_load(SMALL)
    node, key = tree, data.draw(st.sampled_from(list(tree)))
    while isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
        node = node[key]
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
    node[key] = data.draw(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.lists(st.integers(), max_size=2)
        | st.just({"x": 1})
    )
    path = tmp_path_factory.mktemp("fuzz") / "r.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    errors = [f for f in lint(path) if f.severity == "error"]
    if errors:
        with pytest.raises(RubricError) as caught:
            load(path)
        assert caught.value.line == errors[0].line
    else:
        load(path)


def test_packaged_rubrics_are_found_by_id_and_files_by_path(write):
    path = write(SMALL)
    assert rubric_path(str(path)) == path
    assert {"cx", "zendesk_like"} <= set(rubric_names())
    with pytest.raises(ConfigError, match=r"no packaged rubric “xc”; packaged: cx, zendesk_like"):
        rubric_path("xc")
    with pytest.raises(ConfigError, match=r"no rubric file nope\.yaml"):
        rubric_path("nope.yaml")
