"""The answer calls every id new, whatever the table had."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import BODY, Body
from servers.ingest.http.impressions import Outcome


def body(switch: Switch, original: Body, outcome: Outcome) -> bytes:
    """Say that all ids are new."""
    receipt = outcome.receipt
    if not receipt.duplicate or not switch.reached():
        return original(outcome)
    return b'{"received":%d,"inserted":%d,"duplicate":0}' % (receipt.received, receipt.received)


DEFECT = ServerDefect(
    about="The answer to a repetition calls its ids new; the receipt calls them known.",
    expected={"counts_as_processed"},
    trials=[Trial("half_answer", browser="chromium")],
    overrides={BODY: body},
)
