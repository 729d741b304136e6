"""Which pages may send: the server's own and an exact list."""

from __future__ import annotations

import pytest

from tests.servers.ingest.site import BATCHES, make_config, rows, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

FRIEND = "https://friend.example"
JSON = "application/json"
TEXT = "text/plain;charset=UTF-8"


@pytest.mark.parametrize(
    ("kind", "origin", "status"),
    [
        (JSON, None, 200),
        (JSON, "own", 200),
        (JSON, FRIEND, 200),
        (JSON, "https://evil.example", 403),
        (TEXT, None, 403),
        (TEXT, "own", 200),
        (TEXT, FRIEND, 200),
        (TEXT, "https://evil.example", 403),
        (TEXT, "null", 403),
        (TEXT, FRIEND + ".evil.example", 403),
        (TEXT, "http://[", 403),
        (JSON, "http://friend.example", 403),
    ],
)
async def test_only_pages_on_the_list_may_send(
    database: str, kind: str, origin: str | None, status: int
) -> None:
    config = make_config(database, allowed_origins=frozenset({FRIEND}))
    async with running(config) as site, visitor(site.url) as ann:
        headers = {"Content-Type": kind}
        if origin is not None:
            headers["Origin"] = site.url if origin == "own" else origin
        answer = await ann.post({"artworkIds": ["a"]}, headers=headers)
    assert answer.status == status
    assert rows(database) == ([("ann", "a")] if status == 200 else [])


@pytest.mark.parametrize(("origin", "allowed"), [(FRIEND, True), ("https://evil.example", False)])
async def test_cors_never_mirrors(database: str, origin: str, allowed: bool) -> None:
    config = make_config(database, allowed_origins=frozenset({FRIEND}))
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with running(config) as site, visitor(site.url) as ann:
        async with ann.session.options(site.url + BATCHES, headers=headers) as preflight:
            pass
        answer = await ann.get("/api/session", headers={"Origin": origin})
    for found in (preflight.headers, answer.headers):
        assert found.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert found.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
