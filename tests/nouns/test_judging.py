"""Drivers of a deliberation: rounds, broken judges, replay from stored replies."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from cxscore.errors import JudgeError
from cxscore.judging import (
    MAX_ROUNDS,
    Answered,
    Ask,
    Deliberation,
    NoReply,
    Reply,
    ask_digest,
    drive,
    replay,
)
from cxscore.verdict import Verdict

ASK = Ask(
    purpose="grade", system="rules", user="words", schema={"type": "object"}, max_output_tokens=9
)


def ask(text: str) -> Ask:
    return replace(ASK, user=text)


def verdict(*answers: str) -> Verdict:
    return Verdict(conversation_id="c", judge="j", rubric="r", outcomes={}, seen=answers)


class Watched:
    """A judge of ``rounds`` rounds of two asks, which notes whether it was closed."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.closed = False

    def deliberate(self) -> Deliberation:
        answers: list[str] = []
        try:
            for n in range(self.rounds):
                replies = yield (ask(f"{n}a"), ask(f"{n}b"))
                answers += [r.text for r in replies]
        finally:
            self.closed = True
        return verdict(*answers)


def echo(asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
    return tuple(Answered(text=a.user.upper(), model="m") for a in asks)


@pytest.mark.parametrize("rounds", range(MAX_ROUNDS + 1))
def test_a_deliberation_is_driven_to_its_verdict_with_replies_in_order(rounds: int):
    judge = Watched(rounds)
    expected = tuple(f"{n}{s}" for n in range(rounds) for s in "AB")
    assert drive(judge.deliberate(), echo).seen == expected
    assert judge.closed


def test_a_judge_that_never_ends_is_stopped_and_closed():
    judge = Watched(MAX_ROUNDS + 1)
    asked: list[tuple[Ask, ...]] = []

    def answer(asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
        asked.append(asks)
        return echo(asks)

    with pytest.raises(JudgeError, match="more than 6 rounds"):
        drive(judge.deliberate(), answer)
    assert len(asked) == MAX_ROUNDS
    assert judge.closed


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_replies_is_an_error_and_closes_the_judge(count: int):
    judge = Watched(1)
    with pytest.raises(JudgeError, match=f"2 asks were answered by {count} replies"):
        drive(judge.deliberate(), lambda asks: (NoReply(text="down"),) * count)
    assert judge.closed


def test_an_error_of_the_answering_side_closes_the_judge():
    judge = Watched(1)
    with pytest.raises(ZeroDivisionError):
        drive(judge.deliberate(), lambda asks: (echo(asks)[1 // 0],))
    assert judge.closed


def test_failures_of_the_service_reach_the_judge_as_replies():
    down = drive(Watched(1).deliberate(), lambda asks: (NoReply(text="down"),) * 2)
    assert down.seen == ("down", "down")


def stored(*texts: str) -> dict[str, Reply]:
    return {ask_digest(ask(t)): Answered(text=t.upper(), model="m") for t in texts}


def test_replay_with_all_replies_gives_the_verdict_of_the_live_run():
    replies = stored("0a", "0b", "1a", "1b")
    assert replay(Watched(2).deliberate(), replies) == drive(Watched(2).deliberate(), echo)


@pytest.mark.parametrize(
    ("have", "missing"),
    [
        ((), "0"),
        (("0a",), "0"),
        (("1a", "1b"), "0"),
        (("0a", "0b"), "1"),
        (("0a", "0b", "1b"), "1"),
    ],
)
def test_replay_returns_the_first_round_that_lacks_a_reply(have: tuple[str, ...], missing: str):
    judge = Watched(2)
    assert replay(judge.deliberate(), stored(*have)) == (ask(f"{missing}a"), ask(f"{missing}b"))
    assert judge.closed


def test_replay_of_a_judge_that_asks_nothing_needs_no_replies():
    assert replay(Watched(0).deliberate(), {}) == verdict()


def test_an_ask_is_found_again_by_every_one_of_its_members():
    changes = [
        {"purpose": "repair"},
        {"system": "other"},
        {"user": "other"},
        {"schema": {"type": "array"}},
        {"max_output_tokens": 10},
        {"seat": "second"},
    ]
    assert len({ask_digest(replace(ASK, **c)) for c in changes} | {ask_digest(ASK)}) == 7


def test_the_order_of_schema_keys_does_not_matter():
    one = replace(ASK, schema={"a": 1, "b": 2})
    two = replace(ASK, schema={"b": 2, "a": 1})
    assert ask_digest(one) == ask_digest(two)


def test_a_digest_is_that_of_the_whole_ask_as_json():
    schema = {"type": "object", "properties": {"b": {"enum": ["ü", 1, None]}, "a": {}}}
    ask = Ask(
        purpose="grade", system='a "b"\n', user="x \ud800 é", schema=schema, max_output_tokens=7
    )
    text = json.dumps(asdict(ask), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert ask_digest(ask) == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    for changed in ({"seat": "b"}, {"schema": {}}, {"max_output_tokens": 8}, {"user": "y"}):
        assert ask_digest(replace(ask, **changed)) != ask_digest(ask)
