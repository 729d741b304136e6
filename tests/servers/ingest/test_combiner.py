"""Requests that wait together are written together, and stay apart in every other way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from harness.core.wait import wait_until
from servers.ingest.config import Limits
from servers.ingest.http.app import SERVER
from servers.ingest.storage.store import Store
from tests.servers.ingest.site import (
    PATIENT,
    Answer,
    Site,
    Visitor,
    balance,
    make_config,
    read_receipts,
    rows,
    running,
    visitor,
)
from tests.servers.ingest.stores import (
    GatedStore,
    LatePickyStore,
    PickyStore,
    UnluckyStore,
    UnsortedStore,
    WaitingStore,
)

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]


def gated(site: Site) -> GatedStore:
    return cast(GatedStore, site.store)


async def in_flight(ann: Visitor, count: int) -> None:
    """Wait until the server says that ``count`` batches are on their way."""

    async def says_so() -> bool:
        return bool((await ann.get("/readyz")).body["in_flight"] == count)

    await wait_until(f"{count} batches are in flight", says_so, timeout_s=30)


async def queued(ann: Visitor, ids: int) -> None:
    """Wait until that number of ids waits; a batch in flight may not be read yet."""

    async def says_so() -> bool:
        return await metric(ann, "ingest_queue_ids") == ids

    await wait_until(f"{ids} ids are queued", says_so, timeout_s=30)


async def metric(ann: Visitor, name: str) -> float:
    text = (await ann.get("/metrics")).body.decode()
    found = [line for line in text.splitlines() if line.startswith(name + " ")]
    assert len(found) == 1, f"{name}: {found}"
    return float(found[0].split()[1])


async def pile_up(site: Site, ann: Visitor, batches: list[list[str]]) -> list[Answer]:
    """Send a first batch that occupies the only writer, then the others in order, then let go."""
    first = asyncio.create_task(ann.send(["first"]))
    await gated(site).arrived.wait()
    others = []
    for number, batch in enumerate(batches, start=1):
        others.append(asyncio.create_task(ann.send(batch)))
        await queued(ann, sum(map(len, batches[:number])))
    gated(site).gate.set()
    return [await first, *(await asyncio.gather(*others))]


async def test_what_waits_together_is_one_statement_and_each_gets_its_own_share(
    database: str, receipts: Path
) -> None:
    config = make_config(database, receipts, writers=1)
    batches = [[f"a{n}", f"a{n + 1}", f"a{n}"] for n in range(15)]
    async with running(config, store_type=GatedStore) as site, visitor(site.url) as ann:
        answers = await pile_up(site, ann, batches)
        assert gated(site).groups == [1, 15]
    assert {answer.status for answer in answers} == {200}
    found = rows(database)
    assert len(found) == 17
    assert sum(answer.body["inserted"] for answer in answers) == len(found)
    assert all(
        answer.body["inserted"] + answer.body["duplicate"] == answer.body["received"]
        for answer in answers
    )
    sums = balance(read_receipts(receipts))
    assert sums == {"received": 46, "inserted": 17, "duplicate": 29, "rejected": 0}


async def test_a_statement_stays_under_its_bound_unless_one_batch_is_over_it(
    database: str,
) -> None:
    config = make_config(database, writers=1, limits=Limits(**PATIENT, combine_ids=3))
    batches = [["a", "b"], ["c"], ["d", "e", "f", "g"], ["h"]]
    async with running(config, store_type=GatedStore) as site, visitor(site.url) as ann:
        answers = await pile_up(site, ann, batches)
        assert gated(site).groups == [1, 2, 1, 1]
    assert {answer.status for answer in answers} == {200}


@pytest.mark.parametrize("store_type", [PickyStore, LatePickyStore])
async def test_a_batch_the_database_refuses_never_fails_its_neighbours(
    database: str, receipts: Path, store_type: type[Store]
) -> None:
    class Gated(GatedStore, store_type):  # type: ignore[misc, valid-type]
        pass

    config = make_config(database, receipts, writers=1)
    batches = [["a"], ["b", "poison"], ["c"]]
    async with running(config, store_type=Gated) as site, visitor(site.url) as ann:
        answers = await pile_up(site, ann, batches)
    assert [answer.status for answer in answers] == [200, 200, 422, 200]
    assert rows(database) == [("ann", "a"), ("ann", "c"), ("ann", "first")]
    sums = balance(read_receipts(receipts))
    assert sums == {"received": 5, "inserted": 3, "duplicate": 0, "rejected": 2}


async def test_a_refusal_at_commit_is_not_acknowledged(database: str) -> None:
    async with (
        running(make_config(database), store_type=LatePickyStore) as site,
        visitor(site.url) as ann,
    ):
        answer = await ann.send(["a", "poison"])
    assert (answer.status, answer.body["error"]) == (422, "not_storable")
    assert rows(database) == []


async def test_no_answer_leaves_before_the_commit(database: str) -> None:
    config = make_config(database)
    async with running(config, store_type=WaitingStore) as site, visitor(site.url) as ann:
        with psycopg.connect(database, autocommit=True) as blocker:
            blocker.execute("SELECT pg_advisory_lock(7, hashtext(current_schema()))")
            sending = asyncio.create_task(ann.send(["a"]))
            await wait_until("the INSERT waits", lambda: _waits(blocker), timeout_s=30)
            assert not sending.done()
            assert rows(database) == []
        assert (await sending).status == 200
    assert rows(database) == [("ann", "a")]


async def test_a_client_that_leaves_does_not_take_its_write_along(
    database: str, receipts: Path
) -> None:
    config = make_config(database, receipts)
    async with running(config, store_type=GatedStore) as site, visitor(site.url) as ann:
        async with visitor(site.url, "bob") as bob:
            sending = asyncio.create_task(bob.send(["a"]))
            await gated(site).arrived.wait()
            sending.cancel()
        gated(site).gate.set()
        await in_flight(ann, 0)
    assert rows(database) == [("bob", "a")]
    assert [receipt["status"] for receipt in read_receipts(receipts)] == [200]


async def test_a_full_queue_says_503_and_when_to_come_back(database: str, receipts: Path) -> None:
    config = make_config(database, receipts, writers=1, limits=Limits(**PATIENT, queue_ids=3))
    async with running(config, store_type=GatedStore) as site, visitor(site.url) as ann:
        writing = asyncio.create_task(ann.send(["a"]))
        await gated(site).arrived.wait()
        waiting = asyncio.create_task(ann.send(["b", "c"]))
        await queued(ann, 2)
        async with asyncio.timeout(30):  # taken instead, it would wait for the gate
            refused = await ann.send(["d", "e"])
        gated(site).gate.set()
        assert [(await writing).status, (await waiting).status] == [200, 200]
        again = await ann.send(["d", "e"])
        assert await metric(ann, 'ingest_rejected_batches_total{reason="queue_full"}') == 1
    assert (refused.status, refused.body["error"]) == (503, "queue_full")
    assert int(refused.headers["Retry-After"]) > 0
    assert again.status == 200
    assert balance(read_receipts(receipts))["rejected"] == 2


async def test_too_many_batches_in_flight_are_refused_before_they_are_read(database: str) -> None:
    config = make_config(database, limits=Limits(**PATIENT, in_flight=1))
    async with running(config, store_type=GatedStore) as site, visitor(site.url) as ann:
        first = asyncio.create_task(ann.send(["a"]))
        await gated(site).arrived.wait()
        second = await ann.send(["b"])
        gated(site).gate.set()
        assert (await first).status == 200
    assert (second.status, second.body["error"]) == (503, "too_many")
    assert "Retry-After" in second.headers


async def test_a_batch_that_waited_too_long_is_given_back(database: str) -> None:
    config = make_config(database, limits=Limits(queue_s=0.0))
    async with running(config) as site, visitor(site.url) as ann:
        answer = await ann.send(["a"])
    assert (answer.status, answer.body["error"]) == (503, "waited_too_long")
    assert rows(database) == []


@pytest.mark.parametrize(("losses", "status", "attempts"), [(3, 200, 4), (4, 503, 4)])
async def test_a_deadlock_is_retried_three_times(
    database: str, losses: int, status: int, attempts: int
) -> None:
    class Unlucky(UnluckyStore):
        pass

    Unlucky.losses = losses
    async with (
        running(make_config(database), store_type=Unlucky) as site,
        visitor(site.url) as ann,
    ):
        answer = await ann.send(["a"])
    assert (answer.status, Unlucky.attempts) == (status, attempts)
    assert rows(database) == ([("ann", "a")] if status == 200 else [])


CROSSING = 500
"""Ids that two servers write in opposite order."""


async def _cross(database: str, store_type: type[Store]) -> tuple[float, list[Answer]]:
    """Two servers write the same ids in opposite order; return how many races were lost, and the
    answers.

    Somebody else holds the id in the middle until both writers wait: from two sides they have
    each its half by then; from the same side the second waits for the first.
    """
    options = f"{conninfo_to_dict(database)['options']} -cdeadlock_timeout=20ms"
    config = make_config(make_conninfo(database, options=options), writers=2)
    ids = [f"{n:04}" for n in range(CROSSING)]
    async with (
        running(config, store_type=store_type) as one,
        running(config, store_type=store_type) as two,
        visitor(one.url) as up,
        visitor(two.url) as down,
    ):
        with psycopg.connect(database) as holder, psycopg.connect(database) as watcher:
            watcher.autocommit = True
            query = "INSERT INTO user_art_impressions (user_id, artwork_id) VALUES ('ann', %s)"
            holder.execute(query, (ids[len(ids) // 2],))
            sending = [asyncio.create_task(up.send(ids)), asyncio.create_task(down.send(ids[::-1]))]
            await wait_until("both wait", lambda: _held_up(watcher) == 2, timeout_s=30)
            holder.rollback()
            answers = await asyncio.gather(*sending)
        lost = sum([await metric(side, "ingest_lost_races_total") for side in (up, down)])
        return lost, answers


def _held_up(connection: psycopg.Connection) -> int:
    """How many backends wait for another one's transaction."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
    ).fetchone()
    return row[0] if row else 0


