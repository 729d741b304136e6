"""KeptAnswers that are kept: for their time and no longer, and never at the price of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter

from harness.core.wait import wait_until
from harness.process.ports import free_port
from harness.process.processes import Processes
from harness.setup import find_part
from servers.ingest.__main__ import main
from servers.ingest.freshness import cache
from servers.ingest.freshness.cache import KeptAnswers, MemoryCache, RedisCache, cache_of
from servers.topology.redis import RedisServer
from tests.servers.ingest.site import make_config

REDIS = find_part("redis")
pytestmark = pytest.mark.asyncio


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Database:
    """What is asked behind the cache; each answer is another one."""

    asked = 0

    async def __call__(self) -> dict[str, Any]:
        self.asked += 1
        return {"viewed": self.asked}


def counter() -> Counter:
    return Counter("cache", "", ["result"], registry=CollectorRegistry())


def counted(one: Counter) -> dict[str, float]:
    [metric] = one.collect()
    return {s.labels["result"]: s.value for s in metric.samples if s.name == "cache_total"}


@asynccontextmanager
async def redis_like(answers: dict[bytes, bytes]) -> AsyncIterator[str]:
    """A server that answers a command by its first word; silence where it knows no answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.strip() in answers:
                writer.write(answers[line.strip()])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()


async def test_without_a_cache_everything_is_asked() -> None:
    database, results = Database(), counter()
    answers = KeptAnswers(None, results)
    assert [await answers.get("k", database) for _ in range(2)] == [{"viewed": 1}, {"viewed": 2}]
    assert counted(results) == {}
    await answers.close()


async def test_an_answer_is_kept_for_its_time_and_its_user() -> None:
    clock, database, results = Clock(), Database(), counter()
    answers = KeptAnswers(MemoryCache(5.0, clock), results)
    assert await answers.get("ann", database) == {"viewed": 1}
    clock.now_s += 4.999
    assert await answers.get("ann", database) == {"viewed": 1}
    assert await answers.get("bob", database) == {"viewed": 2}
    clock.now_s += 0.001
    assert await answers.get("ann", database) == {"viewed": 3}
    assert counted(results) == {"hit": 1, "miss": 3}


async def test_memory_has_an_end_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "ENTRIES_MAX", 2)
    kept = MemoryCache(5.0, Clock())
    for key in ("a", "b", "a", "c"):
        await kept.put(key, key.encode())
    assert [await kept.get(key) for key in "abc"] == [b"a", None, b"c"]


async def test_a_redis_that_is_away_costs_nothing_but_the_cache() -> None:
    port = free_port()
    database, results = Database(), counter()
    answers = KeptAnswers(RedisCache(f"127.0.0.1:{port}", 5.0), results)
    assert [await answers.get("k", database) for _ in range(3)] == [
        {"viewed": n} for n in (1, 2, 3)
    ]
    assert counted(results) == {"error": 3}
    await answers.close()


async def test_a_redis_that_is_silent_is_waited_for_a_moment_and_then_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "PATIENCE_S", 0.05)
    database, results = Database(), counter()
    async with redis_like({}) as address:
        answers = KeptAnswers(RedisCache(address, 5.0), results)
        for _ in range(3):
            await answers.get("k", database)
        await answers.close()
    assert (database.asked, counted(results)) == (3, {"error": 3})


async def test_a_redis_that_refuses_to_write_is_read_all_the_same() -> None:
    database, results = Database(), counter()
    async with redis_like({b"GET": b"$-1\r\n", b"SET": b"-OOM no memory\r\n"}) as address:
        answers = KeptAnswers(RedisCache(address, 5.0), results)
        assert [await answers.get("k", database) for _ in range(2)] == [
            {"viewed": 1},
            {"viewed": 2},
        ]
        await answers.close()
    assert counted(results) == {"miss": 2, "error": 2}


async def test_a_configuration_names_its_cache() -> None:
    assert cache_of(make_config("")) is None
    assert isinstance(cache_of(make_config("", freshness_cache="memory")), MemoryCache)
    redis = make_config("", freshness_cache="redis", redis="127.0.0.1:9")
    assert isinstance(cache_of(redis), RedisCache)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--freshness-cache", "redis"], "belong together"),
        (["--redis", "127.0.0.1:6379"], "belong together"),
        (["--freshness-cache", "redis", "--redis", "6379"], "not HOST:PORT: '6379'"),
        (["--freshness-cache", "redis", "--redis", "here:0"], "not HOST:PORT: 'here:0'"),
        (["--freshness-cache", "memcached"], "invalid choice: 'memcached'"),
        (["--freshness-ttl", "soon"], "no number above 0, at most 86400: 'soon'"),
        (["--freshness-ttl", "nan"], "no number above 0"),
        (["--freshness-ttl", "0"], "no number above 0"),
    ],
)
async def test_options_that_cannot_be_are_one_line(
    options: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--database", "dbname=none", *options])
    assert ended.value.code == 2
    assert line in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.stack
@pytest.mark.skipif(REDIS is None, reason="no Redis; `harness setup --only redis` brings it")
async def test_a_real_redis_keeps_an_answer_for_its_time_and_is_shared(tmp_path: Path) -> None:
    assert REDIS is not None
    with Processes() as processes:
        redis = RedisServer(REDIS, processes, wait_until, tmp_path)
        await redis.start()
        database, results = Database(), counter()
        one, other = (KeptAnswers(RedisCache(redis.address, 0.3), results) for _ in range(2))
        assert await one.get("ä\r\n$", database) == {"viewed": 1}
        assert await other.get("ä\r\n$", database) == {"viewed": 1}

        async def is_over() -> bool:
            return await one.get("ä\r\n$", database) == {"viewed": 2}

        await wait_until("the answer's time is over", is_over, timeout_s=30)
        assert "error" not in counted(results)
        redis.stop()
        assert await one.get("ä\r\n$", database) == {"viewed": 3}
        await one.close()
        await other.close()
