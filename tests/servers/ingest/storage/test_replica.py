"""Reads go to the replica only once it has repeated what their user wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from servers.ingest.__main__ import main
from servers.ingest.storage.replica import REPEATED, RETRY_S, Positions, ReplicaReads


class FakeReplica:
    """A pool of one connection to a replica that has repeated the log up to ``repeated``."""

    def __init__(self, repeated: int | None) -> None:
        self.repeated = repeated
        self.error: Exception | None = None
        self.asked: list[str] = []

    @asynccontextmanager
    async def connection(self, timeout: float) -> AsyncIterator[FakeReplica]:
        if self.error is not None:
            raise self.error
        yield self

    async def execute(self, query: Any, parameters: Any = None) -> FakeReplica:
        self.asked.append(query if isinstance(query, str) else query.decode())
        return self

    async def fetchone(self) -> tuple[int | None]:
        return (self.repeated,)

    async def fetchall(self) -> list[tuple[str]]:
        return [("row",)]


class Clock:
    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


def reads_of(replica: FakeReplica, clock: Clock | None = None) -> ReplicaReads:
    return ReplicaReads(replica, clock or Clock())  # type: ignore[arg-type]


def answer(reads: ReplicaReads, user: str) -> list[tuple[Any, ...]] | None:
    return asyncio.run(reads.read(user, "SELECT 1", ()))


@pytest.mark.parametrize(
    ("repeated", "is_answered"), [(99, False), (100, True), (101, True), (None, False)]
)
def test_a_replica_answers_once_it_has_repeated_what_the_user_wrote(
    repeated: int | None, is_answered: bool
) -> None:
    replica = FakeReplica(repeated)
    reads = reads_of(replica)
    reads.positions.wrote(["ann"], 100)
    assert (answer(reads, "ann") == [("row",)]) is is_answered
    assert replica.asked == [REPEATED, "SELECT 1"][: 1 + is_answered]


def test_each_user_has_a_position_that_only_grows() -> None:
    positions = Positions()
    positions.begin(5)
    positions.wrote(["ann", "bob"], 20)
    positions.wrote(["ann"], 10)  # a slower writer hears of its commit later
    positions.wrote(["bob"], 30)
    assert [positions.of(user) for user in ("ann", "bob", "cid")] == [20, 30, 5]


def test_a_user_who_was_forgotten_may_have_written_as_late_as_any_such() -> None:
    positions = Positions(most=2)
    positions.wrote(["ann"], 10)
    positions.wrote(["bob"], 20)
    positions.wrote(["ann"], 30)
    positions.wrote(["cid"], 40)  # bob's is the oldest
    assert [positions.of(user) for user in ("ann", "bob", "cid", "dan")] == [30, 20, 40, 20]


@pytest.mark.parametrize(
    "error", [psycopg.OperationalError("gone"), TimeoutError(), psycopg.errors.QueryCanceled()]
)
def test_a_replica_that_is_away_is_not_asked_for_a_while(error: Exception) -> None:
    replica, clock = FakeReplica(100), Clock()
    reads = reads_of(replica, clock)
    replica.error = error
    assert answer(reads, "ann") is None
    replica.error = None
    assert answer(reads, "ann") is None
    assert replica.asked == []
    clock.at_s = RETRY_S
    assert answer(reads, "ann") == [("row",)]


def test_an_error_of_the_statement_is_no_answer_of_a_replica_that_is_away() -> None:
    replica = FakeReplica(100)
    replica.error = psycopg.errors.UndefinedTable("no such table")
    with pytest.raises(psycopg.errors.UndefinedTable):
        answer(reads_of(replica), "ann")


def test_several_processes_cannot_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--database", "x", "--replica", "y", "--processes", "2"])
    assert refused.value.code == 2
    assert "known to one process alone" in capsys.readouterr().err
