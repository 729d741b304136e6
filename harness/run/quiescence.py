"""When a system is at rest: nothing in flight, nothing being written, nothing on its way."""

from __future__ import annotations

from collections.abc import Set

import aiohttp

from harness.core.clock import NS_PER_S, now, pause
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.witnesses.database import DatabaseWitness

READ_GAP_S = 0.2
LOSS_GRACE_S = 10.0
"""How long it must stay quiet before a row that is missing counts as lost."""


class Rest:
    """Looks at one server and its database."""

    def __init__(self, server_url: str, database: DatabaseWitness) -> None:
        self._server_url = server_url
        self._database = database

    async def reached(self, expected: Set[tuple[str, str]], timeout_s: float) -> None:
        """Wait until two reads one gap apart are equal, with nothing in flight in between.

        While a row of ``expected`` (user, artwork) is missing it must have stayed so for
        ``LOSS_GRACE_S``. Raises WaitTimeout.
        """
        quiet_since_ns: int | None = None

        async def settled() -> bool:
            nonlocal quiet_since_ns
            if not await self._is_quiet():
                quiet_since_ns = None
                return False
            quiet_since_ns = quiet_since_ns or now().mono_ns
            quiet_s = (now().mono_ns - quiet_since_ns) / NS_PER_S
            return quiet_s >= LOSS_GRACE_S or await self._database.holds(expected)

        await wait_until(
            "the server and the database are quiet",
            settled,
            timeout_s=timeout_s,
            interval_s=READ_GAP_S,
        )

    async def _is_quiet(self) -> bool:
        before = await self._database.count()
        if await self._in_flight() or await self._database.active_inserts():
            return False
        await pause(READ_GAP_S)  # quiescence is two equal reads this far apart
        return (
            await self._in_flight() == 0
            and await self._database.active_inserts() == 0
            and await self._database.count() == before
        )

    async def _in_flight(self) -> int:
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(f"{self._server_url}/readyz") as answer:
                    return int((await answer.json())["in_flight"])
            except (aiohttp.ClientError, KeyError, ValueError) as error:
                raise HarnessError(f"/readyz does not say what is in flight: {error}") from error
