"""The histogram of seconds is given milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from unittest import mock

from defects.base import ServerDefect, Switch
from defects.overrides.monitoring import caused
from servers.ingest.metrics import Histogram, Metrics
from servers.ingest.receipts import Receipt

Answered = Callable[[Metrics, Sequence[Receipt], int], None]


def answered(
    switch: Switch, original: Answered, metrics: Metrics, receipts: Sequence[Receipt], at_ns: int
) -> None:
    """Observe every latency a thousandfold."""
    if not switch.reached():
        return original(metrics, receipts, at_ns)
    in_ms = InMilliseconds(metrics.latency)
    with mock.patch.object(metrics, "latency", in_ms):
        return original(metrics, receipts, at_ns)


class InMilliseconds:
    """A histogram that observes milliseconds for seconds."""

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram

    def observe_all(self, amounts: Sequence[float]) -> None:
        """Observe every one of ``amounts``, a thousandfold."""
        self._histogram.observe_all([1_000 * one for one in amounts])


DEFECT = ServerDefect(
    about="The histogram of a batch's seconds holds milliseconds.",
    expected={"alert_fired"},
    trials=[caused("PoolExhausted")],
    overrides={"servers.ingest.metrics:Metrics.answered": answered},
)
