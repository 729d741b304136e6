"""What a user was answered about freshness, kept for some seconds: in this process or in Redis.

Nothing is taken out when the user's impressions are stored: until its time is over an answer says
what was true before. That is the price, and an experiment measures it. Without a cache, which is
the default, every question goes to the database. A Redis that does not answer in ``PATIENCE_S``
counts as having nothing: freshness then costs what it costs without a cache.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from prometheus_client import Counter

from servers.ingest.config import Config
from servers.ingest.freshness.resp import RespConnection, RespError, connect

Json = dict[str, Any]
KINDS = ("none", "memory", "redis")
TTL_S_MAX = 86_400.0
PATIENCE_S = 0.25
RETRY_S = 1.0
"""A Redis that was away is tried again after this."""
ENTRIES_MAX = 50_000
"""What one process keeps in memory; the oldest answers go first."""
_log = logging.getLogger(__name__)


class Cache(Protocol):
    """Keeps answers for some seconds."""

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under a key, or None; raise OSError or RespError."""

    async def put(self, key: str, value: bytes) -> None:
        """Keep a value; raise OSError or RespError."""

    async def close(self) -> None:
        """Close what is open."""


class MemoryCache:
    """KeptAnswers in this process; another process of the same server has its own."""

    def __init__(self, ttl_s: float, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._clock_s = clock_s
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under a key and not too old, or None."""
        until_s, value = self._kept.get(key, (0.0, None))
        return value if self._clock_s() < until_s else None

    async def put(self, key: str, value: bytes) -> None:
        """Keep a value; the oldest one goes when there are too many."""
        self._kept.pop(key, None)
        self._kept[key] = (self._clock_s() + self._ttl_s, value)
        while len(self._kept) > ENTRIES_MAX:
            self._kept.popitem(last=False)

    async def close(self) -> None:
        """Forget everything."""
        self._kept.clear()


class RedisCache:
    """KeptAnswers in a Redis that all processes of the server share; it lets them expire."""

    def __init__(self, address: str, ttl_s: float) -> None:
        """``address`` is ``HOST:PORT``."""
        host, _, port = address.rpartition(":")
        self._host, self._port = host, int(port)
        self._ttl_ms = str(max(1, round(1000 * ttl_s))).encode()
        self._connection: RespConnection | None = None
        self._connecting = asyncio.Lock()
        self._away_until_s = 0.0

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under a key, or None."""
        reply = await self._ask(b"GET", key.encode())
        if isinstance(reply, int):
            raise RespError("GET was answered by a number")
        return reply

    async def put(self, key: str, value: bytes) -> None:
        """Keep a value until its time is over."""
        await self._ask(b"SET", key.encode(), value, b"PX", self._ttl_ms)

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _ask(self, *words: bytes) -> bytes | int | None:
        if time.monotonic() < self._away_until_s:
            raise ConnectionError("Redis was away a moment ago")
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await (await self._connected()).ask(*words)
        except OSError:  # a timeout is one, too
            self._away_until_s = time.monotonic() + RETRY_S
            await self.close()  # what was asked may be answered later: to somebody else
            raise

    async def _connected(self) -> RespConnection:
        async with self._connecting:
            if self._connection is None or not self._connection.is_open:
                self._connection = await connect(self._host, self._port)
            return self._connection


class KeptAnswers:
    """KeptAnswers questions about freshness, from the cache where it has one. ``counter`` has one
    label, the result: hit, miss, error."""

    def __init__(self, cache: Cache | None, counter: Counter) -> None:
        self._cache = cache
        self._counter = counter

    async def get(self, key: str, ask: Callable[[], Awaitable[Json]]) -> Json:
        """Return the answer that is kept under a key, else what ``ask`` returns, which is kept."""
        if self._cache is None:
            return await ask()
        try:
            kept = await self._cache.get(key)
        except (OSError, RespError) as error:
            self._failed(error)
            return await ask()
        if kept is not None:
            self._counter.labels("hit").inc()
            answer: Json = msgspec.json.decode(kept)
            return answer
        self._counter.labels("miss").inc()
        answer = await ask()
        try:
            await self._cache.put(key, msgspec.json.encode(answer))
        except (OSError, RespError) as error:
            self._failed(error)
        return answer

    async def close(self) -> None:
        """Close the cache."""
        if self._cache is not None:
            await self._cache.close()

    def _failed(self, error: Exception) -> None:
        self._counter.labels("error").inc()
        _log.warning("the cache of freshness: %s", error or type(error).__name__)


def cache_of(config: Config) -> Cache | None:
    """Return the cache that a configuration names; None for none."""
    if config.freshness_cache == "memory":
        return MemoryCache(config.freshness_ttl_s)
    if config.freshness_cache == "redis":
        return RedisCache(config.redis, config.freshness_ttl_s)
    return None
