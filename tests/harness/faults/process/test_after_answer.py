"""The database dies once, after the first success that passes the gateway, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.faults.base import held
from harness.faults.process.after_answer import KilledAfterAnswer
from harness.target.reference.dialect import BATCH_PATH
from tests.harness.faults.request.wire import batch, benched, visiting

pytestmark = pytest.mark.asyncio

BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


class FakePart:
    name = "database"
    pid, servers = 0, 0
    address = ("127.0.0.1", 1)

    def __init__(self) -> None:
        self.log: list[str] = []

    async def stop(self, *, killed: bool) -> None:
        self.log.append("killed" if killed else "stopped")

    async def start(self) -> None:
        self.log.append("started")


async def test_it_is_killed_at_the_first_success_only(tmp_path: Path) -> None:
    part = FakePart()
    async with benched(tmp_path) as bench:
        fault = KilledAfterAnswer(bench.gateway, part, bench.network)
        async with held(fault, bench.network), visiting(bench.gateway) as visitor:
            bench.target.answers[BATCH_PATH] = BUSY
            head, _ = await visitor.ask(batch(1))
            assert head.split()[1] == b"503"
            assert part.log == []
            del bench.target.answers[BATCH_PATH]
            for number in (2, 3):
                head, _ = await visitor.ask(batch(number))
                assert head.split()[1] == b"200"
                assert part.log == ["killed"]
        assert part.log == ["killed", "started"]
        kinds = bench.kinds()
        assert kinds.count("database_killed") == kinds.count("acted") == 1
        assert kinds.index("database_killed") < kinds.index("acted")
        assert bench.rows("acted")[0]["detail"]["batch"] == "batch-2"


async def test_what_was_never_acknowledged_kills_nothing(tmp_path: Path) -> None:
    part = FakePart()
    async with benched(tmp_path) as bench:
        async with held(KilledAfterAnswer(bench.gateway, part, bench.network), bench.network):
            pass
        assert bench.kinds().count("sentinel_unharmed") == 1
    assert part.log == []
