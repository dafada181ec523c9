"""Scorecards of other systems become rubrics that load; what had no place is told."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.errors import RubricError
from cxscore.judges.composite import composite
from cxscore.readers.rubrics import lint, load, loads
from cxscore.readers.scorecards import to_yaml
from cxscore.rubric import ScaleKind
from cxscore.verdict import Graded

YES_NO = [{"RefId": "a", "Text": "Yes", "Score": 10}, {"RefId": "b", "Text": "No", "Score": 0}]


def question(title, properties, **more):
    kind = next(iter(properties), "Text")
    told = {"Title": title, "RefId": title, "QuestionType": kind.upper(), **more}
    return {"Question": told | {"QuestionTypeProperties": properties}}


def single(title, options, **more):
    return question(title, {"SingleSelect": {"Options": options}}, **more)


def section(title, items, **more):
    return {"Section": {"Title": title, "RefId": title, "Items": items, **more}}


FORM = {
    "EvaluationForm": {
        "Title": "Support quality",
        "Status": "ACTIVE",
        "ScoringStrategy": {"Mode": "SECTION_ONLY", "Status": "ENABLED"},
        "Items": [
            section(
                "Opening",
                [
                    single("Greeted?", YES_NO, NotApplicableEnabled=True),
                    {"Question": {"Title": "Notes", "RefId": "n", "QuestionType": "TEXT"}},
                ],
                Weight=25.0,
                Instructions="First minute only",
            ),
            section(
                "Handling",
                [
                    single(
                        "Identity",
                        [
                            {"RefId": "a", "Text": "Verified", "Score": 10},
                            {"RefId": "b", "Text": "Partly", "Score": 4, "AutomaticFail": True},
                            {"RefId": "c", "Text": "Skipped", "Score": 0, "AutomaticFail": True},
                        ],
                        NotApplicableEnabled=False,
                    ),
                    section(
                        "Speed",
                        [
                            question(
                                "Holds",
                                {
                                    "Numeric": {
                                        "MinValue": 0,
                                        "MaxValue": 9,
                                        "Options": [
                                            {"MinValue": 0, "MaxValue": 1, "Score": 10},
                                            {"MinValue": 2, "MaxValue": 9, "Score": 0},
                                        ],
                                    }
                                },
                                Enablement={"Action": "ENABLE"},
                            ),
                            question("Effort", {"Numeric": {"MinValue": 1, "MaxValue": 5}}),
                        ],
                    ),
                ],
                Weight=75.0,
            ),
        ],
    }
}

REVIEWS = {
    "conversations": [
        {
            "externalId": "1",
            "reviews": [
                {
                    "id": "r1",
                    "scorecard": {"id": "7", "name": "Chat scorecard"},
                    "ratings": [
                        {
                            "categoryId": "1",
                            "categoryName": "Solution",
                            "score": 50,
                            "weight": 100,
                            "critical": True,
                            "cause": "Wrong article",
                        },
                        {"categoryId": "2", "categoryName": "Tone", "score": 100, "weight": 10},
                        {"categoryId": "3", "categoryName": "Empathy", "score": 75, "weight": 0},
                    ],
                }
            ],
        }
    ]
}

INTERCOM = {
    "type": "conversation",
    "id": "1",
    "scorecards": [
        {
            "scorecard_id": "77",
            "scorecard_version_id": "3",
            "name": "Monitor",
            "scorecard_type": "monitor",
            "passed": True,
            "score": 80,
            "ai_score": None,
            "evaluated_at": 1780000000,
            "reviewed_teammate": {"type": "ai"},
            "evaluators": [
                {
                    "evaluator_id": "e1",
                    "result": {
                        "value": "pass",
                        "source": "ai",
                        "reasoning": "fine",
                        "reason_ids": ["12"],
                        "other_text": None,
                    },
                },
                {"evaluator_id": "e2", "result": {"value": "partly", "source": "human"}},
                {"evaluator_id": "e3", "result": None},
            ],
        }
    ],
}

SHEET = """\
Section;Question;Weight;Levels;Anchors;Critical;N/A;Owner
Opening;Did the agent greet?;10%;Yes/No;yes: Named them | no: Started at once;;Joined late;Ann
Solution;Was it solved?;60;1-3;"1: Nothing was tried
2: Tried and left open
3: Solved in one go";x;never;Bob
Solution;Effort;lots;low|medium|high;;;;
;;;;;;;
Solution;;5;;;;;
"""


@pytest.fixture
def save(tmp_path):
    def one(name: str, content) -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return one


@pytest.fixture
def imported(save, tmp_path):
    def one(name: str, content):
        text = to_yaml(save(name, content))
        out = tmp_path / "out.yaml"
        out.write_text(text, encoding="utf-8")
        assert not [f for f in lint(out) if f.severity == "error"]
        return text, load(out)

    return one


def test_a_connect_form(imported):
    text, rubric = imported("form.json", FORM)
    assert rubric.id == "support_quality"
    assert rubric.composite.weights == {"opening": 0.25, "handling": 0.75}
    greeted, identity, holds, effort = rubric.criteria
    assert (greeted.scale.kind, greeted.scale.top) == (ScaleKind.YES_NO, "yes")
    assert greeted.not_applicable.startswith("Not in the source")
    assert identity.not_applicable is None
    assert [(d.level, d.credit) for d in identity.scale.levels] == [
        ("Skipped", 0),
        ("Partly", 0.4),
        ("Verified", 1),
    ]
    assert identity.auto_fail
    assert not greeted.auto_fail
    assert holds.scale.values == ("2 to 9", "0 to 1")
    assert effort.scale.values == (1, 2, 3, 4, 5)
    for told in (
        "“Notes” (TEXT) has no levels",
        "Instructions of section “Opening”: First minute only",
        "Subsection “Speed” was joined to section “Handling”",
        "“Holds” is shown on a condition",
        "“Identity” also fails the form on “Partly”",
    ):
        assert re.search(f"^# - .*{re.escape(told)}", text, re.MULTILINE)


def test_a_connect_form_that_weighs_questions(imported):
    form = {
        "Title": "Q",
        "ScoringStrategy": {"Mode": "QUESTION_ONLY", "Status": "ENABLED"},
        "Items": [
            section("S", [single("One", YES_NO, Weight=30.0), single("Two", YES_NO, Weight=70.0)])
        ],
    }
    _, rubric = imported("form.json", form)
    assert rubric.composite.weights == {"one": 0.3, "two": 0.7}
    outcomes = {"one": Graded(level="no", reason="r"), "two": Graded(level="yes", reason="r")}
    assert composite(rubric, outcomes).value == pytest.approx(70)


def test_connect_answers_without_scores(imported):
    options = [{"RefId": str(n), "Text": t} for n, t in enumerate(["High", "Middle", "Low"])]
    text, rubric = imported(
        "form.json", {"Title": "T", "Items": [section("S", [single("Q", options)])]}
    )
    assert rubric.criteria[0].scale.values == ("Low", "Middle", "High")
    assert "have no scores" in text


def test_zendesk_reviews(imported):
    text, rubric = imported("reviews.json", REVIEWS)
    assert rubric.title == "Chat scorecard"
    assert [len(c.scale.levels) for c in rubric.criteria] == [3, 2, 5]
    assert [c.auto_fail for c in rubric.criteria] == [True, False, False]
    assert rubric.composite.aggregate == "zendesk_iqs"
    assert rubric.composite.weights == pytest.approx({"solution": 100 / 110, "tone": 10 / 110})
    assert "Root causes of “Solution” (Wrong article) need a group" in text
    assert "not part of the score: “Empathy”" in text


def test_zendesk_categories(imported):
    categories = [
        {
            "name": "Solution",
            "description": "Solved?",
            "weight": 70,
            "critical": True,
            "scale": 4,
        },
        {"name": "Solution 2", "weight": 30, "critical": False, "scale": 2, "group": "Extra"},
    ]
    _, rubric = imported("categories.json", {"name": "Mail", "categories": categories})
    assert rubric.id == "mail"
    assert rubric.criteria[0].question == "Solved?"
    assert [len(c.scale.levels) for c in rubric.criteria] == [4, 2]
    assert rubric.sections == {"categories": "Categories", "extra": "Extra"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.json", INTERCOM),
        ("list.json", {"conversations": [INTERCOM, INTERCOM]}),
        ("lines.jsonl", json.dumps(INTERCOM) + "\n\n" + json.dumps(INTERCOM) + "\n"),
    ],
)
def test_intercom_results(imported, name, content):
    text, rubric = imported(name, content)
    assert rubric.title == "Monitor"
    first, second, third = rubric.criteria
    assert [(d.level, d.credit) for d in first.scale.levels] == [("fail", 0), ("pass", 1)]
    assert second.scale.values == ("not partly", "partly")
    assert third.scale.values == ("fail", "pass")
    for told in ("by id only", "under `reasons:`: 12", "order of the answers", "e3 has no result"):
        assert told in text


@pytest.mark.shared
def test_intercom_fixture_has_the_published_shape():
    root = Path(os.environ.get("CXSCORE_SHARED", Path(__file__).parents[3] / "shared"))
    contract = root / "contracts" / "intercom-2.16.json"
    if not contract.is_file():
        pytest.skip("development data not beside the checkout")
    schemas = json.loads(contract.read_text(encoding="utf-8"))["components"]["schemas"]
    card = INTERCOM["scorecards"][0]
    assert set(card) == set(schemas["conversation_scorecard"]["properties"])
    result = card["evaluators"][0]["result"]
    assert set(result) == set(schemas["conversation_scorecard_evaluator_result"]["properties"])


def check_sheet(text, rubric):
    greet, solved, effort = rubric.criteria
    assert [d.anchor for d in greet.scale.levels] == ["Started at once", "Named them"]
    assert greet.not_applicable == "Joined late"
    assert [d.anchor for d in solved.scale.levels][1] == "Tried and left open"
    assert (solved.auto_fail, solved.not_applicable) == (True, None)
    assert effort.scale.values == ("low", "medium", "high")
    assert rubric.composite.weights == pytest.approx(
        {"did_the_agent_greet": 10 / 70, "was_it_solved": 60 / 70}
    )
    for told in ("Column “owner”", "weight of “Effort” (“lots”)", "worst to best", "Row 6 has no"):
        assert told in text


def test_a_sheet_as_csv(imported):
    check_sheet(*imported("form.csv", SHEET))


def test_a_sheet_as_xlsx(imported, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(SHEET), delimiter=";"):
        book.active.append([cell or None for cell in row])
    book.save(tmp_path / "made.xlsx")
    check_sheet(*imported("form.xlsx", (tmp_path / "made.xlsx").read_bytes()))


def test_a_sheet_with_a_column_per_level(imported):
    sheet = "name,1,2,3\nClarity,Not understood,Understood later,Understood at once\n"
    _, rubric = imported("levels.csv", sheet)
    assert rubric.criteria[0].scale.levels[0].anchor == "Not understood"


def test_the_title_can_be_given(save):
    assert loads(to_yaml(save("r.json", REVIEWS), title="Our form")).id == "our_form"


def test_without_openpyxl_the_message_says_what_to_install(save, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(RubricError, match=r"cxscore\[xlsx\]"):
        to_yaml(save("form.xlsx", b"PK anything"))


@pytest.mark.parametrize(
    ("name", "content", "line", "words"),
    [
        ("a.json", "", 1, "is empty"),
        ("a.json", '{\n"a": 1,,\n}', 2, "not JSON"),
        ("a.jsonl", '{"a": 1}\n{oops\n', 2, "not JSON"),
        ("a.json", {"a": 1}, 1, "found no scorecard"),
        ("a.json", [1, 2], 1, "found no scorecard"),
        ("a.json", b'{"a": "\xe9"}', 1, "not UTF-8"),
        ("a.pdf", "x", None, "“.pdf” is not read"),
        ("a.csv", "colour,shape\nred,round\n", 1, "no header row"),
        ("a.csv", "question,weight\n", None, "no question with levels"),
        ("a.xlsx", b"not a workbook", None, "not a readable workbook"),
        ("a.json", {"Items": [{"Question": {"Title": "T", "QuestionType": "TEXT"}}]}, None, "“T”"),
    ],
)
def test_bad_scorecards(save, name, content, line, words):
    path = save(name, content)
    with pytest.raises(RubricError, match=re.escape(words)) as caught:
        to_yaml(path)
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RubricError, match="cannot be read"):
        to_yaml(tmp_path / "none.json")


names = st.text(min_size=1, max_size=12)
scales = st.sampled_from(["", "1-5", "a|b", "yes/no"])


def outcome(path):
    try:
        return to_yaml(path)
    except RubricError as refusal:
        return refusal


@settings(deadline=None)
@given(st.lists(st.tuples(names, names, st.floats(0, 100), scales)))
def test_any_sheet_becomes_a_rubric_or_a_sentence(tmp_path_factory, rows):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["section", "question", "weight", "levels"])
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("sheet") / "s.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    made = outcome(path)
    if isinstance(made, RubricError):
        assert "cannot become a rubric" not in made.reason
    else:
        assert loads(made).criteria
