"""The connection is cut: open connections end, new ones are refused, until it heals."""

from __future__ import annotations

import asyncio

from toxiproxy.toxic import Toxic

from harness.faults.line.toxiproxy.api import Proxy

_PROBE_TIMEOUT_S = 2.0
CONNECT_S = 15.0
"""Loopback takes or refuses a connection at once, unless the machine stands still for seconds."""


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
            async with asyncio.timeout(CONNECT_S):
                _, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            return "a new connection was refused"
        except TimeoutError:
            return ""
        writer.close()
        await writer.wait_closed()
        return ""


class Blackhole:
    """Connections are taken and what they carry vanishes, both ways; healing ends them.

    Unlike on a dead line the handshake succeeds, and bytes that were taken are never sent again.
    """

    name = "all bytes dropped"
    _TOXICS = ("blackhole-upstream", "blackhole-downstream")

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._address = proxy.listen

    async def inject(self) -> None:
        """Take everything and pass nothing on."""
        for name in self._TOXICS:
            stream = name.rpartition("-")[2]
            toxic = Toxic(name=name, type="timeout", stream=stream, attributes={"timeout": 0})
            await asyncio.to_thread(self._proxy.add_toxic, toxic)

    async def heal(self) -> None:
        """Pass on again what is new."""
        for name in self._TOXICS:
            await asyncio.to_thread(self._proxy.remove_toxic, name)

    async def evidence(self) -> str:
        """Send a request as a client would; that nothing comes back is the evidence."""
        host, port = self._address
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(host, port)
        except (TimeoutError, OSError):
            return ""
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                writer.write(b"GET / HTTP/1.0\r\n\r\n")
                await reader.read(1)
        except TimeoutError:
            return f"connected, and no byte came back in {_PROBE_TIMEOUT_S:g} s"
        except OSError:
            return ""
        finally:
            writer.transport.abort()
        return ""
