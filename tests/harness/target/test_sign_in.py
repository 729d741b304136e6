"""Users become users of the target, one or many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web

from harness.core.errors import TargetNotReady
from harness.target.dialect import HttpRequest, Session
from harness.target.reference.dialect import SESSION_PATH, ReferenceDialect
from harness.target.sign_in import sign_in, sign_in_all

pytestmark = pytest.mark.asyncio
DIALECT = ReferenceDialect()


class OpenDialect(ReferenceDialect):
    """A system that anybody may use as he is."""

    def sign_in(self, user: str) -> HttpRequest | None:
        return None


@dataclass
class Server:
    url: str = ""
    at_once: int = 0
    most_at_once: int = 0
    refused: set[str] = field(default_factory=set)

    async def session(self, request: web.Request) -> web.Response:
        user = (await request.json())["userId"]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.to_thread(lambda: None)  # others are let in meanwhile
        self.at_once -= 1
        answer = web.Response(status=403 if user in self.refused else 204)
        answer.set_cookie("session", user)
        return answer


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    app = web.Application()
    app.router.add_post(SESSION_PATH, found.session)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    found.url = f"http://{host}:{port}"
    yield found
    await runner.cleanup()


async def test_a_user_gets_cookies_and_header_lines(server: Server) -> None:
    session = await sign_in(DIALECT, server.url, "ann")
    assert session.cookies == {"session": "ann"}
    assert session.lines == "Cookie: session=ann\r\n"


async def test_many_users_are_signed_in_some_at_a_time(server: Server) -> None:
    users = [f"user-{number}" for number in range(60)]
    sessions = await sign_in_all(DIALECT, server.url, users)
    assert {user: session.cookies["session"] for user, session in sessions.items()} == {
        user: user for user in users
    }
    assert server.most_at_once <= 16


async def test_one_user_that_is_refused_is_an_error(server: Server) -> None:
    server.refused = {"user-7"}
    with pytest.raises(TargetNotReady, match="sign-in answered 403"):
        await sign_in_all(DIALECT, server.url, [f"user-{number}" for number in range(20)])


async def test_a_server_that_is_away_is_an_error() -> None:
    with pytest.raises(TargetNotReady, match="sign-in failed: "):
        await sign_in(DIALECT, "http://127.0.0.1:9", "ann")


async def test_where_there_is_no_sign_in_the_session_is_empty() -> None:
    assert await sign_in(OpenDialect(), "http://127.0.0.1:9", "ann") == Session()
