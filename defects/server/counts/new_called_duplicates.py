"""The answer calls every id known."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import BODY, Body
from servers.ingest.http.impressions import Outcome


def body(switch: Switch, original: Body, outcome: Outcome) -> bytes:
    """Say that no id is new."""
    receipt = outcome.receipt
    if not switch.reached():
        return original(outcome)
    return b'{"received":%d,"inserted":0,"duplicate":%d}' % (receipt.received, receipt.received)


DEFECT = ServerDefect(
    about="Every answer says that nothing was new.",
    expected={"counts_as_processed"},
    trials=[VISIT],
    overrides={BODY: body},
)
