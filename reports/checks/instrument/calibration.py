"""Calibration: the network was as bad as planned."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from reports.checks.base import Figures, check
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    detail_of,
    records,
)
from reports.verdict.verdict import Finding


@check()
def calibrated(evidence: Evidence) -> Finding:
    """Before and after the cell the path was as slow, narrow and lossy as planned.

    Round trip, each way's time, rate, loss and the time of one piece, each within its tolerance.
    Never a failure: what was tried on another network than planned says nothing about the target.
    """
    rows = evidence.ledger.network
    measures = [
        {"value": row["value"], **detail_of(row["detail"])}
        for row in records(rows[rows["kind"] == "calibration"])
    ]
    judged = [one for one in measures if one.get("judged", True)]
    figures = Figures(n=len(judged))
    moments = {one.get("when") for one in judged}
    if not {"before", "after"} <= moments:
        missing = " and ".join(sorted({"before", "after"} - moments))
        return figures.undecided(f"the path was not calibrated {missing} the visit")
    off = [_sentence(one) for one in judged if not _is_within(one)]
    if off:
        return figures.undecided("; ".join(off))
    trips = [one["value"] for one in judged if one.get("what") == "round_trip_ms"]
    aside = f", round trip {max(trips):.1f} ms at most" if trips else ""
    return figures.passed(f"{len(judged)} measures within tolerance{aside}")


def _is_within(measure: dict[str, Any]) -> bool:
    """Return whether a measure is within its tolerance; one without a tolerance is not."""
    low, high, value = measure.get("low"), measure.get("high"), measure["value"]
    if pd.isna(value) or low is None:
        return False
    return bool(low <= value <= (math.inf if high is None else high))


def _sentence(measure: dict[str, Any]) -> str:
    """Return a measure that is out of tolerance in words."""
    what, when = measure.get("what", "something"), measure.get("when", "once")
    if pd.isna(measure["value"]):
        return f"{what} could not be measured {when}: {measure.get('note') or 'no reason given'}"
    nominal = measure.get("nominal")
    aside = "" if nominal is None else f", nominal {nominal:g}"
    return f"{what} was {measure['value']:g} {when}{aside}"
