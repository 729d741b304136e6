"""A made-up suite with one cell of every kind, big enough to look real."""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace

from reports.evidence.faults import FaultSpan, Measured
from reports.evidence.tabs import (
    ANSWERED,
    AWAY,
    CACHED,
    CLOSED,
    FAILED,
    HIDDEN,
    KILLED,
    OPEN,
    SENT,
    VISIBLE,
    Adoption,
    Crash,
    Flush,
    Spell,
    TabLife,
)
from reports.plots.delivery import shown_minus_durable
from reports.plots.drawing.picture import Picture
from reports.plots.latency import latency_over_time
from reports.plots.line import nominal_and_measured
from reports.plots.queue import queue_over_time
from reports.plots.tabs import tabs_over_time
from reports.verdict.verdict import Cell, Finding, NotRunKind, SuiteVerdict, Verdict, judge_cells

HOSTILE = '"><script>alert(1)</script>&amp;\u202eevil\x1b[31m\x00|`*x*`]]> art-7'
OUTAGE = FaultSpan("connection cut", 5.0, 10.0)


def passing(scenario: str = "first-visit", **changes: object) -> Cell:
    """A cell that kept every promise."""
    values: dict[str, object] = {
        "scenario": scenario,
        "arm": "browser=chromium,preset=durable,transport=toxiproxy",
        "seed": 7,
        "verdict": Verdict.PASS,
        "reason": "4 of 4 checks passed",
        "findings": (
            Finding(
                check="nothing_lost",
                verdict=Verdict.PASS,
                summary="All 40 impressions that were shown have a row.",
                measured=0,
                target=0,
                unit="impressions",
                n=40,
            ),
            Finding(
                check="nothing_twice",
                verdict=Verdict.PASS,
                summary="No impression is stored more than once; 3 resent copies were absorbed.",
                measured=0,
                target=0,
                unit="impressions",
                n=40,
            ),
        ),
        "run": f"{scenario}/20261122T190613-7",
        "finished": True,
        "duration_s": 18.42,
        "fates": {"recovered": 2, "recorded_once": 38},
        "measures": {"shown_to_durable_p50_ms": 1034.2, "shown_to_durable_p95_ms": 2210.7},
    }
    return Cell(**(values | changes))  # type: ignore[arg-type]


def failing() -> Cell:
    """A cell that lost three impressions that had been acknowledged."""
    return passing(
        "short-outage",
        verdict=Verdict.FAIL,
        reason="3 of 40 impressions were acknowledged and have no row",
        findings=(
            Finding(
                check="nothing_lost",
                verdict=Verdict.FAIL,
                summary="3 of 40 impressions were acknowledged and have no row: the server "
                "answered 200 before it had stored them.",
                measured=3,
                target=0,
                unit="impressions",
                n=40,
                examples=(
                    "visitor-0001/artwork-0021",
                    "visitor-0001/artwork 0022",
                    "visitor-0001/" + HOSTILE,
                ),
            ),
            Finding(
                check="nothing_twice",
                verdict=Verdict.PASS,
                summary="No impression is stored more than once.",
                measured=0,
                target=0,
                unit="impressions",
                n=37,
            ),
            Finding(
                check="flush_success",
                verdict=Verdict.UNKNOWN,
                summary="Only 9 batches were started: too few to decide 99.5 %.",
                measured=100.0,
                target=99.5,
                unit="%",
                n=9,
                interval=(66.4, 100.0),
            ),
        ),
        fates={"lost_acked": 3, "late": 4, "recovered": 6, "recorded_once": 27},
        duration_s=29.9,
    )


def expected_failure(scenario: str = "closed-tab") -> Cell:
    """A cell that lost what its preset is known to lose: it fails, and does not gate."""
    return replace(
        failing(),
        scenario=scenario,
        arm="browser=chromium,preset=roadmap",
        reason="nothing_lost: 3 of 40 shown impressions have no row: 3 lost_unacked",
        fates={"lost_unacked": 3, "recorded_once": 37},
        expected="5 to 10 % of what is shown becomes lost_unacked, so that nothing_lost may fail "
        "(measured in a hundred runs)",
        gates=False,
    )


