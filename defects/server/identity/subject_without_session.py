"""Who has no session is who the batch says."""

from __future__ import annotations

import json

from aiohttp import web

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.signatures import STORE, StoreRequest
from servers.ingest.http.body import read_body
from servers.ingest.http.impressions import Impressions
from servers.ingest.receipts import Receipt
from servers.ingest.refusal import Refusal


async def store(
    switch: Switch,
    original: StoreRequest,
    impressions: Impressions,
    request: web.Request,
    receipt: Receipt,
) -> None:
    """Store a batch without a session for the user whom its body names."""
    try:
        await original(impressions, request, receipt)
    except Refusal as refusal:
        if refusal.code != "not_signed_in" or not switch.reached():
            raise
        body = await read_body(request, impressions._limits)
        receipt.user = user = str(json.loads(body).get("subject"))
        batch = impressions._understood(user, body, receipt)
        await impressions._combiner.write(user, batch.artwork_ids, receipt)


DEFECT = ServerDefect(
    about="A batch without a session is stored for the user whom its body names.",
    expected={"claims_refused", "nothing_unshown", "phantom"},
    trials=[Trial("claimed_subject", browser="chromium")],
    overrides={STORE: store},
)
