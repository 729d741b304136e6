"""Calibration: the network was as bad as planned."""

from __future__ import annotations

import math

from harness.ledger.kinds.network import Calibration
from reports.checks.base import Figures, check
from reports.core.kinds import payloads
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding


@check(instrument=True)
def calibrated(evidence: Evidence) -> Finding:
    """Before and after the cell the path was as slow, narrow and lossy as planned.

    Round trip, each way's time, rate, loss and the time of one piece, each within its tolerance.
    Never a failure: what was tried on another network than planned says nothing about the target.
    """
    measures = payloads(evidence.ledger.network, Calibration)
    judged = [one for one in measures if one.judged]
    figures = Figures(n=len(judged))
    moments = {one.when for one in judged}
    if not {"before", "after"} <= moments:
        missing = " and ".join(sorted({"before", "after"} - moments))
        return figures.undecided(f"the path was not calibrated {missing} the visit")
    off = [_sentence(one) for one in judged if not _is_within(one)]
    if off:
        return figures.undecided("; ".join(off))
    trips = [one.value for one in judged if one.what == "round_trip_ms"]
    aside = f", round trip {max(trips):.1f} ms at most" if trips else ""
    return figures.passed(f"{len(judged)} measures within tolerance{aside}")


def _is_within(measure: Calibration) -> bool:
    """Return whether a measure is within its tolerance; one without a tolerance is not."""
    if math.isnan(measure.value) or measure.low is None:
        return False
    return measure.low <= measure.value <= (math.inf if measure.high is None else measure.high)


def _sentence(measure: Calibration) -> str:
    """Return a measure that is out of tolerance in words."""
    what, when = measure.what, measure.when
    if math.isnan(measure.value):
        return f"{what} could not be measured {when}: {measure.note or 'no reason given'}"
    aside = "" if measure.nominal is None else f", nominal {measure.nominal:g}"
    return f"{what} was {measure.value:g} {when}{aside}"
