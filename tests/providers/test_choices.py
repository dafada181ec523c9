"""Token probabilities, cut down to where an enum value begins."""

from __future__ import annotations

import math
import re

import pytest
from fault_server import SCHEMA, TEXT, ask_model, completion, openai_error, response
from hypothesis import given
from hypothesis import strategies as st

from cxscore import wire
from cxscore.judging import Answered
from cxscore.providers.choices import token_choices


def tokens(text: str, likely: dict[str, list[tuple[str, float]]]) -> list[dict[str, object]]:
    """A tokenizer of ours: words, digits and marks; ``likely`` gives a token's alternatives."""
    found = []
    for token in re.findall(r"\d|\w+|\s+|[^\w\s]", text):
        others = likely.get(token, [(token, 1.0)])
        top = [{"token": t, "logprob": math.log(p), "bytes": list(t.encode())} for t, p in others]
        own = dict(others).get(token, 1.0)
        found.append(
            {
                "token": token,
                "logprob": math.log(own),
                "bytes": list(token.encode()),
                "top_logprobs": top,
            }
        )
    return found


LIKELY = {"4": [("4", 0.6), ("5", 0.25), (" 4", 0.05), ("x", 0.06), ("3", 0.00001)]}


def test_alternatives_of_a_level_come_back_through_chat():
    told = completion(choice={"logprobs": {"content": tokens(TEXT, LIKELY), "refusal": None}})
    (reply,) = ask_model("openai", told, logprobs=True).replies
    assert isinstance(reply, Answered)
    (choice,) = reply.choices
    assert TEXT[choice.start] == "4"
    assert [s for s, _ in choice.alternatives] == ["4", "5"]
    assert [math.exp(p) for _, p in choice.alternatives] == pytest.approx([0.65, 0.25])
    assert wire.load(Answered, wire.dump(reply)) == reply
    assert len(wire.dump(reply)) < 400


def test_alternatives_come_back_through_responses():
    part = {"type": "output_text", "text": TEXT, "logprobs": tokens(TEXT, LIKELY)}
    moved = openai_error(404, "use v1/responses")
    run = ask_model("openai", moved, response(content=[part]), logprobs=True)
    assert run.server.seen[1].body["include"] == ["message.output_text.logprobs"]
    assert isinstance(run.replies[0], Answered)
    assert [c.start for c in run.replies[0].choices] == [TEXT.index("4")]


def test_not_asked_for_none_come_and_none_are_read():
    run = ask_model("openai", completion())
    assert "logprobs" not in run.server.seen[0].body
    assert run.replies[0].choices == ()


def test_tokens_that_do_not_spell_the_answer_are_not_used():
    assert token_choices(tokens(TEXT, LIKELY)[1:], TEXT, SCHEMA) == ()


def test_a_quote_mark_joined_to_the_level():
    text = '{"level":"4"}'
    joined = [
        {"token": t, "logprob": -0.1, "bytes": None, "top_logprobs": []}
        for t in ('{"', "level", '":"4', '"}')
    ]
    (choice,) = token_choices(joined, text, SCHEMA)
    assert (choice.start, choice.alternatives) == (text.index("4"), (("4", pytest.approx(-0.1)),))


@given(st.text(alphabet='añ🙂45 "\\', max_size=12), st.sampled_from("12345"))
def test_places_hold_in_any_text(reason, level):
    import json

    text = json.dumps({"reason": reason, "level": level}, ensure_ascii=False)
    split = [
        {"token": "?", "logprob": -1.0, "bytes": [b], "top_logprobs": []} for b in text.encode()
    ]
    for token in split:
        token["token"] = bytes(token["bytes"]).decode("utf-8", "replace")
    found = token_choices(split, text, SCHEMA)
    assert all(text[c.start] == c.alternatives[0][0] for c in found)
    assert found[-1].start == len(text) - 3
