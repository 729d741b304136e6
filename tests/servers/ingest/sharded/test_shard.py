"""A statement that takes too long is let alone, and the shard with it for a while."""

from __future__ import annotations

import asyncio

import pytest

from servers.ingest.sharded import shard as module
from servers.ingest.sharded.shard import ShardAway, ShardStore
from tests.servers.ingest.site import make_config

pytestmark = pytest.mark.asyncio


async def test_what_stands_still_is_given_up_and_not_asked_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    shard, gate = ShardStore(make_config("unused")), asyncio.Event()

    async def stands() -> int:
        await gate.wait()
        return 7

    with pytest.raises(ShardAway, match="within"):
        await shard._bounded(stands())
    with pytest.raises(ShardAway, match="a moment ago"):
        await shard._bounded(stands())
    gate.set()
    shard._away_until_s = 0.0
    assert await shard._bounded(stands()) == 7


async def test_an_error_is_the_statement_s_own() -> None:
    async def breaks() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await ShardStore(make_config("unused"))._bounded(breaks())
