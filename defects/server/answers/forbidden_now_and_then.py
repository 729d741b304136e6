"""Signed-in users hear 403 now and then."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import UNDERSTOOD, Understood
from servers.ingest.batch import Batch
from servers.ingest.http.impressions import Impressions
from servers.ingest.receipts import Receipt
from servers.ingest.refusal import Refusal


def understood(
    switch: Switch,
    original: Understood,
    impressions: Impressions,
    user: str,
    body: bytes,
    receipt: Receipt,
) -> Batch:
    """Refuse every second body."""
    batch = original(impressions, user, body, receipt)
    if switch.every(2) and switch.reached():
        raise Refusal(403, "forbidden", "a rule of a firewall")
    return batch


DEFECT = ServerDefect(
    about="Every second batch of a signed-in user is refused with 403.",
    expected={"signed_in_is_served", "lost_unacked", "flush_success"},
    trials=[VISIT],
    overrides={UNDERSTOOD: understood},
)
