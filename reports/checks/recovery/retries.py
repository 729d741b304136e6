"""Did the page try again as its rules say, and when?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
from scipy import special

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    Sight,
    attempts,
    ms_of,
    pages,
    reason_of,
    records,
    retries_of,
)
from reports.statistics.share import THREE_SIGMAS
from reports.verdict.verdict import Finding

_SLACK_MS = 300.0


_SLACK_SHARE = 0.05
"""Timers are late on a busy machine: Firefox 153 by 0.8 s of 80 s, and by 0.5 s of 10 s beside two
other browsers on two cores; never early by more than a clock's grain. Every wrong rule that could
be meant (another base, another factor, no jitter) is off by much more."""


_EARLY_MS = 20.0


LATE_TIMER_S = 0.5
"""So late a timer of some seconds may be on a busy machine (``reports.checks.page.retries``)."""


@check(needs={Capability.PAGE_EVENTS})
def retry_after_heeded(evidence: Evidence, *, wait_s: float) -> Finding:
    """After each answer that asked for a pause the page sent nothing until the pause was over."""
    client = evidence.ledger.client
    asked, soonest, nobodys = 0, math.inf, 0
    for _, rows in pages(client):
        told = records(rows)
        for place, row in enumerate(told):
            if (
                row["kind"] != "unknown"
                or pd.isna(row["status"])
                or row["status"] not in (429, 503)
            ):
                continue
            asked += 1
            after = next((one for one in told[place + 1 :] if one["kind"] == "attempt"), None)
            if after is not None:
                waited = ms_of(after) - ms_of(row)
                nobodys += math.isnan(waited)
                soonest = min(soonest, math.inf if math.isnan(waited) else waited)
    nobodys += int(attempts(client)["tab"].isna().sum())
    if asked == 0:
        return no_evidence("no page was asked to wait")
    if math.isinf(soonest):
        return Figures(n=asked).undecided("no page tried again")
    figures = Figures(measured=soonest / 1000, target=wait_s, unit="s", n=asked)
    if soonest < wait_s * 1000 - _EARLY_MS:
        return figures.failed(f"tried again after {soonest / 1000:.2f} s")
    if nobodys:
        return figures.undecided(f"{nobodys} attempts do not say whose or when")
    return figures.passed(f"waited {soonest / 1000:.2f} s, asked for {wait_s:g} s")


@check(needs={Capability.PAGE_EVENTS})
def backoff(
    evidence: Evidence, *, base_ms: float, cap_ms: float, jitter: float, retries: float
) -> Finding:
    """The n-th retry in a row of a tab came base·2ⁿ after its failure, up to a cap.

    With ``jitter`` 1 the wait is drawn from the whole delay (0 … base·2ⁿ), with 0 it is the delay.
    The wait counts from the moment the retry was scheduled to the tab's next attempt. What was
    answered ends the row. Not judged: retries that another plan overtook, and those of a page that
    hid, left or was hidden meanwhile, where other rules hold.
    """
    waits: list[tuple[float, float, str]] = []
    for _, rows in pages(evidence.ledger.client):
        waits += [
            (waited, min(cap_ms, base_ms * 2.0**number), f"retry {number + 1}")
            for number, waited in retries_of(rows)
        ]
    low = 0.0 if jitter else 1.0
    wrong = [
        f"{which} after {waited / 1000:.2f} s of {full / 1000:g} s"
        for waited, full, which in waits
        if not low * full - _EARLY_MS <= waited <= full * (1 + _SLACK_SHARE) + _SLACK_MS
        or waited < 0
    ]
    told = f"waits of {', '.join(f'{waited / 1000:.1f}' for waited, _, _ in waits)} s"
    count = len(waits)
    figures = Figures(measured=count, target=retries, unit="retries", n=count)
    if wrong:
        return figures.failed("; ".join(wrong))
    if jitter and (strange := _not_drawn([(waited, full) for waited, full, _ in waits])):
        return figures.failed(f"{told}: {strange}")
    if len(waits) < max(retries, 1):
        return figures.undecided(f"{len(waits)} of {retries:.0f} retries: {told}")
    return figures.passed(f"{told}, base {base_ms / 1000:g} s doubling")


def _not_drawn(waits: list[tuple[float, float]]) -> str:
    """Say why waits were not drawn evenly from their whole delays; nothing if they may have been.

    The sum of -ln of even draws follows a gamma distribution.
    """
    if not waits:
        return ""
    short = sum(-math.log(min(1.0, max(waited / full, 1e-9))) for waited, full in waits)
    if special.gammaincc(len(waits), short) < THREE_SIGMAS:
        return "too short to be drawn from the whole delays"
    left = [1 - max(0.0, waited - _SLACK_MS) / full for waited, full in waits]
    if special.gammaincc(len(waits), sum(-math.log(max(one, 1e-9)) for one in left)) < THREE_SIGMAS:
        return "too long to be drawn from the whole delays"
    return ""


@check(needs={Capability.PAGE_EVENTS})
def first_retry_soon(evidence: Evidence, *, within_s: float) -> Finding:
    """After a failure that was the first in a row the page in front tried again within the bound.

    Counted from the failure to the page's next attempt, over whatever transport: falling back at
    once is a retry. Not judged: answers by which the server asked for a pause, and pages that hid
    meanwhile.
    """
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
    figures = Figures(target=within_s, unit="s", n=len(known))
    if not known:
        return figures.undecided("no page in front had to try again")
    worst_s = max(known) / 1000
    sentence = f"{len(known)} first retries, the latest {worst_s:.2f} s after its failure"
    if worst_s > within_s + LATE_TIMER_S:
        return replace(figures, measured=worst_s).failed(sentence)
    if len(known) < len(waits_ms):
        return replace(figures, measured=worst_s).undecided(f"{sentence}; others do not say when")
    return replace(figures, measured=worst_s).passed(sentence)


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def no_retries(evidence: Evidence) -> Finding:
    """No page had to send anything twice, or had a request without an answer."""
    client = evidence.ledger.client
    sent = attempts(client)
    if sent.empty:
        return no_evidence("no page sent anything")
    again = int((sent["attempt"] > 1).sum())
    planned = sum(
        "online" not in reason_of(row)
        for row in records(client[client["kind"] == "retry_scheduled"])
    )
    unanswered = int((client["kind"] == "unknown").sum())
    figures = Figures(measured=again, target=0, unit="requests", n=len(sent))
    if again or planned or unanswered:
        sentence = (
            f"{again} of {len(sent)} requests were repetitions, {planned} retries were planned, "
            f"{unanswered} requests had no answer"
        )
        return figures.failed(sentence)
    return figures.passed(f"none of {len(sent)} requests was a repetition")


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def timed_out_then(evidence: Evidence, *, transport: str = "") -> Finding:
    """An attempt timed out, and the same batch went on over that transport (any, where none is
    named) and was acknowledged."""
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
    figures = Figures(measured=answered, target=1, unit="batches", n=sent)
    if sent == 0:
        return figures.undecided("no page sent anything")
    sentence = (
        f"{timeouts} attempts timed out, {followed} went on over {transport or 'some transport'}, "
        f"{answered} of those were acknowledged"
    )
    if answered == 0:
        return figures.failed(sentence)
    return figures.passed(sentence)
