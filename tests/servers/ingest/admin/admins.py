"""A server with the dashboard, and who asks it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import psycopg
from aiohttp import web

from harness.core.wait import wait_until
from servers.ingest.http.app import SERVER
from servers.ingest.http.session import COOKIE
from tests.servers.ingest.site import Site, Visitor, make_config, running, visitor

SECRET = "a secret of sixteen or more"
ACCESSES = "SELECT actor, part, outcome FROM admin_accesses ORDER BY id"


def with_dashboard(database: str, **changes: Any) -> Any:
    settings = {"improvements": ("admin",), "admin_secret": SECRET}
    return make_config(database, **{**settings, **changes})


@contextlib.asynccontextmanager
async def dashboard(database: str, **changes: Any) -> AsyncIterator[tuple[Site, Visitor]]:
    """A server, and an admin who is signed in."""
    async with (
        running(with_dashboard(database, **changes)) as site,
        visitor(site.url, None) as boss,
    ):
        answer = await boss.post({"userId": "boss", "secret": SECRET}, path="/admin/session")
        assert answer.status == 204
        yield site, boss


@contextlib.asynccontextmanager
async def holder_of(
    app: web.Application, url: str, user: str, **claim: Any
) -> AsyncIterator[Visitor]:
    """Somebody with a session that the server's own key signed."""
    value = app[SERVER].signer.sign(user, **claim)
    async with aiohttp.ClientSession(cookies={COOKIE: value}) as session:
        session.cookie_jar.update_cookies({COOKIE: value})
        yield Visitor(session, url)


async def folded(database: str) -> None:
    """Return when all that was seen is added up, by the server or by this."""

    def is_done() -> bool:
        asked(database, "SELECT fold_freshness()")
        return asked(database, "SELECT count(*) FROM user_freshness_deltas") == [(0,)]

    await wait_until("all is added up", is_done, timeout_s=30)


def asked(database: str, query: str) -> list[Any]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()
