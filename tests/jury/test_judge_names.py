"""Names of judges: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from bench_of_judges import RUBRIC, TRANSCRIPT, Service, abstained, graded, one
from hypothesis import given
from hypothesis import strategies as st

from cxscore.errors import ConfigError
from cxscore.judges.cascade import Cascade
from cxscore.judges.jury import Jury
from cxscore.judges.names import (
    CascadeSpec,
    JurySpec,
    SeatSpec,
    assemble,
    parse,
    seats,
    with_fallback,
)
from cxscore.judging import drive

LOCAL = "compatible:qwen3:8b@http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("embedded", SeatSpec(name="embedded")),
        ("tiny", SeatSpec(name="tiny")),
        (LOCAL, SeatSpec(name=LOCAL)),
        ("openai:a|anthropic:b", SeatSpec(name="openai:a", fallbacks=("anthropic:b",))),
        (
            f"jury:openai:a, anthropic:b|openai:c,{LOCAL}",
            JurySpec(
                seats=(
                    SeatSpec(name="openai:a"),
                    SeatSpec(name="anthropic:b", fallbacks=("openai:c",)),
                    SeatSpec(name=LOCAL),
                )
            ),
        ),
        (
            "cascade:embedded,openai:a",
            CascadeSpec(steps=(SeatSpec(name="embedded"), SeatSpec(name="openai:a"))),
        ),
        (
            "cascade:embedded,openai:a,jury:openai:a,anthropic:b",
            CascadeSpec(
                steps=(
                    SeatSpec(name="embedded"),
                    SeatSpec(name="openai:a"),
                    JurySpec(seats=(SeatSpec(name="openai:a"), SeatSpec(name="anthropic:b"))),
                )
            ),
        ),
    ],
)
def test_names_mean_judges(name, spec):
    assert parse(name) == spec


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "'nothing' names no judge"),
        ("two words", "names no judge; write embedded"),
        ("openai:", "names no judge"),
        ("openai:a|", "'nothing' names no judge"),
        ("embedded|openai:a", "'embedded' names no judge"),
        ("openai:a|openai:a", "openai:a is named twice"),
        ("jury:openai:a", "at least two seats"),
        ("jury:openai:a,openai:a", "one model has one vote"),
        ("jury:openai:a|openai:b,openai:b", "openai:b is named twice"),
        ("jury:openai:a,,openai:b", "'nothing' names no judge"),
        ("jury:jury:openai:a,openai:b", "stands alone or as the last step"),
        ("jury:openai:a,cascade:embedded,openai:b", "stands alone or as the last step"),
        ("cascade:embedded", "at least two steps"),
        ("cascade:openai:a,openai:a", "a step asked again"),
        ("cascade:jury:openai:a,openai:b", "stands alone or as the last step"),
        ("cascade:embedded,jury:openai:a", "at least two seats"),
    ],
)
def test_what_means_nothing_is_refused_with_a_sentence(name, said):
    with pytest.raises(ConfigError, match=said):
        parse(name)


@given(st.text(alphabet="abj:,| curyasdeo", max_size=40))
def test_any_text_is_a_judge_or_a_config_error(text: str):
    with suppress(ConfigError):
        spec = parse(text)
        assert with_fallback(spec) <= set(seats(spec))


@pytest.mark.parametrize(
    ("name", "models", "relieved"),
    [
        ("embedded", {}, set()),
        ("openai:a", {"judge": "openai:a"}, set()),
        (
            "openai:a|openai:b|openai:c",
            {"judge": "openai:a", "openai:b": "openai:b", "openai:c": "openai:c"},
            {"judge", "openai:b"},
        ),
        (
            "cascade:embedded,openai:a,jury:openai:a|openai:c,tiny,openai:b",
            {m: m for m in ("openai:a", "openai:b", "openai:c")},
            {"openai:a"},
        ),
    ],
)
def test_every_seat_has_its_model(name, models, relieved):
    assert seats(parse(name)) == models
    assert with_fallback(parse(name)) == relieved


def built(name: str, first: object = None):
    made = {"embedded": one("rules", abstained(), rounds=0), "openai:a": one("a", graded(4))}
    return assemble(parse(name), rubric=RUBRIC, judge=lambda n: made.get(n) or one(n, graded(2)))


@pytest.mark.parametrize(
    "name",
    [
        "openai:a",
        "openai:a|openai:b",
        "jury:openai:a,openai:b",
        "cascade:embedded,openai:a",
        "cascade:embedded,openai:a|openai:d,jury:openai:a,openai:b,anthropic:c",
    ],
)
def test_what_is_assembled_asks_the_seats_that_were_announced(name: str):
    for out in ((), ("judge",), ("openai:a",)):
        service = Service(*out)
        drive(built(name).deliberate(TRANSCRIPT), service)
        assert {seat for asks in service.rounds for seat in asks} <= set(seats(parse(name)))


def test_a_name_becomes_the_judge_it_means():
    assert isinstance(built("jury:openai:a,openai:b"), Jury)
    assert isinstance(built("cascade:embedded,openai:a"), Cascade)
    assert built("openai:a").fingerprint == "says/1 a"
    lone = drive(built("openai:a|openai:b").deliberate(TRANSCRIPT), Service("judge"))
    assert lone.seen == ("judge did not answer; openai:b judged in its place",)
    three = drive(built("cascade:embedded,openai:a").deliberate(TRANSCRIPT), Service())
    assert three.given_by["journey"]["level"] == "openai:a"
