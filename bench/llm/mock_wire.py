"""The mock's protocols: OpenAI Chat Completions and Anthropic Messages; a token is 4 characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

import mock_answers

ANTHROPIC = "/messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, whatever its protocol."""

    model: str
    system: str
    prompt: str
    """All texts, the system's too."""
    messages: int
    schema: Mapping[str, Any]
    schema_tokens: int
    tool: str | None
    """The tool to be called with an instance of the schema; None: the answer is its text."""

    @property
    def prompt_tokens(self) -> int:
        """What the request weighs."""
        return len(self.prompt) // 4 + 4 * self.messages + self.schema_tokens


def read(path: str, request: Mapping[str, Any]) -> Asked:
    """A request's parts.

    Raises:
        KeyError: no such path, or no schema is asked for.
    """
    if path.endswith("/chat/completions"):
        tools = [t["function"] for t in request.get("tools") or []]
        wanted = ((request.get("response_format") or {}).get("json_schema") or {}).get("schema")
        heavy = request.get("tools") or request.get("response_format")
        texts = [(m.get("role"), flat(m.get("content"))) for m in request["messages"]]
        members = "parameters"
    elif path.endswith(ANTHROPIC):
        tools = list(request.get("tools") or [])
        config = request.get("output_config") or {}
        wanted = (config.get("format") or request.get("output_format") or {}).get("schema")
        heavy = tools or config
        texts = [("system", flat(request.get("system") or ""))]
        texts += [(m.get("role"), flat(m.get("content"))) for m in request["messages"]]
        members = "input_schema"
    else:
        raise KeyError(path)
    tool = _tool(tools, request.get("tool_choice"))
    return Asked(
        model=request.get("model", "mock"),
        system="\n".join(text for role, text in texts if role in {"system", "developer"}),
        prompt="\n".join(text for _, text in texts),
        messages=len(texts),
        schema=tool[members] if tool else wanted or {"type": "string"},
        schema_tokens=len(orjson.dumps(heavy)) // 4 if heavy else 0,
        tool=tool["name"] if tool else None,
    )


def _tool(tools: list[dict[str, Any]], choice: Any) -> dict[str, Any] | None:
    if not tools or choice == "none":
        return None
    named = choice.get("name") or choice.get("function", {}) if isinstance(choice, dict) else None
    name = named.get("name") if isinstance(named, dict) else named
    return next((t for t in tools if t["name"] == name), tools[0])


def flat(content: Any) -> str:
    """The text of a message, in one piece or in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(p.get("text", "")) for p in parts if isinstance(p, dict))


def answer(asked: Asked, fault: str | None, share_contradicted: float) -> str:
    """The text, or the tool's arguments."""
    text = mock_answers.grounded(mock_answers.from_schema(asked.schema), asked.prompt)
    text = mock_answers.contradicted(text, asked.prompt, share_contradicted)
    return mock_answers.spoiled(text, fault)


def write(path: str, asked: Asked, text: str, fault: str | None, number: int) -> bytes:
    """The reply's body."""
    tokens = max(1, len(text) // 4)
    form = _message if path.endswith(ANTHROPIC) else _completion
    return orjson.dumps(form(asked, text, fault, number, tokens))


def _completion(
    asked: Asked, text: str, fault: str | None, number: int, tokens: int
) -> dict[str, Any]:
    refused = fault == "refusal"
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if refused:
        message |= {"content": None, "refusal": "I'm sorry, I can't help with that."}
    elif asked.tool:
        call = {"name": asked.tool, "arguments": text}
        calls = [{"id": f"call_{number}", "type": "function", "function": call}]
        message |= {"content": None, "tool_calls": calls}
    reason = "tool_calls" if asked.tool and not refused else "stop"
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": "length" if fault == "truncated" else reason,
        "logprobs": None,
    }
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1760000000,
        "model": asked.model,
        "choices": [choice],
        "usage": {
            "prompt_tokens": asked.prompt_tokens,
            "completion_tokens": tokens,
            "total_tokens": asked.prompt_tokens + tokens,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }


def _message(
    asked: Asked, text: str, fault: str | None, number: int, tokens: int
) -> dict[str, Any]:
    stop = {"truncated": "max_tokens", "refusal": "refusal"}.get(fault or "", "end_turn")
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    if fault == "refusal":
        content = []
    elif asked.tool:
        try:
            given = orjson.loads(text)
        except ValueError:  # on this wire it is an object already: cut off means members missing
            given = {}
        content = [
            {"type": "tool_use", "id": f"toolu_{number}", "name": asked.tool, "input": given}
        ]
        stop = "tool_use" if stop == "end_turn" else stop
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": asked.prompt_tokens, "output_tokens": tokens},
    }


def error(path: str, code: int) -> bytes:
    """The body of a failed request."""
    text = {429: "Rate limit reached", 500: "The server had an error"}.get(code, "Bad request")
    kinds = {429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"}
    kind = kinds.get(code, "invalid_request_error")
    if path.endswith(ANTHROPIC):
        return orjson.dumps({"type": "error", "error": {"type": kind, "message": text}})
    return orjson.dumps({"error": {"message": text, "type": kind, "param": None, "code": kind}})
