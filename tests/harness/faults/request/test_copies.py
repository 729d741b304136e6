"""A request that is sent twice at once: both copies are whole, and at the target together."""

from __future__ import annotations

from typing import Any

import pytest

from harness.faults.request.copies import SentTwice
from harness.faults.request.messages import SILENCE, Answer, Call, answer_of

pytestmark = pytest.mark.asyncio


class Book:
    """A gateway that keeps what is written down."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.held: list[object] = []

    def hold(self, interceptor: object) -> None:
        self.held.append(interceptor)

    def release(self, interceptor: object) -> None:
        self.held.remove(interceptor)

    def acted(self, fault: str, call: Call, did: str, **_: Any) -> None:
        self.did.append(did)


CALL = Call(method="POST", target="/views", headers=(), body=b'{"ids":["a"]}', content={})


async def read(call: Call) -> bytes:
    """Return a body as the target reads it."""
    stream = call.stream()
    assert stream is not None
    return b"".join([part async for part in stream]) if hasattr(stream, "__aiter__") else b""


class Target:
    """Notes how many requests it has in its hands, and answers each with the next status."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.now = self.most = 0
        self.bodies: list[bytes] = []

    async def __call__(self, call: Call) -> Answer:
        status = self.statuses.pop(0)
        self.now += 1
        self.bodies.append(await read(call))
        self.most = max(self.most, self.now)
        self.now -= 1
        return answer_of(status, "", b"") if status else SILENCE


async def doubled(target: Target) -> tuple[Book, SentTwice, Answer]:
    book = Book()
    fault = SentTwice(book)  # type: ignore[arg-type]
    await fault.inject()
    answer = await fault.act(CALL, target)
    return book, fault, answer


async def test_both_copies_are_whole_and_at_the_target_together() -> None:
    target = Target(202, 409)
    book, fault, answer = await doubled(target)
    assert target.bodies == [CALL.body, CALL.body]
    assert target.most == 2
    assert answer.status == 202
    assert book.did == ["forwarded it twice at once, answered 202 and 409"]
    assert await fault.evidence() == "acted on 1 request"


@pytest.mark.parametrize(("statuses", "answered"), [((202, 0), 202), ((0, 202), 202), ((0, 0), 0)])
async def test_a_copy_without_an_answer_was_not_felt(
    statuses: tuple[int, int], answered: int
) -> None:
    book, fault, answer = await doubled(Target(*statuses))
    assert answer.status == answered
    assert book.did == []
    assert await fault.evidence() == ""
