"""The connection is cut: open connections end, new ones are refused, until it heals."""

from __future__ import annotations

import asyncio

from harness.faults.toxiproxy import Proxy

_PROBE_TIMEOUT_S = 2.0


class Refused:
    """Every connection through the proxy ends and new ones are refused (``ECONNREFUSED``).

    A browser's ``navigator.onLine`` does not notice: the machine has its network still.
    """

    name = "connection refused"

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._address = proxy.listen

    async def inject(self) -> None:
        """Stop listening."""
        await asyncio.to_thread(self._proxy.set_enabled, False)

    async def heal(self) -> None:
        """Listen again on the same port."""
        await asyncio.to_thread(self._proxy.set_enabled, True)

    async def evidence(self) -> str:
        """Connect as a client would; the refusal is the evidence."""
        host, port = self._address
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                _, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            return "a new connection was refused"
        except TimeoutError:
            return ""
        writer.close()
        await writer.wait_closed()
        return ""
