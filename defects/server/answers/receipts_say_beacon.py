"""Receipts name another transport than the request did."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import UNDERSTOOD, Understood
from servers.ingest.batch import Batch
from servers.ingest.http.impressions import Impressions
from servers.ingest.receipts import Receipt


def understood(
    switch: Switch,
    original: Understood,
    impressions: Impressions,
    user: str,
    body: bytes,
    receipt: Receipt,
) -> Batch:
    """Call every request a beacon."""
    batch = original(impressions, user, body, receipt)
    if switch.reached():
        receipt.transport = "beacon"
    return batch


DEFECT = ServerDefect(
    about="The receipt of every request says that it was a beacon.",
    expected={"batches_as_sent"},
    trials=[VISIT],
    overrides={UNDERSTOOD: understood},
)
