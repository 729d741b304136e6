"""A part is stopped as an operator does or crashed, and tells its process id."""

from __future__ import annotations

import signal

import pytest

from servers.topology.parts import part_of


class FakeProcess:
    """A process of a stack that writes down how it is stopped."""

    address = ("127.0.0.1", 4242)

    def __init__(self) -> None:
        self.pid = 0
        self.how: list[signal.Signals] = []

    async def start(self) -> None:
        self.pid = 17

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> int | None:
        self.how.append(how)
        self.pid = 0
        return 0


@pytest.mark.asyncio
async def test_a_part_is_its_process() -> None:
    process = FakeProcess()
    part = part_of("balancer", process)
    assert (part.name, part.address, part.servers, part.pid) == ("balancer", process.address, 0, 0)
    await part.start()
    assert part.pid == 17
    await part.stop(killed=True)
    await part.stop(killed=False)
    assert process.how == [signal.SIGKILL, signal.SIGTERM]
    assert part.pid == 0
