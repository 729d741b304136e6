"""The counter of duplicates counts what was inserted, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from defects.base import ServerDefect, Switch
from defects.overrides.monitoring import caused
from servers.ingest.metrics import Metrics
from servers.ingest.receipts import Receipt

Answered = Callable[[Metrics, Sequence[Receipt], int], None]


def answered(
    switch: Switch, original: Answered, metrics: Metrics, receipts: Sequence[Receipt], at_ns: int
) -> None:
    """Count every new id as a duplicate as well."""
    original(metrics, receipts, at_ns)
    if switch.reached():
        metrics._ids["duplicate"].inc(sum(one.inserted for one in receipts))


DEFECT = ServerDefect(
    about="The counter of duplicates counts new ids.",
    expected={"metrics_as_receipts", "alert_fired"},
    trials=[caused("PoolExhausted")],
    overrides={"servers.ingest.metrics:Metrics.answered": answered},
)
