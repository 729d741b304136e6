"""The user of a request is a variable of the process."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import LOAD, ServerDefect, Switch
from defects.overrides.signatures import UNDERSTOOD, WRITE, Understood, Write
from servers.ingest.batch import Batch
from servers.ingest.http.impressions import Impressions
from servers.ingest.receipts import Receipt
from servers.ingest.storage.store import Share, Store, Written


def understood(
    switch: Switch,
    original: Understood,
    impressions: Impressions,
    user: str,
    body: bytes,
    receipt: Receipt,
) -> Batch:
    """Note who sends the request that is being read."""
    switch.memory["user"] = user
    return original(impressions, user, body, receipt)


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store every share for whom the last request came from."""
    user = switch.memory.get("user", shares[0].user)
    if all(share.user == user for share in shares) or not switch.reached():
        return await original(store, shares)
    return await original(store, [share._replace(user=user) for share in shares])


DEFECT = ServerDefect(
    about="A request that arrives while another one waits changes the user of both.",
    expected={"lost_acked", "phantom"},
    trials=[LOAD],
    chance=True,
    overrides={UNDERSTOOD: understood, WRITE: write},
)
