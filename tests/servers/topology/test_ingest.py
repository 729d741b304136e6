"""One server process: it is ready when it answers, and one that ends at once says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.wait import wait_until
from harness.process.processes import Processes
from servers.topology.ingest import IngestServer, ServerCommand
from servers.topology.postgres import Postgres
from servers.topology.spawning import NotReady

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner


async def test_it_keeps_its_port_and_is_noted_while_it_runs(
    postgres: Postgres, processes: Processes, tmp_path: Path
) -> None:
    running: dict[str, int] = {}
    command = ServerCommand(
        module="servers.ingest",
        arguments=["--pool", "1"],
        env={"INGEST_DATABASE": postgres.dsn()},
        host="127.0.0.1",
    )
    server = IngestServer("ingest-1", command, processes, wait_until, tmp_path, running)
    assert server.pid == 0
    await server.start()
    url = server.url
    assert running == {"ingest-1": server.pid}
    assert server.stop() == 0
    assert (running, server.stop()) == ({}, None)
    await server.start()
    assert (server.url, server.address[1]) == (url, int(url.rpartition(":")[2]))
    server.stop()
    assert (tmp_path / "ingest-1.log").exists()


async def test_one_that_ends_at_once_says_why(processes: Processes, tmp_path: Path) -> None:
    command = ServerCommand(module="no_such_module", arguments=[], env={}, host="127.0.0.1")
    with pytest.raises(NotReady, match="no_such_module"):
        await IngestServer("ingest", command, processes, wait_until, tmp_path, {}).start()
