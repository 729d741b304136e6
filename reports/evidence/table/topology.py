"""What the engines of a topology counted over a run, their restarts included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.ledger.kinds.monitoring.topology import (
    BalancedServerState,
    FreshnessAnswer,
    PoolerState,
    ReplicaState,
)
from reports.core.kinds import of_kind
from reports.core.types import Flags
from reports.evidence.frame import LedgerFrames


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """``forgotten``: from the last look at a process to the first look at the one after it (ns of
    the monotonic clock). What was counted in between may be gone."""

    forgotten: tuple[tuple[int, int], ...]

    def remembers(self, moments_ns: pd.Series) -> Flags:
        """Return for each moment whether what was counted then is still known."""
        known = np.ones(len(moments_ns), dtype=bool)
        for begin, end in self.forgotten:
            known &= ~moments_ns.between(begin, end).to_numpy(dtype=bool)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerCounts(_Counts):
    """Batches given to each server and answers with 2xx from each, by its name: at least as many
    as these, for a balancer that is started again forgets."""

    batches: dict[str, int]
    acknowledged: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolerCounts(_Counts):
    """Transactions that went through the pooler, at least, and the most connections to PostgreSQL
    that it was seen to have in ``looks`` looks."""

    transactions: int
    connections: int
    looks: int


def balancer_counts(ledger: LedgerFrames) -> BalancerCounts | None:
    """Return what the balancer counted; None where none was watched."""
    rows = of_kind(ledger.topology, BalancedServerState)
    if rows.empty:
        return None
    by_server = list(rows.groupby("part", observed=True))
    return BalancerCounts(
        batches={str(name): _total(own, "batches") for name, own in by_server},
        acknowledged={str(name): _total(own, "acknowledged") for name, own in by_server},
        forgotten=_forgotten(rows),
    )


def pooler_counts(ledger: LedgerFrames) -> PoolerCounts | None:
    """Return what the pooler counted; None where none was watched."""
    rows = of_kind(ledger.topology, PoolerState)
    if rows.empty:
        return None
    return PoolerCounts(
        transactions=_total(rows, "transactions"),
        connections=int(rows["connections"].max()),
        looks=len(rows),
        forgotten=_forgotten(rows),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaCounts(_Counts):
    """Questions about freshness that the replica was asked by its own count, at least; the
    ``states`` of every look are its rows."""

    reads: int
    states: pd.DataFrame


def replica_counts(ledger: LedgerFrames) -> ReplicaCounts | None:
    """Return what the replica counted; None where none was watched."""
    rows = of_kind(ledger.topology, ReplicaState)
    if rows.empty:
        return None
    return ReplicaCounts(reads=_total(rows, "reads"), states=rows, forgotten=_forgotten(rows))


def freshness_answers(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the answers about freshness: when each was asked, by whom, and how many impressions it
    knows of. They say how fresh an answer is, and nothing of what is stored."""
    return of_kind(ledger.topology, FreshnessAnswer)


def _total(rows: pd.DataFrame, counter: str) -> int:
    """Return how far a counter came in all, each process having begun from 0."""
    return int(rows.groupby("pid")[counter].max().sum())


def _forgotten(rows: pd.DataFrame) -> tuple[tuple[int, int], ...]:
    lives = rows.groupby("pid")["mono_ns"].agg(["min", "max"]).sort_values("min")
    return tuple(
        (int(ended), int(began))
        for ended, began in zip(lives["max"].iloc[:-1], lives["min"].iloc[1:], strict=True)
    )
