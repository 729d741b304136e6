"""The connection comes and goes, or comes for some only."""

from __future__ import annotations

import asyncio
import contextlib
import random  # noqa: TID251 - only the type: the generator is handed in, seeded

from toxiproxy.toxic import Toxic

from harness.faults.base import Fault
from harness.faults.line.toxiproxy.api import Proxy

_PROBES = 14
"""With half of all connections failing, all of these succeed once in 16,000 times."""
_PROBE_TIMEOUT_S = 15.0
"""Who is not reset is answered at once, unless the machine stands still for seconds."""
_DRAW_S = 1.0


class Bursts:
    """One cut after another, with pauses between them; lengths drawn between the two bounds.

    The sentinel of the cut looks during each burst; that one at least was felt is the evidence, and
    injection returns when the first was.
    """

    patience_s = 10.0
    """How long injection waits for the first burst to be felt."""

    def __init__(
        self, cut: Fault, chance: random.Random, *, shortest_s: float, longest_s: float
    ) -> None:
        self.name = f"bursts of {cut.name}"
        self._cut = cut
        self._chance = chance
        self._bounds = shortest_s, longest_s
        self._bursts = 0
        self.felt = 0
        self._first = asyncio.Event()
        self._ends = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def inject(self) -> None:
        """Begin; returns when a burst was felt, or when none was for a while."""
        self._task = asyncio.create_task(self._come_and_go())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._first.wait(), self.patience_s)

    async def heal(self) -> None:
        self._ends.set()
        if self._task is not None:
            task, self._task = self._task, None
            await task  # not cancelled: half a cut would be healed before it is made
        await self._cut.heal()

    async def evidence(self) -> str:
        """Return how many bursts there were and how many were felt."""
        if self._task is not None and self._task.done():
            self._task.result()  # why it ended
        return f"{self.felt} of {self._bursts} bursts were felt" if self.felt else ""

    async def _come_and_go(self) -> None:
        while not self._ends.is_set():
            await self._cut.inject()
            self._bursts += 1
            lasts_s = self._chance.uniform(*self._bounds)
            looking = asyncio.create_task(self._cut.evidence())
            await _at_most(lasts_s, self._ends)
            await self._cut.heal()
            if await looking:
                self.felt += 1
                self._first.set()
            await _at_most(self._chance.uniform(*self._bounds), self._ends)


class SomeReset:
    """A share of all connections is reset as soon as they carry data, drawn every second.

    Toxiproxy draws for each connection, open or new, when the toxic comes; unseeded. It is put in
    anew each second, or a browser that kept one lucky connection would feel nothing.
    """

    _NAME = "some-reset"

    def __init__(self, proxy: Proxy, share: float) -> None:
        self.name = f"{share:.0%} of connections reset"
        self._proxy = proxy
        self._address = proxy.listen
        self._share = share
        self._drawing = asyncio.Lock()
        """Held between two draws, when no connection is reset and a probe would see no fault."""
        self._ends = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def inject(self) -> None:
        await self._draw()
        self._task = asyncio.create_task(self._draw_again())

    async def heal(self) -> None:
        self._ends.set()
        if self._task is not None:
            task, self._task = self._task, None
            await task
        await asyncio.to_thread(self._proxy.remove_toxic, self._NAME)

    async def evidence(self) -> str:
        """Probe over a few new connections; that some fail is the evidence."""
        if self._task is not None and self._task.done():
            self._task.result()  # why it ended
        async with self._drawing:
            failed = sum(await asyncio.gather(*(self._fails() for _ in range(_PROBES))))
        return f"{failed} of {_PROBES} new connections were reset" if failed else ""

    async def _draw_again(self) -> None:
        while not self._ends.is_set():
            await _at_most(_DRAW_S, self._ends)
            async with self._drawing:
                await asyncio.to_thread(self._proxy.remove_toxic, self._NAME)
                await self._draw()

    async def _draw(self) -> None:
        toxic = Toxic(
            name=self._NAME,
            type="reset_peer",
            stream="upstream",
            toxicity=self._share,
            attributes={"timeout": 0},
        )
        await asyncio.to_thread(self._proxy.add_toxic, toxic)

    async def _fails(self) -> bool:
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(*self._address)
                try:
                    writer.write(b"GET / HTTP/1.0\r\n\r\n")
                    return not await reader.read(1)
                finally:
                    writer.transport.abort()
        except OSError:
            return True


async def _at_most(seconds: float, ends: asyncio.Event) -> None:
    """Let so much time pass, or less when it ends before."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ends.wait(), seconds)
