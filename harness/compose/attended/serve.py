"""Stored runs over HTTP, for one person on this machine: an index, and the files below it.

The index has the trends of the history as it is when the page is asked for.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web

from harness.core.errors import HarnessError, UsageError
from harness.process.addresses import LOOPBACK
from harness.process.ports import refuse_taken
from reports.history.page import render_trend
from reports.history.record import TrendRecord
from reports.pages.attachments import EVIDENCE_DIR
from reports.shelf.index import TREND_DIR, render_index, trend_file

TrendsNow = Callable[[], Mapping[str, TrendRecord]]
"""Returns suite → trend, as the history is now. Raises HarnessError."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_NAMES = frozenset({LOOPBACK, "localhost"})
"""What a request for this server may call it. A page from elsewhere whose name leads here by DNS
calls it by its own (DNS rebinding), and must not read what is stored."""


def application(folder: Path, trends: TrendsNow = dict) -> web.Application:
    """Return the application that serves a folder of runs: its index at ``/``, its files and the
    pages of its trends below.

    Only GET and HEAD of regular files; links that lead out of the folder are not followed, and
    folders are not listed.
    """

    asked = asyncio.Lock()  # one at a time: an index of a history is written by one

    async def trends_now() -> tuple[Mapping[str, TrendRecord], str]:
        async with asked:
            try:
                return await asyncio.to_thread(trends), ""
            except HarnessError as error:
                return {}, error.line

    async def index(request: web.Request) -> web.Response:
        found, trouble = await trends_now()
        page = await asyncio.to_thread(render_index, folder, found, trouble=trouble)
        return web.Response(text=page, content_type="text/html")

    async def trend(request: web.Request) -> web.Response:
        found, trouble = await trends_now()
        for name, one in found.items():
            if trend_file(name) == request.match_info["file"]:
                page = await asyncio.to_thread(render_trend, one)
                return web.Response(text=page, content_type="text/html")
        raise web.HTTPNotFound(text=f"{trouble or 'the history has no such suite'}\n")

    app = web.Application(middlewares=[_only_here])
    app.router.add_get("/", index)
    app.router.add_get(f"/{TREND_DIR}/{{file}}", trend)
    app.router.add_static("/", folder, follow_symlinks=False, show_index=False)
    return app


async def serve(
    folder: Path,
    port: int,
    announce: Callable[[str], None],
    trends: TrendsNow = dict,
    *,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve a folder of runs, with ``trends``, on loopback until SIGINT or SIGTERM, or ``stop``.

    ``announce`` is called with the URL once it listens. Raises UsageError for a port that is taken
    or a folder that does not exist.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a directory", hint="`harness run` makes runs/")
    refuse_taken(LOOPBACK, port, hint="Choose another, or leave --port out")
    ended = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, ended.set)
    runner = web.AppRunner(application(folder, trends), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        announce(f"http://{LOOPBACK}:{runner.addresses[0][1]}/")
        await ended.wait()
    finally:
        await runner.cleanup()


@web.middleware
async def _only_here(request: web.Request, handler: _Handler) -> web.StreamResponse:
    name = (request.host or "").rpartition(":")[0] or request.host
    if name not in _NAMES:
        raise web.HTTPMisdirectedRequest(text=f"this server is called {LOOPBACK} or localhost\n")
    response = await handler(request)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    if f"/{EVIDENCE_DIR}/" in request.path:
        # A page that a tried system made must not read what lies beside it.
        response.headers["Content-Security-Policy"] = "sandbox"
    return response
