"""The server's pipeline without a network or a database: requests in, what became of them out.

A script of requests that reaches every switch is played against the real combiner, and what a
client, the receipts and the table would show is noted in order.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import psycopg
import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from servers.ingest.board import Board
from servers.ingest.combiner import Combiner
from servers.ingest.config import Limits
from servers.ingest.http.impressions import Impressions, Outcome
from servers.ingest.http.origins import Origins
from servers.ingest.http.session import COOKIE, Signer
from servers.ingest.logs import RequestLog
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import Receipts
from servers.ingest.storage.store import Share, Store, Written, apportion

Log = list[tuple[Any, ...]]

WILD = [
    *("Artwork-1", "artwork-1", " a ", "a  b", "cafe\u0301", "\U0001f5bc-1", "007", "1e5"),
    *("\ufb01", "\u0130I", "\u0661", "9007199254740993", "<b>x</b>", "a-b!", "null", "undefined"),
    *("abcdef0000004000800000000000000f", "\u2019", "\U0001f44d\U0001f3fd", "a\u200f", "a\ufffd"),
    *("x/y/z", "it's \\ odd", '{"a":1}', "a&amp;b", "x%2Fy", "zero\u200bwidth", "a,b"),
    *("i" * length + end for length in (64, 255, 500) for end in ("a", "b")),
]
USERS = ["ann", "bob", "Ann", " ann", "u" * 64 + "1", "u" * 64 + "2"]
SAME_KEYS = [("ann", "x9"), ("annx", "9"), ("ann", "plumless"), ("ann", "buckeroo")]
"""Impressions whose keys are the same where they are made in a careless way."""
MANY = 130
WAIT = "ingest_queue_wait_seconds"
_NOW_S = int(time.time())
_FAILS_AT = 7


class Table:
    """A table in memory with the unique index of the real one; its seventh write breaks off."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.calls = 0
        self.rows: dict[tuple[str, str], float] = {}

    def write(self) -> Any:
        """Return what takes the place of ``Store.write``."""

        async def write(store: Store, shares: Sequence[Share]) -> list[Written]:
            await asyncio.sleep(0)  # noqa: TID251 - lets the loop run, as a round trip would
            self.calls += 1
            if self.calls == _FAILS_AT:
                raise psycopg.OperationalError("the connection is gone")
            new: dict[str, list[str]] = {}
            for share in shares:
                for artwork in share.artworks:
                    if (share.user, artwork) not in self.rows:
                        self.rows[share.user, artwork] = share.seen_at_s
                        new.setdefault(share.user, []).append(artwork)
            stored = [f"{user}/{one}" for user, some in new.items() for one in sorted(some)]
            self.log.append(("stored", tuple(stored)))
            return apportion(shares, new)

        return write


class Line:
    """The pipeline from a request's body to its answer, and a client who waits for each."""

    def __init__(self, log: Log, receipts: Receipts) -> None:
        limits, board = Limits(), Board()
        self.log = log
        metrics, row = Metrics(board, writers=1), board.row(0)
        self.metrics = metrics
        self.origins = Origins(frozenset())
        self.combiner = Combiner(Store.__new__(Store), receipts, metrics, limits, row, writers=1)
        self.impressions = Impressions(
            limits=limits,
            signer=Signer(b"secret"),
            origins=self.origins,
            combiner=self.combiner,
            receipts=receipts,
            metrics=metrics,
            log=RequestLog("0"),
            row=row,
        )
        self.answers = 0
        self.news = asyncio.Event()
        self.expected = 0

    def send(self, user: str, artworks: Sequence[str], number: int, **more: Any) -> None:
        """Send a batch; its answer is noted."""
        name = f"{more.get('tabId', 't')}-{number}"
        batch = {"artworkIds": artworks, "batchId": name, "tabId": "t", "seq": number}
        batch |= {"attempt": 1, "transport": "fetch", **more}

        def answered(outcome: Outcome) -> None:
            self.answers += 1
            self.news.set()
            refusal = outcome.refusal
            status = refusal.status if refusal else 200
            self.log.append(("answered", user, name, status, b"" if refusal else outcome.body()))

        if self.impressions.take(user, json.dumps(batch).encode(), answered):
            self.expected += 1
        else:
            self.log.append(("refused", user, name))

    async def send_unsigned(self, subject: str, *, cookie: str = "") -> None:
        """Send a batch without a session, or with this one, as a request of its own; its status is
        noted."""
        batch = {"artworkIds": ["unsigned"], "batchId": "u", "tabId": "t", "seq": 1}
        batch |= {"attempt": 1, "transport": "fetch", "subject": subject}
        content = StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
        content.feed_data(json.dumps(batch).encode())
        content.feed_eof()
        headers = {"Content-Type": "application/json"} | ({"Cookie": cookie} if cookie else {})
        request = make_mocked_request("POST", "/", headers=headers, payload=content)
        answer = await self.impressions.post(request)
        self.log.append(("answered", subject, "u", answer.status, b""))

    def ask_permission(self) -> None:
        """Ask for a page of another origin whether it may send; the headers are noted."""
        request = make_mocked_request("OPTIONS", "/", headers={"Origin": "https://other.example"})
        self.log.append(("permitted", *sorted(self.origins.preflight(request).headers)))

    def count_waits(self) -> None:
        """Note whether the queue's wait was measured."""
        [waits] = [one for one in self.metrics.queue_wait.collect() if one.name == WAIT]
        total = next(one.value for one in waits.samples if one.name == f"{WAIT}_sum")
        self.log.append(("waited", total > 0))

    async def rest(self) -> None:
        """Wait until every request is answered."""
        async with asyncio.timeout(10):
            while self.answers < self.expected:
                self.news.clear()
                await self.news.wait()


