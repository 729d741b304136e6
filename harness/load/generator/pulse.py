"""How the generator itself is doing, once a second: is it late, is its loop held up, is it full?

A generator that is late makes its target look slow. Each second becomes one row of the machine
witness, and one small report for those who watch the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gevent
import numpy as np
import psutil
from hdrh.histogram import HdrHistogram

from harness.ledger.kinds.machine import GeneratorSample

BEAT_S = 0.010
SECOND_S = 1.0

_LOWEST_US, _HIGHEST_US, _DIGITS = 1, 3_600_000_000, 3

Report = dict[str, Any]


@dataclass(slots=True)
class Counts:
    """What a generator process counts from its start on, and what it holds now."""

    scheduled: int = 0
    sent: int = 0
    answered: int = 0
    failed: int = 0
    capped: int = 0
    in_flight: int = 0
    waiting: int = 0
    views: int = 0
    inserted: int = 0
    lag_ns: list[int] = field(default_factory=list)
    response_ns: list[int] = field(default_factory=list)
    """Response times since the last report, from the scheduled moment."""


def new_histogram() -> HdrHistogram:
    """Return an empty histogram of microseconds up to an hour, exact to three digits."""
    return HdrHistogram(_LOWEST_US, _HIGHEST_US, _DIGITS)


def histogram_of(values_ns: Sequence[int]) -> HdrHistogram:
    """Return the histogram of some durations; what is out of its range counts at its end."""
    histogram = new_histogram()
    values_us = np.clip(np.array(values_ns, dtype=np.int64) // 1000, _LOWEST_US, _HIGHEST_US)
    found, times = np.unique(values_us, return_counts=True)
    for value_us, count in zip(found.tolist(), times.tolist(), strict=True):
        histogram.record_value(value_us, count)
    return histogram


class Pulse:
    """A heartbeat in the generator's own loop: sleeps 10 ms and notes by how much it overslept."""

    def __init__(
        self,
        counts: Counts,
        connect_errors: Callable[[], int],
        on_second: Callable[[int, GeneratorSample, Report], None],
        *,
        process: str,
    ) -> None:
        """``process`` is this generator's name in the ledger."""
        self._counts = counts
        self._connect_errors = connect_errors
        self._on_second = on_second
        self._name = process
        self._process = psutil.Process()
        self._greenlet: gevent.Greenlet | None = None
        self._over_ns: list[int] = []
        self._before = Counts()
        self._second_ns = 0

    def start(self) -> None:
        """Begin to beat; the first row comes after a second."""
        self._second_ns = time.monotonic_ns()
        self._greenlet = gevent.spawn(self._beat)

    def stop(self) -> None:
        """Beat no more; the rest of the last second becomes a row too.

        Raises what broke the heartbeat, if anything did.
        """
        if self._greenlet is not None:
            gevent.kill(self._greenlet)
            self._greenlet.get()
        self._close_second(time.monotonic_ns())

    def _beat(self) -> None:
        while True:
            asleep_ns = time.monotonic_ns()
            gevent.sleep(BEAT_S)
            now_ns = time.monotonic_ns()
            self._over_ns.append(now_ns - asleep_ns - int(BEAT_S * 1e9))
            if now_ns - self._second_ns >= SECOND_S * 1e9:
                self._close_second(now_ns)

    def _close_second(self, now_ns: int) -> None:
        counts, before = self._counts, self._before
        seconds = max(1e-3, (now_ns - self._second_ns) / 1e9)
        self._second_ns = now_ns
        lag, over = _ms(counts.lag_ns), _ms(self._over_ns)
        responses = histogram_of(counts.response_ns)
        counts.lag_ns, counts.response_ns, self._over_ns = [], [], []
        sample = GeneratorSample(
            process=self._name,
            pid=self._process.pid,
            cpu_s=time.process_time(),
            rss_bytes=self._process.memory_info().rss,
            loop_delay_ms_p99=over[0],
            loop_delay_ms_max=over[1],
            lag_ms_p99=lag[0],
            lag_ms_max=lag[1],
            in_flight=counts.in_flight,
            capped=counts.capped,
            connect_errors=self._connect_errors(),
            sent=counts.sent,
            scheduled=counts.scheduled,
        )
        report = {
            "offered_per_s": (counts.scheduled - before.scheduled) / seconds,
            "achieved_per_s": (counts.answered - before.answered) / seconds,
            "views_per_s": (counts.views - before.views) / seconds,
            "views": counts.views,
            "inserted": counts.inserted,
            "in_flight": counts.in_flight,
            "waiting": counts.waiting,
            "failed": counts.failed,
            "capped": counts.capped,
            "sent": counts.sent,
            "scheduled": counts.scheduled,
            "lag_ms_p99": lag[0],
            "response": responses.encode().decode(),
        }
        self._before = Counts(
            scheduled=counts.scheduled, answered=counts.answered, views=counts.views
        )
        self._on_second(now_ns, sample, report)


def _ms(values_ns: list[int]) -> tuple[float, float]:
    """Return the 99th percentile and the largest of some durations in ms; 0 for none."""
    if not values_ns:
        return 0.0, 0.0
    values = np.array(values_ns) / 1e6
    p99 = float(np.quantile(values, 0.99, method="higher"))
    return round(p99, 3), round(float(values.max()), 3)
