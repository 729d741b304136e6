"""Resources of the system under test: CPU of its database, memory of server and page, its pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.ledger.kinds.activity import ServerFigure
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import EVERY_WITNESS, Evidence
from reports.evidence.fates import shown_views
from reports.evidence.frame import LedgerFrames
from reports.evidence.resources import (
    DATABASE,
    SERVER,
    Series,
    cores,
    cpu_of,
    impressions_by,
    lives_of,
    load_span_s,
    memory_of,
    page_figure,
    server_figure,
    why_blind,
)
from reports.statistics.trend import Estimate, mean_of, slope_of
from reports.verdict.verdict import Finding

_THOUSAND = 1000
SATURATED_SAMPLES_MIN = 3
RISE_MIN = 3.0
"""A queue wait that is not at least three times what it was before has not risen."""
RECOVERED_MAX = 2.0
GRAIN_MS = 1.0
"""Waits below a millisecond are the histogram's grain: nothing is compared with less."""


@check(needs={Capability.DATABASE_PROCESSES}, rests_on=EVERY_WITNESS)
def database_cpu(
    evidence: Evidence, *, limit_percent: float, exclude_first_s: float = 0, for_s: float = 0
) -> Finding:
    """PostgreSQL's processes use less of the machine's cores than the limit while the load is on.

    The mean's interval comes from batch means. With ``for_s`` no stretch of that many seconds may
    have a mean above the limit. The CPU of a database on another machine cannot be seen over SQL.
    """
    ledger = evidence.ledger
    figures = Figures(target=limit_percent, unit="percent")
    if ledger.machine.empty or not (count := cores(ledger)):
        return no_evidence("the machine was not measured, or its number of cores is not known")
    used = cpu_of(ledger, DATABASE)
    begin_s, end_s = load_span_s(ledger)
    used = used.between(begin_s + exclude_first_s, end_s)
    if not len(used):
        return replace(figures, n=0).undecided(
            "PostgreSQL is none of the run's processes: SQL shows no CPU of a database elsewhere"
        )
    percent = Series(used.at_s, 100 * used.values / count)
    mean = mean_of(percent.values)
    if mean is None:
        return replace(figures, n=len(percent)).undecided(f"{len(percent)} samples are too few")
    figures = replace(figures, measured=mean.value, interval=(mean.low, mean.high), n=mean.n)
    sentence = (
        f"{mean.value:.1f} % of the machine's {count} cores "
        f"({mean.low:.1f} to {mean.high:.1f}, batch means of {mean.n} s), "
        f"most in a second {float(percent.values.max()):.1f} %"
    )
    if for_s > 0:
        worst = _worst_stretch(percent, for_s)
        if worst is None:
            return figures.undecided(f"the load did not last {for_s:g} s; {sentence}")
        sentence += f", most over {for_s:g} s {worst:.1f} %"
        if worst > limit_percent:
            return figures.failed(sentence)
    if mean.high < limit_percent:
        return figures.passed(sentence)
    if mean.low >= limit_percent:
        return figures.failed(sentence)
    return figures.undecided(f"{sentence}; {_longer(mean, limit_percent, percent, 2)}")


