"""While writes wait, a statement that inserts waits and one that selects does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.faults.process.locks import WritesWait
from harness.process.processes import Processes
from harness.target.target import Table
from servers.topology.postgres import Postgres

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

SEEN = Table(name="seen_art")


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[psycopg.AsyncConnection]:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        async with await psycopg.AsyncConnection.connect(
            postgres.dsn(), autocommit=True
        ) as connection:
            await connection.execute("CREATE TABLE seen_art (who text)")
            yield connection
        postgres.stop()


async def test_an_insert_waits_until_it_is_healed(database: psycopg.AsyncConnection) -> None:
    lock = WritesWait(database.info.dsn, SEEN)
    assert await lock.waiting() == 0
    await lock.inject()
    assert await lock.evidence() == ""
    async with await psycopg.AsyncConnection.connect(database.info.dsn) as reader:
        await reader.execute("SELECT count(*) FROM seen_art")
    insert = asyncio.create_task(database.execute("INSERT INTO seen_art VALUES ('ann')"))
    await wait_until("the insert waits", lock.waiting, timeout_s=60)
    assert not insert.done()
    assert await lock.evidence() == "1 statements waited"
    await lock.heal()
    await insert
    assert await lock.waiting() == 0
    assert await lock.evidence() == "1 statements waited"


async def test_a_table_that_is_not_there_is_one_line(database: psycopg.AsyncConnection) -> None:
    lock = WritesWait(database.info.dsn, Table(name="nothing"))
    with pytest.raises(HarnessError, match=r"cannot be locked: .*nothing"):
        await lock.inject()
    assert await lock.waiting() == 0
