"""Which path a run's clients have to its server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from harness.faults.line.echo import echo_server
from harness.faults.line.packets.link import PacketLink
from harness.faults.line.packets.path import PacketPath
from harness.faults.line.path import NetworkPath
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.path import ToxicPath
from harness.target.target import Site


@asynccontextmanager
async def path_to(
    site: Site, link: PacketLink | None, *, seed: int, measured: bool
) -> AsyncIterator[NetworkPath | None]:
    """Put up a path over the link, or take Toxiproxy's; None where there is neither.

    ``measured``: it will be calibrated while visitors use it.
    """
    proxied = site.toxiproxy_api is not None and site.proxy is not None
    if link is None and not proxied:
        yield None
        return
    upstream = int(urlsplit(site.direct_url).port or 0)
    async with echo_server(lambda: upstream) as echo_port:
        if link is not None:
            async with PacketPath(link, upstream, echo_port, seed=seed) as path:
                yield path
        else:
            proxy = Proxy(str(site.toxiproxy_api), str(site.proxy))
            toxic = ToxicPath(proxy, echo_port)
            if measured:
                await toxic.make_measurable()
            yield toxic
