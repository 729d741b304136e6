"""The stack: everything up or nothing, ports kept over restarts, an own database each."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import psycopg
import pytest

from harness.core.phases import Phases
from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_toxiproxy
from harness.target.reference.dialect import ReferenceDialect
from harness.target.sign_in import sign_in
from servers.topology.fresh import owner_mark
from servers.topology.postgres import Postgres
from servers.topology.single import KEPT_CLUSTER, Stack, StackOptions
from servers.topology.spawning import NotReady

pytestmark = pytest.mark.stack


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner


async def send(url: str, cookies: dict[str, str], *artworks: str) -> dict[str, int]:
    async with aiohttp.ClientSession(cookies=cookies) as session:
        path = f"{url}/api/artworks/batch-impressions"
        async with session.post(path, json={"artworkIds": list(artworks)}) as answer:
            assert answer.status == 200, await answer.text()
            content: dict[str, int] = await answer.json()
            return content


@pytest.mark.asyncio
async def test_an_impression_goes_through_the_front_into_the_table_and_no_cluster_stays(
    processes: Processes, tmp_path: Path
) -> None:
    options, phases = StackOptions(toxiproxy=find_toxiproxy()), Phases()
    async with Stack(options, processes, wait_until, tmp_path, phase=phases.during) as stack:
        cookies = (await sign_in(ReferenceDialect(), stack.direct_url, "ann")).cookies
        url = stack.front_url or stack.direct_url
        assert await send(url, cookies, "a", "b") == {"received": 2, "inserted": 2, "duplicate": 0}
        with psycopg.connect(stack.dsn) as connection:
            rows = connection.execute("SELECT user_id, artwork_id FROM user_art_impressions")
            assert sorted(rows) == [("ann", "a"), ("ann", "b")]
            [(durable,)] = connection.execute("SHOW fsync")
            assert durable == "on"
            roles = connection.execute("SELECT usename, usesuper FROM pg_user ORDER BY 1")
            assert sorted(roles) == [("impressions", False), ("postgres", True)]
        # It is the server's own: it makes its schema there, and may well turn durability off.
        with psycopg.connect(stack._server_dsn, autocommit=True) as server:
            server.execute("ALTER SYSTEM SET fsync = off")
            server.execute("SELECT pg_reload_conf()")
        with psycopg.connect(stack.dsn) as connection:
            [(cluster,)] = connection.execute("SHOW data_directory")
            assert Path(cluster).exists()
    assert tagged_processes(processes.tag) == []
    starts = ["database start", "server start", "proxy start"]
    stops = ["proxy stop", "server stop", "database stop"]
    assert [span.name for span in phases.spans] == [*starts, *stops]
    # A long suite starts hundreds of clusters, each of some 50 MB, before the harness ends.
    assert not Path(cluster).exists()


@pytest.mark.asyncio
async def test_a_restarted_server_keeps_its_port_its_sessions_and_its_rows(
    processes: Processes, tmp_path: Path
) -> None:
    async with Stack(StackOptions(), processes, wait_until, tmp_path) as stack:
        before = stack.direct_url
        cookies = (await sign_in(ReferenceDialect(), before, "ann")).cookies
        await send(before, cookies, "a")
        assert stack.stop_server(how=signal.SIGKILL) == -signal.SIGKILL
        await stack.start_server()
        assert stack.direct_url == before
        assert (await send(before, cookies, "a"))["duplicate"] == 1


@pytest.mark.asyncio
async def test_a_foreign_postgres_gets_a_fresh_database_and_loses_it_again(
    processes: Processes, tmp_path: Path
) -> None:
    postgres = Postgres(processes, wait_until, tmp_path)
    await postgres.start()

    def databases() -> set[str]:
        with psycopg.connect(postgres.dsn()) as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

    before = databases()
    options = StackOptions(database_url=postgres.dsn())
    async with Stack(options, processes, wait_until, tmp_path / "run"):
        assert len(databases() - before) == 1
    assert databases() == before
    kept = StackOptions(database_url=postgres.dsn(), keep=True)
    async with Stack(kept, processes, wait_until, tmp_path / "kept"):
        pass
    assert len(databases() - before) == 1
    postgres.stop()


@pytest.mark.asyncio
async def test_a_database_that_a_killed_harness_left_is_dropped_by_the_next(
    processes: Processes, tmp_path: Path
) -> None:
    postgres = Postgres(processes, wait_until, tmp_path)
    await postgres.start()
    options = StackOptions(database_url=postgres.dsn())
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:

        def databases() -> set[str]:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

        async with Stack(options, processes, wait_until, tmp_path / "one"):
            mark = owner_mark("999999-1")
            connection.execute("CREATE DATABASE impressions_left")
            connection.execute(f"COMMENT ON DATABASE impressions_left IS '{mark}'".encode())
            connection.execute("CREATE DATABASE impressions_theirs")
            before = databases()
            async with Stack(options, processes, wait_until, tmp_path / "two"):
                assert before - databases() == {"impressions_left"}
    postgres.stop()


@pytest.mark.asyncio
async def test_a_kept_cluster_can_be_read_afterwards(processes: Processes, tmp_path: Path) -> None:
    async with Stack(StackOptions(keep=True), processes, wait_until, tmp_path):
        pass
    assert (tmp_path / KEPT_CLUSTER / "PG_VERSION").read_text().startswith("18")
    # A copy of a cluster that was stopped in the middle would have to be recovered first.
    log = (tmp_path / "logs" / "postgres.log").read_text()
    assert "received fast shutdown request" in log
    assert "database system is shut down" in log


@pytest.mark.asyncio
async def test_two_clusters_share_no_table_no_role_and_no_password(
    processes: Processes, tmp_path: Path
) -> None:
    one = Postgres(processes, wait_until, tmp_path / "one")
    await one.start()
    with psycopg.connect(one.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE seen ()")
        connection.execute("CREATE ROLE ann")
    other = Postgres(processes, wait_until, tmp_path / "other")
    await other.start()
    with psycopg.connect(other.dsn(), autocommit=True) as connection:
        [(table, roles)] = connection.execute(
            "SELECT to_regclass('seen'), (SELECT count(*) FROM pg_roles WHERE rolname = 'ann')"
        )
    assert (table, roles) == (None, 0)
    assert one.port != other.port
    assert one._pass_files["postgres"].read_text() != other._pass_files["postgres"].read_text()
    for cluster in (one, other):
        cluster.stop()
        cluster.discard()


@pytest.mark.asyncio
async def test_a_server_that_does_not_come_up_takes_the_rest_down(
    processes: Processes, tmp_path: Path
) -> None:
    options = StackOptions(server_module="no.such.module")
    with pytest.raises(NotReady, match="No module named"):
        await Stack(options, processes, wait_until, tmp_path).__aenter__()
    assert tagged_processes(processes.tag) == []


@pytest.mark.asyncio
async def test_an_unreachable_database_is_reported_in_one_line(
    processes: Processes, tmp_path: Path
) -> None:
    options = StackOptions(database_url="postgresql://127.0.0.1:1/x")
    with pytest.raises(NotReady, match="cannot use the database") as caught:
        await Stack(options, processes, wait_until, tmp_path).__aenter__()
    assert "\n" not in str(caught.value)
