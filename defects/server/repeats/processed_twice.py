"""Every request is processed twice: a middleware that calls the next handler again."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from defects.base import LOAD, VISIT, ServerDefect, Switch, Trial
from defects.overrides.signatures import SUBMIT, Submit, Tell
from servers.ingest.combiner import Combiner
from servers.ingest.receipts import Receipt


def submit(
    switch: Switch,
    original: Submit,
    combiner: Combiner,
    user: str,
    artworks: Sequence[str],
    receipt: Receipt,
    tell: Tell,
) -> None:
    """Queue the request, and once more with a receipt of its own."""
    original(combiner, user, artworks, receipt, tell)
    if switch.reached():
        original(combiner, user, artworks, replace(receipt), lambda refusal: None)


DEFECT = ServerDefect(
    about="The same attempt of the same batch is processed twice.",
    expected={"arrivals_processed", "attempts_processed_once"},
    trials=[VISIT, LOAD, Trial("fetch_throws", browser="chromium", preset="durable")],
    smoke=True,
    overrides={SUBMIT: submit},
)
