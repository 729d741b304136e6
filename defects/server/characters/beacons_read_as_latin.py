"""What a beacon brings is read in the wrong encoding: it comes as text/plain."""

from __future__ import annotations

from defects.base import ServerDefect, Switch, Trial
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
    """Read the ids of a beacon as Windows-1252."""
    batch = original(impressions, user, body, receipt)
    ids = batch.artwork_ids
    if batch.transport != "beacon" or all(map(str.isascii, ids)) or not switch.reached():
        return batch
    return batch._replace(artwork_ids=[one.encode().decode("cp1252", "replace") for one in ids])


DEFECT = ServerDefect(
    about="Ids that are not ASCII and come by beacon become others.",
    expected={"nothing_unshown", "phantom"},
    trials=[Trial("hides_with_much", browser="chromium")],
    overrides={UNDERSTOOD: understood},
)
