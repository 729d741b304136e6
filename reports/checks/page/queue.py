"""A page's queue adds up: what came in is still there, or went out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from harness.ledger.kinds.client import Adopted, QueueState
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import decoded, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ids_of
from reports.verdict.verdict import Finding

_IN = ("recorded", "adopted")
_OUT = ("totalFlushed", "refused", "queueDepth", "inFlight", "held")
_HEARD_WITHIN_NS = 60_000_000_000
_CLOCK_NS = 20_000_000
"""Two processes may read the clock so far apart, and browsers round it."""


@check(
    needs={Capability.TELEMETRY},
    always=True,
    applies=lambda evidence: any(_counted(evidence.ledger)),
)
def queue_adds_up(evidence: Evidence) -> Finding:
    """What a page recorded or took over is flushed, refused, held, queued or under way, by its own
    counters at every moment they are read; another page may have taken the rest over."""
    ledger = evidence.ledger
    taken = [
        (_since_ns(row), decoded(row, Adopted).reason, len(ids_of(row)))
        for row in records(of_kind(ledger.client, Adopted))
    ]
    wrong, readings = list[str](), 0
    for row, counters in _counted(ledger):
        readings += 1
        tab, at_ns = str(row["tab"]), int(row["wall_ns"])
        missing = sum(counters[name] for name in _IN) - sum(counters[name] for name in _OUT)
        explained = sum(ids for ns, owner, ids in taken if owner == tab and ns <= at_ns)
        if not 0 <= missing <= explained:
            words = f"forgot {missing} views" if missing > 0 else f"has {-missing} views too many"
            wrong.append(f"tab {tab[:8]} {words}")
    if not readings:
        return no_evidence("no page reported the counters of its queue")
    figures = Figures(measured=len(wrong), target=0, unit="readings", n=readings)
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {readings} times a page's queue did not add up: {wrong[0]}",
            examples=list(dict.fromkeys(wrong))[:EXAMPLES_MAX],
        )
    return figures.passed(f"{readings} times a page's queue added up")


def _since_ns(adoption: dict[str, Any]) -> int:
    """Return from when on (wall-clock ns) an adoption explains what its owner lacks.

    It is reported some time after it happened. A page whose clock is set otherwise cannot say when.
    """
    heard_ns, page_ns = int(adoption["wall_ns"]), adoption["page_wall_ns"]
    if pd.isna(page_ns) or not 0 <= heard_ns - int(page_ns) <= _HEARD_WITHIN_NS:
        return 0
    return int(page_ns) - _CLOCK_NS


def _counted(ledger: LedgerFrames) -> Iterator[tuple[dict[str, Any], Mapping[str, int]]]:
    """Yield the readings of a page's queue that have every counter, with these."""
    for row in records(of_kind(ledger.client, QueueState)):
        telemetry = decoded(row, QueueState).telemetry or {}
        counters = {name: telemetry[name] for name in (*_IN, *_OUT) if name in telemetry}
        if len(counters) == len(_IN) + len(_OUT):
            yield row, counters
