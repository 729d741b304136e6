"""What a page does as it hides: it may never run again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from harness.ledger.kinds.client import (
    Adopted,
    Attempt,
    Held,
    MemoryMode,
    Recorded,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import decoded, is_a, is_kind, payloads, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ms_of, pages, reason_of
from reports.verdict.verdict import Finding

AT_ONCE_MS = 50.0
"""The event and what follows from it are one task."""
STALLED_MS = 1000.0
"""For so long a busy machine may interrupt a task."""
OFTEN = 3
"""No machine interrupts a page so often, and never where it hands over at once."""
ROOM_BYTES = 16 * 1024
"""After so much, handed over at once, there may be no room for another batch of 48 KiB."""
AGAIN_MS = 150.0
"""A page that hides so soon after it hid before may take both for one."""


@dataclass(slots=True)
class Hides:
    """Times that a page hid with something new to send: when that was handed over.

    ``late`` are those within ``STALLED_MS``, ``kept`` those after it or never, in words.
    """

    at_once: int = 0
    late: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many there are."""
        return self.at_once + len(self.late) + len(self.kept)


@check(
    needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: _hides(evidence.ledger).count > 0,
)
def hides_hand_over(evidence: Evidence) -> Finding:
    """A page that hides hands over at once what it has not sent yet: it may never run again.

    Each batch that is new is handed over, as far as there is room for it: beacons and keepalive
    requests share 64 KiB. Judged are pages whose plan is to do so (``TabOpened.hands_over``), by
    their own clock, and whose reports go on after that moment. Not judged: a page that hid just
    before, one that a status asked to wait, and one that holds batches of another user, or has no
    storage. A busy machine may interrupt a page for less than a second now and then, but not most
    times.
    """
    hides = _hides(evidence.ledger)
    if not hides.count:
        return no_evidence("no page hid with something new to send")
    is_often = len(hides.late) >= OFTEN and len(hides.late) > hides.at_once
    wrong = hides.kept + (hides.late if is_often else [])
    figures = Figures(measured=len(wrong), target=0, unit="hides", n=hides.count)
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {hides.count} times a page hid and kept what it had not sent",
            examples=wrong[:EXAMPLES_MAX],
        )
    if not hides.at_once:
        return figures.undecided(f"{len(hides.late)} times a page hid, and was interrupted")
    return figures.passed(
        f"{hides.at_once} of {hides.count} times a page hid and handed over at once what was new"
    )


def _hides(ledger: LedgerFrames) -> Hides:
    return ledger.remembered("hides", lambda: _all_hides(ledger))


def _all_hides(ledger: LedgerFrames) -> Hides:
    planned = {one.tab for one in payloads(ledger.client, TabOpened) if one.hands_over}
    hides = Hides()
    for tab, rows in pages(ledger.client):
        if tab in planned and not is_kind(rows, Held, MemoryMode, Adopted).any():
            _of_page(tab, records(rows), hides)
    return hides


def _of_page(tab: str, rows: list[dict[str, Any]], hides: Hides) -> None:
    """Add those of one page; its rows are in the order of its clock."""
    new, asked_to_wait = set[str](), False
    hid_ms = -math.inf
    for place, row in enumerate(rows):
        batch = str(row["batch"])
        if is_a(row, Recorded):
            new.add(batch)
        elif is_a(row, Attempt):
            new.discard(batch)
        elif is_a(row, Unanswered) and not pd.isna(row["status"]):
            asked_to_wait = True
        elif is_a(row, VisibilityChanged) and "hidden" in reason_of(row):
            at_ms = ms_of(row)
            is_again, hid_ms = at_ms - hid_ms < AGAIN_MS, at_ms
            if new and not is_again and not asked_to_wait and not math.isnan(at_ms):
                _add(hides, tab, new, at_ms, rows[place + 1 :])


def _add(hides: Hides, tab: str, new: set[str], at_ms: float, later: list[dict[str, Any]]) -> None:
    """Add one time that a page hid with new batches, unless what it did then was not heard."""
    sent = [one for one in later if is_a(one, Attempt) and str(one["batch"]) in new]
    after_ms = ms_of(sent[0]) - at_ms if sent else math.inf
    last_ms = max((ms_of(one) for one in later), default=at_ms) - at_ms
    words = f"tab {tab[:8]} kept {len(new)} new batches as it hid"
    if after_ms <= AT_ONCE_MS:
        kept = _kept_back(new, sent, at_ms)
        if kept and last_ms > STALLED_MS:
            hides.kept.append(f"tab {tab[:8]} kept {kept} of {len(new)} new batches as it hid")
        else:
            hides.at_once += 1
    elif after_ms <= STALLED_MS:
        hides.late.append(f"{words}, for {after_ms:.0f} ms")
    elif last_ms > STALLED_MS:
        hides.kept.append(words)


def _kept_back(new: set[str], sent: list[dict[str, Any]], at_ms: float) -> int:
    """Return how many new batches were not sent within ``STALLED_MS`` although there was room."""
    soon = [one for one in sent if ms_of(one) - at_ms <= STALLED_MS]
    sizes = [decoded(one, Attempt).body_bytes for one in soon]
    if None in sizes or sum(size or 0 for size in sizes) > ROOM_BYTES:
        return 0
    return len(new - {str(one["batch"]) for one in soon})