async def test_opposite_orders_never_deadlock(database: str) -> None:
    lost, answers = await _cross(database, Store)
    assert lost == 0
    assert [answer.status for answer in answers] == [200, 200]
    assert sum(answer.body["inserted"] for answer in answers) == CROSSING


async def test_without_the_sort_they_do(database: str) -> None:
    """Whether the loser's second attempt meets the other again is chance: it may be refused."""
    lost, _ = await _cross(database, UnsortedStore)
    assert lost > 0


async def test_a_connection_lost_in_a_write_leaves_the_outcome_unknown(
    database: str, receipts: Path
) -> None:
    config = make_config(database, receipts)
    async with running(config, store_type=WaitingStore) as site, visitor(site.url) as ann:
        with psycopg.connect(database, autocommit=True) as blocker:
            blocker.execute("SELECT pg_advisory_lock(7, hashtext(current_schema()))")
            sending = asyncio.create_task(ann.send(["a"]))
            await wait_until("the INSERT waits", lambda: _waits(blocker), timeout_s=30)
            blocker.execute(f"SELECT pg_terminate_backend({_waits(blocker)})")
            answer = await sending
        again = await ann.send(["a"])
    assert (answer.status, answer.body["error"]) == (503, "outcome_unknown")
    assert "Retry-After" in answer.headers
    assert again.status == 200
    assert [receipt["status"] for receipt in read_receipts(receipts)] == [503, 200]