async def play(directory: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> Log:
    """Play the script with what is installed in the places of ``module``'s defect."""
    log: Log = []
    path = directory / "receipts.ndjson"
    path.unlink(missing_ok=True)
    _hurried(module, log, monkeypatch)
    receipts = Receipts(path, "life")
    line = Line(log, receipts)
    for number, artwork in enumerate(WILD):
        line.send(USERS[number % len(USERS)], [artwork], number)
        await line.rest()
    for number in range(MANY):
        line.send("ann", [f"a-{number}-{one}" for one in range(1 + number % 9)], 100 + number)
        await line.rest()
    for attempt, transport in ((2, "fetch"), (1, "beacon")):
        line.send("ann", ["again", "a-1-0"], 300 + attempt, attempt=attempt, transport=transport)
        await line.rest()
    line.send("ann", ["a-1-0", "after a known one"], 310)
    await line.rest()
    for number, ids in ((311, ["of", "two"]), (312, ["of three", "and", "more"])):
        line.send("ann", ids, number)  # both are written together
    await line.rest()
    line.send("ann", ["other"], 100, tabId="another-tab")
    line.send("bob", ["theirs"], 101, tabId="another-tab")
    line.send("bob", ["of ann"], 400, subject="ann")
    await line.send_unsigned("ann")
    await line.send_unsigned(
        "ann", cookie=f"{COOKIE}={Signer(b'another').sign('ann', at_s=_NOW_S)}"
    )
    line.send("ann", ["caf\u00e9"], 410, transport="beacon")
    for number, (user, artwork) in enumerate(SAME_KEYS):
        line.send(user, [artwork], 420 + number)
        await line.rest()
    for user in USERS:
        line.send(user, ["at once"], 500)
    await line.rest()
    line.ask_permission()
    line.count_waits()
    await rounds_of_the_loop()  # What a defect does afterwards, on its own, takes no time here.
    await line.combiner.close()
    receipts.close()
    for raw in path.read_text().splitlines():
        receipt = json.loads(raw)
        log.append(("receipt", *(v for k, v in receipt.items() if not k.endswith("_ns"))))
    return log


async def rounds_of_the_loop(count: int = 50) -> None:
    """Let whatever can run without waiting for time run: none of it is more steps than that."""
    for _ in range(count):
        await asyncio.sleep(0)  # noqa: TID251 - lets the loop run, waits for nothing


def _hurried(module: ModuleType, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a defect's pauses take no time; that there was one is noted."""

    async def pause(seconds: float) -> None:
        log.append(("paused", seconds))
        await rounds_of_the_loop()

    if hasattr(module, "pause"):
        monkeypatch.setattr(module, "pause", pause)
    if hasattr(module, "LATER_S"):
        monkeypatch.setattr(module, "LATER_S", 0.0)
    if hasattr(module, "threading"):
        event = SimpleNamespace(wait=lambda seconds: log.append(("blocked", seconds)))
        monkeypatch.setattr(module, "threading", SimpleNamespace(Event=lambda: event))
