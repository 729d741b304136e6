"""Counters of engines over a run: each process began from 0, and what it counted last is gone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.ledger.kinds.monitoring.topology import BalancedServerState, PoolerState
from reports.evidence.table.topology import BalancerCounts, PoolerCounts, balancer_counts
from reports.evidence.table.topology import pooler_counts as counts_of_pooler
from tests.reports.ledgers import HandWritten, at, evidence_of, lived


def balanced(
    ledger: HandWritten, seconds: float, part: str, batches: int, acked: int, *, pid: int = 7
) -> None:
    row = BalancedServerState(
        pid=pid,
        part=part,
        status="UP",
        batches=batches,
        acknowledged=acked,
        under_way=0,
        failed=0,
    )
    ledger.saw(seconds, row)


def pooled(
    ledger: HandWritten, seconds: float, transactions: int, connections: int, *, pid: int = 7
) -> None:
    row = PoolerState(
        pid=pid,
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


def test_a_balancer_that_is_started_again_goes_on_from_what_is_known(tmp_path: Path) -> None:
    ledger = lived()
    looks = ((1.0, 5, 2, 7), (2.0, 9, 2, 7), (3.0, 12, 0, 8), (4.0, 14, 7, 8))
    for seconds, one, other, pid in looks:
        balanced(ledger, seconds, "server-1", one, one - 1, pid=pid)
        balanced(ledger, seconds, "server-2", other, other, pid=pid)
    assert balancer_counts(evidence_of(ledger, tmp_path).ledger) == BalancerCounts(
        batches={"server-1": 23, "server-2": 9},
        acknowledged={"server-1": 21, "server-2": 9},
        forgotten=((at(2.0).mono_ns, at(3.0).mono_ns),),
    )


def test_a_pooler_forgets_between_the_last_look_and_the_next_one_s_first(tmp_path: Path) -> None:
    ledger = lived()
    for seconds, transactions, connections, pid in (
        (1.0, 10, 3, 7),
        (2.0, 30, 2, 7),
        (5.0, 4, 1, 9),
        (6.0, 5, 1, 9),
        (8.0, 2, 1, 3),
    ):
        pooled(ledger, seconds, transactions, connections, pid=pid)
    found = counts_of_pooler(evidence_of(ledger, tmp_path).ledger)
    assert found == PoolerCounts(
        transactions=37,
        connections=3,
        looks=5,
        forgotten=(
            (at(2.0).mono_ns, at(5.0).mono_ns),
            (at(6.0).mono_ns, at(8.0).mono_ns),
        ),
    )
    moments = pd.Series([at(s).mono_ns for s in (0.5, 1.9, 3.0, 5.5, 7.0, 9.0)])
    assert found.remembers(moments).tolist() == [True, True, False, True, False, True]


def test_one_that_lived_through_has_forgotten_nothing(tmp_path: Path) -> None:
    ledger = lived()
    pooled(ledger, 1.0, 10, 3)
    pooled(ledger, 9.0, 12, 3)
    found = counts_of_pooler(evidence_of(ledger, tmp_path).ledger)
    assert found is not None
    assert found.forgotten == ()
    assert found.remembers(pd.Series([at(5.0).mono_ns])).tolist() == [True]
