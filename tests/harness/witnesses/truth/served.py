"""A described system that listens in a test: what it stores, and how it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from harness.target.described.file import read_target_file
from harness.target.described.ids import RunMark
from harness.target.described.loading import Described, system_of

MARK = RunMark(word="00c0ffee", seed=7)


@asynccontextmanager
async def serving(*routes: web.RouteDef) -> AsyncIterator[str]:
    """Serve routes on loopback; yield the URL."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def described_by(folder: Path, truth: str, more: str = "") -> Described:
    """Return a described system with that [truth]."""
    path = folder / "target.toml"
    path.write_text(
        'format = 1\nbase_url = "http://127.0.0.1:1"\n[batch]\npath = "/v"\n'
        f'body = {{ user = "{{user}}", ids = "{{ids}}" }}\n{truth}\n{more}\n'
    )
    found = system_of(path, read_target_file(path), MARK).described
    assert found is not None
    return found


def answering(content: Any, status: int = 200, **headers: str) -> Any:
    """Return a handler that answers so."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(content, status=status, headers=headers)

    return answer
