"""When a page flushed: how long after a view, how often, and one request at a time.

Times are the page's own clock, so that a busy harness cannot blur them. What a page reports while
it closes may never arrive; there the server's receipts count.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from typing import Any

import pandas as pd

from harness.ledger.kinds.client import Recorded, TabClosing, TabLeaving
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    attempts,
    flushes,
    heirs,
    ids_of,
    in_flight,
    ms_of,
    page_ms,
    pages,
    unheard,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.PAGE_EVENTS})
def flushed_after(evidence: Evidence, *, delay_ms: float, tolerance_ms: float) -> Finding:
    """The first batch of each tab left ``delay_ms`` after its first view (``recorded`` → attempt).

    A batch that was adopted is another tab's. A tab that closed before its flush was due is not
    judged.
    """
    waits, silent = [], 0
    for _, rows in pages(evidence.ledger.client):
        views = of_kind(rows, Recorded)
        if views.empty:
            continue
        first = records(views)[0]
        carried = [row for row in records(attempts(rows)) if _carries(row, first)]
        wait = ms_of(carried[0]) - ms_of(first) if carried else math.nan
        if not math.isnan(wait):
            waits.append(wait)
        else:
            ends = of_kind(rows, TabClosing, TabLeaving)["mono_ns"]
            silent += not (ends < first["mono_ns"] + (delay_ms + tolerance_ms) * 1e6).any()
    if not waits:
        return no_evidence("no page recorded a view and sent it")
    worst = max(waits, key=lambda wait: (wait < 0, abs(wait - delay_ms)))
    figures = Figures(measured=worst, target=delay_ms, unit="ms", n=len(waits))
    sentence = f"the first batch left {worst:.0f} ms after its first view, rule {delay_ms:.0f}"
    if worst < 0 or abs(worst - delay_ms) > tolerance_ms:
        return figures.failed(f"{sentence} ± {tolerance_ms:.0f}")
    if silent:
        return figures.undecided(f"{silent} tabs reported no attempt with their view")
    return figures.passed(f"{sentence} ± {tolerance_ms:.0f}")


def _carries(attempt: dict[str, Any], recorded: dict[str, Any]) -> bool:
    """Return whether an attempt carries a recorded view."""
    if pd.isna(recorded["batch"]) or pd.isna(attempt["batch"]):
        return bool(set(ids_of(recorded)) & set(ids_of(attempt)))
    return bool(attempt["batch"] == recorded["batch"])


@check(needs={Capability.PAGE_EVENTS})
def flushes_keep_coming(evidence: Evidence, *, within_s: float) -> Finding:
    """While views went on, no view waited longer than ``within_s`` for the next flush to start.

    A view's wait ends with the last view of its tab at the latest, since the flush of that one may
    be the tab's end. Views that went on for less than the bound prove nothing.
    """
    client = evidence.ledger.client
    worst_ms, went_on_ms, count = 0.0, 0.0, 0
    for _, rows in pages(client):
        times = page_ms(of_kind(rows, Recorded)).dropna().to_list()
        sent = [*page_ms(attempts(rows)).dropna(), math.inf]
        count += len(times)
        for view_ms in times:
            flush_ms = sent[bisect.bisect_left(sent, view_ms)]
            worst_ms = max(worst_ms, min(flush_ms, times[-1]) - view_ms)
        went_on_ms = max(went_on_ms, times[-1] - times[0] if times else 0.0)
    worst_s = worst_ms / 1000
    figures = Figures(measured=worst_s, target=within_s, unit="s", n=count)
    if worst_s > within_s:
        return figures.failed(f"a view waited {worst_s:.1f} s while views went on")
    if went_on_ms <= within_s * 1000:
        return Figures(n=count).undecided(f"views went on for {went_on_ms / 1000:.1f} s only")
    return figures.passed(f"no view waited longer than {worst_s:.2f} s for a flush")


@check(needs={Capability.PAGE_EVENTS})
def one_in_flight(evidence: Evidence) -> Finding:
    """No tab had two requests under way at once while it was visible.

    A beacon is no such request: the page never sees its end.
    """
    client = evidence.ledger.client
    requests, overlaps = in_flight(client)
    unnamed = int(attempts(client)[["tab", "transport"]].isna().any(axis=1).sum())
    figures = Figures(measured=overlaps, target=0, unit="overlaps", n=requests)
    if overlaps:
        return figures.failed(f"{overlaps} of {requests} requests began before another ended")
    if unnamed:
        return figures.undecided(f"{unnamed} attempts name no tab or no transport")
    if requests == 0:
        return no_evidence("no visible page sent a request whose end it could see")
    return figures.passed(f"{requests} requests, one at a time")


@check(needs={Capability.RECEIPTS, Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def one_flush_per_hide(evidence: Evidence) -> Finding:
    """No batch was handed to the browser as a beacon twice while its tab was hidden only once.

    A beacon that the browser refused was not handed over, and one whose batch then failed over
    another transport may be sent again. Receipts show what a closing page did not report.
    """
    ledger = evidence.ledger
    unreported = unheard(ledger)
    unreported = unreported[(unreported["transport"] == "beacon").fillna(False)]
    beacons, over, room = len(unreported), 0, Counter[tuple[str, str]]()
    for tab, rows in pages(ledger.client):
        reported, last = flushes(rows)
        beacons += reported.total()
        over += sum(count > 1 for count in reported.values())
        ends = int(is_kind(rows, TabClosing, TabLeaving).sum())
        room[tab, ""] = max(ends, 1)
        for batch in {batch for batch, returns, _ in reported if returns == last}:
            room[tab, batch] = -1
    may_send = heirs(ledger.client)
    sizes = unreported.groupby(["tab", "batch"]).size()
    for (tab, batch), count in sizes.items():  # type: ignore[misc]
        senders = may_send | {tab}
        allowed = sum(room.get((one, ""), 1) + room[one, batch] for one in senders)
        over += bool(count > allowed)
    figures = Figures(measured=over, target=0, unit="batches", n=beacons)
    if beacons == 0:
        return no_evidence("no beacon was seen")
    if over:
        return figures.failed(f"{over} batches were flushed twice for one hide")
    return figures.passed(f"{beacons} beacons, at most one a batch and hide")
