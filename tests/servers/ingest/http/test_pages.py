"""The display page and its files, as the server gives them."""

from __future__ import annotations

import pytest

from tests.servers.ingest.site import make_config, running, visitor
from tests.servers.ingest.stores import MemoryStore


@pytest.mark.stack
@pytest.mark.asyncio
async def test_the_page_may_live_in_the_back_forward_cache(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url, None) as anybody:
        page = await anybody.get("/display?preset=durable")
        script = await anybody.get("/client/recorder.js")
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Cache-Control"] == "no-cache"  # never no-store
    assert script.status == 200
    assert "javascript" in script.headers["Content-Type"]


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize(
    "name", ["../ingest/app.py", "..%2fingest%2fapp.py", ".hidden.js", "none.js", "display.html"]
)
async def test_only_the_pages_own_files_are_served(database: str, name: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url, None) as anybody:
        answer = await anybody.get(f"/client/{name}")
    assert answer.status == 404


@pytest.mark.asyncio
async def test_the_page_names_where_its_errors_go_only_when_there_is_a_place() -> None:
    config = make_config("dbname=nowhere", release='1"2', sentry_page="http://key@127.0.0.1:9/42")
    async with (
        running(config, store_type=MemoryStore) as site,
        visitor(site.url, None) as anybody,
    ):
        page = await anybody.get("/display")
    assert b'<meta name="sentry-dsn" content="http://key@127.0.0.1:9/42">' in page.body
    assert b'<meta name="release" content="1&quot;2">' in page.body
    assert page.headers["Cache-Control"] == "no-cache"
    async with (
        running(make_config("dbname=nowhere", release="12"), store_type=MemoryStore) as site,
        visitor(site.url, None) as anybody,
    ):
        page = await anybody.get("/display")
    assert b"sentry" not in page.body
    assert b"release" not in page.body
