"""The faults of a run, when each of them bit."""

from __future__ import annotations

from dataclasses import dataclass

from reports.evidence.frame import LedgerFrames


@dataclass(frozen=True, slots=True)
class FaultSpan:
    """When a fault bit, in seconds since the run's start; ``end_s`` None: it was never healed."""

    name: str
    start_s: float
    end_s: float | None


def fault_spans(ledger: LedgerFrames) -> list[FaultSpan]:
    """Return every fault and every bad line as it really was, seconds since the start; open ones
    without end."""
    spans = []
    for name, rows in ledger.network.groupby("fault"):
        for kind in ("fault", "line"):
            starts = ledger.seconds(rows[rows["kind"] == f"{kind}_start"]["mono_ns"]).tolist()
            ends = ledger.seconds(rows[rows["kind"] == f"{kind}_end"]["mono_ns"]).tolist()
            for number, start_s in enumerate(starts):
                end_s = float(ends[number]) if number < len(ends) else None
                spans.append(FaultSpan(name=str(name), start_s=float(start_s), end_s=end_s))
    return spans


def whole_span(ledger: LedgerFrames, *, kind: str = "fault") -> tuple[int, int] | None:
    """Return from when to when something was broken (monotonic ns): the first start and the last
    end of that kind, ``fault`` or ``line``. None when the ledger lacks either."""
    network = ledger.network
    starts = network[network["kind"] == f"{kind}_start"]["mono_ns"]
    ends = network[network["kind"] == f"{kind}_end"]["mono_ns"]
    if starts.empty or ends.empty:
        return None
    return int(starts.min()), int(ends.max())
