"""The pictures of one judged run, made from its evidence."""

from __future__ import annotations

from harness.observations import Saw
from reports.checks import Evidence
from reports.frame import LedgerFrames
from reports.measures import requests
from reports.plots import FaultSpan, Picture, latency_over_time, shown_minus_durable


def pictures_of(evidence: Evidence) -> list[Picture]:
    """Return what can be drawn of a run: delivery always, latency where an answer was read."""
    ledger = evidence.ledger
    faults = fault_spans(ledger)
    shown = ledger.viewer[ledger.viewer["kind"] == Saw.VIEW_SHOWN.value]
    first_shown = shown.groupby(["user", "artwork"])["mono_ns"].min()
    durable = evidence.fates.impressions["durable_ns"].dropna()
    drawn = [
        shown_minus_durable(
            sorted(ledger.seconds(first_shown).astype(float)),
            sorted(ledger.seconds(durable).astype(float)),
            faults,
        )
    ]
    answered = requests(ledger)
    if not answered.empty:
        drawn.append(
            latency_over_time(
                answered["at_s"].astype(float).tolist(),
                answered["response_ms"].astype(float).tolist(),
                answered["ok"].astype(bool).tolist(),
                target_ms=_target_ms(ledger),
                faults=faults,
            )
        )
    return drawn


def fault_spans(ledger: LedgerFrames) -> list[FaultSpan]:
    """Return every fault as it really happened, seconds since the start; open ones without end."""
    spans = []
    for name, rows in ledger.network.groupby("fault"):
        starts = ledger.seconds(rows[rows["kind"] == "fault_start"]["mono_ns"]).tolist()
        ends = ledger.seconds(rows[rows["kind"] == "fault_end"]["mono_ns"]).tolist()
        for number, start_s in enumerate(starts):
            end_s = float(ends[number]) if number < len(ends) else None
            spans.append(FaultSpan(name=str(name), start_s=float(start_s), end_s=end_s))
    return spans


def _target_ms(ledger: LedgerFrames) -> float | None:
    limits = [
        c["parameters"]["limit_ms"] for c in ledger.run["checks"] if c["name"] == "latency_p95"
    ]
    return float(limits[0]) if limits else None
