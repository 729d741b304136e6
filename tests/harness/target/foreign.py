"""Another system than the reference: other paths, lines of text, a token, its own metric names."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from harness.core.errors import TargetNotReady, UsageError
from harness.core.outcome import Outcome
from harness.target.capabilities import Capability
from harness.target.dialect import (
    BatchEncoder,
    BatchFields,
    HttpRequest,
    Meaning,
    MetricNames,
    Reply,
    SendableBatch,
    Session,
)
from harness.target.neighbours import Likeness
from harness.target.page import PageContract
from harness.target.system import System

NAME = f"{__name__}:SYSTEM"


@dataclass(frozen=True, slots=True)
class LinesDialect:
    """A batch is lines of ``key=value``; an answer says in its body what happened."""

    health_path: str = "/-/alive"
    readiness_path: str = "/-/stats"
    batch_method: str = "PUT"
    neighbours: frozenset[Likeness] = frozenset()
    """Its ids are numbers, and its token travels in a header."""
    metrics: MetricNames = field(
        default_factory=lambda: MetricNames(
            path="/-/metrics",
            gauges={"acme_open": "in_flight", "acme_backlog": "queue_depth"},
            counters={("acme_seen_total", "kind", "new"): "ids_inserted"},
        )
    )

    def artwork_id(self, number: int) -> str:
        return str(1000 + number)

    def load_artwork_id(self, number: int) -> str:
        return str(500_000 + number)

    def sign_in(self, user: str) -> HttpRequest:
        return HttpRequest(method="POST", path="/login", body=user.encode())

    def session_of(self, reply: Reply) -> Session:
        token = reply.header("X-Token")
        if token is None:
            raise TargetNotReady("no token came")
        return Session(headers={"Authorization": f"Bearer {token}"})

    def batch_request(self, artworks: Sequence[str], tab: str) -> HttpRequest:
        return HttpRequest(method="PUT", path="/v2/seen/web", body=_lines(artworks, tab=tab))

    def claimed_batch(self, artworks: Sequence[str], tab: str, subject: str) -> HttpRequest | None:
        return None

    def batch_encoder(self, host: str, *, coding: str = "identity") -> BatchEncoder:
        if coding != "identity":
            raise UsageError(f"lines travel plainly, not as {coding}")

        def encode(batch: SendableBatch, attempt: int, session_lines: str) -> tuple[bytes, int]:
            body = _lines(batch.artworks, tab=batch.user, batch=batch.name, attempt=str(attempt))
            request = HttpRequest(method="PUT", path="/v2/seen/load", body=body)
            return request.wire(host, session_lines), len(body)

        return encode

    def understand(self, reply: Reply) -> Meaning:
        word, _, rest = reply.body.decode().partition(" ")
        if word == "stored":
            return Meaning(Outcome.ACKNOWLEDGED, inserted=int(rest))
        if word == "later":
            return Meaning(Outcome.UNKNOWN, may_resend=True, retry_after_s=float(rest))
        return Meaning(Outcome.REFUSED)

    def is_batch_path(self, path: str) -> bool:
        return path.startswith("/v2/seen/")

    def batch_fields(self, body: bytes) -> BatchFields:
        fields = dict(line.split("=", 1) for line in body.decode().splitlines() if "=" in line)
        return BatchFields(batch=fields.get("batch"), attempt=int(fields.get("attempt", "1")))

    def in_flight(self, reply: Reply) -> int:
        return int(reply.body.decode().removeprefix("open="))


SYSTEM = System(
    dialect=LinesDialect(),
    page=PageContract(
        path="/gallery.html",
        is_up="() => 'gallery' in window",
        ready="() => gallery.started",
        tab_id="() => gallery.id",
        show="(ids) => gallery.turnTo(ids)",
    ),
    capabilities=frozenset(
        {Capability.SIGN_IN, Capability.READINESS, Capability.SERVER_METRICS, Capability.PAGE}
    ),
)


def _lines(artworks: Sequence[str], **fields: str) -> bytes:
    lines = [f"{name}={value}" for name, value in fields.items()]
    return "\n".join([*lines, *(f"id={artwork}" for artwork in artworks)]).encode()


class ForeignServer:
    """What it got; ``later`` batches are turned away with a 200 before the first is stored."""

    def __init__(self, *, later: int = 0, open_batches: Callable[[], int] = lambda: 0) -> None:
        self.url = ""
        self.later = later
        self.stored: list[tuple[str, str]] = []
        self.bodies: list[str] = []
        self._open_batches = open_batches

    async def login(self, request: web.Request) -> web.Response:
        return web.Response(headers={"X-Token": f"t-{await request.text()}"})

    async def seen(self, request: web.Request) -> web.Response:
        user = request.headers["Authorization"].removeprefix("Bearer t-")
        body = await request.text()
        self.bodies.append(body)
        if self.later:
            self.later -= 1
            return web.Response(text="later 0")
        ids = [line[3:] for line in body.splitlines() if line.startswith("id=")]
        self.stored += [(user, one) for one in ids]
        return web.Response(text=f"stored {len(ids)}")

    async def stats(self, request: web.Request) -> web.Response:
        return web.Response(text=f"open={self._open_batches()}")

    async def metrics(self, request: web.Request) -> web.Response:
        gauges = "# TYPE acme_open gauge\nacme_open 2\n# TYPE acme_backlog gauge\nacme_backlog 7\n"
        seen = f'# TYPE acme_seen counter\nacme_seen_total{{kind="new"}} {len(self.stored)}\n'
        return web.Response(text=gauges + seen)


@contextmanager
def serving(server: ForeignServer) -> Iterator[str]:
    """Serve on loopback in a thread of its own, so that a caller may block; yields the URL."""
    started, loop = threading.Event(), asyncio.new_event_loop()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.add_routes(
            [
                web.post("/login", server.login),
                web.put("/v2/seen/{from}", server.seen),
                web.get("/-/stats", server.stats),
                web.get("/-/metrics", server.metrics),
            ]
        )
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}"
        return runner

    def serve() -> None:
        runner = loop.run_until_complete(start())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve, name="foreign server")
    thread.start()
    started.wait(30)
    try:
        yield server.url
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
