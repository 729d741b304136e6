"""A plain client: one batch, signed in, with a recorder's counters, and a row of the load."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from harness.ledger.files import read_witness
from scenarios.monitoring.plain_client import PlainClient
from tests.harness.fake_run import listening, open_context, site

pytestmark = pytest.mark.asyncio


async def sent_to(directory: Path, status: int) -> tuple[int, dict[str, Any], dict[str, Any], Any]:
    """Send one batch to a server that answers so: status, body, load row, what counts as shown."""
    bodies: list[Any] = []

    async def sign_in(request: web.Request) -> web.Response:
        response = web.Response(status=204)
        response.set_cookie("session", "s")
        return response

    async def batch(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.json_response({"received": 2, "inserted": 1, "duplicate": 1}, status=status)

    app = web.Application()
    app.add_routes(
        [web.post("/api/session", sign_in), web.post("/api/artworks/batch-impressions", batch)]
    )
    async with listening(app) as url:
        with open_context(directory, target=site(direct_url=url)) as context:
            client = PlainClient(cast(Any, SimpleNamespace(context=context)))
            answered = await client.send("ann", ["a", "b"], counters={"recorded": 7})
            shown = set(context.shown)
    [row] = read_witness(directory / "load.arrows").table.to_pylist()
    return answered, bodies[0], row, shown


async def test_a_batch_is_sent_and_written_down(tmp_path: Path) -> None:
    status, body, row, shown = await sent_to(tmp_path, 200)
    assert status == 200
    assert body["artworkIds"] == ["a", "b"]
    assert body["counters"] == {"recorded": 7}
    assert (row["user"], row["batch"], row["status"], row["inserted"]) == ("ann", "ann-1", 200, 1)
    assert row["artworks"] == ["a", "b"]
    assert shown == {("ann", "a"), ("ann", "b")}


async def test_one_that_is_refused_is_not_waited_for(tmp_path: Path) -> None:
    status, _, row, shown = await sent_to(tmp_path, 503)
    assert (status, row["status"]) == (503, 503)
    assert shown == set()
