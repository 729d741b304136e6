"""The server keeps something of every request that it has answered."""

from __future__ import annotations

from defects.base import MANY, ServerDefect, Switch
from defects.overrides.signatures import UNDERSTOOD, Understood
from servers.ingest.batch import Batch
from servers.ingest.http.impressions import Impressions
from servers.ingest.receipts import Receipt

KEPT_BYTES = 4096


def understood(
    switch: Switch,
    original: Understood,
    impressions: Impressions,
    user: str,
    body: bytes,
    receipt: Receipt,
) -> Batch:
    """Keep four KiB of each request for good."""
    if switch.reached():
        switch.memory.setdefault("kept", []).append(bytearray(KEPT_BYTES))
    return original(impressions, user, body, receipt)


DEFECT = ServerDefect(
    about="The memory of the server grows with every request.",
    expected={"memory_growth"},
    trials=[MANY],
    overrides={UNDERSTOOD: understood},
)
