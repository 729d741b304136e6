"""What a page does as it hides: it may never run again."""

from __future__ import annotations

import math
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
from reports.core.kinds import is_a, is_kind, payloads
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ms_of, pages, reason_of, records
from reports.verdict.verdict import Finding

AT_ONCE_MS = 50.0
"""The event and what follows from it are one task; a busy machine may interrupt that."""
AGAIN_MS = 150.0
"""A page that hides so soon after it hid before may take both for one."""

Hides = tuple[int, list[str]]
"""How often a page hid with something new to send, and in words those that kept it."""


@check(
    needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: _hides(evidence.ledger)[0] > 0,
)
def hides_hand_over(evidence: Evidence) -> Finding:
    """A page that hides hands over at once what it has not sent yet: it may never run again.

    Judged are pages whose plan is to do so (``TabOpened.hands_over``), by their own clock, and
    whose reports go on after that moment. Not judged: a page that hid just before, one that a
    status asked to wait, and one that holds batches of another user, or has no storage.
    """
    count, kept = _hides(evidence.ledger)
    if not count:
        return no_evidence("no page hid with something new to send")
    figures = Figures(measured=len(kept), target=0, unit="hides", n=count)
    if kept:
        return figures.failed(
            f"{len(kept)} of {count} times a page hid and kept what it had not sent",
            examples=kept[:EXAMPLES_MAX],
        )
    return figures.passed(f"{count} times a page hid, and handed over what was new at once")


def _hides(ledger: LedgerFrames) -> Hides:
    return ledger.remembered("hides", lambda: _all_hides(ledger))


def _all_hides(ledger: LedgerFrames) -> Hides:
    planned = {one.tab for one in payloads(ledger.client, TabOpened) if one.hands_over}
    count, kept = 0, list[str]()
    for tab, rows in pages(ledger.client):
        if tab in planned and not is_kind(rows, Held, MemoryMode, Adopted).any():
            of_page, kept_by_page = _of_page(tab, records(rows))
            count += of_page
            kept += kept_by_page
    return count, kept


def _of_page(tab: str, rows: list[dict[str, Any]]) -> Hides:
    """Return the same of one page; its rows are in the order of its clock."""
    new, asked_to_wait = set[str](), False
    hid_ms, count, kept = -math.inf, 0, list[str]()
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
            later = rows[place + 1 :]
            lives_on = any(ms_of(one) > at_ms + AT_ONCE_MS for one in later)
            if not new or is_again or asked_to_wait or math.isnan(at_ms) or not lives_on:
                continue
            count += 1
            sent = [one for one in later if is_a(one, Attempt) and str(one["batch"]) in new]
            if not sent or ms_of(sent[0]) > at_ms + AT_ONCE_MS:
                kept.append(f"tab {tab[:8]} kept {len(new)} new batches as it hid")
    return count, kept
