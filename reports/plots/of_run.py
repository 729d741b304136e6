"""The pictures of one judged run, made from its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reports.core.types import Floats
from reports.evidence.columnar import give_back
from reports.evidence.evidence import Evidence
from reports.evidence.faults import FaultSpan, fault_spans, line_described, line_measured
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import attempt_times, queue_depths
from reports.evidence.requests import requests
from reports.evidence.table.pool import pool_history
from reports.evidence.tabs import adoptions, crashes, tab_lives
from reports.plots.alerts import alert_lives, alerts_over_time, quiet_s
from reports.plots.delivery import shown_minus_durable
from reports.plots.drawing.picture import Picture
from reports.plots.latency import latency_over_time
from reports.plots.line import nominal_and_measured
from reports.plots.load import load_over_time, use_over_time
from reports.plots.pool import pool_over_time
from reports.plots.queue import queue_over_time
from reports.plots.tabs import tabs_over_time

_AT_A_TIME = 1 << 20


def pictures_of(evidence: Evidence) -> list[Picture]:
    """Return what can be drawn of a run: delivery always, the others where there is evidence."""
    ledger = evidence.ledger
    faults = fault_spans(ledger)
    limit_ms = _limit(ledger, "latency_p95", "limit_ms")
    drawn = [_delivery(evidence, faults)]
    if ledger.in_short:
        give_back(everything=True)
    if lives := tab_lives(ledger, evidence.fates):
        drawn.append(tabs_over_time(lives, adoptions(ledger), crashes(ledger), faults))
    if alerts := alert_lives(ledger):
        drawn.append(alerts_over_time(alerts, quiet_s(ledger), faults))
    if depths := queue_depths(ledger):
        drawn.append(queue_over_time(depths, *attempt_times(ledger), faults))
    if history := pool_history(ledger):
        drawn.append(pool_over_time(history, faults))
    if measured := line_measured(ledger):
        drawn.append(nominal_and_measured(*line_described(ledger), measured))
    if not ledger.load.empty:
        drawn.append(load_over_time(ledger, limit_ms, faults))
        cpu_limit = _limit(ledger, "database_cpu", "limit_percent")
        drawn.append(use_over_time(ledger, cpu_limit, faults))
    answered = requests(ledger)
    if not answered.empty:
        at_s, response_ms, ok = (answered[name] for name in ("at_s", "response_ms", "ok"))
        drawn.append(
            latency_over_time(
                at_s.to_numpy(dtype=float),
                response_ms.to_numpy(dtype=float),
                ok.to_numpy(dtype=bool),
                target_ms=limit_ms,
                faults=faults,
            )
        )
    return drawn


def _delivery(evidence: Evidence, faults: Sequence[FaultSpan]) -> Picture:
    """Draw what was shown and what was durable; of a large ledger each is one array, in order."""
    impressions, start_ns = evidence.fates.impressions, evidence.ledger.start_ns
    shown, durable = (_in_order_s(impressions[n], start_ns) for n in ("shown_ns", "durable_ns"))
    return shown_minus_durable(shown, durable, faults)


def _in_order_s(times_ns: pd.Series, start_ns: int) -> Floats:
    """Return the times that are known as seconds since the start, in order. A large ledger has tens
    of millions: they are copied once, and made seconds where they are."""
    missing = times_ns.isna().to_numpy()
    known = np.array(times_ns[~missing] if missing.any() else times_ns, dtype=np.int64)
    known -= start_ns
    known.sort()
    found = known.view(np.float64)
    for first in range(0, len(known), _AT_A_TIME):
        some = slice(first, first + _AT_A_TIME)
        found[some] = known[some] / 1e9
    return found


def _limit(ledger: LedgerFrames, check: str, parameter: str) -> float | None:
    limits = [c.parameters.get(parameter) for c in ledger.run.plan.checks if c.name == check]
    return float(limits[0]) if limits and limits[0] is not None else None
