"""PgBouncer lends a connection for one transaction, to the server's role alone."""

from __future__ import annotations

import stat
from pathlib import Path

import psycopg
import pytest

from harness.core.wait import wait_until
from harness.faults.process.pooler import PoolerPaused, PoolerReconnected
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_part
from harness.witnesses.topology.pooler import Pooler
from servers.topology.postgres import Postgres
from servers.topology.scaled.pgbouncer import PgBouncer
from servers.topology.spawning import NotReady

PGBOUNCER = find_part("pgbouncer")
pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


@pytest.mark.skipif(
    PGBOUNCER is None, reason="no PgBouncer; `harness setup --only pgbouncer` brings it"
)
async def test_transactions_share_connections_whose_time_is_bounded(
    postgres: Postgres, tmp_path: Path
) -> None:
    assert PGBOUNCER is not None
    running: dict[str, int] = {}
    with Processes() as processes:
        pooler = PgBouncer(PGBOUNCER, processes, wait_until, tmp_path, running)
        assert pooler.pid == 0
        pooler.configure(postgres)
        await pooler.start()
        assert running == {"pgbouncer": pooler.pid}
        dsn = pooler.dsn(postgres, "postgres")
        pids = set()
        for _ in range(3):
            with psycopg.connect(dsn, prepare_threshold=None) as connection:
                [row] = connection.execute("SELECT pg_backend_pid(), current_user").fetchall()
                pids.add(row)
                [bound] = connection.execute("SHOW statement_timeout").fetchall()
                assert bound == ("10s",)
        assert len(pids) == 1  # each transaction had the connection of the one before
        [state] = Pooler(pooler.console).look(pooler.pid)
        assert (state.connections, state.waiting) == (1, 0)
        assert state.transactions >= 3

        reconnected = PoolerReconnected(pooler.console)
        paused = PoolerPaused(pooler.console, postgres.dsn("postgres"))
        assert (await reconnected.evidence(), await paused.evidence()) == ("", "")
        await reconnected.inject()
        assert await reconnected.evidence() == "1 connections were replaced"
        await paused.inject()
        assert await paused.evidence() == "the pooler is paused"
        await paused.heal()
        await paused.heal()
        assert await paused.evidence() == ""

        assert pooler.stop() is not None
        assert (pooler.stop(), running) == (None, {})
        assert tagged_processes(processes.tag) == []


async def test_its_files_are_for_one_user_alone(postgres: Postgres, tmp_path: Path) -> None:
    with Processes() as processes:
        pooler = PgBouncer(tmp_path / "none", processes, wait_until, tmp_path, {})
        pooler.configure(postgres)
        files = list(pooler.scratch.iterdir())
        assert sorted(path.name for path in files) == ["console.pass", "pgbouncer.ini", "users"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        secret = postgres.password("impressions")
        assert [path.name for path in files if secret in path.read_text()] == ["users"]
        assert secret not in pooler.dsn(postgres, "x") + pooler.console


async def test_one_that_ends_at_once_says_why(postgres: Postgres, tmp_path: Path) -> None:
    fake = tmp_path / "pgbouncer"
    fake.write_text("#!/bin/sh\necho cannot bind >&2\nexit 1\n")
    fake.chmod(0o755)
    with Processes() as processes:
        pooler = PgBouncer(fake, processes, wait_until, tmp_path / "logs", {})
        pooler.configure(postgres)
        with pytest.raises(NotReady, match="cannot bind"):
            await pooler.start()
