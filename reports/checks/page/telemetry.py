"""A page's own counters and logs agree with the ledger."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.ledger.kinds.client import (
    Acknowledged,
    BatchRefused,
    BeaconQueued,
    BeaconRefused,
    QueueState,
    RetryScheduled,
    Unanswered,
)
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import decoded, is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    answers_to,
    attempts,
    ids_of,
    reason_of,
)
from reports.statistics.share import THREE_SIGMAS, binomial_at_least, binomial_at_most
from reports.verdict.verdict import Finding

_NAMED = 4
_LOG_LINES = "log lines"
_IN_MOTION_NS = 250_000_000
"""A page's counters are read over another line than its events; so far apart they may cross."""


@check(needs={Capability.TELEMETRY, Capability.PAGE_EVENTS})
def telemetry_reconciles(evidence: Evidence, *, beacons_count: float) -> Finding:
    """Each page's counters agree with the ledger, up to when they were last read.

    ``flushSuccess`` and ``totalFlushed`` are batches and ids that were acknowledged (with
    ``beacons_count`` 1 also those the browser took as a beacon), attempts by transport are the
    attempts it reported, recorded are the views that were shown in it.
    """
    client = evidence.ledger.client
    last = of_kind(client, QueueState).sort_values("mono_ns").groupby("tab").tail(1)
    wrong: list[str] = []
    missing: list[str] = []
    moving, counted = 0, 0
    for row in records(last):
        events = client[(client["tab"] == row["tab"]) & client["page_wall_ns"].notna()]
        counters = decoded(row, QueueState).telemetry or {}
        off: list[str] = []
        for counter, expected in _expected(evidence, events, row, bool(beacons_count)).items():
            counted += 1
            count = counters.get(counter)
            if count is None:
                missing.append(counter)
            elif not _agrees(count, expected):
                off.append(f"{counter} {count}, in the ledger {_in_words(expected)}")
        is_moving = bool(off) and _in_motion(events, row)
        moving += is_moving
        wrong += [] if is_moving else off
    figures = Figures(n=counted)
    if wrong:
        return figures.failed("; ".join(wrong[:_NAMED]))
    if counted == 0:
        return no_evidence("the telemetry of no page was read")
    if missing:
        return figures.undecided(f"pages do not count {', '.join(sorted({*missing}))}")
    if moving:
        return figures.undecided(
            f"the counters of {moving} pages were read while they were sending"
        )
    return figures.passed(f"{counted} counters of {len(last)} pages agree with the ledger")


def _in_motion(events: pd.DataFrame, reading: dict[str, Any]) -> bool:
    """Return whether an event may have crossed with the reading of its page's counters.

    It came right after it, or right before it while the page was sending.
    """
    after = events["mono_ns"] - reading["mono_ns"]
    late = bool(after.between(1, _IN_MOTION_NS).any())
    is_sending = not pd.isna(reading["in_flight"]) and bool(reading["in_flight"] > 0)
    return late or (is_sending and bool(after.between(-_IN_MOTION_NS, 0).any()))


def _agrees(count: object, expected: object) -> bool:
    """Return whether a counter is what is expected, or in the range that is."""
    if isinstance(count, dict):  # a transport that was not used may be left out
        count = {key: value for key, value in count.items() if value}
    return count in expected if isinstance(expected, range) else count == expected


def _in_words(expected: object) -> str:
    """Return an expected count, or the bounds of a range."""
    if not isinstance(expected, range):
        return str(expected)
    return str(expected[0]) if len(expected) == 1 else f"{expected[0]} to {expected[-1]}"


def _expected(
    evidence: Evidence, events: pd.DataFrame, reading: dict[str, Any], beacons: bool
) -> dict[str, object]:
    """Return counter → what one page must have counted when it was read.

    A range where a view was on its way to the screen at that moment.
    """
    before = events[events["mono_ns"] <= reading["mono_ns"]]
    kinds = (Acknowledged, BeaconQueued) if beacons else (Acknowledged,)
    done = of_kind(before, *kinds).drop_duplicates("batch")
    sent = attempts(before)["transport"].value_counts()
    planned = records(of_kind(before, RetryScheduled))
    viewer = evidence.ledger.viewer
    seen = viewer[(viewer["tab"] == reading["tab"]) & (viewer["mono_ns"] <= reading["mono_ns"])]
    views = seen.drop_duplicates(["kind", "user", "artwork"])
    shown, intended = len(of_kind(views, ViewShown)), len(of_kind(views, ViewIntent))
    return {
        "recorded": range(shown, max(shown, intended) + 1),
        "flushSuccess": len(done),
        "totalFlushed": sum(len(ids_of(row)) for row in records(done)),
        "beaconQueued": int(is_kind(before, BeaconQueued).sum()),
        "retries": sum("online" not in reason_of(row) for row in planned),
        "attempts": {str(transport): int(count) for transport, count in sent.items() if count},
    }


@check(needs={Capability.PAGE_EVENTS})
def log_sampled(evidence: Evidence, *, success_share: float) -> Finding:
    """The page logged every failure and, within chance, ``success_share`` of the successes.

    Chance is the exact binomial, at three sigmas on each side. The scenario counted the lines in
    the page: they are the answer to the question "log lines".
    """
    client = evidence.ledger.client
    good = bad = logged_good = logged_bad = 0
    last = {row["tab"]: (row, lines) for row, lines in answers_to(client, _LOG_LINES)}
    for row, lines in last.values():
        if not isinstance(lines, dict) or not all(
            isinstance(lines.get(key), int | float) for key in ("success", "failure")
        ):
            return no_evidence("the count of the log lines is not readable")
        before = (client["tab"] == row["tab"]) & (client["mono_ns"] <= row["mono_ns"])
        good += len(of_kind(client[before], Acknowledged, BeaconQueued))
        bad += len(of_kind(client[before], Unanswered, BatchRefused, BeaconRefused))
        logged_good += int(lines["success"])
        logged_bad += int(lines["failure"])
    if good == 0 or bad == 0:
        return no_evidence("there were no successes, no failures, or no count of log lines")
    sentence = f"{logged_good} of {good} successes and {logged_bad} of {bad} failures were logged"
    figures = Figures(measured=logged_good / good, target=success_share, unit="share", n=good)
    chance = min(
        binomial_at_least(logged_good, good, success_share),
        binomial_at_most(logged_good, good, success_share),
    )
    if not 0 <= logged_good <= good or chance < THREE_SIGMAS or logged_bad != bad:
        return figures.failed(sentence)
    if logged_good in (0, good) and 0 < success_share < 1:
        return figures.undecided(f"{sentence}: too few to tell a share from none or all")
    return figures.passed(sentence)
