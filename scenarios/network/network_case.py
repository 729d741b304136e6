"""A case of the network matrix: every engine, both presets, a bound for recovery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from harness.browsers.catalogue import ENGINES
from harness.ledger.network import BACKENDS
from harness.ledger.rundir import Arm, CheckSpec
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import F, arms, check, scenario, scenario_name
from scenarios.common.delivery import exactly_once, has_rules_of_its_own, of_any_recorder
from scenarios.common.visit_case import PRESETS
from scenarios.network.rows import ROWS

BASE_MS, CAP_MS = 5000, 300_000
"""``retryBaseMs`` and ``retryCapMs`` of the durable recorder."""
_BACKOFF_S, _BACKOFF_CAP_S, _REQUEST_S = 5.0, 20.0, 10.0


def recovery_s(broken_s: float) -> float:
    """Return within how long after an outage of that length everything must be durable.

    TCP's own repetitions back off while the line is dead, and the next may come as late after its
    end as the outage was long; the recorder's backoff is up to 5 s and doubles meanwhile; then the
    request itself takes its time.
    """
    return broken_s + _BACKOFF_S + min(broken_s, _BACKOFF_CAP_S) + _REQUEST_S


def network_case(
    *,
    views: int,
    about_s: float,
    checks: Sequence[CheckSpec] | Callable[[Arm], Sequence[CheckSpec]] = (),
    presets: Sequence[str] = PRESETS,
    networks: Sequence[str] = BACKENDS,
    paths: Sequence[Arm] | None = None,
    controls: Iterable[Capability] = (),
    **factors: Sequence[str],
) -> Callable[[F], F]:
    """Register a case of the network matrix; it shows ``views`` views, each stored exactly once.

    ``checks`` judge the durable recorder: the other has no such rules. ``networks`` are the levels
    of that factor, none for a case that needs no bad line; ``paths`` are in their place where a
    line and something else go together, ``controls`` what a target must offer beside a page.
    """
    plain: Sequence[Arm] = [{"network": name} for name in networks] or [{}]
    every_arm = tuple(
        {**arm, **path}
        for path in (paths or plain)
        for arm in arms(browser=ENGINES, preset=presets, **factors)
    )

    def all_checks(arm: Arm) -> Sequence[CheckSpec]:
        own = checks(arm) if callable(checks) else checks
        if has_rules_of_its_own(arm):
            return (*exactly_once(views), *of_any_recorder(own))
        kept = (check("drained_in_time"), *own) if arm["preset"] == "durable" else ()
        return (*exactly_once(views), *kept)

    def register(function: F) -> F:
        name = scenario_name(function)
        return scenario(
            matrix="network",
            arms=every_arm,
            needs=(),
            checks=all_checks,
            conditions=lambda arm: (ROWS[name].condition,),
            about_s=about_s,
            controls=controls,
        )(function)

    return register


def recovers(
    broken_s: float, *, felt_least: float = 1, at_most_s: float = 0
) -> tuple[CheckSpec, ...]:
    """Return the checks of an outage: it was there, and everything came through in time after.

    ``at_most_s`` is for one that may last longer than ``broken_s``.
    """
    return (
        check("fault_was_live", lasting_s=broken_s, felt_least=felt_least),
        check("in_time", within_s=recovery_s(max(broken_s, at_most_s))),
    )


def backs_off(*, retries: int = 1) -> CheckSpec:
    """Return the check that retries keep to the durable recorder's rule: 5 s doubling, full jitter.

    At least ``retries`` must have been made while the page was in front.
    """
    return check("backoff", base_ms=BASE_MS, cap_ms=CAP_MS, jitter=1, retries=retries)
