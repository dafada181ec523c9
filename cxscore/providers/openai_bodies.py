"""Request bodies of OpenAI's two APIs; live asks and batches send the same."""

from __future__ import annotations

from typing import Any

from cxscore.judging import Ask
from cxscore.providers.choices import TOP

OPTIONAL = ("temperature", "logprobs")
"""What is left out for a model that refuses it."""


def chat_body(
    ask: Ask,
    model: str,
    *,
    leave_out: frozenset[str] = frozenset(),
    logprobs: bool = False,
    length_limit: str = "max_completion_tokens",
) -> dict[str, Any]:
    """A Chat Completions request.

    Args:
        ask: what is asked.
        model: the provider's name of the model.
        leave_out: parameters of ``OPTIONAL`` the model refuses.
        logprobs: ask for token probabilities.
        length_limit: name of the output limit; older servers know only ``max_tokens``.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": ask.system},
            {"role": "user", "content": ask.user},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": ask.purpose, "strict": True, "schema": dict(ask.schema)},
        },
        length_limit: ask.max_output_tokens,
    }
    if "temperature" not in leave_out:
        body["temperature"] = 0
    if logprobs and "logprobs" not in leave_out:
        body |= {"logprobs": True, "top_logprobs": TOP}
    return body


def responses_body(
    ask: Ask, model: str, *, leave_out: frozenset[str] = frozenset(), logprobs: bool = False
) -> dict[str, Any]:
    """A Responses request, nothing of it kept by the provider; arguments as ``chat_body``."""
    form = {"type": "json_schema", "name": ask.purpose, "strict": True, "schema": dict(ask.schema)}
    body: dict[str, Any] = {
        "model": model,
        "instructions": ask.system,
        "input": ask.user,
        "text": {"format": form},
        "max_output_tokens": ask.max_output_tokens,
        "store": False,
    }
    if "temperature" not in leave_out:
        body["temperature"] = 0
    if logprobs and "logprobs" not in leave_out:
        body |= {"include": ["message.output_text.logprobs"], "top_logprobs": TOP}
    return body
