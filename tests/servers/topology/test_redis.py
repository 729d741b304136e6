"""A Redis of its own: on loopback alone, nothing on disk, gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_part
from servers.ingest.freshness.resp import connect
from servers.topology.redis import RedisServer
from servers.topology.spawning import NotReady

REDIS = find_part("redis")
pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


@pytest.mark.skipif(REDIS is None, reason="no Redis; `harness setup --only redis` brings it")
async def test_it_keeps_what_it_is_given_until_it_is_stopped(tmp_path: Path) -> None:
    assert REDIS is not None
    with Processes() as processes:
        redis = RedisServer(REDIS, processes, wait_until, tmp_path)
        with pytest.raises(NotReady, match="not started"):
            redis.pid  # noqa: B018 - reading it is the question
        await redis.start()
        host, port = redis.address.split(":")
        connection = await connect(host, int(port))
        assert await connection.ask(b"SET", b"a", b"1") == b"OK"
        assert await connection.ask(b"GET", b"a") == b"1"
        await connection.close()
        redis.stop()
        redis.stop()
        assert tagged_processes(processes.tag) == []
    assert [path.name for path in tmp_path.iterdir()] == ["redis.log"]


async def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    fake = tmp_path / "redis-server"
    fake.write_text("#!/bin/sh\necho out of memory >&2\nexit 3\n")
    fake.chmod(0o755)
    with Processes() as processes, pytest.raises(NotReady, match="out of memory"):
        await RedisServer(fake, processes, wait_until, tmp_path / "logs").start()
