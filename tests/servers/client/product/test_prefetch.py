"""What is loaded ahead: unseen, bounded, from the cache when it is shown, and no view."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from aiohttp import web
from playwright.async_api import BrowserContext, Page

from harness.core.clock import pause
from harness.target.reference.product import PREFETCH, PREFETCH_ENDED, RECOMMEND
from servers.ingest.config import Config
from servers.ingest.http.app import create_app
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import make_config, rows, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.asyncio(loop_scope="session"),
]
BYTES = 20_000
_POST = """([path, body]) => fetch(path, {
    method: "POST", body: JSON.stringify(body), headers: {"Content-Type": "application/json"},
}).then((answer) => answer.status)"""
_LINE = "Object.defineProperty(navigator, 'connection', { get: () => (%s) });"


class Counted:
    """Which pictures the server was asked for.

    Each answer begins ``far_s`` late, and what comes after its first bytes ``slow_s`` later.
    """

    def __init__(self, far_s: float = 0.0, slow_s: float = 0.0) -> None:
        self.asked: list[str] = []
        self._far_s = far_s
        self._slow_s = slow_s

    def app(self, config: Config, store: Store) -> web.Application:
        app = create_app(config, store)

        @web.middleware
        async def count(request: web.Request, handler: Any) -> web.StreamResponse:
            if request.path == "/api/pictures":
                self.asked.append(request.query["id"])
            answer: web.StreamResponse = await handler(request)
            if request.path != "/api/pictures" or not self._far_s + self._slow_s:
                return answer
            await pause(self._far_s)
            return await self._slowly(request, answer)

        app.middlewares.append(count)
        return app

    async def _slowly(self, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
        assert isinstance(answer, web.Response)
        body = (answer.text or "").encode()
        slow = web.StreamResponse(headers={"Cache-Control": answer.headers["Cache-Control"]})
        slow.content_type, slow.content_length = answer.content_type, len(body)
        await slow.prepare(request)
        await slow.write(body[:100])
        await pause(self._slow_s)
        await slow.write(body[100:])
        return slow


@contextlib.asynccontextmanager
async def ahead(
    context: BrowserContext,
    database: str,
    bytes_max: int,
    line: str = "undefined",
    counted: Counted | None = None,
) -> AsyncIterator[tuple[Page, Counted, dict[str, Any]]]:
    """A page of a user who has seen one artwork, once it loads nothing ahead any more."""
    counted = counted or Counted()
    config = make_config(database, improvements=("prediction",))
    async with running(config, app_factory=counted.app) as site:
        with psycopg.connect(database) as connection:
            connection.execute(RECOMMEND.encode(), (BYTES, ["artwork-0003", "artwork-0001"]))
        page = await context.new_page()
        await page.add_init_script(_LINE % line)
        await page.goto(f"{site.url}/healthz")
        for path, body in (
            ("/api/session", {"userId": "ann"}),
            ("/api/artworks/batch-impressions", {"artworkIds": ["artwork-0001"]}),
        ):
            assert await page.evaluate(_POST, [path, body]) < 300
        await page.goto(f"{site.url}/display?pictures=linked&prefetch={bytes_max}&flushDelayMs=50")
        await page.wait_for_function(PREFETCH_ENDED, timeout=60_000)
        yield page, counted, await page.evaluate(PREFETCH)
        await page.close()


async def test_unseen_artworks_are_loaded_up_to_the_bound_and_shown_from_the_cache(
    context: BrowserContext, database: str
) -> None:
    async with ahead(context, database, 3 * BYTES) as (page, counted, found):
        assert found["artworks"] == ["artwork-0003", "artwork-0002"]
        assert 2 * BYTES < found["bytes"] <= 3 * BYTES
        assert found["ended"] == "the bytes are used up"
        assert (await page.evaluate("impressions.recorder.telemetry()"))["recorded"] == 0
        before = counted.asked.count("artwork-0003")
        await page.evaluate("impressions.show('artwork-0003')")
        assert await page.evaluate("document.querySelector('#picture img').naturalWidth > 0")
        assert counted.asked.count("artwork-0003") == before
        await page.wait_for_function("impressions.recorder.pending().length === 0")
    assert rows(database) == [("ann", "artwork-0001"), ("ann", "artwork-0003")]


async def test_all_that_is_predicted_is_loaded_where_it_fits(
    context: BrowserContext, database: str
) -> None:
    async with ahead(context, database, 100 * BYTES) as (_, _, found):
        assert sorted(found["artworks"]) == [f"artwork-000{n}" for n in (2, 3, 4, 5)]
        assert found["ended"] == "all are loaded"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{ saveData: true, effectiveType: '4g' }", "the user saves data"),
        ("{ saveData: false, effectiveType: '3g' }", "the line is 3g"),
    ],
)
async def test_nothing_is_loaded_ahead_where_data_or_the_line_is_dear(
    context: BrowserContext, database: str, line: str, why: str
) -> None:
    async with ahead(context, database, 100 * BYTES, line) as (page, counted, found):
        assert (found["artworks"], found["ended"], counted.asked) == ([], why, [])
        await page.evaluate("impressions.show('artwork-0002')")
        assert counted.asked == ["artwork-0002"]


async def test_a_slow_line_ends_it_at_the_second_picture(
    context: BrowserContext, database: str
) -> None:
    async with ahead(context, database, 100 * BYTES, counted=Counted(slow_s=0.5)) as (_, _, found):
        assert (len(found["artworks"]), found["ended"]) == (2, "the line is slow")


async def test_a_far_server_is_no_slow_line(context: BrowserContext, database: str) -> None:
    async with ahead(context, database, 100 * BYTES, counted=Counted(far_s=0.5)) as (_, _, found):
        assert (len(found["artworks"]), found["ended"]) == (4, "all are loaded")
