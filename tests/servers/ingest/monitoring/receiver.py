"""A receiver on loopback that keeps what is posted to it."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Receiver:
    """Bodies that were posted, unpacked, by path; ``status`` is what it answers."""

    url: str = ""
    status: int = 200
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()  # aiohttp unpacks what says that it is packed
        with contextlib.suppress(gzip.BadGzipFile, zlib.error):
            body = gzip.decompress(body)
        self.headers.append(request.headers)
        self.posted.append((request.path, body))
        return web.Response(status=self.status, body=b"")


@contextlib.asynccontextmanager
async def receiving(status: int = 200) -> AsyncIterator[Receiver]:
    """Listen until the block ends."""
    receiver = Receiver(status=status)
    app = web.Application()
    app.router.add_route("POST", "/{tail:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}"
    try:
        yield receiver
    finally:
        await runner.cleanup()
