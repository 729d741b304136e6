"""The answer counts one id fewer than was sent."""

from __future__ import annotations

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import BODY, Body
from servers.ingest.http.impressions import Outcome


def body(switch: Switch, original: Body, outcome: Outcome) -> bytes:
    """Say that one id fewer came and is new."""
    receipt = outcome.receipt
    if not receipt.inserted or not switch.reached():
        return original(outcome)
    counts = (receipt.received - 1, receipt.inserted - 1, receipt.duplicate)
    return b'{"received":%d,"inserted":%d,"duplicate":%d}' % counts


DEFECT = ServerDefect(
    about="Answers and receipts differ by one id.",
    expected={"counts_as_processed"},
    trials=[LOAD],
    overrides={BODY: body},
)
