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


class Heard:
    """A server that answers each batch with the next status."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.bodies: list[Any] = []

    async def sign_in(self, request: web.Request) -> web.Response:
        response = web.Response(status=204)
        response.set_cookie("session", "s")
        return response

    async def batch(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        body = {"received": 2, "inserted": 1, "duplicate": 1}
        return web.json_response(body, status=self.statuses.pop(0))

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/api/session", self.sign_in),
                web.post("/api/artworks/batch-impressions", self.batch),
            ]
        )
        return app


def rows(directory: Path, witness: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_witness(directory / f"{witness}.arrows").table.to_pylist()
    return found


async def test_a_batch_is_shown_sent_and_written_down(tmp_path: Path) -> None:
    heard = Heard(200)
    async with listening(heard.app()) as url:
        with open_context(tmp_path, target=site(direct_url=url)) as context:
            client = PlainClient(cast(Any, SimpleNamespace(context=context)))
            batch = await client.send("ann", ["a", "b"], counters={"recorded": 7})
            assert context.shown == {("ann", "a"), ("ann", "b")}
    assert (batch.name, batch.status, batch.attempts) == ("ann-1", 200, 1)
    [body] = heard.bodies
    assert body["artworkIds"] == ["a", "b"]
    assert body["counters"] == {"recorded": 7}
    assert (body["batchId"], body["attempt"], body["tabId"]) == ("ann-1", 1, "ann")
    [row] = rows(tmp_path, "load")
    assert (row["user"], row["batch"], row["status"], row["inserted"]) == ("ann", "ann-1", 200, 1)
    assert (row["attempt"], row["artworks"]) == (1, ["a", "b"])
    seen = [(row["kind"], row["tab"], row["artwork"]) for row in rows(tmp_path, "viewer")]
    assert seen == [
        (kind, "ann", artwork) for kind in ("view_intent", "view_shown") for artwork in ("a", "b")
    ]


async def test_one_that_was_refused_is_sent_again_and_not_shown_again(tmp_path: Path) -> None:
    heard = Heard(503, 200, 200)
    async with listening(heard.app()) as url:
        with open_context(tmp_path, target=site(direct_url=url)) as context:
            client = PlainClient(cast(Any, SimpleNamespace(context=context)))
            batch = await client.send("ann", ["a"])
            assert batch.status == 503
            await client.send_again(batch)
            await client.send("ann", ["b"])
    assert batch.status == 200
    sent = [(row["batch"], row["attempt"], row["status"]) for row in rows(tmp_path, "load")]
    assert sent == [("ann-1", 1, 503), ("ann-1", 2, 200), ("ann-2", 1, 200)]
    assert "counters" not in heard.bodies[0]
    assert [row["artwork"] for row in rows(tmp_path, "viewer")] == ["a", "a", "b", "b"]
