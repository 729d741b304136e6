"""What the engines of a topology counted over a run, their restarts included."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pandas as pd

from harness.ledger.kinds.monitoring.topology import (
    BalancedServerState,
    PartSilent,
    PoolerState,
    TopologyWatched,
)
from reports.core.kinds import of_kind
from reports.evidence.frame import LedgerFrames

BALANCER, POOLER = "balancer", "pooler"


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerCounts:
    """Batches given to each server and answers with 2xx from each, by its name.

    ``is_whole``: the balancer answered whenever it was asked, to the end, so that nothing that it
    counted is missing. Otherwise the counts are what is known at least.
    """

    batches: dict[str, int]
    acknowledged: dict[str, int]
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolerCounts:
    """Transactions that went through the pooler, and the most connections to PostgreSQL that it was
    seen to have in ``looks`` looks; ``is_whole`` as of the balancer."""

    transactions: int
    connections: int
    looks: int
    is_whole: bool


def balancer_counts(ledger: LedgerFrames) -> BalancerCounts | None:
    """Return what the balancer counted; None where none was watched."""
    rows = of_kind(ledger.topology, BalancedServerState)
    if rows.empty:
        return None
    by_server = list(rows.groupby("part", observed=True))
    return BalancerCounts(
        batches={str(name): _total(own["batches"]) for name, own in by_server},
        acknowledged={str(name): _total(own["acknowledged"]) for name, own in by_server},
        is_whole=_is_whole(ledger, BALANCER),
    )


def pooler_counts(ledger: LedgerFrames) -> PoolerCounts | None:
    """Return what the pooler counted; None where none was watched."""
    rows = of_kind(ledger.topology, PoolerState)
    if rows.empty:
        return None
    return PoolerCounts(
        transactions=_total(rows["transactions"]),
        connections=int(rows["connections"].max()),
        looks=len(rows),
        is_whole=_is_whole(ledger, POOLER),
    )


def _total(counts: pd.Series) -> int:
    """Return how far a counter came in all: each time that it is less than before it began anew."""
    values = counts.astype("int64").tolist()
    ends = [one for one, after in itertools.pairwise(values) if after < one]
    return sum([*ends, *values[-1:]])


def _is_whole(ledger: LedgerFrames, part: str) -> bool:
    silent = of_kind(ledger.topology, PartSilent)["part"]
    watched = of_kind(ledger.topology, TopologyWatched)["part"]
    return part in set(watched) and part not in set(silent)
