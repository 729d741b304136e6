"""What statements hold and wait for, sampled while one holds a lock and another waits for it."""

from __future__ import annotations

import statistics
import threading
from pathlib import Path

import psycopg
import pytest

from harness.core.wait import block_until, wait_until
from harness.ledger.kinds.activity import DatabaseFigure
from harness.process.processes import Processes
from harness.target.target import Table
from harness.witnesses.waits import PER_S, WaitSampler
from servers.topology.postgres import Postgres

TABLE = Table(name="public.Seen", user_column="who", artwork_column="what", viewed_column="at")
INSERT = 'INSERT INTO "Seen" VALUES (1)'


def sampled(sampler: WaitSampler, connection: psycopg.Connection[tuple[object, ...]]) -> list[int]:
    rows: list[DatabaseFigure] = []
    sampler.sample(connection, rows.append)
    assert [row.name for row in rows] == [
        "table_writers",
        "statements_waiting_for_lock",
        "statements_waiting_for_lwlock",
        "statements_waiting_for_io",
    ]
    return [int(row.value) for row in rows]


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_writer_and_who_waits_for_it_are_seen_and_then_gone(tmp_path: Path) -> None:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        dsn = postgres.dsn()
        with (
            psycopg.connect(dsn, autocommit=True) as watcher,
            psycopg.connect(dsn) as writer,
            psycopg.connect(dsn, autocommit=True) as waiter,
        ):
            watcher.execute('CREATE TABLE "Seen" (n int PRIMARY KEY)')
            sampler = WaitSampler(TABLE)
            assert sampled(sampler, watcher)[:2] == [0, 0]
            writer.execute(INSERT)
            assert sampled(sampler, watcher)[:2] == [1, 0]
            thread = threading.Thread(
                target=waiter.execute, args=[INSERT + " ON CONFLICT DO NOTHING"]
            )
            thread.start()
            block_until(
                "the second insert waits for the first",
                lambda: sampled(sampler, watcher)[:2] == [2, 1],
                timeout_s=60,
            )
            writer.commit()
            thread.join()
            assert sampled(sampler, watcher)[:2] == [0, 0]
        postgres.stop()


def test_samples_come_at_random_moments_ten_times_a_second() -> None:
    sampler = WaitSampler(TABLE)
    pauses = [sampler.pause_s() for _ in range(20_000)]
    assert statistics.mean(pauses) == pytest.approx(1 / PER_S, rel=0.05)
    assert statistics.stdev(pauses) == pytest.approx(1 / PER_S, rel=0.05)