@check(needs={Capability.SERVER_PROCESSES}, rests_on=EVERY_WITNESS)
def memory_growth(
    evidence: Evidence,
    *,
    limit_bytes: float = 0,
    limit_percent: float = 0,
    process: str = SERVER,
    exclude_first_s: float = 0,
) -> Finding:
    """A process's memory grows by less than the limit with each impression, over the whole load.

    The slope is Theil and Sen's, of resident bytes on impressions answered; its upper bound must
    be below ``limit_bytes`` an impression, and ``limit_percent`` of the memory at the beginning a
    thousand impressions (the roadmap's figure); at least one of the two is given.
    """
    ledger = evidence.ledger
    begin_s, end_s = load_span_s(ledger)
    memory = memory_of(ledger, process).between(begin_s + exclude_first_s, end_s)
    figures = Figures(unit="bytes", n=len(memory))
    if lives_of(ledger, process) > 1:
        return figures.undecided(f"{process} was started again meanwhile")
    answered = impressions_by(ledger, memory.at_s)
    slope = slope_of(answered, memory.values)
    if slope is None:
        return figures.undecided(
            f"{process}: too few samples of its memory, or no impressions meanwhile"
        )
    start = float(memory.values[: max(1, len(memory) // 20)].mean())
    as_percent = 100 * _THOUSAND / start
    limits = [limit_bytes] if limit_bytes > 0 else []
    limits += [limit_percent / as_percent] if limit_percent > 0 else []
    if not limits:
        return figures.undecided("no limit was given")
    limit = min(limits)
    figures = replace(figures, measured=slope.value, target=limit, interval=(slope.low, slope.high))
    sentence = (
        f"{process} grew by {slope.value:.2f} bytes an impression ({slope.low:.2f} to "
        f"{slope.high:.2f}) over {answered[-1] - answered[0]:,.0f} impressions, that is "
        f"{slope.value * as_percent:.3f} % per 1,000 ({slope.low * as_percent:.3f} to "
        f"{slope.high * as_percent:.3f}) of {start / 2**20:.1f} MiB; limit {limit:.2f} bytes"
    )
    if slope.high < limit:
        return figures.passed(sentence)
    if slope.low >= limit:
        return figures.failed(sentence)
    return figures.undecided(f"{sentence}; {_longer(slope, limit, memory, 2 / 3)}")


@check(needs={Capability.PAGE}, rests_on=EVERY_WITNESS)
def page_memory_growth(evidence: Evidence, *, limit_percent: float) -> Finding:
    """The page's memory grows by less than ``limit_percent`` with each 1,000 impressions.

    Sampled after a garbage collection, while the page goes on recording; percent of the heap at
    the first sample. The slope is Theil and Sen's, of the JavaScript heap on views.
    """
    ledger = evidence.ledger
    heap = page_figure(ledger, "js_heap_bytes")
    figures = Figures(target=limit_percent, unit="percent", n=len(heap))
    shown = shown_views(ledger)["mono_ns"]
    moments = np.sort(ledger.seconds(shown).to_numpy(dtype=float))
    views = np.searchsorted(moments, heap.at_s, side="right").astype(float)
    slope = slope_of(views, heap.values)
    if slope is None:
        return figures.undecided("the page's heap was sampled fewer than ten times")
    if views[-1] - views[0] < _THOUSAND:
        return figures.undecided(f"only {views[-1] - views[0]:.0f} views between the samples")
    start = float(heap.values[0])
    scale = 100 * _THOUSAND / start
    low, middle, high = slope.low * scale, slope.value * scale, slope.high * scale
    figures = replace(figures, measured=middle, interval=(low, high))
    sentence = (
        f"the heap grew by {slope.value:.0f} bytes a view, {middle:.2f} % per 1,000 ({low:.2f} to "
        f"{high:.2f}) of {start / 2**20:.2f} MiB, over {views[-1] - views[0]:,.0f} views"
    )
    if high < limit_percent:
        return figures.passed(sentence)
    if low >= limit_percent:
        return figures.failed(sentence)
    percent = Series(heap.at_s, heap.values)
    longer = Estimate(value=middle, low=low, high=high, n=slope.n)
    return figures.undecided(f"{sentence}; {_longer(longer, limit_percent, percent, 2 / 3)}")


@check(needs={Capability.SERVER_METRICS}, rests_on=EVERY_WITNESS)
def pool_saturation(evidence: Evidence) -> Finding:
    """An exhausted connection pool shows in the queue's wait, and the wait falls again afterwards.

    Judged from the server's metrics, a sample a second: the pool was exhausted in at least
    ``SATURATED_SAMPLES_MIN`` samples, the p95 of the wait then is at least ``RISE_MIN`` times that
    before, and that of the last calm seconds at most ``RECOVERED_MAX`` times it.
    """
    ledger = evidence.ledger
    in_use, size = server_figure(ledger, "pool_in_use"), server_figure(ledger, "pool_size")
    wait = server_figure(ledger, "queue_wait_p95_ms")
    if not len(in_use) or not len(size) or not len(wait):
        seen = ("pool_in_use", "pool_size")
        why = next(filter(None, (why_blind(ledger, ServerFigure, one) for one in seen)), "")
        return Figures().undecided(
            f"the server does not report its pool{f': {why}' if why else ''}"
        )
    most = float(size.values.max())
    full = in_use.at_s[in_use.values >= most]
    figures = Figures(n=len(in_use), unit="ms")
    if most <= 0 or len(full) < SATURATED_SAMPLES_MIN:
        return figures.undecided(
            f"the pool was never exhausted: at most {in_use.values.max():.0f} of {most:.0f} "
            f"connections wrote at once, in {len(full)} samples all"
        )
    begin, end = float(full.min()), float(full.max())
    before = wait.values[wait.at_s < begin]
    during = wait.between(begin, end).values
    depth = server_figure(ledger, "queue_depth").between(begin, end).values
    if not len(before) or not len(during):
        return figures.undecided("no wait before the pool was exhausted is known, to compare with")
    calm, rush = float(np.median(before)), float(np.max(during))
    figures = replace(figures, measured=rush, target=RISE_MIN * max(calm, GRAIN_MS))
    sentence = (
        f"all {most:.0f} connections wrote from {begin:.0f} to {end:.0f} s; the queue's wait p95 "
        f"rose from {calm:.1f} to {rush:.1f} ms"
        + (f", {depth.max():,.0f} ids waiting" if len(depth) else "")
    )
    if rush < RISE_MIN * max(calm, GRAIN_MS):
        return figures.failed(f"{sentence}: an exhausted pool does not show")
    return _recovered(sentence, wait, end, calm, figures, ledger)


def _recovered(
    sentence: str,
    wait: Series,
    end_s: float,
    calm_ms: float,
    figures: Figures,
    ledger: LedgerFrames,
) -> Finding:
    """Return the finding on whether the wait fell again after the pool had been exhausted.

    A sample's wait is that of the batches since the sample before. One that finds the queue empty
    for the first time is of those that waited in it.
    """
    depth = server_figure(ledger, "queue_depth")
    empty_s = depth.at_s[(depth.at_s > end_s) & (depth.values == 0)]
    after = wait.values[wait.at_s > (empty_s.min() if len(empty_s) else end_s)]
    idle = len(depth) and depth.at_s[-1] > end_s and depth.values[-1] == 0
    if not len(after) and not idle:
        return figures.undecided(f"{sentence}; the time afterwards was not seen")
    late = float(np.median(after[-3:])) if len(after) else 0.0
    if late > RECOVERED_MAX * max(calm_ms, GRAIN_MS):
        return figures.failed(f"{sentence}, and was {late:.1f} ms at the end still")
    back = f"{late:.1f} ms afterwards" if len(after) else "nothing waited afterwards"
    return figures.passed(f"{sentence}; {back}")


def _worst_stretch(series: Series, for_s: float) -> float | None:
    """Return the largest mean of any stretch of ``for_s`` seconds; None when there is none."""
    if not len(series) or series.at_s[-1] - series.at_s[0] < for_s:
        return None
    sums = np.concatenate(([0.0], np.cumsum(series.values)))
    first = np.searchsorted(series.at_s, series.at_s - for_s, side="right")
    ends = np.arange(len(series))
    whole = series.at_s - for_s >= series.at_s[0]
    means = (sums[ends + 1] - sums[first]) / (ends + 1 - first)
    return float(means[whole].max())


def _longer(estimate: Estimate, limit: float, series: Series, power: float) -> str:
    """Return in words how much longer a run would decide, if the interval shrinks as in theory.

    A mean's shrinks with the root of the time (``power`` 2), a slope's with its 1.5th (2/3).
    """
    room = abs(limit - estimate.value)
    half = max(estimate.high - estimate.value, estimate.value - estimate.low)
    span_s = float(series.at_s[-1] - series.at_s[0])
    if room <= 0:
        return "more of the same would not decide"
    more_s = span_s * ((half / room) ** power - 1)
    return f"about {max(0.1, more_s / 60):.1f} more minutes would decide"
