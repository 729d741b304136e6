"""When connections may have broken, so that a browser may repeat a request by itself."""

from __future__ import annotations

import math

from harness.ledger.kinds.client import Adopted, TabKilled
from harness.ledger.kinds.network import (
    BrowserKilled,
    DatabaseKilled,
    FaultEnd,
    FaultInjecting,
    FaultStart,
    PageCrashed,
    SentinelArmed,
    ServerKilled,
)
from reports.core.kinds import of_kind
from reports.evidence.frame import LedgerFrames

Span = tuple[float, float]
"""From when to when, monotonic ns."""


def disturbances(ledger: LedgerFrames) -> list[Span]:
    """Return the spans in which connections of any client may have broken.

    A fault that acts on single requests at the gateway is not among them: each request that it acts
    on has a row of its own. Nor is a slow line: it keeps its connections.
    """
    network = ledger.network
    by_request = set(of_kind(network, SentinelArmed)["fault"])
    spans: list[Span] = []
    for name, rows in network.groupby("fault"):
        if name in by_request:
            continue
        starts = of_kind(rows, FaultInjecting)["mono_ns"].tolist()
        starts = starts or of_kind(rows, FaultStart)["mono_ns"].tolist()
        ends = of_kind(rows, FaultEnd)["mono_ns"].tolist()
        for number, start in enumerate(starts):
            spans.append((start, ends[number] if number < len(ends) else math.inf))
    killed = of_kind(network, ServerKilled, DatabaseKilled, BrowserKilled, PageCrashed)
    passed_on = of_kind(ledger.client, Adopted, TabKilled)  # the heir may not know the last number
    for moment in [*killed["mono_ns"], *passed_on["mono_ns"]]:
        spans.append((moment, moment))
    return spans


def is_disturbed(spans: list[Span], begin_ns: float, end_ns: float) -> bool:
    """Return whether one of the spans and the time from ``begin_ns`` to ``end_ns`` overlap."""
    return any(begin_ns <= end and start <= end_ns for start, end in spans)


def has_heirs(ledger: LedgerFrames) -> bool:
    """Return whether a tab may have sent what another had left: what a page sent last may not have
    reached the disk."""
    crashes = of_kind(ledger.network, BrowserKilled, PageCrashed)
    return bool(len(crashes) or len(of_kind(ledger.client, Adopted, TabKilled)))
