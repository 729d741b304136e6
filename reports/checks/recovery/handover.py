"""Batches that wait for their owner: sent once the owner is back."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.ledger.kinds import CLIENT
from harness.ledger.kinds.client import Acknowledged, Adopted, Attempt, Held, Recorded
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import is_a, is_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import pages
from reports.verdict.verdict import Finding

_NEEDS = {Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY}
Counted = tuple[int, list[str]]


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
