"""Every other provider instructor knows: ``instructor:PROVIDER/MODEL``.

The slowest way, for providers without an endpoint of their own. Function calling is used: instructor's
schema-in-prompt modes add a persona sentence to the system prompt, which would change a calibrated one.
"""

from __future__ import annotations

import json
from typing import Any

from cxscore.errors import ConfigError
from cxscore.judging import Answered, Ask, Usage
from cxscore.providers.endpoint import AttemptError, ConnectionLostError, Sent, ThrottledError


class InstructorEndpoint:
    """A provider through instructor, its own retries off."""

    def __init__(self, name: str) -> None:
        try:
            import instructor
        except ImportError:
            raise ConfigError(
                "instructor is not installed; pip install 'cxscore[instructor]'"
            ) from None
        self._name = name
        try:
            self._client: Any = instructor.from_provider(name, async_client=True)
        except Exception as error:  # instructor raises whatever the provider's package raises
            raise ConfigError(f"instructor:{name}: {error}") from None

    @property
    def id(self) -> str:
        """``instructor:PROVIDER/MODEL``."""
        return f"instructor:{self._name}"

    @property
    def settings(self) -> str:
        """The provider's own sampling."""
        return "instructor;provider's sampling"

    async def send(self, ask: Ask) -> Sent:
        """One attempt."""
        try:
            reply, completion = await self._client.create_with_completion(
                response_model=_model(ask),
                max_retries=0,
                messages=[
                    {"role": "system", "content": ask.system},
                    {"role": "user", "content": ask.user},
                ],
            )
        except Exception as error:
            raise _failure(self.id, error) from error
        return Sent(
            reply=Answered(
                text=json.dumps(reply.model_dump(mode="json")),
                model=str(getattr(completion, "model", self._name)),
                usage=_usage(completion),
            )
        )

    async def close(self) -> None:
        """Nothing to give back: instructor owns its clients."""


def _model(ask: Ask) -> Any:
    """A pydantic model that shows the ask's own schema and accepts any object: the judge validates."""
    from pydantic import ConfigDict, create_model

    def show(schema: dict[str, Any]) -> None:
        schema.clear()
        schema.update(ask.schema)

    return create_model(ask.purpose, __config__=ConfigDict(extra="allow", json_schema_extra=show))


def _failure(id: str, error: Exception) -> Exception:
    cause = error.__cause__ or error
    code = getattr(cause, "status_code", None) or getattr(error, "status_code", None)
    message = f"{id}: {str(cause).strip().splitlines()[0][:300] if str(cause) else cause!r}"
    if code == 429:
        return ThrottledError(message)
    if code in {400, 401, 403, 404, 422}:
        return ConfigError(message)
    return AttemptError(message) if code else ConnectionLostError(message)


def _usage(completion: Any) -> Usage:
    usage = getattr(completion, "usage", None)
    inward = getattr(usage, "prompt_tokens", None) or getattr(usage, "input_tokens", None)
    outward = getattr(usage, "completion_tokens", None) or getattr(usage, "output_tokens", None)
    return Usage(input_tokens=inward, output_tokens=outward)
