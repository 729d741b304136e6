"""A load, second by second: how fast the answers came, what was offered, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from reports.core.text import figure, measure
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
    database_figure,
    impressions_by,
    load_span_s,
    memory_of,
    server_figure,
)
from reports.plots.drawing.marks import Line, limit
from reports.plots.drawing.panels import Panel, draw
from reports.plots.drawing.picture import Picture
from reports.statistics.bins import Bins
from reports.statistics.trend import slope_of

SPEED_TITLE = "The load, second by second"
USE_TITLE = "What the system used"
_MOST_BINS = 600


def load_over_time(
    ledger: LedgerFrames, limit_ms: float | None, faults: Sequence[FaultSpan]
) -> Picture:
    """Draw response p50, p95 and p99 with the generator's lag, the offered beside the achieved
    rate, and what was in flight."""
    load = ledger.load
    due_s = ledger.seconds(load["scheduled_ns"]).to_numpy(dtype=float)
    done_s = ledger.seconds(load["done_ns"]).to_numpy(dtype=float)
    sent_s = ledger.seconds(load["sent_ns"]).to_numpy(dtype=float)
    first_s, last_s = float(np.floor(due_s.min())), float(due_s.max())
    bins = Bins.over(first_s, last_s + 1e-9, max(1.0, np.ceil((last_s - first_s) / _MOST_BINS)))
    times_ms = response_ms(load)
    quantiles = bins.quantiles(due_s, times_ms, (0.5, 0.95, 0.99))
    (lag,) = bins.quantiles(due_s, lag_ms(load).to_numpy(dtype=float), (0.99,))
    ok = np.isfinite(times_ms)
    sent = ~capped(load).to_numpy()
    first = (load["attempt"] == 1).to_numpy(dtype=bool)
    offered, answered = (bins.count(at_s) / bins.width_s for at_s in (due_s[first], done_s[ok]))
    middle, ends = bins.start_s + bins.width_s / 2, bins.start_s + bins.width_s
    begun, done = (np.searchsorted(np.sort(at_s[sent]), ends) for at_s in (sent_s, done_s))
    response = [
        Line(name, middle, values, css=f"line-{name.split()[0]}", infinite="no answer")
        for name, values in zip(("lag p99", "p50", "p95", "p99"), (lag, *quantiles), strict=True)
    ]
    panels = [
        Panel(
            title="response time in ms, from the scheduled moment",
            unit="ms",
            scale="log",
            marks=[*response, *limit("limit", limit_ms, "ms")],
        ),
        Panel(
            title="requests a second",
            unit="per s",
            marks=[
                Line("offered", middle, offered, css="line-shown"),
                Line("answered", middle, answered, css="line-durable"),
            ],
        ),
        Panel(
            title="requests in flight",
            marks=[Line("in flight", ends, begun - done, css="line-gap")],
        ),
    ]
    share, ids = new_row_share_of(ledger)
    new = (
        f"{figure(100 * share)} % of the rows were new"
        if ids
        else "how many rows were new: unknown"
    )
    words = (
        f"{len(load):,} requests in {last_s - due_s.min():,.0f} s, "
        f"{int((~ok).sum()):,} of them without a success; {new}."
    )
    return draw(SPEED_TITLE, words, panels, faults)


def use_over_time(
    ledger: LedgerFrames, cpu_limit_percent: float | None, faults: Sequence[FaultSpan]
) -> Picture:
    """Draw the database's CPU, the server's memory with its slope, the WAL's rate, and the pool."""
    count = cores(ledger)
    cpu = cpu_of(ledger, DATABASE)
    server = cpu_of(ledger, SERVER)
    memory = memory_of(ledger, SERVER)
    wal = _rate(database_figure(ledger, "wal_position_bytes"))
    in_use, waiting = server_figure(ledger, "pool_in_use"), server_figure(ledger, "queue_depth")
    size = server_figure(ledger, "pool_size")
    size_now = float(size.values.max()) if len(size) else None
    percent = 100 / count if count else math.nan
    panels = [
        Panel(
            title=f"CPU in percent of the machine's {count} cores",
            unit="%",
            marks=[
                _line("database", cpu, percent, "line-durable"),
                _line("server", server, percent, "line-shown"),
                *limit("limit", cpu_limit_percent, "%"),
            ],
        ),
        Panel(
            title="server memory in MiB, and its slope",
            unit="MiB",
            scale="zoomed",
            marks=[_line("server", memory, 1 / 2**20, "line-shown"), *_slope(ledger, memory)],
        ),
        Panel(
            title="WAL in MB a second", unit="MB/s", marks=[_line("WAL", wal, 1e-6, "line-durable")]
        ),
        Panel(
            title="connections that write",
            marks=[_line("in use", in_use, 1.0, "line-shown"), *limit("pool of", size_now)],
        ),
        Panel(
            title="ids that wait for a writer", marks=[_line("waiting", waiting, 1.0, "line-gap")]
        ),
    ]
    each = [" ".join(measure(name, value)) for name, value in costs(ledger).items()]
    words = f"Cost: {'; '.join(each)}." if each else "What an impression cost could not be seen."
    return draw(USE_TITLE, words, panels, faults)


def _line(name: str, series: Series, factor: float, css: str) -> Line:
    return Line(name, series.at_s, series.values * factor, css=css)


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
    return [Line(name, during.at_s, values, css="line-lag", label=name)]
