"""Stored runs over HTTP: the index and regular files, to those who ask this machine by its name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from harness.compose.attended.serve import application, serve
from harness.core.errors import HarnessError, UsageError
from reports.history.record import TrendRecord
from tests.benchmarks.trend.planted import trend_of
from tests.reports.suites import suite_of

FOUND = trend_of(seed=1, count=6)
Client = TestClient[Request, Application]


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    folder = tmp_path / "runs"
    (folder / "x").mkdir(parents=True)
    suite_of(folder / "x")
    (folder / "x" / "report.html").write_text("<p>the page")
    (folder / "x" / "evidence").mkdir()
    (folder / "x" / "evidence" / "page.html").write_text("<script>")
    (tmp_path / "secret").write_text("s")
    (folder / "out").symlink_to(tmp_path / "secret")
    async with TestClient(TestServer(application(folder), host="127.0.0.1")) as client:
        yield client


@pytest.mark.asyncio
async def test_the_index_and_the_pages_below_it(client: Client) -> None:
    index = await client.get("/")
    assert index.status == 200
    assert "./x/report.html" not in await index.text(), "it was not judged"
    assert "harness report" in await index.text()
    page = await client.get("/x/report.html")
    assert (await page.text(), page.content_type) == ("<p>the page", "text/html")
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.asyncio
async def test_the_trends_are_those_of_the_moment(tmp_path: Path) -> None:
    (tmp_path / "trend").mkdir()
    (tmp_path / "trend" / "nightly.html").write_text("of another day")
    now: dict[str, TrendRecord] = {}
    server = TestServer(application(tmp_path, lambda: now), host="127.0.0.1")
    async with TestClient(server) as client:
        assert (await client.get("/trend/nightly.html")).status == 404
        now["nightly"] = FOUND
        assert "./trend/nightly.html" in await (await client.get("/")).text()
        page = await client.get("/trend/nightly.html")
        assert (page.status, page.content_type) == (200, "text/html")
        assert "Trend of <b>nightly</b>" in await page.text()
        assert (await client.get("/trend/weekly.html")).status == 404


@pytest.mark.asyncio
async def test_a_history_that_cannot_be_read_hides_no_run(tmp_path: Path) -> None:
    def trends() -> Mapping[str, TrendRecord]:
        raise HarnessError("no such database")

    (tmp_path / "x").mkdir()
    suite_of(tmp_path / "x")
    async with TestClient(TestServer(application(tmp_path, trends), host="127.0.0.1")) as client:
        text = await (await client.get("/")).text()
        assert "There are no trends:</b> no such database" in text
        assert "suite · x" in text
        answer = await client.get("/trend/nightly.html")
        assert (answer.status, await answer.text()) == (404, "no such database\n")


@pytest.mark.parametrize("path", ["/out", "/x/", "/x", "/../secret", "/%2e%2e/secret", "/nothing"])
@pytest.mark.asyncio
async def test_links_folders_and_what_lies_outside_are_not_served(
    path: str, client: Client
) -> None:
    answer = await client.get(path)
    assert answer.status in (403, 404)
    assert await answer.text() != "s"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.asyncio
async def test_nothing_can_be_changed(method: str, client: Client) -> None:
    assert (await client.request(method, "/x/report.html")).status == 405


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
@pytest.mark.asyncio
async def test_a_page_from_elsewhere_reads_nothing(name: str, client: Client) -> None:
    answer = await client.get("/x/report.html", headers={"Host": name})
    assert answer.status == 421
    assert "the page" not in await answer.text()
    assert (await client.get("/", headers={"Host": "localhost:99"})).status == 200


@pytest.mark.asyncio
async def test_a_stored_page_of_the_tried_system_runs_alone(client: Client) -> None:
    answer = await client.get("/x/evidence/page.html")
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert "Content-Security-Policy" not in (await client.get("/x/report.html")).headers


@pytest.mark.asyncio
async def test_it_says_where_it_listens_and_ends(tmp_path: Path) -> None:
    stop, urls = asyncio.Event(), list[str]()

    def announce(url: str) -> None:
        urls.append(url)
        stop.set()

    await serve(tmp_path, 0, announce, stop=stop)
    assert urls[0].startswith("http://127.0.0.1:")


@pytest.mark.asyncio
async def test_a_folder_that_is_missing_and_a_port_that_is_taken_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a directory"):
        await serve(tmp_path / "nothing", 0, urls_refused)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is taken"):
            await serve(tmp_path, port, urls_refused)


def urls_refused(url: str) -> None:
    raise AssertionError(f"it listens at {url}")
