"""The server folds each second, whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
import logging

import psycopg
import pytest

from harness.core.wait import wait_until
from servers.ingest.storage.folding import Folding
from servers.ingest.storage.store import Share, Store
from tests.servers.ingest.site import make_config, running


class Folded:
    """Fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.folds = 0

    async def fold(self) -> int:
        self.folds += 1
        if self.folds <= self.failures:
            raise psycopg.OperationalError("the database is away")
        return 0


@pytest.mark.asyncio
async def test_it_folds_until_it_is_closed() -> None:
    store = Folded()
    folding = Folding(store, every_s=0.01)
    await wait_until("it has folded twice", lambda: store.folds >= 2, timeout_s=5)
    await folding.close()
    folds = store.folds
    await asyncio.sleep(0.05)  # noqa: TID251 - nothing happens: there is no fact to wait for
    assert store.folds == folds


@pytest.mark.asyncio
async def test_a_database_that_is_away_is_named_once_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Folded(failures=3)
    with caplog.at_level(logging.WARNING):
        folding = Folding(store, every_s=0.01)
        await wait_until("it has folded after all", lambda: store.folds >= 5, timeout_s=5)
        await folding.close()
    named = [record.message for record in caplog.records if "folded" in record.message]
    assert named == ["counts cannot be folded now: the database is away"]


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize("improvements", [("rollups",), ()])
async def test_the_server_folds_what_it_counts(
    database: str, improvements: tuple[str, ...]
) -> None:
    folds = 0

    class Watched(Store):
        async def fold(self) -> int:
            nonlocal folds
            found = await super().fold()
            folds += found
            return found

    config = make_config(database, improvements=improvements)
    async with running(config, store_type=Watched) as site:
        await site.store.write([Share("ann", ["artwork-0001"], 0.0)])
        if improvements:
            await wait_until("the delta is folded", lambda: folds == 1, timeout_s=10)
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT to_regclass('user_freshness_base')").fetchone()
        if not improvements:
            assert (found, folds) == ((None,), 0)
            return
        rows = connection.execute("SELECT * FROM user_freshness_base").fetchall()
    assert rows == [("ann", 1, 1)]
