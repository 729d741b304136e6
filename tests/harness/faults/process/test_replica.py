"""Faults of a replica are what it says itself; a real one: tests/servers/topology."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import WaitTimeout
from harness.faults.process import replica
from harness.faults.process.replica import PrimaryLost, ReplayPaused, ReplicaCutOff
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import NETWORK

pytestmark = pytest.mark.asyncio
DSN, UPSTREAM = "postgresql://postgres@x/views", "host=1 user=it's"


class FakePart:
    name, pid, servers, address = "database", 7, 0, ("127.0.0.1", 1)

    async def stop(self, *, killed: bool) -> None:
        assert killed
        self.pid = 0

    async def start(self) -> None:
        raise AssertionError("a primary that is lost stays so")


class FakeReplica:
    """Knows what it follows, and obeys unless it is ``deaf``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.upstream, self.paused, self.is_replica, self.deaf = UPSTREAM, False, True, False
        monkeypatch.setattr(replica, "_ask", self.ask)
        monkeypatch.setattr(replica, "OBEYED_S", 0.2)

    async def ask(self, dsn: str, query: str) -> Any:
        assert dsn == DSN
        if query.startswith("ALTER SYSTEM SET primary_conninfo = "):
            quoted = query.partition(" = ")[2]
            self.upstream = quoted[1:-1].replace("''", "'")
            return None
        answers = {
            replica._STATE: self.paused,
            replica._BEHIND: 12,
            replica._RECEIVERS: int(bool(self.upstream) or self.deaf),
            replica._UPSTREAM: self.upstream,
            replica._IN_RECOVERY: self.is_replica,
        }
        if query in answers:
            return answers[query]
        if not self.deaf:
            self.paused = {"SELECT pg_wal_replay_pause()": True}.get(query, False)
            self.is_replica = self.is_replica and "pg_promote" not in query
        return None


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeReplica:
    return FakeReplica(monkeypatch)


async def test_replay_is_paused_until_it_is_healed(fake: FakeReplica) -> None:
    paused = ReplayPaused(DSN)
    assert await paused.evidence() == ""
    await paused.inject()
    assert await paused.evidence() == "replay is paused, 12 bytes behind what came"
    await paused.heal()
    assert await paused.evidence() == ""
    fake.deaf = True
    with pytest.raises(WaitTimeout, match="replay is paused"):
        await paused.inject()


async def test_one_that_was_cut_off_follows_its_primary_again(fake: FakeReplica) -> None:
    cut = ReplicaCutOff(DSN)
    await cut.heal()  # it was never cut off
    assert fake.upstream == UPSTREAM
    await cut.inject()
    assert (fake.upstream, await cut.evidence()) == ("", "the replica receives nothing")
    await cut.heal()
    assert (fake.upstream, await cut.evidence()) == (UPSTREAM, "")


async def test_one_that_was_promoted_follows_no_one(fake: FakeReplica) -> None:
    cut = ReplicaCutOff(DSN)
    await cut.inject()
    fake.is_replica = False
    await cut.heal()
    assert fake.upstream == ""


async def test_one_that_receives_all_the_same_was_not_cut_off(fake: FakeReplica) -> None:
    fake.deaf = True
    with pytest.raises(WaitTimeout, match="receives nothing"):
        await ReplicaCutOff(DSN).inject()


async def test_a_lost_primary_is_written_down_and_stays_lost(
    fake: FakeReplica, tmp_path: Path
) -> None:
    with Ledger(tmp_path) as ledger:
        lost = PrimaryLost(FakePart(), DSN, ledger.witness(NETWORK))
        assert await lost.evidence() == ""
        await lost.inject()
        assert await lost.evidence() == "the primary is gone and the replica takes writes"
        await lost.heal()
    [row] = read_witness(tmp_path / "network.arrows").table.to_pylist()
    assert (row["kind"], row["fault"]) == ("database_killed", "primary lost")


async def test_a_replica_that_is_not_promoted_is_no_primary(
    fake: FakeReplica, tmp_path: Path
) -> None:
    fake.deaf = True
    with Ledger(tmp_path) as ledger, pytest.raises(WaitTimeout, match="promoted"):
        await PrimaryLost(FakePart(), DSN, ledger.witness(NETWORK)).inject()
