"""Batches that change hands: left to whom they went, sent once their owner is back."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    Held,
    MemoryMode,
    PageShow,
    Recorded,
)
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import is_a, is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ids_of, ms_of, pages, reason_of
from reports.verdict.verdict import Finding

_NEEDS = {Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY}
LEARNS_MS = 1000.0
"""A page that returns has looked by then at what another has taken over meanwhile."""
Counted = tuple[int, list[str]]


@check(
    needs=_NEEDS,
    always=True,
    applies=lambda evidence: _taken(evidence.ledger)[0] > 0,
    rests_on={CLIENT.name},
)
def left_to_heirs(evidence: Evidence) -> Finding:
    """No page that came out of the back/forward cache goes on sending a view that another page took
    over meanwhile, once it has had a second to look at its disk; unless it took the view back.

    In that second it may send what it still holds: a timer that was due while the page was frozen
    fires at once. Pages whose storage failed cannot look, and are left out.
    """
    count, wrong = _taken(evidence.ledger)
    if not count:
        return no_evidence("no page came out of the cache whose views another had taken over")
    figures = Figures(measured=len(wrong), target=0, unit="attempts", n=count)
    if wrong:
        return figures.failed(
            f"{len(wrong)} attempts of pages out of the cache carry what another page had taken "
            "over",
            examples=wrong[:EXAMPLES_MAX],
        )
    return figures.passed(f"{count} views were taken over, and left to their heirs")


def _taken(ledger: LedgerFrames) -> Counted:
    return ledger.remembered("views left to heirs", lambda: _left(ledger.client))


def _left(client: pd.DataFrame) -> Counted:
    """Return how many views were taken over from pages that came back, and the attempts of these
    that carry them all the same, in words."""
    taken: dict[str, dict[str, float]] = {}
    for row in records(of_kind(client, Adopted)):
        owner = taken.setdefault("".join(reason_of(row)[:1]), {})
        owner |= {one: max(ms_of(row), owner.get(one, 0.0)) for one in ids_of(row)}
    failed = set(of_kind(client, MemoryMode)["tab"].dropna())
    count, wrong = 0, list[str]()
    for tab, rows in pages(client[client["tab"].isin(set(taken) - failed)]):
        lost_ms, returned_ms = taken[tab], math.nan
        for row in records(rows):
            if is_a(row, PageShow) and "persisted=true" in reason_of(row):
                returned_ms = ms_of(row)
                count += len(lost_ms) if count == 0 else 0
            elif is_a(row, Adopted):
                lost_ms = {one: at for one, at in lost_ms.items() if one not in ids_of(row)}
            elif is_a(row, Attempt) and any(
                ms_of(row) > max(lost_ms[one], returned_ms) + LEARNS_MS
                for one in ids_of(row)
                if one in lost_ms and not math.isnan(returned_ms)
            ):
                wrong.append(f"batch {str(row['batch'])[:12]} by tab {tab[:8]}")
    return count, wrong


@check(
    needs=_NEEDS,
    always=True,
    applies=lambda evidence: _held(evidence.ledger)[0] > 0,
    rests_on={CLIENT.name},
)
def released_to_owner(evidence: Evidence) -> Finding:
    """A page that delivers new views of a user also sends what it held while another was signed in.

    Judged are batches that were held because the user changed, in pages that later recorded a view
    for the batch's user, and read an acknowledgement of it.
    """
    count, wrong = _held(evidence.ledger)
    if not count:
        return no_evidence("no page delivered views of a user whose batches it had held")
    figures = Figures(measured=len(wrong), target=0, unit="batches", n=count)
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {count} batches were held although their user was back",
            examples=wrong[:EXAMPLES_MAX],
        )
    return figures.passed(f"{count} batches that were held were sent once their user was back")


def _held(ledger: LedgerFrames) -> Counted:
    return ledger.remembered("batches of users that are back", lambda: _kept_back(ledger.client))


def _kept_back(client: pd.DataFrame) -> Counted:
    """Return how many held batches had an owner who was back, and those that were not sent."""
    count, wrong = 0, list[str]()
    if not is_kind(client, Held).any():
        return count, wrong
    for tab, rows in pages(client):
        held: dict[str, str] = {}
        back: set[str] = set()
        for row in records(rows):
            batch, user = str(row["batch"]), str(row["user"])
            if is_a(row, Held) and not pd.isna(row["batch"]) and pd.isna(row["status"]):
                held[batch] = user
                back.discard(user)
            elif is_a(row, Recorded) and user in held.values():
                back.add(user)
            elif is_a(row, Attempt, Acknowledged) and batch in held:
                count += 1
                del held[batch]
            elif is_a(row, Adopted):
                held = {}
            elif is_a(row, Acknowledged) and user in back:
                late = _of(held, user)
                count += len(late)
                wrong += [f"batch {one[:12]} of {user} by tab {tab[:8]}" for one in late]
                held = {one: owner for one, owner in held.items() if owner != user}
    return count, wrong


def _of(held: dict[str, Any], user: str) -> list[str]:
    return [batch for batch, owner in held.items() if owner == user]
