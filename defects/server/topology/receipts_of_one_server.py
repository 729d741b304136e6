"""The second server writes no receipts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import BALANCED, is_second_server
from servers.ingest.receipts import Receipt, Receipts


def write_receipts(
    switch: Switch,
    original: Callable[[Receipts, Iterable[Receipt]], None],
    receipts: Receipts,
    lines: Iterable[Receipt],
) -> None:
    """Write them unless this is the second server."""
    if not (is_second_server() and switch.reached()):
        original(receipts, lines)


DEFECT = ServerDefect(
    about="What one of two servers stores and acknowledges leaves no receipt.",
    expected={"balancer_passed_receipts"},
    trials=[BALANCED],
    overrides={"servers.ingest.receipts:Receipts.write": write_receipts},
)
