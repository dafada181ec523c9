"""What a model can do, found out with one small ask: for ``cxscore doctor``."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cxscore.judging import Answered, Ask, NoReply
from cxscore.providers.endpoint import AttemptError, Endpoint

_LEVELS = ("1", "2", "3")
PROBE = Ask(
    purpose="probe",
    system="You grade short texts. Answer in the JSON form you are given.",
    user='Grade the politeness of this text, 1 to 3: "Thank you, that solved it."',
    schema={
        "type": "object",
        "properties": {"level": {"type": "string", "enum": list(_LEVELS)}},
        "required": ["level"],
        "additionalProperties": False,
    },
    max_output_tokens=500,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one ask showed of a model."""

    reached: bool
    """Whether there was any reply."""
    structured_output: bool
    """The reply fits its schema."""
    temperature: bool
    """A sampling temperature may be set; without, answers vary as the provider likes."""
    logprobs: bool
    """Token probabilities came back: expected levels are possible."""
    usage: bool
    """The server says what it used; without, tokens are our estimate."""
    refused: frozenset[str]
    """Hand this to ``open_model`` so that later runs need not find out again."""
    settings: str
    model: str
    """The model that answered, as the server calls it."""
    note: str
    """What the server said where something is missing; else empty."""


async def probe(endpoint: Endpoint) -> Capabilities:
    """Ask once, without retries.

    Args:
        endpoint: made with ``logprobs=True``, else those are reported as missing.

    Raises:
        ConfigError: wrong key, unknown model, no quota.
    """
    try:
        reply = (await endpoint.send(PROBE)).reply
    except AttemptError as error:
        reply = NoReply(text=str(error))
    fits = isinstance(reply, Answered) and _fits(reply.text)
    return Capabilities(
        reached=not isinstance(reply, NoReply),
        structured_output=fits,
        temperature="temperature" not in endpoint.refused,
        logprobs=isinstance(reply, Answered) and bool(reply.choices),
        usage=not isinstance(reply, NoReply) and reply.usage.input_tokens is not None,
        refused=endpoint.refused,
        settings=endpoint.settings,
        model="" if isinstance(reply, NoReply) else reply.model,
        note="" if fits else reply.text[:300],
    )


def _fits(text: str) -> bool:
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and list(answer) == ["level"] and answer["level"] in _LEVELS
