"""The receipt counts one row more than was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, ServerDefect, Switch
from servers.ingest.receipts import Receipt


def committed(
    switch: Switch,
    original: Callable[..., None],
    receipt: Receipt,
    *,
    inserted: int,
    duplicate: int,
    at: Any,
) -> None:
    """Count one row more, and one duplicate fewer where there is one."""
    more = 1 if switch.reached() else 0
    original(receipt, inserted=inserted + more, duplicate=max(0, duplicate - more), at=at)


DEFECT = ServerDefect(
    about="Receipts count one row more than the table has.",
    expected={"conservation", "counts_as_processed"},
    trials=[VISIT],
    overrides={"servers.ingest.receipts:Receipt.committed": committed},
)
