"""Retries of a page: when they come, and over what."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.core.lazy import LazyModule
from harness.ledger.kinds.client import (
    Acknowledged,
    Attempt,
    PageHide,
    PageShow,
    RetryScheduled,
    Unanswered,
    VisibilityChanged,
)
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_a, is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import attempts_of
from reports.evidence.pages import (
    Sight,
    attempts,
    ms_of,
    pages,
    reason_of,
    retries_of,
)
from reports.statistics.share import THREE_SIGMAS
from reports.verdict.verdict import Finding

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")

_SLACK_MS = 300.0
_SLACK_SHARE = 0.05
"""Timers are late on a busy machine: Firefox 153 by 0.8 s of 80 s, and by 0.5 s of 10 s beside two
other browsers on two cores; never early by more than a clock's grain. Every wrong rule that could
be meant (another base, another factor, no jitter) is off by much more."""
_EARLY_MS = 20.0
_LATE_TIMER_S = 0.5
"""How late a timer of a few seconds may be on a busy machine."""
_PAUSE_STATUSES = (429, 503)


@check(needs={Capability.PAGE_EVENTS})
def retry_after_heeded(evidence: Evidence, *, wait_s: float) -> Finding:
    """After each answer 429 or 503 the page sent nothing for ``wait_s``, its ``Retry-After``."""
    client = evidence.ledger.client
    pauses, waits_ms = 0, list[float]()
    for _, frame in pages(client):
        rows = records(frame)
        for place, row in enumerate(rows):
            if not _asks_for_a_pause(row):
                continue
            pauses += 1
            retry = next((one for one in rows[place + 1 :] if is_a(one, Attempt)), None)
            if retry is not None:
                waits_ms.append(ms_of(retry) - ms_of(row))
    known = [wait for wait in waits_ms if not math.isnan(wait)]
    incomplete = len(waits_ms) - len(known) + int(attempts(client)["tab"].isna().sum())
    if pauses == 0:
        return no_evidence("no page was asked to wait")
    if not known:
        return Figures(n=pauses).undecided("no page tried again")
    soonest_s = min(known) / 1000
    figures = Figures(measured=soonest_s, target=wait_s, unit="s", n=pauses)
    if soonest_s < wait_s - _EARLY_MS / 1000:
        return figures.failed(f"tried again after {soonest_s:.2f} s")
    if incomplete:
        return figures.undecided(f"{incomplete} attempts lack their tab or their time")
    return figures.passed(f"waited {soonest_s:.2f} s, asked for {wait_s:g} s")


def _asks_for_a_pause(row: dict[str, Any]) -> bool:
    """Return whether a row is an answer by which the server asked for a pause."""
    status = row["status"]
    return is_a(row, Unanswered) and not pd.isna(status) and status in _PAUSE_STATUSES


@check(needs={Capability.PAGE_EVENTS})
def backoff(
    evidence: Evidence, *, base_ms: float, cap_ms: float, jitter: float, retries: float
) -> Finding:
    """The n-th retry in a row of a tab came base·2ⁿ after its failure, up to a cap.

    With ``jitter`` 1 the wait is drawn from the whole delay (0 … base·2ⁿ), with 0 it is the delay.
    The wait counts from the moment the retry was scheduled to the tab's next attempt. An answer
    ends the row. At least ``retries`` are needed. Not judged: retries that another plan overtook,
    and those of a page that hid or left meanwhile, where other rules hold.
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
    summary = f"waits of {', '.join(f'{waited / 1000:.1f}' for waited, _, _ in waits)} s"
    figures = Figures(measured=len(waits), target=retries, unit="retries", n=len(waits))
    if wrong:
        return figures.failed("; ".join(wrong))
    if jitter and (strange := _not_drawn([(waited, full) for waited, full, _ in waits])):
        return figures.failed(f"{summary}: {strange}")
    if len(waits) < max(retries, 1):
        return figures.undecided(f"{len(waits)} of {retries:.0f} retries: {summary}")
    return figures.passed(f"{summary}, base {base_ms / 1000:g} s doubling")


