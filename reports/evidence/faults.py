"""The network of a run: when each fault bit, and what the visitors' line was measured to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import detail_of, records


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
    network = ledger.network
    by_what: dict[str, dict[str, Any]] = {}
    for row in records(network[network["kind"] == "calibration"]):
        detail = detail_of(row["detail"])
        if "what" in detail and detail.get("low") is not None:
            one = by_what.setdefault(str(detail["what"]), detail)
            one[str(detail.get("when"))] = math.nan if pd.isna(row["value"]) else row["value"]
    return [
        Measured(
            what=what,
            nominal=float(one.get("nominal") or 0.0),
            low=float(one["low"]),
            high=None if one.get("high") is None else float(one["high"]),
            before=one.get("before"),
            after=one.get("after"),
        )
        for what, one in by_what.items()
    ]


def line_described(ledger: LedgerFrames) -> tuple[str, str]:
    """Return in words what the visitors' line should be, and what made it so."""
    network = ledger.network
    profiles = records(network[network["kind"] == "profile"])
    facts = detail_of(profiles[-1]["detail"]) if profiles else {}
    words = f"{facts.get('title', 'The line')}: {facts.get('nominal', '')}"
    return "; ".join((words, *facts.get("deviations", ()))), str(facts.get("backend"))


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
