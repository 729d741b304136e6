"""Stand-ins for a broker: what it is given, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aio_pika


class FakeExchange:
    """Takes messages and answers each as it is asked to: None confirms, an error is raised."""

    def __init__(self, *answers: BaseException | None) -> None:
        self.answers = list(answers)
        self.published: list[tuple[aio_pika.Message, str, bool]] = []

    async def publish(self, message: aio_pika.Message, key: str, *, mandatory: bool) -> None:
        self.published.append((message, key, mandatory))
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


class FakeMessage:
    """A delivery, and what became of it."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.message_id = "m"
        self.outcome: list[str] = []

    async def ack(self) -> None:
        self.outcome.append("ack")

    async def nack(self, *, requeue: bool) -> None:
        self.outcome.append(f"nack requeue={requeue}")


class FakeChannel:
    """Writes down what is declared."""

    def __init__(self) -> None:
        self.declared: list[tuple[str, bool, dict[str, Any]]] = []
        self.bound: list[tuple[str, str]] = []

    async def declare_exchange(self, name: str, kind: Any, *, durable: bool) -> FakeNamed:
        self.declared.append((f"exchange {name}", durable, {}))
        return FakeNamed(name, self.bound.append)

    async def declare_queue(
        self, name: str, *, durable: bool, arguments: dict[str, Any] | None = None
    ) -> FakeNamed:
        self.declared.append((f"queue {name}", durable, arguments or {}))
        return FakeNamed(name, self.bound.append)


class FakeNamed:
    """An exchange or a queue."""

    def __init__(self, name: str, bound: Callable[[tuple[str, str]], None]) -> None:
        self.name = name
        self._bound = bound

    async def bind(self, exchange: FakeNamed, key: str = "") -> None:
        self._bound((f"{exchange.name}->{self.name}", key))
