"""Sessions against answers: is a user who is signed in served?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.ledger.kinds.client import Attempt, Held, SignedIn, SignedOut
from harness.ledger.kinds.network import BrowserKilled, BrowserUsed, StorageCleared
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import is_a, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import Attempts, attempts_of
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import pages
from reports.verdict.verdict import Finding

_NOT_THIS_USER = (401, 403, 409)
"""What a server answers to one who is not signed in, or as another."""


@check(
    needs={Capability.SIGN_IN, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: _judged(evidence.ledger)[0] > 0,
)
def signed_in_is_served(evidence: Evidence) -> Finding:
    """No client whose user is signed in reads that it is not, or is another: 401, 403 or 409.

    Judged are answers to what a page sent while its user was signed in, no other user and no
    sign-out coming in between, and all answers of a load, whose users are signed in before it
    begins. Left out: answers that a fault made itself, and pages after their browser was killed or
    its storage cleared: the session went with it.
    """
    count, wrong = _judged(evidence.ledger)
    if not count:
        return no_evidence("no client of a user who was signed in read an answer")
    figures = Figures(measured=len(wrong), target=0, unit="answers", n=count)
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {count} answers turned a user away who was signed in: {wrong[0]}",
            examples=wrong[:EXAMPLES_MAX],
        )
    return figures.passed(f"none of {count} answers turned a signed-in user away")


@check(
    needs={Capability.SIGN_IN, Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: _held(evidence.ledger)[0] > 0,
)
def held_until_owner(evidence: Evidence) -> Finding:
    """No page sends a batch that it holds for another user before that user is signed in again.

    A server answers such a request with a refusal at best; at worst it stores it for the wrong one.
    Judged are runs with one browser whose sessions the harness changed; a page that held a batch
    although its owner had the session may try again.
    """
    count, wrong = _held(evidence.ledger)
    if not count:
        return no_evidence("no page held a batch for a user who was not signed in")
    figures = Figures(measured=len(wrong), target=0, unit="attempts", n=count)
    if wrong:
        return figures.failed(
            f"{len(wrong)} attempts carried a batch that its page held for another user",
            examples=wrong[:EXAMPLES_MAX],
        )
    return figures.passed(f"{count} times a batch was held for another user, and kept")


def _held(ledger: LedgerFrames) -> tuple[int, list[str]]:
    return ledger.remembered("held batches", lambda: _held_batches(ledger))


def _held_batches(ledger: LedgerFrames) -> tuple[int, list[str]]:
    changes = records(of_kind(ledger.client, SignedIn, SignedOut).sort_values("mono_ns"))
    if not changes or len(of_kind(ledger.network, BrowserUsed)) > 1:
        return 0, []
    count, wrong = 0, list[str]()
    for tab, rows in pages(ledger.client):
        since: dict[str, int] = {}
        for row in records(rows):
            batch, at_ns = str(row["batch"]), int(row["mono_ns"])
            if is_a(row, Held) and not pd.isna(row["batch"]):
                since[batch] = at_ns
                count += 1
                continue
            is_held = is_a(row, Attempt) and batch in since
            if is_held and not _had_the_session(changes, str(row["user"]), since[batch], at_ns):
                wrong.append(f"batch {batch[:12]} of {row['user']} by tab {tab[:8]}")
    return count, wrong


def _had_the_session(changes: list[dict[str, Any]], user: str, begin_ns: int, end_ns: int) -> bool:
    """Return whether a user was signed in at some moment of a time."""
    at_first: dict[str, Any] | None = None
    for row in changes:
        if row["mono_ns"] <= begin_ns:
            at_first = row
        elif row["mono_ns"] <= end_ns and is_a(row, SignedIn) and row["user"] == user:
            return True
    return at_first is not None and is_a(at_first, SignedIn) and bool(at_first["user"] == user)


def _judged(ledger: LedgerFrames) -> tuple[int, list[str]]:
    def judge() -> tuple[int, list[str]]:
        attempts = attempts_of(ledger)
        of_pages, of_load = _of_pages(ledger, attempts), _of_load(attempts)
        return of_pages[0] + of_load[0], of_pages[1] + of_load[1]

    return ledger.remembered("answers to signed-in users", judge)


def _of_pages(ledger: LedgerFrames, attempts: Attempts) -> tuple[int, list[str]]:
    changes = records(of_kind(ledger.client, SignedIn, SignedOut).sort_values("mono_ns"))
    ends = of_kind(ledger.network, BrowserKilled, StorageCleared)["mono_ns"].tolist()
    sent_ns = _sent(ledger, attempts)
    count, wrong = 0, list[str]()
    for row in records(attempts.pages):
        batch, attempt, status = int(row["batch"]), int(row["attempt"]), int(row["status"])
        begin_ns = sent_ns.get((batch, str(row["tab"])))
        if begin_ns is None or attempts.may_be_made_up(batch, attempt, status):
            continue
        since_ns = _signed_in_since(changes, str(row["user"]), begin_ns, int(row["heard_ns"]))
        if since_ns is None or any(since_ns < end < row["heard_ns"] for end in ends):
            continue
        count += 1
        if status in _NOT_THIS_USER:
            wrong.append(f"{attempts.name(batch, attempt)} of {row['user']} read {status}")
    return count, wrong


def _sent(ledger: LedgerFrames, attempts: Attempts) -> dict[tuple[int, str], int]:
    """Return (batch, tab) → when the tab first handed the batch to the browser, monotonic ns."""
    rows = of_kind(ledger.client, Attempt).dropna(subset=["batch", "attempt", "tab"])
    numbers = attempts.names.get_indexer(pd.Index(rows["batch"].astype(object)))
    found: dict[tuple[int, str], int] = {}
    for batch, tab, mono_ns in zip(numbers, rows["tab"], rows["mono_ns"], strict=True):
        key = (int(batch), str(tab))
        found[key] = min(int(mono_ns), found.get(key, int(mono_ns)))
    return found


def _signed_in_since(
    changes: list[dict[str, Any]], user: str, begin_ns: int, end_ns: int
) -> int | None:
    """Return since when a user was signed in throughout a time; None if it is not certain."""
    since_ns = None
    for row in changes:
        if row["mono_ns"] > end_ns:
            break
        is_own = is_a(row, SignedIn) and row["user"] == user
        if not is_own or row["mono_ns"] > begin_ns:
            since_ns = None
        elif since_ns is None:
            since_ns = int(row["mono_ns"])
    return since_ns


def _of_load(attempts: Attempts) -> tuple[int, list[str]]:
    answered = attempts.load[attempts.load["status"] > 0]
    refused = answered[answered["status"].isin(_NOT_THIS_USER)]
    wrong = [
        f"{attempts.name(row['batch'], row['attempt'])} of the load read {row['status']}"
        for row in records(refused)
        if int(row["attempt"]) not in attempts.made_up.get(int(row["batch"]), {})
    ]
    return len(answered), wrong
