"""What cannot stand together is refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.wait import wait_until
from servers.topology.scaled.engines import DatabaseEngines
from servers.topology.scaled.options import TopologyOptions
from servers.topology.spawning import NotReady
from tests.servers.spawner import TestSpawner

pytestmark = pytest.mark.asyncio


def engines(options: TopologyOptions, spawner: TestSpawner, logs: Path) -> DatabaseEngines:
    return DatabaseEngines(options, spawner, wait_until, logs, {})


async def test_nothing_stands_around_a_postgresql_that_is_not_ours(tmp_path: Path) -> None:
    with TestSpawner() as spawner:
        for options in (
            TopologyOptions(pgbouncer=tmp_path),
            TopologyOptions(replication="synchronous"),
        ):
            with pytest.raises(NotReady, match="of our own"):
                await engines(options, spawner, tmp_path).start(None, "views")
        shards = TopologyOptions(shards=2)
        with pytest.raises(NotReady, match="of our own"):
            await engines(shards, spawner, tmp_path).start_shards(
                "postgresql://x", 5, lambda name, port: port
            )


async def test_one_database_has_nothing_around_it(tmp_path: Path) -> None:
    with TestSpawner() as spawner:
        one = engines(TopologyOptions(), spawner, tmp_path)
        assert await one.start(None, "views") is None
        assert (one.parts, one.server_arguments, one.server_env) == ({}, (), {})
        one.stop_shards()
