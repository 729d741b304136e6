"""The server keeps requests in a log and plays the first ones again seconds later."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import SUBMIT, Submit, Tell
from servers.ingest.combiner import Combiner
from servers.ingest.receipts import Receipt

LATER_S = 1.0


def submit(
    switch: Switch,
    original: Submit,
    combiner: Combiner,
    user: str,
    artworks: Sequence[str],
    receipt: Receipt,
    tell: Tell,
) -> None:
    """Queue the request, and once more a second later."""
    original(combiner, user, artworks, receipt, tell)
    if switch.every(2) and switch.reached():
        copy = replace(receipt)
        later = asyncio.get_running_loop().call_later
        later(LATER_S, original, combiner, user, artworks, copy, lambda refusal: None)


DEFECT = ServerDefect(
    about="One attempt in two is processed again a second later.",
    expected={"attempts_processed_once"},
    trials=[VISIT],
    overrides={SUBMIT: submit},
)
