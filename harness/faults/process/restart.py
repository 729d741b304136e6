"""A part of the target is down for a while: killed, or stopped as an operator does."""

from __future__ import annotations

import asyncio

from harness.faults.line.toxiproxy.outage import CONNECT_S
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.network import DatabaseKilled, NetworkRow, PartKilled, ServerKilled
from harness.target.target import Part


class Down:
    """The server, the database or another part is gone and comes back where it was.

    ``killed``: without warning, so what it held is gone; else it may finish first.
    A kill is recorded: it explains why a killed server's receipts have no end.
    """

    def __init__(self, part: Part, network: WitnessFile[NetworkRow], *, killed: bool) -> None:
        self.name = f"{part.name} {'killed' if killed else 'stopped'}"
        self._part = part
        self._network = network
        self._killed = killed

    async def inject(self) -> None:
        """End it; returns when it is gone."""
        if self._killed:
            for _ in range(self._part.servers):
                self._network.saw(ServerKilled(fault=self.name))
            if self._part.name == "database":
                self._network.saw(DatabaseKilled(fault=self.name))
            elif not self._part.servers:
                self._network.saw(PartKilled(fault=self.name))
        await self._part.stop(killed=self._killed)

    async def heal(self) -> None:
        """Start it again; returns when it is ready."""
        await self._part.start()

    async def evidence(self) -> str:
        """Connect to where it listened; the refusal is the evidence."""
        host, port = self._part.address
        try:
            async with asyncio.timeout(CONNECT_S):
                _, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            return f"no process listens for the {self._part.name}"
        except TimeoutError:
            return ""
        writer.close()
        return ""