def _not_drawn(waits: list[tuple[float, float]]) -> str:
    """Return why waits were not drawn evenly from their whole delays; empty if they may have been.

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
    """A visible page tried again within ``within_s`` after a failure that was the first in a row.

    Counted from the failure to the page's next attempt, over any transport: falling back at once is
    a retry. Not judged: answers by which the server asked for a pause, and pages that hid
    meanwhile.
    """
    waits_ms: list[float] = []
    for _, rows in pages(evidence.ledger.client):
        sight, planned = Sight(rows), 0
        failure: dict[str, Any] | None = None
        for row in records(rows):
            sight.take(row)
            if is_a(row, Unanswered):
                is_judged = sight.visible and planned == 0 and not _asks_for_a_pause(row)
                failure = row if is_judged else None
            elif is_a(row, RetryScheduled):
                planned += "online" not in reason_of(row)
            elif is_a(row, VisibilityChanged, PageHide, PageShow):
                failure = None
            elif is_a(row, Attempt) and failure is not None:
                waits_ms.append(ms_of(row) - ms_of(failure))
                failure = None
            elif is_a(row, Acknowledged):
                planned = 0
    known = [wait for wait in waits_ms if not math.isnan(wait)]
    figures = Figures(target=within_s, unit="s", n=len(known))
    if not known:
        return figures.undecided("no visible page had to try again")
    worst_s = max(known) / 1000
    figures = replace(figures, measured=worst_s)
    sentence = f"{len(known)} first retries, the latest {worst_s:.2f} s after its failure"
    if worst_s > within_s + _LATE_TIMER_S:
        return figures.failed(sentence)
    if len(known) < len(waits_ms):
        return figures.undecided(f"{sentence}; others lack their time")
    return figures.passed(sentence)


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def no_retries(evidence: Evidence) -> Finding:
    """No page sent a batch twice, planned a retry or had a request without an answer; nor did the
    server process an attempt twice, which a browser may send again by itself."""
    client = evidence.ledger.client
    sent = attempts(client)
    if sent.empty:
        return no_evidence("no page sent anything")
    again = int((sent["attempt"] > 1).sum())
    planned = sum(
        "online" not in reason_of(row) for row in records(of_kind(client, RetryScheduled))
    )
    unanswered = int(is_kind(client, Unanswered).sum())
    doubled = int(attempts_of(evidence.ledger).receipts.duplicated(["batch", "attempt"]).sum())
    figures = Figures(measured=again + doubled, target=0, unit="requests", n=len(sent))
    if again or planned or unanswered or doubled:
        sentence = (
            f"{again} of {len(sent)} requests were repetitions, {planned} retries were planned, "
            f"{unanswered} requests had no answer, the server processed {doubled} a second time"
        )
        return figures.failed(sentence)
    return figures.passed(f"none of {len(sent)} requests was a repetition")


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def timed_out_then(evidence: Evidence, *, transport: str = "") -> Finding:
    """An attempt timed out, and its batch was sent again over ``transport`` and acknowledged.

    An empty ``transport`` stands for any.
    """
    timeouts = followed = answered = 0
    for _, frame in pages(evidence.ledger.client):
        rows = records(frame)
        for place, row in enumerate(rows):
            if not is_a(row, Unanswered) or "timeout" not in reason_of(row):
                continue
            timeouts += 1
            later = [one for one in rows[place + 1 :] if one["batch"] == row["batch"]]
            retry = next((one for one in later if is_a(one, Attempt)), None)
            if retry is not None and transport in ("", retry["transport"]):
                followed += 1
                answered += any(is_a(one, Acknowledged) for one in later)
    sent = len(attempts(evidence.ledger.client))
    figures = Figures(measured=answered, target=1, unit="batches", n=sent)
    if sent == 0:
        return figures.undecided("no page sent anything")
    sentence = (
        f"{timeouts} attempts timed out, {followed} went on over {transport or 'some transport'}, "
        f"{answered} of those were acknowledged"
    )
    if timeouts == 0:
        return figures.undecided(sentence)
    if answered == 0:
        return figures.failed(sentence)
    return figures.passed(sentence)
