"""A server over shards: rows and questions on one each, users of a dead shard alone wait."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import psycopg
import pytest

from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE, TOPOLOGY
from harness.process.processes import Processes
from harness.target.reference.dialect import ReferenceDialect
from harness.target.reference.shards import bucket_of
from harness.target.sign_in import sign_in
from harness.target.target import Table
from harness.witnesses.topology.every_shard import ShardsWitness
from harness.witnesses.topology.shard import shards_of
from servers.topology.scaled.options import TopologyOptions
from servers.topology.single import Stack, StackOptions

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.asyncio]

USERS = ("ann", "bob", "cid", "dora", "emil", "fay")
OPTIONS = StackOptions(topology=TopologyOptions(shards=2))
QUERY = "SELECT user_id, artwork_id FROM user_art_impressions WHERE user_id = ANY(%s)"


async def stored(url: str, user: str, artwork: str) -> int:
    cookies = (await sign_in(ReferenceDialect(), url, user)).cookies
    path, batch = f"{url}/api/artworks/batch-impressions", {"artworkIds": [artwork]}
    async with (
        aiohttp.ClientSession(cookies=cookies) as session,
        session.post(path, json=batch) as answer,
    ):
        return answer.status


async def viewed(url: str, user: str) -> int:
    cookies = (await sign_in(ReferenceDialect(), url, user)).cookies
    async with (
        aiohttp.ClientSession(cookies=cookies) as session,
        session.get(f"{url}/api/users/me/freshness") as answer,
    ):
        return int((await answer.json())["viewed"])


async def test_rows_questions_and_a_dead_shard(tmp_path: Path) -> None:
    with Processes() as processes, Ledger(tmp_path) as ledger:
        async with Stack(OPTIONS, processes, wait_until, tmp_path) as stack:
            assert set(stack.parts) == {"server", "shard-1", "shard-2"}
            assert set(stack.processes) == {"ingest", "shard-1", "shard-2"}
            shards = stack.engines.shards
            assert shards is not None
            witness = ShardsWitness(
                shards.dsns,
                Table(),
                ledger.witness(DATABASE),
                ledger.witness(TOPOLOGY),
                own_row=True,
                own_shapes=("Shape", "shape"),
            )
            await witness.start()
            for user in USERS:
                assert await stored(stack.direct_url, user, "artwork-0001") == 200
                assert await viewed(stack.direct_url, user) == 1
            for number, dsn in enumerate(shards.dsns):
                with psycopg.connect(dsn) as connection:
                    there = {user for user, _ in connection.execute(QUERY, (list(USERS),))}
                assert there == {user for user in USERS if bucket_of(user) % 2 == number}
            looks = [one.look(7)[0] for one in shards_of(shards.dsns)]
            assert sum(look.reads for look in looks) == len(USERS)  # type: ignore[attr-defined]
            assert sum(look.writes for look in looks) == len(USERS)  # type: ignore[attr-defined]

            await stack.parts["shard-2"].stop(killed=True)
            for user in USERS:
                wanted = 503 if bucket_of(user) % 2 else 200
                assert await stored(stack.direct_url, user, "artwork-0002") == wanted
            await stack.parts["shard-2"].start()

            async def is_taken() -> bool:
                each = [await stored(stack.direct_url, user, "artwork-0002") for user in USERS]
                return set(each) == {200}

            await wait_until("the shard takes writes again", is_taken, timeout_s=60, interval_s=1)
            own = witness._own
            for bucket in {*map(bucket_of, (own.user, own.shapes_user, own.last_user, "ann"))}:
                home = bucket % 2 + 1
                words = ["move", "--from", str(home), "--to", str(3 - home), str(bucket)]
                done = await asyncio.create_subprocess_exec(*shards.mover, *words)
                assert await done.wait() == 0
            assert await stored(stack.direct_url, "ann", "artwork-0003") == 200
            assert await viewed(stack.direct_url, "ann") == 3
            assert await witness.final() == 2 * len(USERS) + 1
            await witness.stop()
    rows = read_witness(tmp_path / "database.arrows").table.to_pylist()
    kinds = {row["kind"] for row in rows}
    assert {"own_shapes", "own_time"} <= kinds
    assert not {"own_row_unseen", "vanished"} & kinds
    shapes = next(row for row in rows if row["kind"] == "own_shapes")
    assert (shapes["rows"], json.loads(shapes["detail"])["kept"]) == (2, 2)
    holds = read_witness(tmp_path / "topology.arrows").table.to_pylist()
    assert sum(row["misplaced"] or 0 for row in holds) == 0
