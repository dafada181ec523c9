"""Files of reviews become labels, or one clear sentence with file and line."""

import json

import pytest

from cxscore.desk.rubrics import open_rubric
from cxscore.errors import ConfigError, LabelError
from cxscore.label import Design, Split
from cxscore.readers.labels import load_map, read_labels

HEADER = "conversation_id,criterion,level,rater"


@pytest.fixture(scope="module")
def rubric():
    return open_rubric("cx")


@pytest.fixture
def file(tmp_path):
    def write(text, name="labels.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_table_with_every_column(file, rubric):
    path = file(
        "conversation_id,criterion,leg,level,rater,time,saw_judge,split,design,"
        "inclusion_probability,stratum,comment\n"
        "c1,resolution,ai,4,ada,2026-10-01T08:00:00Z,false,tune,stratified,"
        '0.25,ai × bad,"two\nlines"\n'
        "c2,false_action,,NA,ada,,,,,,,\n"
    )
    one, two = read_labels(path, rubric).labels
    assert (one.level, one.leg, one.saw_judge, one.split) == (4, "ai", False, Split.TUNE)
    assert one.sampling.design is Design.STRATIFIED
    assert (one.sampling.inclusion_probability, one.sampling.stratum) == (0.25, "ai × bad")
    assert one.comment == "two\nlines"
    assert (two.level, two.leg, two.saw_judge, two.split, two.sampling) == (
        None,
        "journey",
        None,
        None,
        None,
    )


def test_a_line_is_counted_as_the_file_has_it(file, rubric):
    path = file(f'{HEADER},comment\nc1,resolution,4,ada,"a\nb"\nc2,resolution,9,ada,\n')
    with pytest.raises(LabelError, match=r"labels\.csv:4: '9' is no level of resolution"):
        read_labels(path, rubric)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("c1,resolution,6,ada", "'6' is no level of resolution; allowed: 1, 2, 3, 4, 5, or na"),
        ("c1,resolution,good,ada", "'good' is no level"),
        ("c1,kindness,4,ada", "'kindness' is no criterion of cx"),
        ("c1,resolution,4,", "rater is missing"),
        (",resolution,4,ada", "conversation_id is missing"),
    ],
)
def test_a_row_that_cannot_be_used(file, rubric, row, message):
    with pytest.raises(LabelError) as caught:
        read_labels(file(f"{HEADER}\n{row}\n"), rubric)
    assert message in str(caught.value)
    assert ":2: " in str(caught.value)


@pytest.mark.parametrize("chance", ["0", "1.01", "-0.2", "nan", "inf"])
def test_a_probability_nobody_can_have(file, rubric, chance):
    text = f"{HEADER},design,inclusion_probability\nc1,resolution,4,ada,random,{chance}\n"
    with pytest.raises(LabelError, match="not above 0 and at most 1"):
        read_labels(file(text), rubric)


def test_two_labels_of_one_rater(file, rubric):
    text = f"{HEADER}\nc1,resolution,4,ada\nc1,resolution,2,ada\n"
    with pytest.raises(LabelError, match="labelled resolution of 'c1' already at line 2"):
        read_labels(file(text), rubric)


def test_the_same_row_twice_counts_once(file, rubric):
    text = f"{HEADER}\nc1,resolution,4,ada\nc1,resolution,4,ada\nc1,resolution,4,bob\n"
    assert len(read_labels(file(text), rubric).labels) == 2


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "labels.csv", "no header row"),
        (f"{HEADER}\n", "labels.csv", "holds no label"),
        ("{", "labels.jsonl", "is no JSON"),
        ("[1]", "labels.jsonl", "is no JSON object"),
        ("{}", "labels.json", "found no review"),
        ("x", "labels.pdf", "“.pdf” is not read"),
        ("not a workbook", "labels.xlsx", "workbook|openpyxl"),
        (f"{HEADER},rater\n", "labels.csv", "column 'rater' stands twice"),
    ],
)
def test_files_that_hold_no_labels(file, rubric, text, name, message):
    with pytest.raises(LabelError, match=message):
        read_labels(file(text, name), rubric)


