"""A cell of a plan: everything that follows from a scenario, an arm and a seed, derived at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.browsers.catalogue import entry_of
from harness.faults.line.profiles import profile_of
from harness.ledger.network import PlannedNetwork
from harness.ledger.plan import PlannedCell, WhyNot
from harness.ledger.rundir import Arm, CheckSpec, Condition, RunPlan
from harness.target.capabilities import EVERYTHING, Capability, reason_without
from harness.target.reference.topologies import topology_of
from reports.checks import CHECKS
from scenarios.catalogue.declare import REFERENCE_RECORDERS, Scenario, check
from scenarios.catalogue.expected import expected_loss
from scenarios.catalogue.networks import is_out_of_reach
from scenarios.catalogue.request import REFERENCE_OFFER, Machine, TargetOffer
from scenarios.catalogue.targets import MATRIX, TargetLine, judged_by

_SERVER_SPEED = ("latency_p95", "latency_p99", "latency_worst", "acknowledged_p95")
ALERT_FACTOR = "alert"
"""An arm that has it causes an alert, and is watched."""
_PROFILE_S = 60.0
"""What a profile for the whole run and its calibration add to how long a cell takes."""


def cell_of(
    scenario: Scenario,
    arm: Arm,
    seed: int,
    *,
    checks: Sequence[CheckSpec] | None = None,
    targets: Sequence[TargetLine] = (),
    machine: Machine | None = None,
    tried: TargetOffer = REFERENCE_OFFER,
) -> PlannedCell:
    """Return the cell of a scenario's arm and a seed.

    ``checks`` are asked instead of the scenario's own, ``targets`` are the user's. With a
    ``machine`` the cell says why it cannot run there, or of what is ``tried``.
    """
    extra_s = _PROFILE_S if _profile(arm) else 0.0
    return PlannedCell(
        plan=RunPlan(
            scenario=scenario.name,
            arm=arm,
            seed=seed,
            checks=checks_of(scenario, arm, targets) if checks is None else with_defaults(checks),
            matrix=scenario.matrix,
            question=scenario.question,
            conditions=_conditions(scenario, arm),
            expected=expected_loss(scenario.name, arm) if tried.excuses_losses else None,
        ),
        node=scenario.node,
        about_s=scenario.about_s(arm) + extra_s,
        budget_s=scenario.budget_s(arm) + extra_s,
        exclusive=scenario.exclusive,
        not_run=why_not(scenario, arm, machine, tried) if machine else None,
    )


def checks_of(
    scenario: Scenario, arm: Arm, targets: Sequence[TargetLine] = ()
) -> tuple[CheckSpec, ...]:
    """Return what judges an arm, with every parameter.

    Where a profile holds for the whole run the path is calibrated around it, and what judges the
    server's speed is left out: it would judge the line.
    """
    checks = tuple(scenario.checks(arm))
    if targets and scenario.matrix == MATRIX:
        checks = judged_by(checks, targets)
    if _profile(arm):
        kept = [spec for spec in checks if spec.name not in _SERVER_SPEED]
        checks = (*kept, check("calibrated"))
    return with_defaults(checks)


def with_defaults(checks: Iterable[CheckSpec]) -> tuple[CheckSpec, ...]:
    """Return the checks with every parameter, those with the check's own default too.

    A stored run is judged by what held when it was planned, whatever the default is later.
    """
    return tuple(
        CheckSpec(name=spec.name, parameters={**CHECKS[spec.name].defaults, **spec.parameters})
        if spec.name in CHECKS
        else spec
        for spec in checks
    )


def why_not(
    scenario: Scenario, arm: Arm, machine: Machine, tried: TargetOffer = REFERENCE_OFFER
) -> WhyNot | None:
    """Return why an arm cannot run on the machine, or of what is tried; None if it can."""
    wanted = scenario.controls | ({Capability.PAGE} if "browser" in arm else set())
    if arm.get("preset") in REFERENCE_RECORDERS:
        wanted |= {Capability.RECORDER_RULES}
    if lacking := wanted - (EVERYTHING if tried.offered is None else tried.offered):
        return WhyNot(kind="unsupported", reason=reason_without(lacking))
    if tried.settings and "browser" not in arm:
        return WhyNot(kind="unsupported", reason="the target is a client in a page: no browser")
    if ALERT_FACTOR in arm and topology_of(arm).is_balanced:
        reason = "Prometheus would ask the balancer, and each time another server"
        return WhyNot(kind="unsupported", reason=reason)
    if reason := _unsupported(scenario, arm):
        return WhyNot(kind="unsupported", reason=reason)
    found = {part: machine.fix(part) for part in needs(scenario, arm)}
    without = {part: command for part, command in found.items() if command is not None}
    if not without:
        return None
    reason = f"{' and '.join(without)} missing"
    return WhyNot(kind="missing", reason=reason, fix=" && ".join(dict.fromkeys(without.values())))


def needs(scenario: Scenario, arm: Arm) -> list[str]:
    """Return the parts of the machine that an arm needs, those of its browsers and of its server's
    options included.

    ``beside`` is a second browser, which the run uses too.
    """
    browsers = [arm[factor] for factor in ("browser", "beside") if factor in arm]
    parts = [*scenario.needs, *(part for name in browsers for part in entry_of(name).parts)]
    if arm.get("freshness_cache") == "redis":
        parts.append("redis")
    parts += topology_of(arm).needs
    network = PlannedNetwork.of(arm)
    return [*parts, network.backend] if network else parts


def parts_of_all(scenarios: Mapping[str, Scenario]) -> set[str]:
    """Return the parts that some cell of these scenarios needs."""
    return {
        part
        for scenario in scenarios.values()
        for arm in (*scenario.arms, *scenario.on_request)
        for part in needs(scenario, arm)
    }


def _profile(arm: Arm) -> str:
    network = PlannedNetwork.of(arm)
    return network.profile if network else ""


def _conditions(scenario: Scenario, arm: Arm) -> tuple[Condition, ...]:
    conditions = tuple(scenario.conditions(arm))
    network = PlannedNetwork.of(arm)
    if network is None or not network.profile:
        return conditions
    profile = profile_of(network.profile)
    line = Condition(title=profile.title, nominal=profile.nominal, backends=(network.backend,))
    return (*conditions, line)


def _unsupported(scenario: Scenario, arm: Arm) -> str:
    """Return why the arm's engine, or its driver, has no such thing; empty if it has."""
    browser = arm.get("browser")
    if browser is None:
        return ""
    if is_out_of_reach(arm):
        return f"{browser}: it runs elsewhere, not behind a link of ours"
    if browser in scenario.unsupported:
        return f"{browser}: {scenario.unsupported[browser]}"
    lacking = [can.value for can in scenario.abilities if can not in entry_of(browser).can]
    return f"{browser}: its driver cannot {' or '.join(lacking)}" if lacking else ""
