"""Asks and replies as lines of a file, for models that are reached by a gateway of your own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from cxscore.errors import ConfigError
from cxscore.judging import Answered, Ask, Reply, Usage
from cxscore.providers import batch_anthropic, batch_openai
from cxscore.providers.batch_service import Result
from cxscore.providers.names import Clients, endpoint
from cxscore.providers.transport import encode

FORMS = (
    '{"custom_id": …, "text": …} with "model" and "usage" if you like, or a line of an OpenAI'
    " batch output file or of Anthropic batch results"
)
_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


class FileModel:
    """A model whose replies are imported; asked directly, it says so.

    Args:
        id: the judge's name, e.g. ``file:our-gateway`` or ``openai:gpt-5.6-mini``.
        logprobs: whether token probabilities belong to what is asked.
    """

    def __init__(self, id: str, *, logprobs: bool = False) -> None:
        self._id = id
        self._settings = _settings(id, logprobs=logprobs)

    @property
    def id(self) -> str:
        """As given."""
        return self._id

    @property
    def settings(self) -> str:
        """As of the live endpoint of that name; ``file`` where there is none."""
        return self._settings

    async def answer(self, ask: Ask, /) -> Reply:
        """Refuses: nobody is asked.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            f"{self._id} has no stored reply to an ask ({ask.purpose}); write the open asks with "
            "cxscore batch export and import their replies"
        )


class _NoClients(Clients):
    """Endpoints that are never asked need no key."""

    def client(self, provider: str, base_url: str | None = None) -> Any:  # noqa: ARG002
        return None


def _settings(name: str, *, logprobs: bool) -> str:
    provider = name.partition(":")[0]
    if provider in {"openai", "anthropic", "compatible"}:
        return endpoint(name, logprobs=logprobs, clients=_NoClients()).settings
    return "instructor;provider's sampling" if provider == "instructor" else "file"


def ask_line(custom_id: str, ask: Ask) -> bytes:
    """An ask as one line, without its end."""
    return encode(
        {
            "custom_id": custom_id,
            "purpose": ask.purpose,
            "system": ask.system,
            "user": ask.user,
            "schema": dict(ask.schema),
            "max_output_tokens": ask.max_output_tokens,
        }
    )


def read_reply(line: bytes, model: str, schema: Callable[[str], Mapping[str, Any]]) -> Result:
    """A line of an imported file.

    Args:
        line: JSON in one of the ``FORMS``.
        model: who answered, where the line does not say.
        schema: custom id to the schema of its ask.

    Raises:
        ValueError: the line has none of the forms; the message says what was found.
    """
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not valid JSON ({error}); a line is {FORMS}") from None
    if not isinstance(told, dict):
        raise ValueError(f"found {_kind(told)}; a line is {FORMS}")
    name = told.get("custom_id")
    if not isinstance(name, str) or not name:
        raise ValueError(f"custom_id is missing or no text; a line is {FORMS}")
    if "response" in told:
        return batch_openai.read_result(told, name, schema)
    if "result" in told:
        result = batch_anthropic.read_line(line)
        if result is None:
            raise ValueError("result has no type; a line of Anthropic batch results has one")
        return result
    return _own(told, name, model)


def _own(told: Mapping[str, Any], name: str, model: str) -> Result:
    text = told.get("text")
    if isinstance(text, dict):
        # Gateways like to parse what the model wrote.
        text = json.dumps(text, ensure_ascii=False)
    if not isinstance(text, str):
        found = f"text is {_kind(text)}" if "text" in told else "text is missing"
        raise ValueError(f"{found}; a line is {FORMS}")
    answered = told.get("model")
    if answered is not None and not isinstance(answered, str):
        raise ValueError(f"model is {_kind(answered)}; write the model's name")
    reply = Answered(text=text, model=answered or model, usage=_usage(told.get("usage")))
    return Result(custom_id=name, status="answered", reply=reply)


def _usage(told: Any) -> Usage:
    if told is None:
        return Usage()
    if not isinstance(told, dict):
        raise ValueError(f"usage is {_kind(told)}; write an object with {', '.join(_TOKENS)}")
    counts = {key: told.get(key) for key in _TOKENS}
    for key, value in counts.items():
        if value is not None and (not isinstance(value, int) or value < 0):
            raise ValueError(f"usage.{key} is {value!r}; write a number of tokens")
    return Usage(**counts)


def _kind(value: Any) -> str:
    words = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return words.get(type(value), "null" if value is None else "a number")
