"""Several deliberations driven as one give what each gives alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxscore.errors import JudgeError
from cxscore.judging import Answered, Ask, Deliberation, NoReply, Reply, drive, step, together
from cxscore.verdict import Verdict

Plan = list[int]
"""How many asks a deliberation makes in each of its rounds."""


def ask(text: str) -> Ask:
    return Ask(purpose="grade", system="s", user=text, schema={}, max_output_tokens=9)


def deliberation(name: str, plan: Plan, closed: list[str] | None = None) -> Deliberation:
    heard: list[str] = []
    try:
        for n, asks in enumerate(plan):
            # What is asked depends on what was heard: a reply gone astray shows.
            told = heard[-1] if heard else ""
            replies = yield tuple(ask(f"{name}{n}.{k}{told}") for k in range(asks))
            heard += [r.text for r in replies]
    finally:
        if closed is not None:
            closed.append(name)
    return Verdict(conversation_id=name, judge="j", rubric="r", outcomes={}, seen=tuple(heard))


def echo(asks: tuple[Ask, ...]) -> tuple[Reply, ...]:
    return tuple(Answered(text=f"<{a.user}>", model="m") for a in asks)


def driven_together(plans: list[Plan]) -> tuple[tuple[Verdict, ...], list[tuple[Ask, ...]]]:
    rounds: list[tuple[Ask, ...]] = []
    several = together(*(deliberation(f"d{n}-", plan) for n, plan in enumerate(plans)))
    try:
        asks = next(several)
        while True:
            rounds.append(asks)
            asks = several.send(echo(asks))
    except StopIteration as stop:
        return stop.value, rounds


PLANS = st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=5)


@given(PLANS)
def test_every_verdict_is_that_of_the_deliberation_driven_alone(plans: list[Plan]):
    alone = tuple(drive(deliberation(f"d{n}-", plan), echo) for n, plan in enumerate(plans))
    assert driven_together(plans)[0] == alone


@given(PLANS)
def test_there_are_as_many_rounds_as_the_longest_has_and_nothing_is_asked_twice(plans: list[Plan]):
    _, rounds = driven_together(plans)
    assert len(rounds) == max(map(len, plans), default=0)
    asked = [a.user for asks in rounds for a in asks]
    assert len(asked) == sum(map(sum, plans)) == len(set(asked))
    for n, asks in enumerate(rounds):
        due = [f"d{k}-{n}" for k, plan in enumerate(plans) if n < len(plan) and plan[n]]
        assert list(dict.fromkeys(a.user.partition(".")[0] for a in asks)) == due


def test_a_wrong_number_of_replies_is_an_error_and_closes_all():
    closed: list[str] = []
    several = together(*(deliberation(n, [1], closed) for n in "abc"))
    next(several)
    with pytest.raises(JudgeError, match="3 asks were answered by 2 replies"):
        several.send((NoReply(text="down"),) * 2)
    assert closed == ["a", "b", "c"]


def test_one_that_breaks_ends_all():
    def broken() -> Deliberation:
        yield (ask("x"),)
        raise JudgeError("broken")

    closed: list[str] = []
    several = together(deliberation("a", [1, 1], closed), broken())
    with pytest.raises(JudgeError, match="broken"):
        several.send(echo(next(several)))
    assert closed == ["a"]


def test_closing_it_closes_all():
    closed: list[str] = []
    several = together(*(deliberation(n, [1], closed) for n in "ab"))
    next(several)
    several.close()
    assert closed == ["a", "b"]


def test_none_at_all_ends_at_once():
    def nobody() -> Deliberation:
        assert (yield from together()) == ()
        return Verdict(conversation_id="c", judge="j", rubric="r", outcomes={})

    assert isinstance(step(nobody()), Verdict)
