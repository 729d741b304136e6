"""Checks: pure functions from a ledger to a finding, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reports.checks.delivery.bookkeeping import conservation
from reports.checks.delivery.crashes import (
    adopted_once,
    handlers_once,
    persisted_kept,
    tabs_restored,
)
from reports.checks.delivery.delivery import (
    drained_in_time,
    every_view_carried,
    in_time,
    nothing_corrupt,
    nothing_lost,
    nothing_twice,
    nothing_unshown,
    views_as_planned,
)
from reports.checks.delivery.queues import only_erased_lost, queue_contended
from reports.checks.delivery.races import (
    absorbed_explained,
    flushes_per_switch,
    no_violations,
    nothing_for_another,
    opened_within,
    order_told,
    repeats_bounded,
    roadmap_sql,
)
from reports.checks.instrument.instrument import (
    fault_was_live,
    load_as_planned,
    premise_held,
    witnesses_whole,
)
from reports.checks.instrument.network import (
    acknowledged_p95,
    calibrated,
    first_retry_soon,
    mass_flush,
    no_retries,
    queue_peaked,
    soon_as_reference,
    timed_out_then,
)
from reports.checks.load.generator import (
    generator_healthy,
    new_row_share,
    offered_rate,
    workers_whole,
)
from reports.checks.load.knee import sustains
from reports.checks.load.latency import flush_success, latency_p95
from reports.checks.load.resources import (
    database_cpu,
    memory_growth,
    page_memory_growth,
    pool_saturation,
)
from reports.checks.page.arrivals import arrived_as, came_again
from reports.checks.page.flushes import (
    answered,
    batches_full,
    batches_sent,
    bytes_measured,
    each_id_once,
    events_from_browser,
    flushed_after,
    flushes_keep_coming,
    one_flush_per_hide,
    one_in_flight,
    tabs_distinct,
    went_over,
)
from reports.checks.page.leaving import blocked_flush_counted
from reports.checks.page.retries import (
    backoff,
    log_sampled,
    refused_were_dropped,
    retry_after_heeded,
    telemetry_reconciles,
)
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding

CHECKS: Mapping[str, Callable[..., Finding]] = {
    check.__name__: check
    for check in (
        witnesses_whole,
        views_as_planned,
        drained_in_time,
        load_as_planned,
        fault_was_live,
        premise_held,
        nothing_lost,
        nothing_twice,
        nothing_unshown,
        nothing_corrupt,
        every_view_carried,
        conservation,
        in_time,
        latency_p95,
        flush_success,
        generator_healthy,
        workers_whole,
        offered_rate,
        new_row_share,
        database_cpu,
        memory_growth,
        page_memory_growth,
        pool_saturation,
        sustains,
        answered,
        batches_full,
        batches_sent,
        bytes_measured,
        each_id_once,
        events_from_browser,
        flushed_after,
        flushes_keep_coming,
        one_flush_per_hide,
        one_in_flight,
        tabs_distinct,
        went_over,
        acknowledged_p95,
        calibrated,
        first_retry_soon,
        mass_flush,
        no_retries,
        queue_peaked,
        soon_as_reference,
        timed_out_then,
        arrived_as,
        backoff,
        came_again,
        log_sampled,
        refused_were_dropped,
        retry_after_heeded,
        telemetry_reconciles,
        blocked_flush_counted,
        adopted_once,
        handlers_once,
        persisted_kept,
        tabs_restored,
        only_erased_lost,
        queue_contended,
        absorbed_explained,
        repeats_bounded,
        flushes_per_switch,
        no_violations,
        nothing_for_another,
        opened_within,
        order_told,
        roadmap_sql,
    )
}
"""Every check by its name, as run.json names it."""

ALWAYS = ("witnesses_whole",)
"""Checks that judge every run, asked for or not: evidence that is not whole decides nothing."""

__all__ = ["ALWAYS", "CHECKS", "Evidence"]
