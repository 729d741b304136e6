"""CPU of the database, memory of the server and of the page, the pool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from harness.ledger.kinds.activity import Blind, PageFigure, ServerFigure
from harness.ledger.kinds.viewer import ViewShown
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import LOAD_RATE as RATE
from tests.reports.histories import (
    sending,
    watched,
)
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    Make,
    find,
    lived,
)


def database(cores: Callable[[int], float], **more: Any) -> HandWritten:
    return watched(sending(lived()), cores=cores, **more)


CPU = cases(
    "database_cpu",
    {"limit_percent": 60},
    calm=(lambda: database(lambda s: 0.6 + 0.1 * (s % 2)), PASS),
    busy=(lambda: database(lambda s: 1.5 + 0.1 * (s % 2)), FAIL),
    at_the_limit=(lambda: database(lambda s: 1.2 + 0.4 * (s % 2) - 0.2), UNKNOWN),
    elsewhere=(lambda: watched(sending(lived()), process="ingest"), UNKNOWN),
    not_measured=(lambda: sending(lived()), UNKNOWN),
    too_short=(lambda: watched(sending(lived(), seconds=15), seconds=15), UNKNOWN),
    started_again_meanwhile=(lambda: database(lambda s: 0.4, pid=lambda s: 7 + s // 30), PASS),
    only_beside_the_load=(
        lambda: watched(sending(lived(), seconds=5), cores=lambda s: 0.4 if s < 5 else 0.0),
        UNKNOWN,
    ),
) + cases(
    "database_cpu",
    {"limit_percent": 60, "for_s": 10},
    calm_for_ten_seconds=(lambda: database(lambda s: 0.6), PASS),
    busy_for_twelve_seconds=(lambda: database(lambda s: 1.9 if 20 < s < 33 else 0.2), FAIL),
    busy_for_two_seconds=(lambda: database(lambda s: 1.9 if 20 < s < 23 else 0.2), PASS),
)


def growing(bytes_each: float, *, jitter: float = 2000.0, ids: int = 5, **more: Any) -> HandWritten:
    """A server whose memory grows by so much with each of the 50 impressions a second."""
    chance = np.random.default_rng(1)

    def rss(second: int) -> float:
        return 5e7 + bytes_each * second * RATE * ids + jitter * float(chance.normal())

    return watched(sending(lived(), ids=ids), process="ingest", rss=rss, **more)


MEMORY = cases(
    "memory_growth",
    {"limit_bytes": 10},
    it_does_not_grow=(lambda: growing(0), PASS),
    it_grows_a_little=(lambda: growing(5), PASS),
    it_leaks=(lambda: growing(40), FAIL),
    it_is_too_noisy_to_tell=(lambda: growing(8, jitter=2e5), UNKNOWN),
    not_measured=(lambda: sending(lived()), UNKNOWN),
    nothing_was_sent=(lambda: watched(lived(), process="ingest"), UNKNOWN),
    it_was_started_again=(lambda: growing(0, pid=lambda s: 7 + s // 30), UNKNOWN),
    another_process_grows=(
        lambda: watched(growing(0), process="generator-0", rss=lambda s: 1e8 + 1e6 * s),
        PASS,
    ),
) + cases(
    "memory_growth",
    {"limit_percent": 5},
    two_percent=(lambda: growing(0.02 * 5e7 / 1000), PASS),
    eight_percent=(lambda: growing(0.08 * 5e7 / 1000), FAIL),
    no_limit=(lived, UNKNOWN),
)


def pool(
    wait_ms: Callable[[int], float],
    *,
    in_use: Callable[[int], float] = lambda s: 4.0 if 20 <= s <= 40 else 1.0,
    depth: Callable[[int], float] = lambda s: 500.0 if 20 <= s <= 40 else 0.0,
    size: float | None = 4.0,
) -> HandWritten:
    ledger = lived()
    for second in range(60):
        for name, value in (
            ("pool_in_use", in_use(second)),
            ("pool_size", size),
            ("queue_depth", depth(second)),
            ("queue_wait_p95_ms", wait_ms(second)),
        ):
            if value is not None and value >= 0:
                ledger.saw(float(second), ServerFigure(name=name, value=value))
    return ledger


def rush(second: int) -> float:
    return 400.0 if 20 <= second <= 40 else 3.0


POOL = cases(
    "pool_saturation",
    {},
    it_shows_and_ends=(lambda: pool(rush), PASS),
    nothing_is_reported=(lived, UNKNOWN),
    its_size_is_not_reported=(lambda: pool(rush, size=None), UNKNOWN),
    never_exhausted=(lambda: pool(rush, in_use=lambda s: 3.0), UNKNOWN),
    exhausted_for_a_moment=(lambda: pool(rush, in_use=lambda s: 4.0 if s == 30 else 1.0), UNKNOWN),
    it_does_not_show=(lambda: pool(lambda s: 3.0), FAIL),
    it_does_not_end=(lambda: pool(lambda s: 3.0 if s < 20 else 400.0), FAIL),
    nothing_waits_afterwards=(lambda: pool(lambda s: rush(s) if s <= 40 else -1.0), PASS),
    the_last_that_waited_are_in_the_sample_after_it=(
        lambda: pool(lambda s: rush(s) if s <= 40 else 400.0 if s == 41 else -1.0),
        PASS,
    ),
    what_waits_where_nothing_is_queued_counts=(
        lambda: pool(lambda s: 3.0 if s < 20 else 400.0 if s < 45 else -1.0),
        FAIL,
    ),
    not_seen_afterwards=(
        lambda: pool(lambda s: rush(s) if s <= 40 else -1.0, depth=lambda s: 9.0 if s < 41 else -1),
        UNKNOWN,
    ),
    nothing_to_compare_with=(lambda: pool(lambda s: rush(s) if s >= 20 else -1.0), UNKNOWN),
)


def page(bytes_each: float, *, looks: int = 21, views: int = 100, jitter: float = 500.0) -> Make:
    """A page of 2 MB, sampled after every ``views`` views; each adds ``bytes_each``."""

    def make() -> HandWritten:
        chance = np.random.default_rng(2)
        ledger = lived()
        for look in range(looks):
            heap = 2e6 + bytes_each * views * look + jitter * float(chance.normal())
            ledger.saw(look + 0.5, PageFigure(name="js_heap_bytes", value=heap))
            for number in range(views):
                artwork = f"a{look}.{number}"
                seconds = look + 0.6 + number / 1000
                ledger.saw(seconds, ViewShown(user="u", tab="t", artwork=artwork))
        return ledger

    return make


PAGE = cases(
    "page_memory_growth",
    {"limit_percent": 5},
    it_does_not_grow=(page(0), PASS),
    two_percent_per_thousand=(page(0.02 * 2e6 / 1000), PASS),
    eight_percent_per_thousand=(page(0.08 * 2e6 / 1000), FAIL),
    too_noisy_to_tell=(page(0.045 * 2e6 / 1000, jitter=30_000.0), UNKNOWN),
    never_looked_at=(lived, UNKNOWN),
    looked_at_nine_times=(page(0, looks=9, views=200), UNKNOWN),
    too_few_views=(page(0, views=40), UNKNOWN),
)


CASES = [*CPU, *MEMORY, *POOL, *PAGE]

test_each_case = every_case_holds(CASES)


def test_an_external_database_shows_no_cpu_and_the_finding_says_why(tmp_path: Path) -> None:
    ledger = watched(sending(lived()), process="ingest")
    finding = find("database_cpu", ledger, tmp_path, limit_percent=60)
    assert "SQL shows no CPU of a database elsewhere" in finding.summary


def test_undecided_memory_says_how_much_longer(tmp_path: Path) -> None:
    finding = find("memory_growth", growing(8, jitter=2e5), tmp_path, limit_bytes=10)
    assert "more minutes would decide" in finding.summary
    assert "% per 1,000" in finding.summary


def test_a_reason_for_blindness_is_handed_on(tmp_path: Path) -> None:
    ledger = lived().saw(1.0, Blind(name="server:everything", why="/metrics answers 404"))
    assert "/metrics answers 404" in find("pool_saturation", ledger, tmp_path).summary