def loss_that_did_not_appear() -> Cell:
    """A cell that passed although it is known to lose something."""
    return passing(
        "sudden-crash",
        expected="40 to 60 % of what is shown becomes lost_unacked, so that nothing_lost may fail",
        news="the expected loss did not appear: all 40 shown impressions were kept",
    )


def undecided() -> Cell:
    """A cell whose load generator could not keep its own schedule."""
    return Cell(
        scenario="steady-load",
        arm="sessions=100,transport=direct",
        seed=7,
        verdict=Verdict.UNKNOWN,
        reason="the load generator lagged by 212 ms at the 99th percentile, tolerance 50 ms",
        findings=(
            Finding(
                check="instrument_healthy",
                verdict=Verdict.UNKNOWN,
                summary="The generator sent 1 % of its requests more than 212 ms after their "
                "scheduled time, so latencies say nothing about the server.",
                measured=212.0,
                target=50.0,
                unit="ms",
                n=5000,
            ),
            Finding(
                check="batch_p95_under_100_ms",
                verdict=Verdict.UNKNOWN,
                summary="p95 was 38.2 ms, but the instrument was out of tolerance.",
                measured=38.2,
                target=100.0,
                unit="ms",
                n=5000,
                interval=(35.9, 41.0),
            ),
        ),
        run="steady-load/20261122T190702-7",
        duration_s=41.0,
        fates={"recorded_once": 5000},
        measures={"response_p50_ms": 11.42, "response_p95_ms": 38.2, "batches_per_s": 166.7},
    )


def missing() -> Cell:
    """A cell that could not run: a part was not installed."""
    return Cell(
        scenario="slow-network",
        arm="browser=chromium,latency_ms=2000,preset=durable",
        seed=7,
        verdict=Verdict.NOT_RUN,
        reason="Toxiproxy is not installed",
        not_run=NotRunKind.MISSING,
        fix="harness setup toxiproxy",
    )


def unsupported() -> Cell:
    """A cell that cannot exist: the engine has no such thing."""
    return Cell(
        scenario="first-visit",
        arm="browser=webkitgtk,preset=durable,transport=beacon",
        seed=7,
        verdict=Verdict.NOT_RUN,
        reason="WebKitGTK has no background sync",
        not_run=NotRunKind.UNSUPPORTED,
    )


def never_executed() -> Cell:
    """A planned cell without any result."""
    return Cell(
        scenario="first-visit",
        arm="browser=firefox,preset=durable",
        seed=8,
        verdict=Verdict.NOT_RUN,
        reason="",
    )


def suite_of(*cells: Cell, interrupted: bool = False, **changes: object) -> SuiteVerdict:
    """A suite over the cells, judged as the harness judges it."""
    verdict, reason = judge_cells(cells)
    values: dict[str, object] = {
        "verdict": verdict,
        "reason": reason,
        "cells": cells,
        "suite": "smoke",
        "started": "2026-11-22T19:06:13Z",
        "duration_s": 192.3,
        "command": "harness run --suite smoke --seed 7",
        "facts": {
            "machine": "2 cores, 8 GB, Debian 12",
            "git revision": "5e85c4c (clean)",
            "Python": "3.11.2",
            "PostgreSQL": "18.6",
            "Chromium": "150.0.7871.12",
            "pg_test_fsync fdatasync": "1,320 operations a second",
        },
        "interrupted": interrupted,
    }
    return SuiteVerdict(**(values | changes))  # type: ignore[arg-type]


def every_kind() -> SuiteVerdict:
    """Pass, fail, unknown, and two ways of not running."""
    return suite_of(
        passing(), failing(), undecided(), passing("tab-close"), missing(), unsupported()
    )


def delivery_picture(lost: int = 3) -> Picture:
    """Forty impressions, four a second, through a five-second outage."""
    shown = [0.25 * i for i in range(60)]
    flushed = [2.0 * math.ceil((t + 0.01) / 2.0) + 0.08 for t in shown]
    durable = [t if t < 5 else max(t, 13.4) for t in flushed]
    return shown_minus_durable(shown, durable[: len(durable) - lost], [OUTAGE])


