"""A replica follows its primary, is asked only what it has repeated, and takes its place."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import psycopg
import pytest

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.faults.process.replica import PrimaryLost, ReplayPaused, ReplicaCutOff
from harness.ledger.files import Ledger
from harness.ledger.kinds import DATABASE, NETWORK
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.target.reference.dialect import ReferenceDialect
from harness.target.sign_in import sign_in
from harness.target.target import Table
from harness.witnesses.database import DatabaseWitness
from harness.witnesses.topology.replica import WatchedReplica
from servers.topology.scaled.options import TopologyOptions
from servers.topology.single import Stack, StackOptions

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


def options(replication: str) -> StackOptions:
    return StackOptions(topology=TopologyOptions(replication=replication))


class Visitor:
    """Stores artworks and asks about them, as one user."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def store(self, artwork: str) -> int:
        path = f"{self._url}/api/artworks/batch-impressions"
        async with self._session.post(path, json={"artworkIds": [artwork]}) as answer:
            return answer.status

    async def asks(self) -> tuple[int, str]:
        async with self._session.get(f"{self._url}/api/users/me/freshness") as answer:
            body = await answer.json()
            return body["viewed"], body["source"]


async def test_reads_are_the_user_s_own_through_a_pause_a_crash_and_a_promotion(
    tmp_path: Path,
) -> None:
    with Processes() as processes, Ledger(tmp_path) as ledger:
        async with Stack(options("synchronous"), processes, wait_until, tmp_path) as stack:
            assert set(stack.parts) == {"server", "replica", "database"}
            assert set(stack.processes) == {"ingest", "postgres", "replica"}
            look = WatchedReplica(stack.replica_dsn, stack.dsn).look
            assert look(7)[0].status == "sync"
            cookies = (await sign_in(ReferenceDialect(), stack.direct_url, "ann")).cookies
            async with aiohttp.ClientSession(cookies=cookies) as session:
                visitor = Visitor(session, stack.direct_url)
                assert await visitor.store("artwork-0001") == 200

                async def is_answered_by_the_replica() -> bool:
                    return await visitor.asks() == (1, "replica")

                await wait_until("it has repeated it", is_answered_by_the_replica, timeout_s=20)
                assert look(7)[0].reads >= 1

                paused = ReplayPaused(stack.replica_dsn)
                await paused.inject()
                assert await visitor.store("artwork-0002") == 200
                assert await visitor.asks() == (2, "primary")
                assert look(7)[0].behind > 0
                assert "bytes behind" in await paused.evidence()
                await paused.heal()
                assert await paused.evidence() == ""

                await stack.parts["replica"].stop(killed=True)
                assert await visitor.asks() == (2, "primary")
                await stack.parts["replica"].start()

                cut = ReplicaCutOff(stack.replica_dsn)
                await cut.inject()
                await cut.heal()

                async def follows() -> bool:
                    return look(7)[0].status == "sync"

                await wait_until("it follows again", follows, timeout_s=30)
                assert await visitor.store("artwork-0003") == 200
                lost = PrimaryLost(
                    stack.parts["database"], stack.replica_dsn, ledger.witness(NETWORK)
                )
                assert await lost.evidence() == ""
                await lost.inject()
                assert await lost.evidence() == "the primary is gone and the replica takes writes"
                assert look(7)[0].status == "promoted"

                async def stores_again() -> bool:
                    return await visitor.store("artwork-0004") == 200

                await wait_until("the new primary is found", stores_again, timeout_s=60)
            with psycopg.connect(stack.dsn) as connection:
                [(rows,)] = connection.execute("SELECT count(*) FROM user_art_impressions")
            assert rows == 4
        assert tagged_processes(processes.tag) == []


async def test_a_replica_is_no_witness_of_what_is_stored(tmp_path: Path) -> None:
    with Processes() as processes, Ledger(tmp_path) as ledger:
        async with Stack(options("asynchronous"), processes, wait_until, tmp_path) as stack:
            [state] = WatchedReplica(stack.replica_dsn, stack.dsn).look(7)
            assert state.status == "async"
            witness = DatabaseWitness(stack.replica_dsn, Table(), ledger.witness(DATABASE))
            with pytest.raises(HarnessError, match="is a replica"):
                await witness.start()
            await witness.stop()
