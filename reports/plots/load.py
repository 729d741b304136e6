"""A load, second by second: how fast the answers came, what was offered, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.core.text import figure, measure
from reports.core.types import Floats
from reports.evidence.faults import FaultSpan
from reports.evidence.frame import LedgerFrames
from reports.evidence.generators import capped, lag_ms
from reports.evidence.requests import new_row_share_of, response_ms
from reports.evidence.resources import (
    DATABASE,
    SERVER,
    Series,
    cores,
    costs,
    cpu_of,
    impressions_by,
    load_span_s,
    memory_of,
    told,
)
from reports.plots.drawing.panels import Line, Panel, panels_over_time
from reports.plots.drawing.picture import Picture
from reports.statistics.trend import slope_of

SPEED_TITLE = "The load, second by second"
USE_TITLE = "What the system used"
_MOST_BINS = 600


@dataclass(frozen=True, slots=True)
class _Bins:
    """Equal stretches of time, at least a second each, and to which each request belongs."""

    start_s: Floats
    width_s: float

    def of(self, at_s: Floats) -> Floats:
        """Return how many moments lie in each."""
        inside = np.clip((at_s - self.start_s[0]) / self.width_s, 0, len(self.start_s) - 1)
        counts: Floats = np.bincount(inside.astype(int), minlength=len(self.start_s)).astype(float)
        return counts

    def quantiles(self, at_s: Floats, values: Floats, shares: Sequence[float]) -> list[Floats]:
        """Return quantiles of the values of each; nan where there is none."""
        place = np.clip((at_s - self.start_s[0]) / self.width_s, 0, len(self.start_s) - 1)
        order = np.lexsort((values, place.astype(int)))
        edges = np.searchsorted(place.astype(int)[order], np.arange(len(self.start_s) + 1))
        count = np.diff(edges)
        found = []
        for share in shares:
            rank = np.maximum(np.ceil(share * count).astype(int) - 1, 0)
            picked = np.full(len(count), np.nan)
            some = count > 0
            picked[some] = values[order][edges[:-1][some] + rank[some]]
            found.append(picked)
        return found


def load_over_time(
    ledger: LedgerFrames, limit_ms: float | None, faults: Sequence[FaultSpan]
) -> Picture:
    """Draw response p50, p95 and p99 with the generator's lag, the offered beside the achieved
    rate, and what was in flight."""
    load = ledger.load
    due_s = ledger.seconds(load["scheduled_ns"]).to_numpy(dtype=float)
    done_s = ledger.seconds(load["done_ns"]).to_numpy(dtype=float)
    sent_s = ledger.seconds(load["sent_ns"]).to_numpy(dtype=float)
    bins = _bins(due_s)
    times_ms = response_ms(load)
    p50, p95, p99 = bins.quantiles(due_s, times_ms, (0.5, 0.95, 0.99))
    (lag,) = bins.quantiles(due_s, lag_ms(load).to_numpy(dtype=float), (0.99,))
    ok = np.isfinite(times_ms)
    sent = ~capped(load).to_numpy()
    first = (load["attempt"] == 1).to_numpy(dtype=bool)
    middle = bins.start_s + bins.width_s / 2
    ends = bins.start_s + bins.width_s
    open_ = np.searchsorted(np.sort(sent_s[sent]), ends) - np.searchsorted(
        np.sort(done_s[sent]), ends
    )
    share, ids = new_row_share_of(ledger)
    new = (
        f"{figure(100 * share)} % of the rows were new"
        if ids
        else "how many rows were new: unknown"
    )
    panels = [
        Panel(
            title=f"response time in ms, from the scheduled moment; {new}",
            unit="ms",
            lines=[
                Line(name="lag p99", at_s=middle, values=lag, css="line-lag"),
                Line(name="p50", at_s=middle, values=p50, css="line-p50"),
                Line(name="p95", at_s=middle, values=p95, css="line-p95"),
                Line(name="p99", at_s=middle, values=p99, css="line-p99"),
            ],
            limit=limit_ms,
            logarithmic=True,
        ),
        Panel(
            title="requests a second",
            unit="per s",
            lines=[
                Line(name="offered", at_s=middle, values=bins.of(due_s[first]) / bins.width_s,
                     css="line-shown"),
                Line(name="answered", at_s=middle, values=bins.of(done_s[ok]) / bins.width_s,
                     css="line-durable"),
            ],
        ),
        Panel(
            title="requests in flight",
            unit="",
            lines=[Line(name="in flight", at_s=ends, values=open_.astype(float), css="line-gap")],
        ),
    ]  # fmt: skip
    silent = int((~ok).sum())
    words = (
        f"{len(load):,} requests in {due_s.max() - due_s.min():,.0f} s, "
        f"{silent:,} of them without a success; {new}."
    )
    return panels_over_time(SPEED_TITLE, panels, words, faults)


def use_over_time(
    ledger: LedgerFrames, cpu_limit_percent: float | None, faults: Sequence[FaultSpan]
) -> Picture:
    """Draw the database's CPU, the server's memory with its slope, the WAL's rate, and the pool."""
    count = cores(ledger)
    cpu = cpu_of(ledger, DATABASE)
    server = cpu_of(ledger, SERVER)
    memory = memory_of(ledger, SERVER)
    wal = _rate(told(ledger, "database", "wal_position_bytes"))
    in_use, waiting = (told(ledger, "server", n) for n in ("pool_in_use", "queue_depth"))
    size = told(ledger, "server", "pool_size")
    panels = [
        Panel(
            title=f"CPU in percent of the machine's {count} cores",
            unit="%",
            lines=[
                _line("database", cpu, 100 / count, "line-durable"),
                _line("server", server, 100 / count, "line-shown"),
            ],
            limit=cpu_limit_percent,
        )
        if count
        else Panel(title="CPU", unit="%", lines=[]),
        Panel(
            title="server memory in MiB, and its slope",
            unit="MiB",
            lines=[_line("server", memory, 1 / 2**20, "line-shown"), *_slope(ledger, memory)],
            zoomed=True,
        ),
        Panel(title="WAL in MB a second", unit="MB/s",
              lines=[_line("WAL", wal, 1e-6, "line-durable")]),
        Panel(
            title="connections that write",
            unit="",
            lines=[_line("in use", in_use, 1.0, "line-shown")],
            limit=float(size.values.max()) if len(size) else None,
            limit_name="pool of",
        ),
        Panel(title="ids that wait for a writer", unit="",
              lines=[_line("waiting", waiting, 1.0, "line-gap")]),
    ]  # fmt: skip
    each = [" ".join(measure(name, value)) for name, value in costs(ledger).items()]
    words = f"Cost: {'; '.join(each)}." if each else "What an impression cost could not be seen."
    return panels_over_time(USE_TITLE, panels, words, faults)


