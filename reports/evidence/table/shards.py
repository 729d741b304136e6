"""What shards own and hold, what they were asked, and which buckets moved between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from harness.ledger.kinds.database import Final
from harness.ledger.kinds.monitoring.topology import (
    BucketOwned,
    BucketSwitched,
    PartSilent,
    ShardHolds,
    ShardState,
)
from reports.core.kinds import of_kind, payloads
from reports.evidence.frame import LedgerFrames


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardFacts:
    """``states`` of every look, ``holds`` and ``owned`` of the final read and ``moves`` are rows.

    ``reads`` is how often each shard was asked about freshness by its own count, at least: one that
    crashed has forgotten. ``died``: the shards that were out for a while.
    """

    states: pd.DataFrame
    holds: pd.DataFrame
    owned: pd.DataFrame
    moves: pd.DataFrame
    reads: Mapping[str, int]
    died: frozenset[str]

    def shard_of(self, bucket: int) -> str:
        """Return which shard owns a bucket at the end, empty where none does."""
        found = self.owned[self.owned["bucket"] == bucket]["part"]
        return str(found.iloc[0]) if len(found) else ""


def unread_shards(ledger: LedgerFrames) -> list[str]:
    """Return in words which shards the final read did not read, or that it has other rows than they
    hold."""
    facts, finals = shard_facts(ledger), payloads(ledger.database, Final)
    if facts is None or not finals or ledger.is_part:
        return []
    unread = sorted(set(facts.states["part"].astype(str)) - set(facts.holds["part"].astype(str)))
    if unread:
        return [f"the final read is not of {', '.join(unread)}"]
    held = int(facts.holds["stored"].sum())
    if held != finals[-1].rows:
        return [f"the final read has {finals[-1].rows} rows, and the shards hold {held}"]
    return []


def shard_facts(ledger: LedgerFrames) -> ShardFacts | None:
    """Return what is known of shards; None where none was watched."""
    states = of_kind(ledger.topology, ShardState)
    if states.empty:
        return None
    by_life = states.groupby(["part", "pid"], observed=True)["reads"].max()
    reads = by_life.groupby("part", observed=True).sum()
    silent = of_kind(ledger.topology, PartSilent)["part"].astype(str)
    return ShardFacts(
        states=states,
        holds=of_kind(ledger.topology, ShardHolds),
        owned=of_kind(ledger.topology, BucketOwned),
        moves=of_kind(ledger.topology, BucketSwitched),
        reads={str(part): int(count) for part, count in reads.items()},
        died=frozenset(name for name in silent if name.startswith("shard-")),
    )
