"""The server folds each second, and folding changes no count, whatever is done meanwhile."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from random import Random  # noqa: TID251 - the type alone

import aiohttp
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from harness.core.clock import pause, seeded_random
from harness.core.wait import wait_until
from servers.ingest.storage.folding import TIDIED_AFTER, FreshnessFolding
from servers.ingest.storage.rollups import FOLDED_AT_ONCE
from servers.ingest.storage.store import Share, Store
from tests.servers.ingest.site import make_config, running
from tests.servers.ingest.storage.counts import agree, artwork, deltas, fold, open_once, see, users


class Folded:
    """Fails a number of times, then folds ``waiting`` deltas."""

    def __init__(self, failures: int = 0, waiting: int = 0) -> None:
        self.failures = failures
        self.waiting = waiting
        self.folds = 0
        self.tidied = 0

    async def tidy(self) -> None:
        self.tidied += 1

    async def fold(self) -> int:
        self.folds += 1
        if self.folds <= self.failures:
            raise psycopg.OperationalError("the database is away")
        folded = min(self.waiting, FOLDED_AT_ONCE)
        self.waiting -= folded
        return folded


@pytest.mark.asyncio
async def test_it_folds_until_it_is_closed() -> None:
    store = Folded()
    folding = FreshnessFolding(store, every_s=0.01)
    await wait_until("it has folded twice", lambda: store.folds >= 2, timeout_s=5)
    await folding.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}, "none is left that could fold"


@pytest.mark.asyncio
async def test_what_is_too_much_for_one_statement_is_folded_without_a_pause() -> None:
    store = Folded(waiting=3 * FOLDED_AT_ONCE + 1)
    folding = FreshnessFolding(store, every_s=0.5)
    await wait_until("all is folded", lambda: store.waiting == 0, timeout_s=5, interval_s=0.01)
    assert store.folds == 4
    await folding.close()


@pytest.mark.asyncio
async def test_a_database_that_is_away_is_named_once_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Folded(failures=3)
    with caplog.at_level(logging.WARNING):
        folding = FreshnessFolding(store, every_s=0.01)
        await wait_until("it has folded after all", lambda: store.folds >= 5, timeout_s=5)
        await folding.close()
    named = [record.message for record in caplog.records if "folded" in record.message]
    assert named == ["counts cannot be folded now: the database is away"]


@pytest.mark.asyncio
async def test_who_reads_the_figures_folds_first_and_the_next_fold_is_that_much_later() -> None:
    store = Folded(waiting=3)
    folding = FreshnessFolding(store, every_s=0.5)
    began_s = time.monotonic()
    while time.monotonic() - began_s < 1.0:
        await folding.before_reading()
        await pause(0.05)
    reads = store.folds
    assert store.waiting == 0
    await wait_until("it folds by itself again", lambda: store.folds > reads, timeout_s=5)
    assert time.monotonic() - began_s > 1.4
    await folding.close()


@pytest.mark.asyncio
async def test_a_reader_is_answered_where_nothing_can_be_folded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Folded(failures=1)
    folding = FreshnessFolding(store, every_s=60)
    await folding.before_reading()
    assert (store.folds, caplog.records) == (1, [])
    await folding.close()


@pytest.mark.asyncio
async def test_the_room_of_many_notes_is_freed_also_when_readers_folded_them() -> None:
    store = Folded(waiting=TIDIED_AFTER - 1)
    folding = FreshnessFolding(store, every_s=0.05)
    await folding.before_reading()
    await wait_until("it has folded", lambda: store.folds >= 3, timeout_s=5)
    assert (store.waiting, store.tidied) == (0, 0)
    store.waiting = 1
    await folding.before_reading()
    await wait_until("it has tidied", lambda: store.tidied > 0, timeout_s=5)
    folds = store.folds
    await wait_until("it has folded on", lambda: store.folds > folds + 2, timeout_s=5)
    assert store.tidied == 1
    await folding.close()


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_scrape_folds_and_shows_what_it_folded(database: str) -> None:
    config = make_config(database, pool=20, improvements=("rollups",))
    async with running(config) as site, aiohttp.ClientSession() as http:
        for number in range(1, 4):
            await site.store.write([Share("ann", [artwork(number)], 0.0)])
            async with http.get(f"{site.url}/metrics") as response:
                lines = (await response.text()).splitlines()
            assert "ingest_users 1.0" in lines
            with psycopg.connect(database) as connection:
                assert deltas(connection) == 0
                agree(connection)
                assert users(connection) == {"ann": (number, number)}


@pytest.mark.stack
@pytest.mark.asyncio
async def test_room_is_used_again_once_it_is_tidied(database: str) -> None:
    store = Store(make_config(database, pool=20, improvements=("rollups",)))
    await store.open()
    pages = "SELECT pg_relation_size('user_freshness_deltas')"
    sizes = []
    try:
        for turn in range(4):
            for number in range(200):
                await store.write([Share(f"user-{turn}-{number}", [artwork(1)], 0.0)])
            assert await store.fold() == 200
            await store.tidy()
            with psycopg.connect(database) as connection:
                sizes.append((connection.execute(pages.encode()).fetchone() or (0,))[0])
    finally:
        await store.close()
    assert 0 < sizes[-1] < 2 * sizes[0], sizes


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


def options_of(database: str) -> str:
    return str(conninfo_to_dict(database)["options"])


def turmoil(database: str, chance: Random, turns: int) -> None:
    """Insert, delete, retire, bring back; now and then the connection is ended in the middle."""
    quick = make_conninfo(database, options=f"{options_of(database)} -cdeadlock_timeout=20ms")
    connection = psycopg.connect(quick)
    for _ in range(turns):
        if connection.closed:
            connection = psycopg.connect(quick)
        try:
            with connection.transaction():
                for _ in range(chance.randint(1, 3)):
                    change(connection, chance)
                if chance.random() < 0.1:
                    connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                if chance.random() < 0.1:
                    raise psycopg.Rollback
        except psycopg.OperationalError:
            pass  # ended on purpose, or the loser of a deadlock of its several statements
    connection.close()


def fold_meanwhile(database: str, over: threading.Event) -> None:
    """Fold again and again; now and then a fold is given up in the middle."""
    with psycopg.connect(database) as connection:
        number = 0
        while not over.is_set():
            number += 1
            fold(connection)
            if number % 5 == 0:
                connection.rollback()
            else:
                connection.commit()


def change(connection: psycopg.Connection, chance: Random) -> None:
    numbers = sorted(chance.sample(range(1, 26), chance.randint(1, 12)))
    what = chance.random()
    if what < 0.75:
        see(connection, chance.choice(["ann", "bob", "cat"]), *numbers)
    elif what < 0.85:
        connection.execute(
            "DELETE FROM user_art_impressions WHERE artwork_id = ANY(%s) AND user_id = %s",
            ([artwork(number) for number in numbers[:3]], chance.choice(["ann", "bob"])),
        )
    else:
        connection.execute(
            "UPDATE art_sessions SET pool_status = "
            "CASE pool_status WHEN 'active' THEN 'retired' ELSE 'active' END WHERE id = %s",
            (artwork(numbers[0]),),
        )


@pytest.mark.stack
@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(3, 23))]
)
def test_they_agree_after_concurrent_batches_and_connections_that_die(
    database: str, seed: int
) -> None:
    with open_once(database, "rollups") as kept:
        threads = [
            threading.Thread(
                target=turmoil, args=(database, seeded_random(seed, f"turmoil {number}"), 25)
            )
            for number in range(4)
        ]
        over = threading.Event()
        folding = threading.Thread(target=fold_meanwhile, args=(database, over))
        for thread in (*threads, folding):
            thread.start()
        for thread in threads:
            thread.join()
        over.set()
        folding.join()
        agree(kept)
        fold(kept)
        assert sum(viewed for viewed, _ in users(kept).values()) > 20
        agree(kept)