async def test_connections_that_died_while_idle_cost_no_request(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        with psycopg.connect(database, autocommit=True) as other:
            ended = other.execute(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 30000)) "
                "FROM pg_stat_activity WHERE application_name LIKE 'ingest %'"
            ).fetchone()
        answers = [await ann.send([f"a{n}"]) for n in range(4)]
    assert ended is not None
    assert ended[0] >= 4
    assert [answer.status for answer in answers] == [200] * 4


async def test_a_stopping_server_finishes_what_it_accepted(database: str) -> None:
    async with (
        running(make_config(database), store_type=GatedStore) as site,
        visitor(site.url) as ann,
    ):
        accepted = asyncio.create_task(ann.send(["a"]))
        await gated(site).arrived.wait()
        draining = asyncio.create_task(site.app[SERVER].drain())
        await wait_until("it is not ready", lambda: _not_ready(ann), timeout_s=30)
        refused = await ann.send(["b"])
        assert not draining.done()
        gated(site).gate.set()
        await draining
        assert (await accepted).status == 200
    assert (refused.status, refused.body["error"]) == (503, "stopping")
    assert rows(database) == [("ann", "a")]


async def _not_ready(ann: Visitor) -> bool:
    answer = await ann.get("/readyz")
    return answer.status == 503 and not answer.body["ready"]


def _waits(connection: psycopg.Connection) -> int:
    """The process id of a backend of this schema that waits for advisory lock 7, or 0."""
    row = connection.execute(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = 7 "
        "AND objid = hashtext(current_schema())::bigint & 4294967295"
    ).fetchone()
    return row[0] if row else 0
