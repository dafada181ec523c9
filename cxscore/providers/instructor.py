"""Every other provider instructor knows: ``instructor:PROVIDER/MODEL``.

The slowest way, for providers without an endpoint of their own. The reply's form is sent as a
function: instructor's schema-in-prompt modes add a persona sentence to the system prompt, and that
would be another prompt than the calibrated one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from copy import deepcopy
from typing import Any, TypeAlias

from cxscore.errors import ConfigError
from cxscore.judging import Answered, Ask, Filtered, Refused, Reply, TooLong, Truncated, Usage
from cxscore.providers.endpoint import MalformedError, Sent
from cxscore.providers.failures import failure, said, too_long

_Ending: TypeAlias = Refused | Truncated | Filtered | TooLong
_ENDINGS: Mapping[str, type[_Ending]] = {
    "length": Truncated,
    "max_tokens": Truncated,
    "content_filter": Filtered,
    "refusal": Refused,
    "model_context_window_exceeded": TooLong,
}
_ANSWERS: ContextVar[list[Any]] = ContextVar("answers")
"""What came back in the attempt of the running task: instructor's errors do not always carry it."""


class InstructorEndpoint:
    """A provider through instructor; its own retries, and those of the SDK below, are off.

    Args:
        name: ``PROVIDER/MODEL`` as instructor spells it.
        options: handed on to instructor, e.g. ``base_url``.
    """

    settings = "instructor;provider's sampling"
    refused = frozenset({"temperature", "logprobs"})

    def __init__(self, name: str, **options: Any) -> None:
        try:
            import instructor
        except ImportError:
            raise ConfigError(
                "instructor is not installed; pip install 'cxscore[instructor]'"
            ) from None
        self._name = name
        self._answered = False
        self._forms: tuple[Mapping[str, Any], Any] | None = None
        try:
            self._client: Any = instructor.from_provider(
                name, async_client=True, mode=instructor.Mode.TOOLS, **options
            )
        except Exception as error:  # whatever the provider's package raises
            raise ConfigError(f"instructor:{name}: {said(error)}") from None
        self._client.on("completion:response", lambda answer: _ANSWERS.get().append(answer))
        # What instructor logs may quote the transcript; who wants it configures logging.
        logging.getLogger("instructor").addHandler(logging.NullHandler())
        sdk = self._sdk
        if hasattr(sdk, "max_retries"):
            sdk.max_retries = 0

    @property
    def id(self) -> str:
        """``instructor:PROVIDER/MODEL``."""
        return f"instructor:{self._name}"

    async def send(self, ask: Ask) -> Sent:
        """One attempt."""
        answers: list[Any] = []
        _ANSWERS.set(answers)
        try:
            reply, completion = await self._client.create_with_completion(
                response_model=self._form(ask),
                max_retries=0,
                max_tokens=ask.max_output_tokens,
                messages=[
                    {"role": "system", "content": ask.system},
                    {"role": "user", "content": ask.user},
                ],
            )
        except Exception as error:
            outcome = self._outcome(error, answers)
            if isinstance(outcome, Exception):
                raise outcome from error
            return Sent(reply=outcome)
        self._answered = True
        text = json.dumps(reply.model_dump(mode="json"), ensure_ascii=False)
        model, usage = self._model(completion), _usage(completion)
        return Sent(reply=Answered(text=text, model=model, usage=usage))

    async def close(self) -> None:
        """Give the connections back, where the provider's SDK can."""
        close = getattr(self._sdk, "close", None)
        if close is not None:
            await close()

    @property
    def _sdk(self) -> Any:
        return getattr(self._client, "client", None)

    def _form(self, ask: Ask) -> Any:
        if self._forms is None or self._forms[0] is not ask.schema:
            self._forms = (ask.schema, _form(ask))
        return self._forms[1]

    def _model(self, completion: Any) -> str:
        return str(getattr(completion, "model", None) or self._name)

    def _outcome(self, error: Exception, answers: Sequence[Any]) -> Reply | Exception:
        if answers:
            kind, text = _ended(answers[-1])
            if kind is None:
                said_so = str(_causes(error)[-1]).strip().splitlines() or [repr(error)]
                return MalformedError(f"{self.id} sent another form of answer: {said_so[0][:300]}")
            model, usage = self._model(answers[-1]), _usage(answers[-1])
            return kind(text=text, model=model, usage=usage)
        causes = _causes(error)
        told = next((e for e in causes if isinstance(getattr(e, "status_code", None), int)), None)
        if told is None:
            return failure(self.id, causes[-1])
        if too_long(told):
            return TooLong(text=said(told), model=self._name)
        return failure(
            self.id,
            told,
            code=str(getattr(told, "code", "")),
            answered_before=self._answered,
            headers=getattr(getattr(told, "response", None), "headers", None),
        )


def _form(ask: Ask) -> Any:
    """A pydantic model that shows the ask's own schema and takes any object: judges validate."""
    from pydantic import BaseModel, ConfigDict, create_model

    class Form(BaseModel):
        model_config = ConfigDict(extra="allow")

        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            # Without a description instructor writes one of its own, in praise of the answer.
            named = {"title": ask.purpose, "description": "The answer."}
            return named | deepcopy(dict(ask.schema))

    return create_model(ask.purpose, __base__=Form)


def _ended(completion: Any) -> tuple[type[_Ending] | None, str]:
    """How an answer without the function call ended, and what the model said instead."""
    choices = getattr(completion, "choices", None) or [None]
    refusal = getattr(getattr(choices[0], "message", None), "refusal", None)
    if refusal:
        return Refused, str(refusal)
    stop = getattr(completion, "stop_reason", None) or getattr(choices[0], "finish_reason", None)
    return _ENDINGS.get(str(stop)), ""


def _causes(error: BaseException) -> list[Exception]:
    """The error and what caused it, outermost first."""
    chain: list[Exception] = []
    at: BaseException | None = error
    while isinstance(at, Exception) and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return chain


def _usage(completion: Any) -> Usage:
    usage = getattr(completion, "usage", None)
    inward = getattr(usage, "prompt_tokens", None) or getattr(usage, "input_tokens", None)
    outward = getattr(usage, "completion_tokens", None) or getattr(usage, "output_tokens", None)
    return Usage(input_tokens=inward, output_tokens=outward)
