"""A packet link and the browsers behind it, reused by successive runs."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType

from harness.browsers.pool import BrowserPool
from harness.faults.line.packets.link import LinkError, PacketLink
from harness.process.processes import Processes


class BehindLink:
    """Starts link and browsers on first use; an async context manager that ends them."""

    def __init__(self, processes: Processes, logs: Path, *, headed: bool = False) -> None:
        self._processes = processes
        self._logs = logs
        self._headed = headed
        self._exits = AsyncExitStack()
        self._held: tuple[PacketLink, BrowserPool] | None = None

    async def __aenter__(self) -> BehindLink:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.aclose()
        self._held = None

    async def get(self) -> tuple[PacketLink, BrowserPool]:
        """Return the link and its browsers; if the link has died, replace it and all of them.

        Raises MissingPart when this machine does not allow its users to create networks.
        """
        if self._held is not None:
            try:
                self._held[0].ask("facts")
                return self._held
            except LinkError:  # the run that broke it has failed; the next one gets a new link
                await self._exits.aclose()
                self._held = None
        link = await self._exits.enter_async_context(PacketLink(self._processes, self._logs))
        inside = self._processes.inside(link.argv)
        pool = BrowserPool(
            inside, self._logs, headed=self._headed, entrance=link.entrance, reach=link.reach
        )
        self._exits.push_async_callback(pool.close)
        self._held = link, pool
        return self._held
