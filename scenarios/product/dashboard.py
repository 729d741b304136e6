"""Who tries to see the dashboard, and as what; who watches its feed, and what they receive."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import aiohttp

from harness.core.errors import HarnessError, TargetNotReady
from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import AdminTried, ExportRead, FeedWatched
from harness.run.run import Run
from harness.target.dialect import HttpRequest
from harness.target.http import send
from harness.target.reference.dashboard import (
    ADMIN,
    EXPORT_PATH,
    FEED,
    FEED_PATH,
    PARTS,
    SESSION_COOKIE,
    SIGN_IN,
    SIGN_IN_PATH,
    USERS_PATH,
)
from harness.target.sign_in import sign_in
from harness.target.target import AdminKeys

ELSEWHERE = "https://elsewhere.example"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that spreadsheets run."""
FRAME_S = 30.0
"""How long a frame of the feed may take to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardCaller:
    """Somebody who asks: as what, whom the session names, and what is sent."""

    who: str
    user: str | None = None
    session: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    is_admin: bool = False


class DashboardTries:
    """Tries at a run's dashboard; each is written down."""

    def __init__(self, run: Run, http: aiohttp.ClientSession) -> None:
        self._run = run
        self._http = http
        self._client = run.context.ledger.witness(CLIENT)
        self.url = run.context.site.direct_url

    @property
    def keys(self) -> AdminKeys:
        """Return what opens the dashboard. Raises HarnessError where there is none."""
        if self._run.context.site.admin is None:
            raise HarnessError("this target has no dashboard")
        return self._run.context.site.admin

    async def admin(self) -> DashboardCaller:
        """Sign in as the admin, after one try with a wrong secret."""
        wrong = f"{self.keys.secret[:-1]}!"
        for secret, is_admin in ((wrong, False), (self.keys.secret, True)):
            body = json.dumps({"userId": ADMIN, "secret": secret}).encode()
            headers = {"Content-Type": "application/json"}
            async with self._http.post(
                f"{self.url}{SIGN_IN_PATH}", data=body, headers=headers
            ) as answer:
                cookie = answer.cookies.get(SESSION_COOKIE)
                caller = DashboardCaller(who="wrong secret")
                if is_admin:
                    caller = DashboardCaller(who="admin", user=ADMIN, is_admin=True)
                self._tried(caller, SIGN_IN, answer.status)
        if cookie is None:
            raise TargetNotReady(f"the admin cannot sign in: status {answer.status}")
        return replace(caller, session=cookie.value)

    async def others(self, user: str, admin: DashboardCaller) -> list[DashboardCaller]:
        """Return everybody who must not see the dashboard; ``user`` is an ordinary one."""
        session = await sign_in(self._run.system.dialect, self.url, user)
        own = session.cookies[SESSION_COOKIE]
        name, issued, mac = own.split(".")
        ordinary = DashboardCaller(who="ordinary user", user=user, session=own)
        return [
            DashboardCaller(who="outsider"),
            ordinary,
            replace(ordinary, who="by header", headers=_CLAIMS),
            replace(ordinary, who="by query", query="?role=admin&admin=1&isAdmin=true"),
            DashboardCaller(who="forged role", session=f"{name}.{issued}..admin.{mac}"),
            DashboardCaller(who="expired admin", user=ADMIN, session=self.keys.expired_session),
            replace(admin, who="other origin", headers={"Origin": ELSEWHERE}, is_admin=False),
        ]

    async def ask_for_all(self, caller: DashboardCaller, about: str) -> None:
        """Ask for each part of the dashboard, the timeline of ``about`` among them."""
        for part in PARTS:
            query = f"?user={about}" if part == "timeline" else ""
            path = f"{PARTS[part]}{query or caller.query}"
            status = await (self._open(caller, path) if part == FEED else self._get(caller, path))
            self._tried(caller, part, status)

    async def read_export(self, admin: DashboardCaller, users: int) -> None:
        """Read the export as a spreadsheet does, once ``users`` are listed."""
        headers = {**admin.headers, "Cookie": f"{SESSION_COOKIE}={admin.session}"}
        request = HttpRequest(method="GET", path=EXPORT_PATH, headers=headers, body=b"")
        reply = await send(self._http, self.url, request)
        self._tried(admin, "export", reply.status)
        rows = list(csv.reader(io.StringIO(reply.body.decode(), newline="")))[1:]
        formulas = [cell for row in rows for cell in row if cell.startswith(FORMULA)]
        row = ExportRead(user=ADMIN, tab=None, users=len(rows), formulas=tuple(formulas))
        self._client.saw(row)

    async def listed(self, admin: DashboardCaller) -> int:
        """Return how many users the dashboard lists."""
        headers = {"Cookie": f"{SESSION_COOKIE}={admin.session}"}
        path = f"{USERS_PATH}?limit=1000"
        request = HttpRequest(method="GET", path=path, headers=headers, body=b"")
        reply = await send(self._http, self.url, request)
        self._tried(admin, "users", reply.status)
        return len(json.loads(reply.body)["users"]) if reply.status == 200 else 0

    async def _get(self, caller: DashboardCaller, path: str) -> int:
        request = HttpRequest(method="GET", path=path, headers=self._headers(caller), body=b"")
        return (await send(self._http, self.url, request)).status

    async def _open(self, caller: DashboardCaller, path: str) -> int:
        """Open the feed's socket; return 101, or the status with which it is refused."""
        headers = {"Origin": self.url, **self._headers(caller)}
        try:
            async with self._http.ws_connect(f"{self.url}{path}", headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status

    def _headers(self, caller: DashboardCaller) -> dict[str, str]:
        cookie = {"Cookie": f"{SESSION_COOKIE}={caller.session}"} if caller.session else {}
        return {**cookie, **caller.headers}

    def _tried(self, caller: DashboardCaller, part: str, status: int) -> None:
        row = AdminTried(
            user=caller.user,
            tab=None,
            who=caller.who,
            part=part,
            status=status,
            is_admin=caller.is_admin,
            is_let_in=0 < status < 400,
        )
        self._client.saw(row)


_CLAIMS = {
    "X-Admin": "true",
    "X-Role": "admin",
    "X-User-Role": "admin",
    "X-Forwarded-User": ADMIN,
    "X-Remote-User": ADMIN,
    "Authorization": "Bearer admin",
}


class Watcher:
    """A viewer of the feed; cut off, it goes on where it was."""

    def __init__(
        self, name: str, url: str, admin: DashboardCaller, http: aiohttp.ClientSession
    ) -> None:
        self.name = name
        self._url = url
        self._http = http
        self._headers = {"Origin": url, "Cookie": f"{SESSION_COOKIE}={admin.session}"}
        self._place = ""
        self.began = -1
        self.ended = self.lines = self.lost = self.repeated = 0
        self.artworks: set[str] = set()
        """What its lines were about."""

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[asyncio.Task[None]]:
        """Watch for the length of the block."""
        url = f"{self._url}{FEED_PATH}{self._place}"
        async with self._http.ws_connect(url, headers=self._headers) as socket:
            await self._take(socket)
            task = asyncio.create_task(self._watch(socket))
            try:
                yield task
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _watch(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while not socket.closed:
            await self._take(socket)

    async def _take(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        message = await socket.receive()
        if message.type is not aiohttp.WSMsgType.BINARY:
            return
        frame = json.loads(message.data)
        if self.began < 0:
            self.began = self.ended = frame["seq"]
        for line in frame["lines"]:
            self.repeated += line["seq"] <= self.ended
            self.ended = max(self.ended, line["seq"])
            self.artworks.update(line["artworks"])
        self.lines += len(frame["lines"])
        self.lost += frame["lost"] or 0
        self.ended = max(self.ended, frame["seq"])
        self._place = f"?after={frame['seq']}&lifetime={frame['lifetime']}"

    def seen(self) -> FeedWatched:
        """Return what it received."""
        return FeedWatched(
            user=ADMIN,
            tab=None,
            viewer=self.name,
            began=self.began,
            ended=self.ended,
            lines=self.lines,
            lost=self.lost,
            repeated=self.repeated,
        )


@contextlib.asynccontextmanager
async def stalled(url: str, admin: DashboardCaller) -> AsyncIterator[None]:
    """Hold a viewer of the feed that reads nothing, for the length of the block.

    Raises TargetNotReady when it is not let in.
    """
    host = urlsplit(url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port, limit=1024)
    writer.write(
        f"GET {FEED_PATH} HTTP/1.1\r\nHost: {host.netloc}\r\nOrigin: {url}\r\n"
        f"Cookie: {SESSION_COOKIE}={admin.session}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    try:
        answer = await reader.readline()
        if b" 101 " not in answer:
            raise TargetNotReady(f"the feed is not opened: {answer.decode(errors='replace')}")
        yield
    finally:
        writer.transport.abort()
