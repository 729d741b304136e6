"""One batch in four leaves no receipt."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from defects.base import VISIT, ServerDefect, Switch
from servers.ingest.receipts import Receipt, Receipts


def write_receipts(
    switch: Switch,
    original: Callable[[Receipts, Iterable[Receipt]], None],
    receipts: Receipts,
    lines: Iterable[Receipt],
) -> None:
    """Leave out every fourth receipt."""
    original(receipts, [one for one in lines if not switch.every(4) or not switch.reached()])


DEFECT = ServerDefect(
    about="One batch in four is stored and answered, and leaves no receipt.",
    expected={"conservation", "every_view_carried", "acks_after_commit", "answers_as_processed"},
    trials=[VISIT],
    overrides={"servers.ingest.receipts:Receipts.write": write_receipts},
)
