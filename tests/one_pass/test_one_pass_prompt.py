"""Prompts: released versions never change, and a prompt that cannot work is refused when loaded."""

from __future__ import annotations

import hashlib
import re

import pytest
from one_pass_replies import REFUND, ask_of, judge, prompt, shop

from cxscore import resources
from cxscore.errors import ConfigError
from cxscore.judges.one_pass import Prompt

PINNED = {
    "rubric/1": "5a767c7ce484e0f0f1a53cf57a28770020c72a94819551af6f83106548464218",
}
"""SHA-256 of each prompt file. A released file is never edited: new text is a new version."""


def text() -> str:
    return resources.prompt_path("rubric/1").read_text(encoding="utf-8")


def test_every_packaged_prompt_is_pinned_by_its_digest():
    packaged = {
        f"{p.parent.name}/{p.name.removesuffix('.md.jinja')}": hashlib.sha256(
            p.read_bytes()
        ).hexdigest()
        for p in resources.data_dir("prompts").glob("*/*.md.jinja")
    }
    assert packaged == PINNED


def test_a_prompt_is_found_by_name_version_or_path(tmp_path):
    assert resources.prompt_path("rubric") == resources.prompt_path("rubric/1")
    own = tmp_path / "own.md.jinja"
    own.write_text(text())
    assert resources.prompt_path(str(own)) == own
    for wrong in ("rubric/99", "nothing", str(tmp_path / "none.jinja")):
        with pytest.raises(ConfigError):
            resources.prompt_path(wrong)


def test_the_digest_is_of_the_text():
    assert prompt().ref == f"1@{PINNED['rubric/1'][:12]}"
    assert prompt(text() + " ").ref != prompt().ref


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{% block repair -%}", "{% block mend -%}", "lacks the blocks repair"),
        ("{{ nonce }}\n{{ transcript }}", "{{ transcript }}\n{{ secret }}", "uses secret"),
        ("{{ transcript }}", "", "does not show transcript"),
        (
            "{{ criterion.question|trim }}",
            "{{ criterion.question|nofilter }}",
            "not a valid prompt",
        ),
        ("{%- endblock %}", "", "not a valid prompt"),
        ("# Evidence", 'Example: {"level": "4"}\n# Evidence', "concrete level"),
        ("# Evidence", "e.g. level: 3\n# Evidence", "concrete level"),
    ],
)
def test_a_prompt_that_cannot_work_is_refused_with_the_reason(old, new, message):
    assert old in text()
    with pytest.raises(ConfigError, match=message):
        Prompt(version="x", text=text().replace(old, new), path="own.md.jinja")


def test_a_template_cannot_reach_outside_its_values():
    reaching = text().replace("{{ transcript }}", "{{ transcript.__class__.__mro__ }}")
    with pytest.raises(ConfigError):
        _render(Prompt(version="x", text=reaching))


def test_a_missing_member_is_an_error_and_no_empty_text():
    missing = text().replace("{{ passage.title }}", "{{ passage.no_such_member }}")
    own = Prompt(version="x", text=missing)
    with pytest.raises(ConfigError, match="no_such_member"):
        _render(own, passages=[{"id": "P1", "title": "t", "heading": None, "newer": False}])


def _render(own: Prompt, **more: object) -> str:
    values = {
        "passages": [],
        "knowledge_day": None,
        "started_at": None,
        "channel": None,
        "tool_log": None,
        "hidden": False,
        "windowed": False,
        "hybrid": False,
        "nonce": "n",
        "transcript": "[]",
    }
    return own.render("user", **(values | more))


def test_the_ask_holds_rules_rubric_policies_then_passages_then_the_transcript():
    ask = ask_of(judge(library=shop()), REFUND)
    order = ["# Order of work", "## resolution", "# Policy documents in force", "Never say done"]
    assert [ask.system.index(w) for w in order] == sorted(ask.system.index(w) for w in order)
    assert ask.user.index("Returns are free of charge") < ask.user.index("BEGIN ")
    assert re.fullmatch(r"END [0-9a-f]{16}", ask.user.splitlines()[-1])
    assert "please refund order 7731" not in ask.system


def test_the_prompt_names_what_tempts_and_the_order_of_the_work():
    system = ask_of(judge(), REFUND).system
    for words in ("Warm thanks", "numbered summaries", "wrongful refusal", "last_probe", "[cut]"):
        assert words.split("[")[0] in system


def test_the_usual_rule_of_evidence_is_told_once_and_others_with_their_criterion():
    system = ask_of(judge(), REFUND).system
    assert system.count("Every level below the top cites") == 1
    assert system.count("Evidence: Quote the customer only") == 2
    assert system.index("Every level below the top cites") < system.index("## resolution")
