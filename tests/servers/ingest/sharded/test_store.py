"""Reads go to the one shard that owns a user's bucket, and follow it when it moves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest

from servers.ingest.__main__ import main
from servers.ingest.sharded import store as module
from servers.ingest.sharded.shard import ShardAway
from servers.ingest.sharded.store import takes_writes
from servers.sharding.buckets import bucket_of
from servers.sharding.layout import BucketOwner
from tests.servers.ingest.sharded.fakes import Fakes

BUCKET = bucket_of("ann")


@pytest.mark.asyncio
async def test_a_user_is_read_where_the_bucket_is_and_nowhere_else(tmp_path: Path) -> None:
    store = Fakes(tmp_path, 3)
    store.give(BUCKET, 1, "open", 1)
    await store.refresh()
    await store.freshness("ann")
    assert [len(shard.asked) for shard in store.fakes] == [0, 1, 0]


@pytest.mark.asyncio
async def test_a_bucket_that_has_moved_is_followed(tmp_path: Path) -> None:
    store = Fakes(tmp_path, 2)
    store.give(BUCKET, 0, "open", 1)
    await store.refresh()
    del store.fakes[0].owned[BUCKET]
    store.give(BUCKET, 1, "open", 2)
    await store.freshness("ann")
    assert store.owner_of("ann") == BucketOwner(1, "open", 2)
    assert [len(shard.asked) for shard in store.fakes] == [1, 1]


@pytest.mark.asyncio
async def test_a_bucket_that_no_shard_owns_is_waited_for_and_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOLD_S", 0.05)
    store = Fakes(tmp_path, 1)
    await store.refresh()
    with pytest.raises(psycopg.OperationalError, match="no shard owns"):
        await store.freshness("ann")


@pytest.mark.asyncio
async def test_of_a_shard_that_is_away_the_last_answer_holds(tmp_path: Path) -> None:
    store = Fakes(tmp_path, 2)
    store.give(BUCKET, 0, "open", 1)
    store.give(7, 1, "open", 1)
    await store.refresh()
    store.fakes[0].is_away = True
    store.give(8, 1, "open", 3)
    await store.refresh()
    assert store.owner_of("ann") == BucketOwner(0, "open", 1)
    assert store.owners[8].epoch == 3
    assert await store.ask("SELECT 1", ())  # the other one answers what all know


@pytest.mark.parametrize(
    ("owner", "is_taken"),
    [(None, False), (BucketOwner(0, "open", 1), True), (BucketOwner(0, "paused", 1), False)],
)
@pytest.mark.asyncio
async def test_only_an_open_bucket_takes_writes(
    owner: BucketOwner | None, *, is_taken: bool
) -> None:
    assert takes_writes(owner) is is_taken


@pytest.mark.asyncio
async def test_it_is_alive_while_any_shard_is_and_waits_for_none_that_stands_still(
    tmp_path: Path,
) -> None:
    store, gate = Fakes(tmp_path, 2), asyncio.Event()

    async def stands(query: str, parameters: tuple[object, ...]) -> list[tuple[object, ...]]:
        await gate.wait()
        raise ShardAway("stood still")

    store.fakes[0].ask = stands  # type: ignore[method-assign]
    assert await store.alive()
    store.fakes[1].is_away = True
    gate.set()
    assert not await store.alive()


@pytest.mark.parametrize("more", [["--improvement", "product"], ["--replica", "x"], []])
def test_what_shards_cannot_stand_with_is_bad_usage(
    tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shards.json"
    file.write_text('{"shards": ["x"]}' if more else "{}")
    with pytest.raises(SystemExit) as refused:
        main(["--shards", str(file), *more])
    assert refused.value.code == 2
    assert "--shards: " in capsys.readouterr().err.splitlines()[-1]
