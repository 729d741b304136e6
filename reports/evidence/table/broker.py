"""What a message queue counted and saw over a run, the broker's restarts included."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.ledger.kinds.monitoring.topology import (
    BrokerState,
    DeadLetter,
    MessageDelivered,
    MessagePublished,
    TraceBegun,
    TraceEnded,
)
from harness.ledger.kinds.server import BatchConfirmed, BatchReceipt
from reports.core.kinds import of_kind
from reports.core.types import Flags
from reports.evidence.frame import LedgerFrames

COUNTERS = (
    *("published", "confirmed", "returned", "dropped", "delivered", "unguarded", "redelivered"),
    *("settled", "dead"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerCounts:
    """``looks``: every look at the broker, its counters added up over its lives, for one that is
    started again counts from 0. ``blind``: from the last look at a process to the first look at
    the one after it (monotonic ns): what was counted then is forgotten."""

    looks: pd.DataFrame
    blind: tuple[tuple[int, int], ...]

    def total(self, counter: str) -> int:
        """Return how far a counter came in all, at least."""
        return int(self.looks[counter].max())

    @property
    def depths(self) -> pd.Series:
        """Return how many messages were in the queue at each look, by its time (monotonic ns), with
        workers or without; missing where the look did not name the queue."""
        found = self.looks["ready"].astype("Float64") + self.looks["unsettled"].astype("Float64")
        return found.set_axis(self.looks["mono_ns"].astype("int64"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTraces:
    """Messages by the broker's own trace: ``published`` and ``delivered``, one row each; ``dead``:
    what lies with the dead letters. ``heard``: from when to when the trace was read."""

    published: pd.DataFrame
    delivered: pd.DataFrame
    dead: pd.DataFrame
    heard: tuple[tuple[float, float], ...]

    def was_heard(self, moments_ns: pd.Series) -> Flags:
        """Return for each moment whether the trace was read then."""
        known = np.zeros(len(moments_ns), dtype=bool)
        for begin, end in self.heard:
            known |= moments_ns.between(begin, end).to_numpy(dtype=bool)
        return known


def broker_counts(ledger: LedgerFrames) -> BrokerCounts | None:
    """Return what the broker counted; None where none was watched."""
    rows = of_kind(ledger.topology, BrokerState)
    if rows.empty:
        return None
    before = dict.fromkeys(COUNTERS, 0)
    lives, spans = [], list[tuple[int, int]]()
    for _, life in sorted(rows.groupby("pid"), key=lambda one: int(one[1]["mono_ns"].min())):
        lives.append(life.assign(**{name: life[name] + before[name] for name in COUNTERS}))
        before = {name: int(lives[-1][name].max()) for name in COUNTERS}
        spans.append((int(life["mono_ns"].min()), int(life["mono_ns"].max())))
    blind = tuple((spans[n][1], spans[n + 1][0]) for n in range(len(spans) - 1))
    return BrokerCounts(looks=pd.concat(lives), blind=blind)


def message_traces(ledger: LedgerFrames) -> MessageTraces | None:
    """Return what the broker's trace says; None where it was never read."""
    topology = ledger.topology
    begun = of_kind(topology, TraceBegun)["mono_ns"].tolist()
    if not begun:
        return None
    ended = of_kind(topology, TraceEnded)["mono_ns"].tolist()
    spans = [
        (float(begin), float(min((end for end in ended if end >= begin), default=math.inf)))
        for begin in begun
    ]
    return MessageTraces(
        published=of_kind(topology, MessagePublished),
        delivered=of_kind(topology, MessageDelivered),
        dead=of_kind(topology, DeadLetter),
        heard=tuple(spans),
    )


def confirmed_batches(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the batches that a server says a broker has confirmed."""
    return of_kind(ledger.server, BatchConfirmed)


def committed_batches(ledger: LedgerFrames) -> pd.DataFrame:
    """Return the receipts of what was committed."""
    receipts = of_kind(ledger.server, BatchReceipt)
    return receipts[receipts["committed_mono_ns"].notna()]


def named(rows: pd.DataFrame) -> pd.Index:
    """Return each row's batch and attempt as one name; rows without a batch have none."""
    own = rows[rows["batch"].notna()]
    attempts = own["attempt"].fillna(0).astype("int64").astype(str)
    return pd.Index(own["batch"].astype(str) + " attempt " + attempts)
