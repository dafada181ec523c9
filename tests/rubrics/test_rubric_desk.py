"""List, show, check and import rubrics as the command line does."""

from __future__ import annotations

import pytest

from cxscore.desk.rubrics import catalogue, check, import_scorecard, open_rubric, show
from cxscore.errors import InputError
from cxscore.readers.rubrics import load


def test_the_catalogue_lists_the_packaged_rubrics():
    assert [(e.id, e.criteria) for e in catalogue()] == [("cx", 13), ("zendesk_like", 9)]


@pytest.mark.parametrize("name", ["cx", "zendesk_like"])
def test_show_holds_every_criterion_level_and_rule(name):
    text, rubric = show(name), open_rubric(name)
    for criterion in rubric.criteria:
        assert criterion.question in text
        assert f"N/A: {criterion.not_applicable or 'never'}" in text
        assert all(level.anchor in text for level in criterion.scale.levels)
    for reason in rubric.reasons:
        assert reason.id in text
    assert rubric.digest[:12] in text


def test_check_finds_nothing_in_cx():
    assert check("cx") == []


def test_import_writes_a_rubric_and_never_over_a_file(tmp_path):
    sheet = tmp_path / "form.csv"
    sheet.write_text("question,levels\nWas it solved?,yes/no\n", encoding="utf-8")
    out = tmp_path / "mine.yaml"
    findings = import_scorecard(sheet, out, title="Mine")
    assert load(out).id == "mine"
    assert findings
    assert all(f.severity == "warning" for f in findings)
    before = out.read_bytes()
    with pytest.raises(InputError, match="exists; name another file"):
        import_scorecard(sheet, out)
    assert out.read_bytes() == before
    with pytest.raises(InputError, match="cannot be written"):
        import_scorecard(sheet, tmp_path / "no" / "folder.yaml")


@pytest.mark.parametrize("call", [open_rubric, show, check])
def test_an_unknown_rubric_is_an_input_error(call):
    with pytest.raises(InputError, match="packaged: cx, zendesk_like"):
        call("nope")
