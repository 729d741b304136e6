"""A relay before a server writes down what carries views, changes nothing, and proves itself."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from harness.core.errors import HarnessError
from harness.faults.request.recording import RecordingRelay
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import WIRE
from harness.target.described.dialect import DescribedDialect
from harness.target.described.file import read_target_file
from harness.target.described.ids import RunMark
from harness.target.described.loading import system_of
from harness.target.dialect import Session

MARK = RunMark(word="00c0ffee", seed=7)
MINE, OTHERS = "h00c0ffee-000001", "h11111111-000002"

FILE = """format = 1
base_url = "http://127.0.0.1:1"
[batch]
path = "/views"
body = { USER ids = "{ids}" }
[session]
cookies = { who = "{user}" }
[page]
path = "/g"
script = "f"
[truth.http]
path = "/all"
user_id = "/u"
"""

pytestmark = pytest.mark.asyncio


def dialect(folder: Path, *, names_user: bool = True) -> DescribedDialect:
    path = folder / "target.toml"
    path.write_text(FILE.replace("USER", 'user = "{user}",' if names_user else ""))
    found = system_of(path, read_target_file(path), MARK).dialect
    assert isinstance(found, DescribedDialect)
    return found


async def take(request: web.Request) -> web.Response:
    body = await request.json()
    if body["ids"] == ["silence"]:
        assert request.transport is not None
        request.transport.abort()
    if body["ids"][0].startswith(("/", "http:")):
        return web.Response(status=307, headers={"Location": body["ids"][0]})
    return web.json_response({"got": body["ids"]}, status=503 if "later" in body["ids"] else 202)


@pytest_asyncio.fixture
async def upstream() -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.post("/views", take), web.get("/g", _page)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def _page(request: web.Request) -> web.Response:
    return web.Response(text="a page")


def rows(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_witness(folder / "wire.arrows").table.to_pylist()
    return found


async def post(url: str, content: dict[str, Any], **headers: str) -> int:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        try:
            async with client.post(
                f"{url}/views", json=content, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0


async def test_each_request_that_carries_views_is_a_row_with_its_answer(
    upstream: str, tmp_path: Path
) -> None:
    with Ledger(tmp_path) as ledger:
        async with RecordingRelay(upstream, dialect(tmp_path)) as relay:
            assert await post(relay.url, {"user": "ann", "ids": [MINE]}) == 202, "not recorded yet"
            relay.record_into(ledger.witness(WIRE))
            assert await post(relay.url, {"user": "ann", "ids": [MINE, OTHERS]}) == 202
            assert await post(relay.url, {"user": "ann", "ids": ["later"]}) == 503
            assert await post(relay.url, {"user": "ann", "ids": ["silence"]}) == 0
            async with aiohttp.ClientSession() as client, client.get(f"{relay.url}/g") as page:
                assert await page.text() == "a page"
            assert relay.failure == ""
    first, later, silence = rows(tmp_path)
    body = b'{"user": "ann", "ids": ["%s", "%s"]}' % (MINE.encode(), OTHERS.encode())
    assert first["sha256"] == hashlib.sha256(body).hexdigest()
    assert (first["user"], first["artworks"]) == ("ann", [MINE]), "of this run alone"
    assert (first["outcome"], first["status"]) == ("acknowledged", 202)
    assert first["arrived_ns"] < first["first_byte_ns"] <= first["last_byte_ns"]
    assert (later["outcome"], later["status"]) == ("unknown", 503)
    assert (silence["outcome"], silence["status"], silence["first_byte_ns"]) == ("unknown", 0, None)


async def test_no_browser_is_led_by_a_batch_to_another_origin(
    upstream: str, tmp_path: Path
) -> None:
    """There no relay stands, and it may be another machine: the run ends, and decides nothing."""
    with Ledger(tmp_path) as ledger:
        async with RecordingRelay(upstream, dialect(tmp_path)) as relay:
            relay.record_into(ledger.witness(WIRE))
            assert await post(relay.url, {"user": "ann", "ids": ["/views/v2"]}) == 307
            assert await post(relay.url, {"user": "ann", "ids": [f"{relay.url}/views/v2"]}) == 307
            assert relay.failure == ""
            assert await post(relay.url, {"user": "ann", "ids": ["http://192.0.2.1/views"]}) == 0
            assert relay.failure == (
                "a request with views is redirected to http://192.0.2.1, which is not followed"
            )
    assert [row["status"] for row in rows(tmp_path)] == [307, 307, 307]


async def test_a_body_without_a_user_is_its_sessions(upstream: str, tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        async with RecordingRelay(upstream, dialect(tmp_path, names_user=False)) as relay:
            relay.record_into(ledger.witness(WIRE))
            relay.knows("ann", Session(cookies={"who": "a1"}))
            relay.knows("bob", Session(cookies={"who": "b2"}))
            for cookie in ("who=a1", "x=y; who=b2", "who=c3"):
                await post(relay.url, {"ids": [MINE]}, Cookie=cookie)
    assert [row["user"] for row in rows(tmp_path)] == ["ann", "bob", None]


async def test_it_proves_itself_by_an_id_that_went_through(upstream: str, tmp_path: Path) -> None:
    async with RecordingRelay(upstream, dialect(tmp_path)) as relay:
        with pytest.raises(HarnessError, match="did not see a request that went through it"):
            relay.check_seen(MINE)
        await post(relay.url, {"user": "ann", "ids": [MINE]})
        relay.check_seen(MINE)
