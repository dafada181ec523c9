"""Answers of OpenAI's Chat Completions and Responses, live or out of a batch, as replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cxscore.judging import Answered, Ask, Filtered, Refused, Reply, Truncated, Usage
from cxscore.providers.choices import token_choices
from cxscore.providers.endpoint import MalformedError, OverloadedError


def read_completion(answer: Mapping[str, Any], ask: Ask) -> Reply:
    """The reply in a Chat Completions answer.

    Raises:
        KeyError, IndexError, TypeError: the answer has another shape.
    """
    choice = answer["choices"][0]
    message = choice["message"]
    text, model = message.get("content") or "", str(answer.get("model", ""))
    usage = _usage(answer.get("usage") or {}, "prompt_tokens", "completion_tokens")
    if message.get("refusal"):
        return Refused(text=str(message["refusal"]), model=model, usage=usage)
    if choice.get("finish_reason") == "length":
        return Truncated(text=text, model=model, usage=usage)
    if choice.get("finish_reason") == "content_filter":
        return Filtered(text=text, model=model, usage=usage)
    tokens = (choice.get("logprobs") or {}).get("content")
    choices = token_choices(tokens, text, ask.schema)
    return Answered(text=text, model=model, usage=usage, choices=choices)


def read_response(answer: Mapping[str, Any], ask: Ask) -> Reply:
    """The reply in a Responses answer.

    Raises:
        AttemptError: the answer says it failed.
        KeyError, IndexError, TypeError: the answer has another shape.
    """
    model = str(answer.get("model", ""))
    usage = _usage(answer.get("usage") or {}, "input_tokens", "output_tokens")
    if answer.get("status") == "failed":
        raise OverloadedError(f"the model failed: {(answer.get('error') or {}).get('message')}")
    parts = [p for item in answer["output"] if item["type"] == "message" for p in item["content"]]
    written = [p for p in parts if p["type"] == "output_text"]
    text = "".join(p["text"] for p in written)
    refusal = "".join(p["refusal"] for p in parts if p["type"] == "refusal")
    if refusal:
        return Refused(text=refusal, model=model, usage=usage)
    if answer.get("status") == "incomplete":
        why = (answer.get("incomplete_details") or {}).get("reason")
        kind = Filtered if why == "content_filter" else Truncated
        return kind(text=text, model=model, usage=usage)
    if not written:
        raise MalformedError("an answer without a message")
    tokens = [t for p in written for t in p.get("logprobs") or ()]
    choices = token_choices(tokens, text, ask.schema)
    return Answered(text=text, model=model, usage=usage, choices=choices)


def _usage(usage: Mapping[str, Any], inward: str, outward: str) -> Usage:
    details = usage.get(f"{inward}_details") or {}
    return Usage(
        input_tokens=usage.get(inward),
        output_tokens=usage.get(outward),
        cache_read_tokens=details.get("cached_tokens"),
        cache_write_tokens=details.get("cache_write_tokens"),
    )
