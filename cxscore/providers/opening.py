"""Models by name that share clients, pacers and one bound on the asks in flight."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from cxscore.providers.model import PATIENCE, Attempt, PacedModel, Patience
from cxscore.providers.names import Clients, endpoint
from cxscore.providers.pacing import Pacer
from cxscore.providers.slots import Slots
from cxscore.providers.transport import Network


class Providers:
    """Opens the models of one run; leave the context to give the connections back.

    All models share one bound on the asks in flight; models of one provider share its client; who
    opens a name twice gets the same model, so its rate and what it refuses are learnt once. Belongs
    to the event loop it is first used in.

    Args:
        networks: per provider (``openai``, ``anthropic``, ``compatible``): headers, CA, proxy, key.
        concurrency: asks in flight at most.
        clock: monotonic seconds.
        rng: for jitter.
        patience: the retry policy.
        on_attempt: told of every attempt, failed ones too.
    """

    def __init__(
        self,
        *,
        networks: Mapping[str, Network] | None = None,
        concurrency: int = 8,
        clock: Callable[[], float],
        rng: random.Random,
        patience: Patience = PATIENCE,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> None:
        self._clients = Clients(networks)
        self._in_flight = Slots(concurrency)
        self._clock = clock
        self._rng = rng
        self._patience = patience
        self._on_attempt = on_attempt
        self._opened: dict[tuple[str, bool], PacedModel] = {}

    def open_model(
        self, name: str, *, logprobs: bool = False, refused: frozenset[str] = frozenset()
    ) -> PacedModel:
        """The model of a name such as ``openai:gpt-5.6-mini``; nothing is sent yet.

        Args:
            name: see ``names.FORMS``.
            logprobs: ask for token probabilities where the provider has them.
            refused: optional parameters known to be refused, e.g. by an earlier probe.

        Raises:
            ConfigError: the name has another form, or the provider cannot be set up.
        """
        key = (name, logprobs)
        if key not in self._opened:
            self._opened[key] = PacedModel(
                endpoint(name, logprobs=logprobs, refused=refused, clients=self._clients),
                pacer=Pacer(self._clock),
                in_flight=self._in_flight,
                clock=self._clock,
                rng=self._rng,
                patience=self._patience,
                on_attempt=self._on_attempt,
            )
        return self._opened[key]

    async def close(self) -> None:
        """Give all connections back."""
        for model in self._opened.values():
            await model.close()
        await self._clients.close()
        self._opened.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def open_model(
    name: str,
    *,
    networks: Mapping[str, Network] | None = None,
    concurrency: int = 8,
    clock: Callable[[], float],
    rng: random.Random,
    patience: Patience = PATIENCE,
    on_attempt: Callable[[Attempt], None] | None = None,
    logprobs: bool = False,
) -> PacedModel:
    """One model with a client of its own; ``close`` it. Several: ``Providers``.

    Raises:
        ConfigError: the name has another form, or the provider cannot be set up.
    """
    providers = Providers(
        networks=networks,
        concurrency=concurrency,
        clock=clock,
        rng=rng,
        patience=patience,
        on_attempt=on_attempt,
    )
    return providers.open_model(name, logprobs=logprobs)
