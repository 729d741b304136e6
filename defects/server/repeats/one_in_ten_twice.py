"""One request in ten is processed twice: a proxy that tries again."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from defects.base import LOAD, ServerDefect, Switch
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
    """Queue every tenth request once more."""
    original(combiner, user, artworks, receipt, tell)
    if switch.every(10) and switch.reached():
        original(combiner, user, artworks, replace(receipt), lambda refusal: None)


DEFECT = ServerDefect(
    about="One attempt in ten is processed twice.",
    expected={"attempts_processed_once"},
    trials=[LOAD],
    overrides={SUBMIT: submit},
)
