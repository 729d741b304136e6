"""The server refuses batches of more than six ids: a limit in the wrong unit."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import UNDERSTOOD, Understood
from servers.ingest.batch import Batch
from servers.ingest.http.impressions import Impressions
from servers.ingest.receipts import Receipt
from servers.ingest.refusal import Refusal

MOST = 6


def understood(
    switch: Switch,
    original: Understood,
    impressions: Impressions,
    user: str,
    body: bytes,
    receipt: Receipt,
) -> Batch:
    """Refuse batches of more than six ids."""
    batch = original(impressions, user, body, receipt)
    if len(batch.artwork_ids) > MOST and switch.reached():
        raise Refusal(413, "too_large", "the body is too large")
    return batch


DEFECT = ServerDefect(
    about="A batch of more than six ids is refused for good.",
    expected={"lost_unacked"},
    trials=[VISIT],
    overrides={UNDERSTOOD: understood},
)
