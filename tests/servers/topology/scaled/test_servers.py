"""Several servers are one to everybody else, through kills and restarts; one is as it ever was."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import psycopg
import pytest

from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_part
from harness.target.reference.dialect import ReferenceDialect
from harness.target.sign_in import sign_in
from servers.topology.ingest import ServerCommand
from servers.topology.scaled.options import ONE_SERVER, TopologyOptions
from servers.topology.scaled.servers import Servers
from servers.topology.single import Stack, StackOptions
from tests.servers.spawner import TestSpawner

HAPROXY, PGBOUNCER = find_part("haproxy"), find_part("pgbouncer")
COMMAND = ServerCommand(module="servers.ingest", arguments=[], env={}, host="127.0.0.1", port=4242)
pytestmark = pytest.mark.stack


def test_one_server_is_itself(spawner: TestSpawner, tmp_path: Path) -> None:
    servers = Servers(COMMAND, ONE_SERVER, spawner, wait_until, tmp_path, {})
    assert servers.balancer is None
    assert servers.url == "http://127.0.0.1:4242"
    assert servers.urls == (servers.url,)
    assert [(name, part.servers) for name, part in servers.parts.items()] == [("server", 1)]


def test_several_need_a_balancer(spawner: TestSpawner, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="balancer"):
        Servers(COMMAND, TopologyOptions(servers=2), spawner, wait_until, tmp_path, {})


@pytest.mark.asyncio
@pytest.mark.skipif(
    HAPROXY is None or PGBOUNCER is None,
    reason="`harness setup --only haproxy --only pgbouncer` brings what is missing",
)
async def test_what_one_server_begins_another_goes_on_with(tmp_path: Path) -> None:
    topology = TopologyOptions(servers=2, haproxy=HAPROXY, pgbouncer=PGBOUNCER)
    with Processes() as processes:
        async with Stack(StackOptions(topology=topology), processes, wait_until, tmp_path) as stack:
            assert set(stack.parts) == {
                *("server", "server-1", "server-2"),
                *("balancer", "pooler", "database"),
            }
            assert stack.parts["server"].servers == 2
            assert set(stack.processes) == {
                *("ingest-1", "ingest-2", "haproxy"),
                *("pgbouncer", "postgres"),
            }
            cookies = (await sign_in(ReferenceDialect(), stack.direct_url, "ann")).cookies
            async with aiohttp.ClientSession(cookies=cookies) as session:

                async def store(artwork: str) -> int:
                    path = f"{stack.direct_url}/api/artworks/batch-impressions"
                    async with session.post(path, json={"artworkIds": [artwork]}) as answer:
                        assert answer.status == 200, await answer.text()
                        return int((await answer.json())["inserted"])

                # More often than a statement is prepared after, on both.
                assert [await store(f"a{n}") for n in range(14)] == [1] * 14
                for name in ("server-1", "server-2"):
                    await stack.parts[name].stop(killed=False)
                    assert await store(name) == 1
                    await stack.parts[name].start()
                await stack.parts["server-1"].stop(killed=True)
                assert await store("alone") == 1
                assert await store("alone") == 0
                await stack.parts["server-1"].start()
                before = stack.direct_url
                for name in ("balancer", "pooler", "server"):
                    await stack.parts[name].stop(killed=True)
                    await stack.parts[name].start()
                assert stack.direct_url == before

                async def stores_again() -> bool:
                    path = f"{stack.direct_url}/api/artworks/batch-impressions"
                    async with session.post(path, json={"artworkIds": ["again"]}) as answer:
                        return answer.status == 200

                await wait_until("a batch is stored again", stores_again, timeout_s=30)
            with psycopg.connect(stack.dsn) as connection:
                [(rows,)] = connection.execute("SELECT count(*) FROM user_art_impressions")
            assert rows == 14 + 2 + 1 + 1
        assert tagged_processes(processes.tag) == []
