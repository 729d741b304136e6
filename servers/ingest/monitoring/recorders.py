"""What recorders say of themselves in the batches they send, summed over tabs.

A recorder's counters only grow, and each batch carries all of them, so a batch that comes late or
twice adds nothing. They are remembered per tab in one process; a server of several processes shows
none, because one tab's batches may reach two of them.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

TABS_MAX = 20_000
"""Tabs that are remembered; the one that was silent for longest is forgotten first."""
SILENT_S = 300.0
"""A tab that has been silent for longer has no queue that could still be known."""
_COUNT_MAX = 2**53
_NAMES = {
    "recorded": "recorded",
    "flushSuccess": "flush_success",
    "flushFail": "flush_fail",
    "totalFlushed": "flushed",
    "beaconQueued": "beacon_queued",
    "beaconRefused": "beacon_refused",
    "refused": "refused",
    "retries": "retries",
}
_KEYS = tuple(_NAMES)


class _Tab:
    __slots__ = ("counts", "heard_s")

    def __init__(self) -> None:
        self.counts = [0] * len(_KEYS)
        self.heard_s = 0.0

    @property
    def pending(self) -> int:
        """Return the ids that were recorded and neither stored nor refused, as last known."""
        counts = dict(zip(_KEYS, self.counts, strict=True))
        return max(0, counts["recorded"] - counts["totalFlushed"] - counts["refused"])


class Recorders(Collector):
    """Counters of all recorders, and what their queues hold. Tabs never become labels."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tabs: OrderedDict[str, _Tab] = OrderedDict()
        self._totals = [0] * len(_KEYS)

    def heard(self, tab: str, counters: Mapping[str, object]) -> None:
        """Take what one batch of ``tab`` says; what is no count is passed over."""
        known = self._tabs.get(tab)
        if known is None:
            known = self._tabs[tab] = _Tab()
            if len(self._tabs) > TABS_MAX:
                self._tabs.popitem(last=False)
        self._tabs.move_to_end(tab)
        known.heard_s = self._clock()
        for place, key in enumerate(_KEYS):
            value = counters.get(key)
            if type(value) is int and known.counts[place] < value <= _COUNT_MAX:
                self._totals[place] += value - known.counts[place]
                known.counts[place] = value

    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
        """Yield the families."""
        events = CounterMetricFamily(
            "ingest_recorder_events",
            "What recorders counted, by what; ids, flushes or requests.",
            labels=["event"],
        )
        for key, total in zip(_KEYS, self._totals, strict=True):
            events.add_metric([_NAMES[key]], total)
        yield events
        since_s = self._clock() - SILENT_S
        heard = [tab for tab in self._tabs.values() if tab.heard_s >= since_s]
        yield GaugeMetricFamily(
            "ingest_recorder_tabs", "Tabs heard of in the last five minutes.", value=len(heard)
        )
        yield GaugeMetricFamily(
            "ingest_recorder_pending_ids",
            "Ids in their queues, as each last reported.",
            value=sum(tab.pending for tab in heard),
        )
