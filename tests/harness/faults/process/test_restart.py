"""A part that is down is down for everyone, and back where it was after."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.faults.base import held
from harness.faults.process.restart import Down
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import NETWORK


class Fake:
    """A part that listens, until it is stopped."""

    pid = 0

    def __init__(self, name: str = "server", servers: int = 1) -> None:
        self.name = name
        self.servers = servers
        self.stops: list[bool] = []
        self.address = ("127.0.0.1", 0)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(lambda r, w: w.close(), *self.address)
        self.address = self._server.sockets[0].getsockname()

    async def stop(self, *, killed: bool) -> None:
        self.stops.append(killed)
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()


@pytest.mark.asyncio
@pytest.mark.parametrize("killed", [True, False])
async def test_it_is_gone_for_as_long_as_it_is_held(tmp_path: Path, killed: bool) -> None:
    part = Fake()
    await part.start()
    with Ledger(tmp_path) as ledger:
        down = Down(part, ledger.witness(NETWORK), killed=killed)
        assert await down.evidence() == ""
        async with held(down, ledger.witness(NETWORK)):
            assert await down.evidence() == "no process listens for the server"
        assert await down.evidence() == ""
        await part.stop(killed=False)
    assert part.stops[0] is killed
    kinds = read_witness(tmp_path / "network.arrows").table["kind"].to_pylist()
    assert kinds.count("sentinel_bitten") == 2
    assert kinds.count("server_killed") == int(killed)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "servers", "killed"),
    [
        ("server", 2, ["server_killed", "server_killed"]),
        ("server-1", 1, ["server_killed"]),
        ("database", 0, ["database_killed"]),
        ("balancer", 0, ["part_killed"]),
    ],
)
async def test_a_kill_says_what_died(
    tmp_path: Path, name: str, servers: int, killed: list[str]
) -> None:
    part = Fake(name, servers)
    await part.start()
    with Ledger(tmp_path) as ledger:
        await Down(part, ledger.witness(NETWORK), killed=True).inject()
    assert read_witness(tmp_path / "network.arrows").table["kind"].to_pylist() == killed
