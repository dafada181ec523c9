"""Whatever a model replies: no level off the scale is reported, and none without words."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from one_pass_replies import HYBRID, REFUND, ask_of, cx, grade, judge, quote, reply, run, shop

from cxscore.errors import ReplyError
from cxscore.judges.one_pass.reply import parse
from cxscore.judging import Answered
from cxscore.verdict import Failed, Graded, Verdict

JUDGE = judge(library=shop())
RUBRIC = cx()


def assert_only_levels_of_the_scale(verdict: Verdict) -> None:
    for outcomes in verdict.outcomes.values():
        assert list(outcomes) == [c.id for c in RUBRIC.criteria]
        for name, outcome in outcomes.items():
            scale = RUBRIC.criterion(name).scale
            if isinstance(outcome, Graded) and outcome.level is not None:
                assert outcome.level in scale.values
                assert type(outcome.level) in {type(v) for v in scale.values}
                assert outcome.level == scale.top or outcome.evidence


@pytest.mark.parametrize(
    "level", ["99", "6", "0", "4.5", "", "five", None, True, 4.0, [], {}, ["4"], "na", -1]
)
def test_a_level_off_the_scale_is_repaired_once_and_then_fails(level):
    def broken(ask):
        good = reply(ask)
        good["grades"]["tone"] = grade("4", "x", quote(ask, "I have refunded")) | {"level": level}
        return good

    verdict, model = run(JUDGE, REFUND, broken, broken)
    assert model.purposes == ["grade", "repair"]
    assert isinstance(verdict.journey["tone"], Failed)
    assert verdict.journey["clarity"].level == 5


def test_a_level_written_as_a_number_means_the_same():
    def numbers(ask):
        good = reply(ask)
        good["grades"]["tone"]["level"] = 5
        return good

    verdict, model = run(JUDGE, REFUND, numbers)
    assert model.purposes == ["grade"]
    assert verdict.journey["tone"].level == 5


def test_a_missing_criterion_fails_alone():
    def missing(ask):
        good = reply(ask)
        del good["grades"]["tone"]
        return good

    verdict, _ = run(JUDGE, REFUND, missing, missing)
    assert verdict.journey["tone"] == Failed(error="grades.tone is missing", code="reply")
    assert verdict.journey["clarity"].level == 5


def test_a_criterion_given_twice_fails_alone():
    def twice(ask):
        text = json.dumps(reply(ask))
        one = json.dumps(grade("5"))
        return text.replace('"tone": ', f'"tone": {one}, "tone": ', 1)

    verdict, model = run(JUDGE, REFUND, twice, twice)
    assert model.purposes == ["grade", "repair"]
    assert verdict.journey["tone"] == Failed(error="grades.tone is given twice", code="reply")
    assert verdict.journey["clarity"].level == 5


def test_without_grades_every_criterion_fails():
    def without(ask):
        good = reply(ask)
        del good["grades"]
        return good

    verdict, _ = run(JUDGE, REFUND, without, without)
    asked = [o for name, o in verdict.journey.items() if name != "false_action"]
    assert all(isinstance(o, Failed) for o in asked)


def test_without_legs_the_legs_of_a_hybrid_fail():
    def without(ask):
        good = reply(ask)
        del good["legs"]
        return good

    verdict, _ = run(JUDGE, HYBRID, without, without)
    assert verdict.journey["tone"].level == 5
    for leg, outcomes in verdict.outcomes.items():
        if leg != "journey":
            assert isinstance(outcomes["tone"], Failed)


def test_a_fenced_reply_is_read():
    verdict, model = run(JUDGE, REFUND, lambda a: f"```json\n{json.dumps(reply(a))}\n```")
    assert model.purposes == ["grade"]
    assert verdict.journey["tone"].level == 5


@pytest.mark.parametrize("text", ["", "[]", "null", '"4"', "{", "[" * 100_000])
def test_what_is_no_object_is_a_reply_error(text):
    with pytest.raises(ReplyError):
        parse(text, ask_of(JUDGE, REFUND).schema)


SCALARS = st.sampled_from(
    [None, True, False, 0, 4, 99, -1, 4.5, "", "4", "6", "na", "yes", "nobody"]
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: object, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            found += places(inner, (*path, n))
    return found


def rich(ask, transcript):
    words = quote(ask, "I have refunded" if transcript is REFUND else "I can help with everything!")
    good = reply(ask)
    good["grades"]["tone"] = grade("2", "cold", words)
    good["requests"] = [words | {"kind": "action", "topic": "t"}]
    good["facts"]["solved"] = [{"request": 1, "solved": "yes"}]
    good["facts"]["acts"] = [{"turn": words["turn"], "act": "answer"}]
    good["facts"]["sentiment_path"] = [{"turn": words["turn"], "mood": "neutral"}]
    good["changes"] = [{"log": "L000", "request": 1, "finding": "f"}]
    good["actions_claimed"] = [words | {"action": "a", "log": "none", "in_log": "yes"}]
    good["legs"] = [{"leg": "ai", "criterion": "tone", "grade": grade("2", "cold", words)}]
    return good


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), hybrid=st.booleans())
def test_no_reply_whatever_breaks_the_law_or_the_judge(data, hybrid):
    transcript = HYBRID if hybrid else REFUND

    def spoiled(ask):
        value = rich(ask, transcript)
        for _ in range(data.draw(st.integers(1, 4))):
            open_places = places(value)
            if not open_places:
                break
            *path, last = data.draw(st.sampled_from(open_places))
            holder = value
            for step in path:
                holder = holder[step]
            kind = data.draw(st.sampled_from(["replace", "delete", "double"]))
            if kind == "replace":
                holder[last] = copy.deepcopy(data.draw(JUNK))
            elif kind == "delete":
                del holder[last]
            elif isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
        return Answered(text=json.dumps(value), model="m")

    model_answers = [spoiled, spoiled, spoiled]
    verdict, model = run(JUDGE, transcript, *model_answers)
    assert len(model.asks) <= 3
    assert_only_levels_of_the_scale(verdict)


@settings(max_examples=50, deadline=None)
@given(cut=st.floats(0, 1), tail=st.text(max_size=20))
def test_a_cut_reply_never_becomes_a_level(cut, tail):
    def broken(ask):
        text = json.dumps(rich(ask, REFUND))
        return text[: int(cut * (len(text) - 1))] + tail.replace("}", "")

    verdict, _ = run(JUDGE, REFUND, broken, broken)
    assert {o.state for o in verdict.journey.values()} == {"failed"}
