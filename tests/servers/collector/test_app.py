"""The collector on a real port: the page, its files, and receipts of what a client sends."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import psycopg
import pytest
from aiohttp import web

from servers.collector.app import NUMBER, REPEATED, Client, Collector
from servers.collector.reading import Reader
from servers.collector.store import EventStore
from servers.ingest.http.serve import listen
from servers.ingest.receipts import Receipts

NODE = shutil.which("node") or ""
pytestmark = pytest.mark.skipif(not NODE, reason="node is not on PATH")

ADAPTER = """
export const client = {};
export const start = () => {};
export const read = ({ body }) => JSON.parse(body);
export const answer = (views) => ({ status: 202, body: { views } });
"""


@contextlib.asynccontextmanager
async def collecting(directory: Path, database: str) -> AsyncIterator[str]:
    """Serve a client of ours; yields the URL."""
    adapter, package = directory / "adapter.mjs", directory / "package"
    adapter.write_text(ADAPTER)
    package.mkdir()
    (package / "client.js").write_text("// the client")
    client = Client(
        adapter=adapter,
        package=package,
        endpoint="/in/",
        facts={"script": "client.js", "settings": {"default": {"a": "</script>"}}},
    )
    receipts = Receipts(directory / "receipts.ndjson", "life")
    async with EventStore(database) as store, Reader(NODE, adapter) as reader:
        runner = web.AppRunner(Collector(client, store, reader, receipts).app())
        await runner.setup()
        listener = listen("127.0.0.1", 0)
        await web.SockSite(runner, listener).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await runner.cleanup()


def receipts_in(directory: Path) -> list[dict[str, Any]]:
    text = (directory / "receipts.ndjson").read_text()
    return [json.loads(line) for line in text.splitlines()]


def event(number: int, *, tab: str = "t", artwork: str = "") -> dict[str, Any]:
    view = {"artwork": artwork or f"a{number}", "user": "ann", "tab": tab, "number": f"{number}"}
    return {"view": view, "event": f"e{number}"}


@pytest.mark.asyncio
async def test_a_request_leaves_a_receipt_for_each_tab(tmp_path: Path, database: str) -> None:
    async with collecting(tmp_path, database) as url, aiohttp.ClientSession() as session:
        events = [event(1), event(2, tab="u"), event(3)]
        async with session.post(f"{url}/in/e", data=json.dumps(events)) as answer:
            assert (answer.status, await answer.json()) == (202, {"views": 3})
        async with session.post(f"{url}/in/e", data=json.dumps(events[:1])) as answer:
            assert answer.status == 202
    shown = ["tab", "artworks", "received", "inserted", "duplicate", "rejected"]
    assert [[one[name] for name in shown] for one in receipts_in(tmp_path)] == [
        ["t", ["a1", "a3"], 2, 2, 0, 0],
        ["u", ["a2"], 1, 1, 0, 0],
        ["t", ["a1"], 1, 0, 1, 0],
    ]


@pytest.mark.asyncio
async def test_what_is_repeated_on_its_way_is_stored_once_and_named(
    tmp_path: Path, database: str
) -> None:
    """Under one number it was sent once, whatever id its events have; under another, again."""
    body = json.dumps([{**event(1), "event": None}])
    async with collecting(tmp_path, database) as url, aiohttp.ClientSession() as session:
        for number in ("t/1", "t/1", "t/2"):
            address = f"{url}/in/e?{NUMBER}={quote(number, safe='')}"
            async with session.post(address, data=body) as answer:
                assert (answer.status, await answer.json()) == (202, {"views": 1})
    shown = ["inserted", "duplicate", "reason"]
    assert [[one[name] for name in shown] for one in receipts_in(tmp_path)] == [
        [1, 0, None],
        [0, 1, REPEATED],
        [1, 0, None],
    ]


@pytest.mark.asyncio
async def test_a_body_that_is_not_understood_is_refused_and_leaves_a_receipt(
    tmp_path: Path, database: str
) -> None:
    async with (
        collecting(tmp_path, database) as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}/in/e", data="{") as answer,
    ):
        assert answer.status == 400
    [receipt] = receipts_in(tmp_path)
    assert receipt["status"] == 400
    assert receipt["reason"].startswith("unread: ")


@pytest.mark.asyncio
async def test_a_database_that_is_gone_is_answered_503(tmp_path: Path, database: str) -> None:
    async with collecting(tmp_path, database) as url, aiohttp.ClientSession() as session:
        with psycopg.connect(database, autocommit=True, prepare_threshold=None) as connection:
            connection.execute("DROP TABLE user_art_impressions")
        async with session.post(f"{url}/in/e", data=json.dumps([event(1)])) as answer:
            assert answer.status == 503
    [receipt] = receipts_in(tmp_path)
    assert (receipt["status"], receipt["reason"], receipt["rejected"]) == (503, "database", 1)


@pytest.mark.asyncio
async def test_the_page_and_the_files_of_the_package_alone_are_served(
    tmp_path: Path, database: str
) -> None:
    (tmp_path / "secret.js").write_text("// not of the package")
    async with collecting(tmp_path, database) as url, aiohttp.ClientSession() as session:
        async with session.get(f"{url}/page?preset=default") as answer:
            page = await answer.text()
        assert "\\u003c/script>" in page  # settings cannot end the element they stand in
        found = {}
        for path in ("client.js", "none.js", "..%2Fsecret.js", "../secret.js"):
            async with session.get(f"{url}/client/package/{path}") as answer:
                found[path] = answer.status
        async with session.get(f"{url}/collector/state") as answer:
            assert (await answer.json())["in_flight"] == 0
    assert found == {"client.js": 200, "none.js": 404, "..%2Fsecret.js": 404, "../secret.js": 404}
