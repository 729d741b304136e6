"""The ingest server in this process, on a real port, and somebody who speaks to it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from servers.ingest.config import Config, Limits
from servers.ingest.http.app import create_app
from servers.ingest.http.protocol import listening
from servers.ingest.http.serve import AppFactory, listen
from servers.ingest.storage.store import Store

BATCHES = "/api/artworks/batch-impressions"
PATIENT: dict[str, Any] = {"body_s": 60.0, "queue_s": 60.0}


def make_config(database: str, receipts: Path | None = None, **changes: Any) -> Config:
    """A server's settings: a small pool, and none of its bounds in time within reach."""
    settings: dict[str, Any] = {"secret": b"test", "lifetime": "test", "pool": 5}
    settings |= {"statement_timeout_s": 60.0, "limits": Limits(**PATIENT)}
    return Config(database=database, receipts=receipts, **{**settings, **changes})


@dataclass(frozen=True)
class Site:
    """A running server."""

    url: str
    app: web.Application
    store: Store


@contextlib.asynccontextmanager
async def running(
    config: Config, *, store_type: type[Store] = Store, app_factory: AppFactory = create_app
) -> AsyncIterator[Site]:
    """Serve until the block ends."""
    store = store_type(config)
    app = app_factory(config, store)
    listener = listen("127.0.0.1", 0)
    async with listening(app, listener):
        try:
            yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", app, store)
        except BaseException:
            # A server finishes what it accepted: behind a closed gate a red test would hang.
            if (gate := getattr(store, "gate", None)) is not None:
                gate.set()
            raise


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any


class Visitor:
    """One signed-in user."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def send(self, artworks: object, **more: object) -> Answer:
        """Post one batch."""
        return await self.post({"artworkIds": artworks, **more})

    async def post(
        self, body: object, *, path: str = BATCHES, headers: dict[str, str] | None = None
    ) -> Answer:
        """Post ``body``: bytes as they are, anything else as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if headers is None else headers
        async with self.session.post(self.url + path, data=data, headers=headers) as response:
            return await _answer(response)

    async def get(self, path: str, **more: Any) -> Answer:
        """Get ``path``."""
        async with self.session.get(self.url + path, **more) as response:
            return await _answer(response)


@contextlib.asynccontextmanager
async def visitor(url: str, user: str | None = "ann") -> AsyncIterator[Visitor]:
    """A visitor who is signed in, or a stranger."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(limit=0),
        skip_auto_headers=["Content-Type"],
    ) as session:
        somebody = Visitor(session, url)
        if user is not None:
            answer = await somebody.post({"userId": user}, path="/api/session")
            assert answer.status == 204
        yield somebody


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    raw = await response.read()
    is_json = response.content_type == "application/json"
    return Answer(response.status, json.loads(raw) if is_json else raw, response.headers)


async def samples(ann: Visitor) -> dict[str, float]:
    """Every sample of /metrics: its name and its labels' values, a bar between them."""
    text = (await ann.get("/metrics")).body.decode()
    return {
        sample.name + "".join(f"|{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def rows(database: str) -> list[tuple[str, str]]:
    """Every stored (user, artwork), sorted."""
    with psycopg.connect(database) as connection:
        query = "SELECT user_id, artwork_id FROM user_art_impressions ORDER BY 1, 2"
        return connection.execute(query).fetchall()


def read_receipts(path: Path, kind: str = "batch") -> list[dict[str, Any]]:
    """Every receipt of one kind, in order."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if line["kind"] == kind]


def balance(receipts: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The sums that the conservation law speaks of."""
    names = ("received", "inserted", "duplicate", "rejected")
    return {name: sum(receipt[name] for receipt in receipts) for name in names}
