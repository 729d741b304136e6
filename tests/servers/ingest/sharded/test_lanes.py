"""Requests of one bucket wait while it moves, and no other request does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from harness.core.wait import wait_until
from servers.ingest.board import Board
from servers.ingest.combiner import Combiner
from servers.ingest.config import Limits
from servers.ingest.instant import now
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import Receipts
from servers.ingest.refusal import Refusal
from servers.ingest.sharded import lanes as module
from servers.ingest.sharded.lanes import ShardLanes
from servers.sharding.buckets import bucket_of
from tests.servers.ingest.sharded.fakes import Fakes

pytestmark = pytest.mark.asyncio
ANN, BOB = bucket_of("ann"), bucket_of("bob")


class Desk:
    """Two shards: ann's bucket is the first one's, bob's the second one's."""

    def __init__(self, tmp_path: Path) -> None:
        self.store = Fakes(tmp_path, 2)
        self.store.give(ANN, 0, "open", 1)
        self.store.give(BOB, 1, "open", 1)
        board = Board()
        row, metrics, self.receipts = board.row(0), Metrics(board), Receipts(None, "test")
        self.lanes = ShardLanes(
            self.store,
            lambda store, take_back: Combiner(
                store, self.receipts, metrics, Limits(), row, writers=1, take_back=take_back
            ),
        )

    async def write(self, user: str, artwork: str) -> None:
        await self.lanes.write(user, [artwork], self.receipts.begin(now()))


@asynccontextmanager
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    one = Desk(tmp_path)
    await one.store.refresh()
    yield one
    await one.lanes.close()


async def test_each_user_is_written_on_one_shard(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await asyncio.gather(one.write("ann", "a"), one.write("bob", "b"))
        assert [shard.rows for shard in one.store.fakes] == [[("ann", "a")], [("bob", "b")]]


async def test_a_paused_bucket_waits_alone_and_goes_where_it_moves(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.store.give(ANN, 0, "paused", 1)
        waiting = asyncio.create_task(one.write("ann", "a"))
        await wait_until("it is held", lambda: bool(one.lanes._held), timeout_s=20)
        await one.write("bob", "b")
        assert not waiting.done()
        one.store.give(ANN, 0, "moved", 1)
        one.store.give(ANN, 1, "open", 2)
        await waiting
        assert [shard.rows for shard in one.store.fakes] == [[], [("bob", "b"), ("ann", "a")]]


async def test_an_old_map_stores_nothing_in_the_wrong_place(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        del one.store.fakes[0].owned[ANN]
        one.store.give(ANN, 1, "open", 2)
        await one.write("ann", "a")
        assert [shard.rows for shard in one.store.fakes] == [[], [("ann", "a")]]


async def test_one_that_waits_too_long_is_refused_and_may_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOLD_S", 0.1)
    async with desk(tmp_path) as one:
        one.store.give(ANN, 0, "paused", 1)
        with pytest.raises(Refusal) as refused:
            await one.write("ann", "a")
        assert (refused.value.status, refused.value.code) == (503, "bucket_moves")
        one.store.give(ANN, 0, "open", 1)
        await one.write("ann", "a")
        assert one.store.fakes[0].rows == [("ann", "a")]


async def test_a_shard_that_is_away_refuses_its_users_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.store.fakes[0].is_away = True
        with pytest.raises(Refusal) as refused:
            await one.write("ann", "a")
        assert refused.value.status == 503
        await one.write("bob", "b")
        assert one.store.fakes[1].rows == [("bob", "b")]


async def test_who_stops_answers_what_is_held(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.store.give(ANN, 0, "paused", 1)
        waiting = asyncio.create_task(one.write("ann", "a"))
        await wait_until("it is held", lambda: bool(one.lanes._held), timeout_s=20)
        await one.lanes.close()
        with pytest.raises(Refusal):
            await waiting


async def test_a_user_of_an_unknown_shard_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.store.owners = {}
        with pytest.raises(Refusal) as refused:
            await one.write("ann", "a")
        assert refused.value.code == "shard_away"
