"""Signed-in users hear 401 now and then."""

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
    """Forget the session for every second body."""
    batch = original(impressions, user, body, receipt)
    if switch.every(2) and switch.reached():
        raise Refusal(401, "not_signed_in", "the session store was restarted")
    return batch


DEFECT = ServerDefect(
    about="Every second batch of a signed-in user is refused with 401.",
    expected={"signed_in_is_served", "answers_as_processed", "lost_unacked", "flush_success"},
    trials=[VISIT],
    overrides={UNDERSTOOD: understood},
)
