"""From an arm to a workload: which one of the catalogue, with which of the user's options."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from harness.core.errors import UsageError
from harness.ledger.rundir import Arm, CheckSpec, Condition
from harness.load.schedule.capacity import refuse_what_cannot_be
from harness.load.schedule.workload import Workload
from scenarios.catalogue.declare import check
from scenarios.catalogue.targets import target_check
from scenarios.common.delivery import exactly_once
from scenarios.workloads.catalogue import entry

_FIELDS = {
    "sessions": ("sessions", int),
    "rate": ("rate_per_s", float),
    "duration": ("duration_s", float),
    "span": ("span_s", float),
    "batch": ("batch", int),
    "flush_delay": ("flush_delay_s", float),
    "arrivals": ("arrivals", str),
    "shape": ("shape", str),
    "retry": ("retry", str),
    "retry_base": ("retry_base_s", float),
    "coding": ("coding", str),
}
LOAD_FACTORS = frozenset({*_FIELDS, "processes", "master", "workers"})
"""Factors that no scenario declares: options of a load, for every arm with a workload."""

NEW_ROWS_MIN = 0.99
"""A repetition writes nothing: a load of them says nothing of the database."""
LONG_S = 60.0
MANY = 50_000
RAMP_S = 20.0
STRETCH_S = 30.0
"""The scale target holds after the ramp, in every half minute of the run."""

_AROUND_S = 40.0
"""A stack's start, sign-ins, quiescence and the final read come on top of a workload."""
_ROWS_PER_S = 5_000


def workload_of(arm: Arm) -> Workload:
    """Return the workload that an arm names. Raises UsageError when it cannot be."""
    overrides = {}
    for factor, (field, kind) in _FIELDS.items():
        if factor in arm:
            try:
                overrides[field] = kind(arm[factor])
            except ValueError as error:
                raise UsageError(f"{factor}={arm[factor]} is not a number") from error
    return entry(arm["workload"]).with_overrides(overrides)


def about_s(arm: Arm) -> float:
    """Return how long a run takes, about."""
    workload = workload_of(arm)
    return workload.duration_s + _AROUND_S + workload.total / _ROWS_PER_S


def sends(arm: Arm) -> tuple[Condition, ...]:
    """Return the load that a run is exposed to, with its numbers."""
    workload = workload_of(arm)
    batches = f"ready batches of {workload.batch}" if workload.batch else "each flushing its own"
    shape = "" if workload.shape == "steady" else f", {workload.shape}"
    nominal = (
        f"{workload.sessions:,} sessions, {workload.total:,} impressions in "
        f"{workload.duration_s:g} s, {batches}{shape}"
    )
    return (
        Condition(
            title=f"Workload {arm['workload']}",
            nominal=nominal,
            backends=("Locust",),
            lasts_s=workload.duration_s,
        ),
    )


def generators_of(arm: Arm) -> int:
    """Return how many processes send an arm's load, here or elsewhere."""
    return int(arm.get("workers" if "master" in arm else "processes", "1"))


def as_offered(arm: Arm) -> list[CheckSpec]:
    """Return what says whether the load was the one that was meant; else nothing is decided.

    A generator's health is judged by its seconds, of which a short load has too few: two bad ones
    in thirty would leave it undecided. A latency that was missed names the generator in any case.
    """
    long = workload_of(arm).duration_s >= LONG_S
    return [
        *([check("generator_healthy")] if long else []),
        check("workers_whole", workers=generators_of(arm)),
        check("offered_rate", minimum=0.999),
        check("new_row_share", minimum=NEW_ROWS_MIN),
    ]


def fast_and_exact(arm: Arm) -> list[CheckSpec]:
    """Return what a workload below the server's limit is judged by: exactness, and the targets.

    A short one is judged by neither the database's CPU nor the server's memory: it is over before
    either says something. Memory needs many impressions, and a rate that stays what it is.
    """
    workload = workload_of(arm)
    total = workload.total
    long = workload.duration_s >= LONG_S
    steady = long and workload.shape == "steady" and total >= MANY
    ramp = {"exclude_first_s": RAMP_S} if steady else {}
    stretch = ramp | ({"for_s": STRETCH_S} if steady else {})
    return [
        *exactly_once(total),
        check("load_as_planned", impressions=total),
        *as_offered(arm),
        within(target_check("response_p95_ms"), stretch),
        within(target_check("response_p99_ms"), ramp),
        within(target_check("response_worst_ms"), ramp),
        target_check("flush_success_percent"),
        *([within(target_check("database_cpu_percent"), stretch)] if long else []),
        *([within(target_check("server_memory_bytes_per_impression"), ramp)] if steady else []),
    ]


def within(target: CheckSpec, windows: Mapping[str, float]) -> CheckSpec:
    """Return a target's check with these windows, where the target does not have its own."""
    return replace(target, parameters={**windows, **target.parameters})


def refuse_impossible(arm: Arm) -> None:
    """Raise UsageError when this machine cannot offer the rate that an arm makes it send."""
    if "workload" in arm and "master" not in arm:
        refuse_what_cannot_be(workload_of(arm), generators_of(arm))
