"""One PostgreSQL for each test process, one empty database for each test that asks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from harness.core.wait import wait_until
from servers.topology.postgres import Postgres
from tests.servers.spawner import TestSpawner


@pytest.fixture(scope="session")
def spawner() -> Iterator[TestSpawner]:
    with TestSpawner() as spawner:
        yield spawner


@pytest.fixture(scope="session")
def postgres(spawner: TestSpawner, tmp_path_factory: pytest.TempPathFactory) -> Postgres:
    postgres = Postgres(spawner, wait_until, tmp_path_factory.mktemp("postgres"))
    asyncio.run(postgres.start())
    return postgres


@pytest.fixture
def database(postgres: Postgres) -> str:
    """The connection string of an empty schema of this test's own; it goes with the cluster."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.dsn()) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return make_conninfo(postgres.dsn(), options=f"-csearch_path={name}")


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    return tmp_path / "receipts.ndjson"
