"""One PostgreSQL for the tests of what experiments ask of a database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.wait import wait_until
from harness.process.processes import Processes
from servers.topology.postgres import Postgres


@pytest.fixture(scope="package")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, Path(tmp_path_factory.mktemp("postgres")))
        asyncio.run(postgres.start())
        yield postgres.dsn()
