"""What a bad network should lead to, and whether it was as bad as was said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from harness.ledger.schema import Saw
from reports.checks.base import failed, passed, undecided
from reports.evidence.evidence import Evidence
from reports.evidence.fates import VIEW
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import (
    Sight,
    attempts,
    detail_of,
    ids_of,
    ms_of,
    pages,
    reason_of,
    records,
)
from reports.statistics.share import Decision, decide_share_below
from reports.verdict.verdict import Finding

P95_SHARE = 0.05
SIGMAS = 3.0
LATE_TIMER_S = 0.5
"""So late a timer of some seconds may be on a busy machine (``reports.checks.page.retries``)."""
ENOUGH = 10
"""Fewer requests say nothing; so few only that the recorder is not worse by half."""


def calibrated(evidence: Evidence) -> Finding:
    """Before and after the cell the path was as slow, narrow and lossy as it was said to be.

    Round trip, each way's time, rate, loss and the time of one piece, each within its tolerance.
    Never a failure: what was tried on another network than planned says nothing about the target.
    """
    name = "calibrated"
    rows = evidence.ledger.network
    measures = [
        {"value": row["value"], **detail_of(row["detail"])}
        for row in records(rows[rows["kind"] == "calibration"])
    ]
    judged = [one for one in measures if one.get("judged", True)]
    moments = {one.get("when") for one in judged}
    if not {"before", "after"} <= moments:
        missing = " and ".join(sorted({"before", "after"} - moments))
        return undecided(name, f"the path was not calibrated {missing} the visit", n=len(judged))
    off = [_sentence(one) for one in judged if not _is_within(one)]
    if off:
        return undecided(name, "; ".join(off), n=len(judged))
    trips = [one["value"] for one in judged if one.get("what") == "round_trip_ms"]
    told = f", round trip {max(trips):.1f} ms at most" if trips else ""
    return passed(name, f"{len(judged)} measures within tolerance{told}", n=len(judged))


def _is_within(measure: dict[str, Any]) -> bool:
    low, high, value = measure.get("low"), measure.get("high"), measure["value"]
    if pd.isna(value) or low is None:
        return False
    return bool(low <= value <= (math.inf if high is None else high))


def _sentence(measure: dict[str, Any]) -> str:
    what, when = measure.get("what", "something"), measure.get("when", "once")
    if pd.isna(measure["value"]):
        return f"{what} could not be measured {when}: {measure.get('note') or 'no reason given'}"
    nominal = measure.get("nominal")
    meant = "" if nominal is None else f", nominal {nominal:g}"
    return f"{what} was {measure['value']:g} {when}{meant}"


def queue_peaked(evidence: Evidence, *, least: float) -> Finding:
    """While the fault lasted (or the bad line, where there was no fault) a page's queue grew to so
    many ids at least."""
    name = "queue_peaked"
    ledger = evidence.ledger
    client, span = ledger.client, _fault_span(ledger) or _fault_span(ledger, kind="line")
    if span is None:
        return undecided(name, "the ledger holds no whole span of a fault or a line", n=0)
    during = client[client["mono_ns"].between(*span)]
    depths = during["queue_depth"].dropna()
    if depths.empty:
        return undecided(name, "no page told of its queue while the fault lasted", n=0)
    peak = int(depths.max())
    figures = {"measured": float(peak), "target": least, "unit": "ids", "n": len(depths)}
    if peak < least:
        return failed(name, f"the queue never held more than {peak} ids", **figures)
    return passed(name, f"the queue grew to {peak} ids", **figures)


def mass_flush(evidence: Evidence, *, within_s: float) -> Finding:
    """What had waited when the fault ended went in one go: from the first answer to the last of it
    no more than the bound passed."""
    name = "mass_flush"
    ledger, span = evidence.ledger, _fault_span(evidence.ledger)
    if span is None:
        return undecided(name, "the ledger holds no whole fault span", n=0)
    client = ledger.client
    answers = records(client[client["kind"] == "acknowledged"].sort_values("mono_ns"))
    told: dict[tuple[str, str], int] = {}
    for row in answers:
        for artwork in ids_of(row):
            told.setdefault((str(row["user"]), artwork), int(row["mono_ns"]))
    viewer = ledger.viewer
    shown = viewer[(viewer["kind"] == Saw.VIEW_SHOWN.value) & (viewer["mono_ns"] <= span[1])]
    keys = {(str(row["user"]), str(row["artwork"])) for row in records(shown)}
    waiting = {key: told.get(key) for key in keys if told.get(key, span[1] + 1) > span[1]}
    figures = {"target": within_s, "unit": "s", "n": len(waiting)}
    if len(waiting) < 2:
        return undecided(name, f"{len(waiting)} ids waited when the fault ended", **figures)
    times = [when for when in waiting.values() if when is not None]
    if len(times) < len(waiting):
        never = len(waiting) - len(times)
        return failed(name, f"{never} of {len(waiting)} ids were never acknowledged", **figures)
    took_s = (max(times) - min(times)) / 1e9
    sentence = f"{len(waiting)} ids that had waited were acknowledged within {took_s:.2f} s"
    if took_s > within_s:
        return failed(name, sentence, measured=took_s, **figures)
    return passed(name, sentence, measured=took_s, **figures)


def no_retries(evidence: Evidence) -> Finding:
    """No page had to send anything twice, or had a request without an answer."""
    name = "no_retries"
    client = evidence.ledger.client
    sent = attempts(client)
    if sent.empty:
        return undecided(name, "no page sent anything", n=0)
    again = int((sent["attempt"] > 1).sum())
    planned = sum(
        "online" not in reason_of(row)
        for row in records(client[client["kind"] == "retry_scheduled"])
    )
    unanswered = int((client["kind"] == "unknown").sum())
    figures = {"measured": float(again), "target": 0.0, "unit": "requests", "n": len(sent)}
    if again or planned or unanswered:
        sentence = (
            f"{again} of {len(sent)} requests were repetitions, {planned} retries were planned, "
            f"{unanswered} requests had no answer"
        )
        return failed(name, sentence, **figures)
    return passed(name, f"none of {len(sent)} requests was a repetition", **figures)


def timed_out_then(evidence: Evidence, *, transport: str = "") -> Finding:
    """An attempt timed out, and the same batch went on over that transport (any, where none is
    named) and was acknowledged."""
    name = "timed_out_then"
    timeouts = followed = answered = 0
    for _, rows in pages(evidence.ledger.client):
        told = records(rows)
        for place, row in enumerate(told):
            if row["kind"] != "unknown" or "timeout" not in reason_of(row):
                continue
            timeouts += 1
            later = [one for one in told[place + 1 :] if one["batch"] == row["batch"]]
            after = next((one for one in later if one["kind"] == "attempt"), None)
            if after is not None and transport in ("", after["transport"]):
                followed += 1
                answered += any(one["kind"] == "acknowledged" for one in later)
    sent = len(attempts(evidence.ledger.client))
    figures = {"measured": float(answered), "target": 1.0, "unit": "batches", "n": sent}
    if sent == 0:
        return undecided(name, "no page sent anything", **figures)
    sentence = (
        f"{timeouts} attempts timed out, {followed} went on over {transport or 'some transport'}, "
        f"{answered} of those were acknowledged"
    )
    if answered == 0:
        return failed(name, sentence, **figures)
    return passed(name, sentence, **figures)


def first_retry_soon(evidence: Evidence, *, within_s: float) -> Finding:
    """After a failure that was the first in a row the page in front tried again within the bound.

    Counted from the failure to the page's next attempt, over whatever transport: falling back at
    once is a retry. Not judged: answers by which the server asked for a pause, and pages that hid
    meanwhile.
    """
    name = "first_retry_soon"
    waits_ms: list[float] = []
    for _, rows in pages(evidence.ledger.client):
        sight, planned = Sight(rows), 0
        failure: dict[str, Any] | None = None
        for row in records(rows):
            kind = row["kind"]
            sight.take(row)
            if kind == "unknown":
                asked = not pd.isna(row["status"]) and row["status"] in (429, 503)
                failure = row if sight.visible and planned == 0 and not asked else None
            elif kind == "retry_scheduled":
                planned += "online" not in reason_of(row)
            elif kind in ("visibility", "pagehide", "pageshow"):
                failure = None
            elif kind == "attempt" and failure is not None:
                waits_ms.append(ms_of(row) - ms_of(failure))
                failure = None
            elif kind == "acknowledged":
                planned = 0
    known = [wait for wait in waits_ms if not math.isnan(wait)]
    figures = {"target": within_s, "unit": "s", "n": len(known)}
    if not known:
        return undecided(name, "no page in front had to try again", **figures)
    worst_s = max(known) / 1000
    sentence = f"{len(known)} first retries, the latest {worst_s:.2f} s after its failure"
    if worst_s > within_s + LATE_TIMER_S:
        return failed(name, sentence, measured=worst_s, **figures)
    if len(known) < len(waits_ms):
        return undecided(name, f"{sentence}; others do not say when", measured=worst_s, **figures)
    return passed(name, sentence, measured=worst_s, **figures)


def acknowledged_p95(evidence: Evidence, *, limit_ms: float) -> Finding:
    """19 of 20 views were acknowledged to their page within the limit, counted from the view."""
    name = "acknowledged_p95"
    ledger = evidence.ledger
    shown = ledger.viewer[ledger.viewer["kind"] == Saw.VIEW_SHOWN.value]
    if shown.empty:
        return undecided(name, "nothing was shown", n=0)
    told: dict[tuple[str, ...], int] = {}
    done = ledger.client[ledger.client["kind"] == "acknowledged"].sort_values("mono_ns")
    for row in records(done):
        for artwork in ids_of(row):
            key = {"user": str(row["user"]), "tab": str(row["tab"]), "artwork": artwork}
            told.setdefault(tuple(key[part] for part in VIEW), int(row["mono_ns"]))
    first = shown.drop_duplicates(VIEW)
    keys = [tuple(str(part) for part in values) for values in first[list(VIEW)].values]
    at_ns = first["mono_ns"].to_numpy(dtype=float)
    took_ms = (np.array([told.get(key, math.inf) for key in keys]) - at_ns) / 1e6
    at_s = ledger.seconds(first["mono_ns"]).to_numpy(dtype=float)
    share = decide_share_below(took_ms >= limit_ms, P95_SHARE, at_s=at_s)
    p95_ms = float(np.quantile(took_ms, 0.95, method="higher"))
    figures = {"measured": p95_ms, "target": limit_ms, "unit": "ms", "n": share.n}
    sentence = f"{share.count} of {share.n} views took {limit_ms:g} ms or more, p95 {p95_ms:.0f} ms"
    if share.decision is Decision.MET:
        return passed(name, sentence, **figures)
    if share.decision is Decision.MISSED:
        return failed(name, sentence, **figures)
    return undecided(name, f"{sentence}: too few to say", **figures)


def soon_as_reference(evidence: Evidence, *, within_s: float) -> Finding:
    """While the fault lasted batches were acknowledged within the bound, counted from their first
    attempt, no more rarely than a plain client's requests on the same line.

    The plain client opens a connection for every request and tries once. The share may be lower by
    three standard errors of the difference.
    """
    name = "soon_as_reference"
    ledger, span = evidence.ledger, _fault_span(evidence.ledger)
    if span is None:
        return undecided(name, "the ledger holds no whole fault span", n=0)
    client, network = ledger.client, ledger.network
    latest = span[1] - within_s * 1e9  # what began later had help from the end of the fault
    begun = attempts(client).drop_duplicates(["tab", "batch"])
    begun = begun[begun["mono_ns"].between(span[0], latest)]
    done = client[client["kind"] == "acknowledged"].drop_duplicates(["tab", "batch"])
    both = begun.merge(done, on=["tab", "batch"], how="left", suffixes=("", "_done"))
    took_s = (both["mono_ns_done"] - both["mono_ns"]).astype("Float64") / 1e9
    soon = (took_s <= within_s).fillna(False)  # what was never answered was not answered soon
    sent = [
        (int(detail_of(row["detail"]).get("sent_mono_ns", 0)), row["value"])
        for row in records(network[network["kind"] == "reference"])
    ]
    plain = [took for at_ns, took in sent if span[0] <= at_ns <= latest]
    n, beside = len(both), len(plain)
    figures = {"unit": "share", "n": n}
    if n < ENOUGH or beside < ENOUGH:
        told = f"{n} batches and {beside} requests of the plain client"
        return undecided(name, f"{told} are too few, {ENOUGH} of each are needed", **figures)
    rate, usual = float(soon.mean()), sum(took <= within_s for took in plain) / beside
    pooled = (soon.sum() + usual * beside) / (n + beside)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / beside))
    least = usual - SIGMAS * error
    sentence = (
        f"{rate:.0%} of {n} batches within {within_s:g} s, "
        f"{usual:.0%} of {beside} requests of a plain client"
    )
    if rate < least:
        return failed(name, sentence, measured=rate, target=least, **figures)
    return passed(name, sentence, measured=rate, target=least, **figures)


def _fault_span(ledger: LedgerFrames, *, kind: str = "fault") -> tuple[int, int] | None:
    """Return from when to when something was broken, or None without a whole span."""
    network = ledger.network
    starts = network[network["kind"] == f"{kind}_start"]["mono_ns"]
    ends = network[network["kind"] == f"{kind}_end"]["mono_ns"]
    if starts.empty or ends.empty:
        return None
    return int(starts.min()), int(ends.max())
