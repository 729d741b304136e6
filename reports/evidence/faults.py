"""The network of a run: when each fault bit, and what the visitors' line was measured to be."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.ledger.kinds.network import (
    Calibration,
    FaultEnd,
    FaultStart,
    LineEnd,
    LineProfile,
    LineStart,
    NetworkRow,
)
from reports.core.kinds import of_kind, payloads
from reports.evidence.frame import LedgerFrames


@dataclass(frozen=True, slots=True)
class FaultSpan:
    """When a fault bit, in seconds since the run's start; ``end_s`` None: it was never healed."""

    name: str
    start_s: float
    end_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One quantity of a line: what it should be, between what it may lie (``high`` None: no upper
    bound), and its values ``before`` and ``after`` the visit, NaN where it could not be measured.
    """

    what: str
    nominal: float
    low: float
    high: float | None
    before: float | None
    after: float | None

    @property
    def values(self) -> list[float]:
        """Return what was measured, in order."""
        return [value for value in (self.before, self.after) if value is not None]

    def is_within(self, value: float) -> bool:
        """Return whether a value is within the tolerance."""
        return self.low <= value <= (math.inf if self.high is None else self.high)


def line_measured(ledger: LedgerFrames) -> list[Measured]:
    """Return what was measured of the visitors' line, of quantities that have a tolerance."""
    found: dict[str, Measured] = {}
    for one in payloads(ledger.network, Calibration):
        if one.low is None:
            continue
        measured = found.setdefault(
            one.what,
            Measured(
                what=one.what,
                nominal=one.nominal or 0.0,
                low=one.low,
                high=one.high,
                before=None,
                after=None,
            ),
        )
        found[one.what] = (
            replace(measured, before=one.value)
            if one.when == "before"
            else replace(measured, after=one.value)
        )
    return list(found.values())


def line_described(ledger: LedgerFrames) -> tuple[str, str]:
    """Return in words what the visitors' line should be, and what made it so."""
    profiles = payloads(ledger.network, LineProfile)
    if not profiles:
        return "The line: ", "an unknown backend"
    profile = profiles[-1]
    words = f"{profile.title}: {profile.nominal}"
    return "; ".join((words, *profile.deviations)), profile.backend


def fault_spans(ledger: LedgerFrames) -> list[FaultSpan]:
    """Return every fault and every bad line as it really was, seconds since the start; open ones
    without end."""
    spans = []
    for name, rows in ledger.network.groupby("fault"):
        for start, end in ((FaultStart, FaultEnd), (LineStart, LineEnd)):
            starts = ledger.seconds(of_kind(rows, start)["mono_ns"]).tolist()
            ends = ledger.seconds(of_kind(rows, end)["mono_ns"]).tolist()
            for number, start_s in enumerate(starts):
                end_s = float(ends[number]) if number < len(ends) else None
                spans.append(FaultSpan(name=str(name), start_s=float(start_s), end_s=end_s))
    return spans


def whole_span(
    ledger: LedgerFrames,
    start: type[NetworkRow] = FaultStart,
    end: type[NetworkRow] = FaultEnd,
) -> tuple[int, int] | None:
    """Return from when to when something was broken (monotonic ns): the first ``start`` and the
    last ``end``. None when the ledger lacks either."""
    starts = of_kind(ledger.network, start)["mono_ns"]
    ends = of_kind(ledger.network, end)["mono_ns"]
    if starts.empty or ends.empty:
        return None
    return int(starts.min()), int(ends.max())
