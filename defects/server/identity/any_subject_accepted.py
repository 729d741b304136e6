"""The server does not compare whom a batch speaks of with who is signed in."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
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
    """Take a batch of another user's for one of the user who is signed in."""
    try:
        return original(impressions, user, body, receipt)
    except Refusal as refusal:
        if refusal.code != "other_user" or not switch.reached():
            raise
        return Batch(artwork_ids=list(receipt.artworks))


DEFECT = ServerDefect(
    about="A batch whose subject is another user is stored for the one who is signed in.",
    expected={"claims_refused", "nothing_for_another", "lost_acked", "phantom", "nothing_unshown"},
    trials=[Trial("claimed_subject", browser="chromium")],
    overrides={UNDERSTOOD: understood},
)