def request_series(n: int = 900, failures: int = 14) -> tuple[list[float], list[float], list[bool]]:
    """Requests of a steady load whose answers slow down in the middle."""
    chance = np.random.default_rng(7)
    at_s = np.sort(chance.uniform(0, 30, n))
    slow = 1 + 7 * np.exp(-((at_s - 14) ** 2) / 6)
    response_ms = chance.lognormal(math.log(11), 0.45, n) * slow
    ok = np.ones(n, dtype=bool)
    ok[np.argsort(np.abs(at_s - 12.5))[:failures]] = False
    response_ms[np.argsort(np.abs(at_s - 12.5))[: failures // 3]] = math.nan
    return at_s.tolist(), response_ms.tolist(), ok.tolist()


def latency_picture(n: int = 900) -> Picture:
    """The requests above, with a target."""
    at_s, response_ms, ok = request_series(n)
    return latency_over_time(
        at_s, response_ms, ok, target_ms=100.0, faults=[FaultSpan("server killed", 12.0, None)]
    )


def queue_picture() -> Picture:
    """A queue that fills during a cut, and attempts of both kinds."""
    depths = [(1.0, 2), (3.0, 12), (5.0, 30), (11.0, 0)]
    return queue_over_time(depths, [0.9, 11.0, 11.4], [5.5, 8.0], [OUTAGE])


def line_picture() -> Picture:
    """A line with one measure of each kind: within, outside, unbounded, and missing."""

    def measured(what: str, high: float | None, before: float, after: float | None) -> Measured:
        return Measured(what=what, nominal=400, low=380, high=high, before=before, after=after)

    measures = [
        measured("round_trip_ms", 420, 402, 401),
        measured("rate_up_kbps", 420, 395, 900),
        measured("rate_down_kbps", None, 395, math.nan),
        measured("chunk_ms", 420, 395, None),
    ]
    return nominal_and_measured("Slow 3G: 400 ms, 400 kbps", "packets", measures)


def tabs_picture() -> Picture:
    """Two tabs that are killed, two that come back, and two that end otherwise."""

    def life(number: int, start_s: float, end_s: float, end: str, **more: object) -> TabLife:
        values: dict[str, object] = {
            "tab": f"{number:04x}aaaa",
            "user": "ann" if number % 2 else "bob",
            "start_s": start_s,
            "end_s": end_s,
            "end": end,
            "spells": (Spell(start_s, end_s, VISIBLE),),
            "views": tuple(np.arange(start_s + 0.2, end_s, 1.1).tolist()),
            "flushes": (
                Flush(start_s + 1.0, start_s + 1.2, "fetch", ANSWERED),
                Flush(start_s + 2.0, start_s + 3.4, "keepalive", FAILED),
                Flush(start_s + 2.6, None, "beacon", SENT),
            ),
        }
        return TabLife(**(values | more))  # type: ignore[arg-type]

    hidden = (Spell(0.3, 3, VISIBLE), Spell(3, 5, HIDDEN), Spell(5, 10, VISIBLE))
    cached = (Spell(2, 3, VISIBLE), Spell(3, 4.5, CACHED), Spell(4.5, 7, VISIBLE))
    fast = tuple(
        Spell(13 + n / 100, 13.01 + n / 100, HIDDEN if n % 2 else VISIBLE) for n in range(600)
    )
    lives = [
        life(1, 0.3, 10, KILLED, spells=hidden),
        life(2, 1, 10, KILLED, lost=(3.3, 4.4)),
        life(3, 2, 7, CLOSED, spells=cached),
        life(4, 3, 8, AWAY),
        life(5, 13, 20, OPEN, restored=True),
        life(6, 13, 19, OPEN, restored=True, spells=fast),
    ]
    adoptions = [Adoption(13.5, lives[4].tab, lives[0].tab, 3)]
    crashes = [Crash(10, True, 2), Crash(12.6, False, 2)]
    return tabs_over_time(lives, adoptions, crashes, [OUTAGE])