def test_a_column_for_each_criterion(file, rubric):
    text = "Ticket;Solved?;tone\nc1;Yes;5\nc2;No;\n"
    mapping = file(
        "columns: {conversation_id: Ticket}\ndefaults: {rater: team, design: random}\n"
        'criteria: {"Solved?": resolution}\nlevels: {resolution: {yes: 5, no: 1}}\n',
        "map.yaml",
    )
    found = read_labels(file(text), rubric, load_map(mapping, rubric))
    assert {(one.conversation_id, one.criterion, one.level) for one in found.labels} == {
        ("c1", "resolution", 5),
        ("c1", "tone", 5),
        ("c2", "resolution", 1),
    }
    assert any("no answer became 2, 3, 4" in loss.sentence for loss in found.losses)


def test_what_the_map_has_no_place_for_is_listed_with_its_rows(file, rubric):
    text = f"{HEADER}\nc1,Solved?,Yes,ada\nc2,Solved?,Kind of,ada\nc3,Solved?,Kind of,ada\n"
    text += "c4,Polite?,Yes,ada\n"
    mapping = load_map(
        file(
            'criteria: {"Solved?": resolution}\nlevels: {resolution: {yes: 5, partly: 3}}\n',
            "m.yaml",
        ),
        rubric,
    )
    found = read_labels(file(text), rubric, mapping)
    assert [one.level for one in found.labels] == [5]
    assert {(u.what, u.text, u.rows, u.line) for u in found.unmapped} == {
        ("answer", "Kind of", 2, 3),
        ("question", "Polite?", 1, 5),
    }


def test_a_map_says_where_it_loses(file, rubric):
    text = f"{HEADER}\nc1,resolution,Bad,ada\nc2,resolution,Awful,ada\n"
    mapping = load_map(file("levels: {resolution: {bad: 1, awful: 1}}\n", "m.yaml"), rubric)
    (first, *_) = read_labels(file(text), rubric, mapping).losses
    assert first.sentence == "'awful', 'bad' all became 1: told apart no more"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colums: {}\n", "colums"),
        ("columns: {ticket: T}\n", "'ticket' is no column of labels"),
        ('criteria: {"Solved?": solved}\n', "'solved' is no criterion of cx"),
        ("levels: {resolution: {yes: 6}}\n", "'6' is no level of resolution"),
        ("levels: [\n", "is not valid YAML"),
    ],
)
def test_a_map_with_a_slip(file, rubric, text, message):
    with pytest.raises(ConfigError, match=r"m\.yaml") as caught:
        load_map(file(text, "m.yaml"), rubric)
    assert message in str(caught.value)


def test_a_workbook(tmp_path, rubric):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["conversation_id", "criterion", "level", "rater"])
    book.active.append(["c1", "resolution", 4.0, "ada"])
    book.save(tmp_path / "l.xlsx")
    (one,) = read_labels(tmp_path / "l.xlsx", rubric).labels
    assert one.level == 4


FORMS = {
    "intercom": {
        "conversations": [
            {
                "id": "c1",
                "scorecards": [
                    {
                        "reviewer": {"id": "ada"},
                        "evaluators": [
                            {"evaluator_id": "Q1", "result": {"value": "5", "comment": "fine"}}
                        ],
                    }
                ],
            }
        ]
    },
    "connect": {
        "Evaluation": {
            "Metadata": {"ContactId": "c1", "EvaluatorArn": "arn:aws:connect:eu:1:user/ada"},
            "Answers": {"Q1": {"Value": {"NumericValue": 5.0}}},
            "Notes": {"Q1": {"Value": "fine"}},
        }
    },
    "google": {
        "qaAnswers": [
            {
                "conversation": "projects/p/conversations/c1",
                "qaQuestion": "projects/p/questions/Q1",
                "answerValue": {"numValue": 5.0},
                "answerSources": [{"sourceType": "MANUAL_EDIT"}],
            },
            {
                "conversation": "projects/p/conversations/c2",
                "qaQuestion": "projects/p/questions/Q1",
                "answerValue": {"numValue": 1.0},
                "answerSources": [{"sourceType": "SYSTEM_GENERATED"}],
            },
        ]
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_other_systems(file, rubric, form):
    mapping = load_map(
        file("criteria: {Q1: resolution}\ndefaults: {rater: ada}\n", "m.yaml"), rubric
    )
    (one,) = read_labels(file(json.dumps(FORMS[form]), "f.json"), rubric, mapping).labels
    assert (one.conversation_id, one.criterion, one.level, one.rater) == (
        "c1",
        "resolution",
        5,
        "ada",
    )