def _bins(at_s: Floats) -> _Bins:
    begin, end = float(np.floor(at_s.min())), float(at_s.max())
    width = max(1.0, np.ceil((end - begin) / _MOST_BINS))
    count = int((end - begin) / width) + 1
    return _Bins(begin + width * np.arange(count), float(width))


def _line(name: str, series: Series, factor: float, css: str) -> Line:
    return Line(name=name, at_s=series.at_s, values=series.values * factor, css=css)


def _rate(counter: Series) -> Series:
    if len(counter) < 2:
        return Series(np.empty(0), np.empty(0))
    step = np.diff(counter.at_s)
    rate = np.where(step > 0, np.diff(counter.values) / np.where(step > 0, step, 1.0), np.nan)
    return Series(counter.at_s[1:], np.where(rate >= 0, rate, np.nan))


def _slope(ledger: LedgerFrames, memory: Series) -> list[Line]:
    """Return the slope as a straight line in impressions through the middle of the memory."""
    during = memory.between(*load_span_s(ledger))
    answered = impressions_by(ledger, during.at_s)
    slope = slope_of(answered, during.values)
    if slope is None:
        return []
    level = float(np.median(during.values - slope.value * answered))
    values = (level + slope.value * answered) / 2**20
    name = f"{figure(round(slope.value, 1))} B each"
    return [Line(name=name, at_s=during.at_s, values=values, css="line-lag", says_value=False)]
