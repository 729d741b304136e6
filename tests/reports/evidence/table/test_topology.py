"""Counters of engines over a run: a counter that falls was begun anew."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.monitoring.topology import (
    BalancedServerState,
    PartSilent,
    PoolerState,
    TopologyWatched,
)
from reports.evidence.table.topology import BalancerCounts, PoolerCounts, balancer_counts
from reports.evidence.table.topology import pooler_counts as counts_of_pooler
from tests.reports.ledgers import HandWritten, evidence_of, lived


def balanced(ledger: HandWritten, seconds: float, part: str, batches: int, acked: int) -> None:
    row = BalancedServerState(
        part=part, status="UP", batches=batches, acknowledged=acked, under_way=0, failed=0
    )
    ledger.saw(seconds, row)


def pooled(ledger: HandWritten, seconds: float, transactions: int, connections: int) -> None:
    row = PoolerState(
        part="pooler",
        clients=6,
        waiting=0,
        connections=connections,
        transactions=transactions,
    )
    ledger.saw(seconds, row)


def test_nothing_was_counted_where_nothing_was_watched(tmp_path: Path) -> None:
    ledger = evidence_of(lived(), tmp_path).ledger
    assert balancer_counts(ledger) is None
    assert counts_of_pooler(ledger) is None


def test_each_server_s_counter_is_its_last_value_or_more_after_a_restart(tmp_path: Path) -> None:
    ledger = lived()
    for seconds, one, other in ((1.0, 5, 2), (2.0, 9, 2), (3.0, 1, 0), (4.0, 4, 7)):
        balanced(ledger, seconds, "server-1", one, one - 1)
        balanced(ledger, seconds, "server-2", other, other)
    ledger.saw(5.0, TopologyWatched(part="balancer", looks=4))
    assert balancer_counts(evidence_of(ledger, tmp_path).ledger) == BalancerCounts(
        batches={"server-1": 13, "server-2": 9},
        acknowledged={"server-1": 11, "server-2": 9},
        is_whole=True,
    )


def test_one_that_was_silent_or_was_not_watched_to_the_end_has_not_counted_all(
    tmp_path: Path,
) -> None:
    ledger = lived()
    pooled(ledger, 1.0, 10, 3)
    pooled(ledger, 2.0, 30, 2)
    ledger.saw(3.0, TopologyWatched(part="balancer", looks=2))
    found = counts_of_pooler(evidence_of(ledger, tmp_path / "a").ledger)
    assert found == PoolerCounts(transactions=30, connections=3, looks=2, is_whole=False)
    ledger.saw(3.0, TopologyWatched(part="pooler", looks=2))
    found = counts_of_pooler(evidence_of(ledger, tmp_path / "b").ledger)
    assert found is not None
    assert found.is_whole
    ledger.saw(2.5, PartSilent(part="pooler", why="gone"))
    found = counts_of_pooler(evidence_of(ledger, tmp_path / "c").ledger)
    assert found is not None
    assert not found.is_whole
