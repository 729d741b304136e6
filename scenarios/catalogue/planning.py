"""From what the user asked to cells: scenario × arm × seed, and why a cell cannot run here."""

from __future__ import annotations

import difflib
import itertools
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import scenarios
from harness.browsers.catalogue import entry_of
from harness.core.errors import UsageError
from harness.faults.line.profiles import PROFILES, profile_of
from harness.ledger.plan import PlannedCell, WhyNot
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.expected import expected_loss
from scenarios.network.rows import ROWS

SUITES_FILE = Path(scenarios.__file__).parent / "suites.toml"
DEFAULT_SUITE = "smoke"
NETWORKS = ("packets", "toxiproxy")
"""The levels of the factor ``network``, the better one first."""
_SERVER_SPEED = ("latency_p95", "acknowledged_p95")
_ON_LINE_S = 60.0
"""What a bad line and its calibration add to a cell."""


def load_suites() -> dict[str, dict[str, Any]]:
    """Return suite → what suites.toml says of it."""
    return tomllib.loads(SUITES_FILE.read_text(encoding="utf-8"))


def select(
    scenarios: Mapping[str, Scenario],
    *,
    suite: str | None,
    names: Sequence[str],
    levels: Mapping[str, str],
    seeds: Sequence[int],
    unless_said: Mapping[str, str] | None = None,
    on_request: bool = False,
) -> list[PlannedCell]:
    """Return the cells of a suite, or of the named scenarios (or a whole matrix by its name).

    ``levels`` keep the arms that have each level; an arm without the factor is kept. A browser of
    the catalogue, or a remote one, that no arm names takes the place of the first that does.
    ``seeds`` replace the suite's own when given; ``unless_said`` are levels that hold where
    ``levels`` are silent. Arms that run on request are among the cells when one of their levels is
    asked for, when a scenario is named that has no others, or all of them with ``on_request``.
    Raises UsageError for an unknown name, or when a wish leaves a scenario without arms.
    """
    if suite is not None and names:
        raise UsageError("give scenarios or --suite, not both")
    wanted: list[tuple[Scenario, Sequence[Arm], Mapping[str, str], Sequence[int]]] = []
    entries: list[dict[str, Any]] = [
        {"scenario": name, "seeds": [1]} for name in names or sorted(scenarios)
    ]
    if suite is not None:
        entries = _suite(suite)["cells"]
    for entry in entries:
        name: str = entry.get("scenario") or entry["matrix"]
        arm_filter: Mapping[str, str] = entry.get("arm", {})
        for found in _named(scenarios, name):
            asked = {**arm_filter, **levels}
            alone = name == found.name and bool(suite or names) and not found.arms
            more = found.on_request if on_request or alone else _requested(found, asked)
            offered = _offered(found, more, levels)
            wanted.append((found, offered, arm_filter, entry["seeds"]))
    every = [
        cell_of(scenario, arm, seed)
        for scenario, offered, arm_filter, own_seeds in wanted
        for arm in offered
        if _fits(arm, arm_filter) and _fits(arm, {**(unless_said or {}), **levels})
        for seed in (seeds or own_seeds)
    ]
    cells = list({cell.run: cell for cell in every}.values())  # named twice, run once
    matrices = {s.matrix for s in scenarios.values()}
    whole = suite is None and (not names or not matrices.isdisjoint(names))
    for scenario, offer, filtered, _ in wanted:
        fitting = [arm for arm in offer if _fits(arm, filtered)]
        # Of a whole matrix what fits is run; who names a scenario means that one.
        if not whole and not any(_fits(arm, levels) for arm in fitting):
            wish = ", ".join(f"{factor}={level}" for factor, level in levels.items())
            where = f"suite {suite} has" if suite else "there is"
            raise UsageError(
                f"{where} no arm of {scenario.name} with {wish}",
                hint="`harness list` shows every arm; name scenarios to leave a suite's choice",
            )
    for factor, level in levels.items():
        if all(factor not in cell.plan.arm for cell in cells):
            raise UsageError(f"no arm fits {factor}={level}", hint="`harness list` shows every arm")
    return cells


def select_each(
    scenarios: Mapping[str, Scenario],
    *,
    suite: str | None,
    names: Sequence[str],
    levels: Mapping[str, Sequence[str]],
    seeds: Sequence[int],
    browsers: Sequence[str],
) -> list[PlannedCell]:
    """Return the cells for every combination of the wished levels and browsers, each cell once.

    Of scenarios by name the durable arms, of a whole matrix or a suite all, unless ``levels`` say.
    """
    matrices = {scenario.matrix for scenario in scenarios.values()}
    usual = {} if suite or matrices.intersection(names) else {"preset": "durable"}
    wishes = {**levels, "browser": browsers} if browsers else levels
    cells = [
        cell
        for wished in itertools.product(*wishes.values())
        for cell in select(
            scenarios,
            suite=suite,
            names=names,
            levels=dict(zip(wishes, wished, strict=True)),
            seeds=seeds,
            unless_said=usual,
        )
    ]
    return list({cell.run: cell for cell in cells}.values())


def _requested(scenario: Scenario, asked: Mapping[str, str]) -> Sequence[Arm]:
    """Return the arms that run on request of which a level was asked for."""
    return [
        arm
        for arm in scenario.on_request
        if any(asked.get(factor) == level for factor, level in arm.items())
    ]


def _offered(scenario: Scenario, more: Sequence[Arm], levels: Mapping[str, str]) -> list[Arm]:
    """Return the scenario's arms, with the wished browser in place of one that it plans."""
    wished = levels.get("browser")
    planned = [arm["browser"] for arm in scenario.arms if "browser" in arm]
    if wished is None or not planned or wished in planned:
        return [*scenario.arms, *more]
    entry_of(wished)
    return [{**arm, "browser": wished} for arm in scenario.arms if arm["browser"] == planned[0]]


def mark_missing(
    cells: Sequence[PlannedCell],
    scenarios: Mapping[str, Scenario],
    fix: Callable[[str], str | None],
) -> list[PlannedCell]:
    """Mark the cells that need a part which is not here.

    ``fix`` returns None for a part that is here, else the command that brings it.
    """
    marked = []
    for cell in cells:
        if why := _unsupported(scenarios[cell.plan.scenario], cell.plan.arm):
            marked.append(replace(cell, not_run=WhyNot(kind="unsupported", reason=why)))
            continue
        missing = {part: fix(part) for part in needs(scenarios[cell.plan.scenario], cell.plan.arm)}
        lacking = {part: command for part, command in missing.items() if command is not None}
        if lacking:
            reason = f"{' and '.join(lacking)} missing"
            command = " && ".join(dict.fromkeys(lacking.values()))
            cell = replace(cell, not_run=WhyNot(kind="missing", reason=reason, fix=command))
        marked.append(cell)
    return marked


def needs(scenario: Scenario, arm: Arm) -> list[str]:
    """Return the parts of the machine that a cell needs, those of its browsers included.

    ``beside`` is a second browser, which the run uses too.
    """
    browsers = [arm[factor] for factor in ("browser", "beside") if factor in arm]
    network = arm.get("network")  # its levels are named after the parts
    own = [*scenario.needs, *(part for name in browsers for part in entry_of(name).parts)]
    return [*own, network] if network else own


def parts_of_all(scenarios: Mapping[str, Scenario]) -> set[str]:
    """Return the parts that some cell of these scenarios needs."""
    return {
        part
        for scenario in scenarios.values()
        for arm in (*scenario.arms, *scenario.on_request)
        for part in needs(scenario, arm)
    }


def with_network(
    cells: Sequence[PlannedCell], wishes: Sequence[str], available: Callable[[str], bool]
) -> list[PlannedCell]:
    """Return the cells with the line and the backend that were wished for; one network each.

    Raises UsageError for two lines, two backends, or a backend that no cell could use.
    """
    lines = [wish for wish in wishes if wish in PROFILES]
    backends = [wish for wish in wishes if wish in NETWORKS]
    if len(lines) > 1 or len(backends) > 1:
        raise UsageError("--network takes one line and one of packets and toxiproxy")
    if lines:
        cells = put_on_line(cells, lines[0])
    if backends:
        if not any("network" in cell.plan.arm for cell in cells):
            raise UsageError(f"no cell needs a network by {backends[0]}", hint="Leave it out")
        cells = [c for c in cells if c.plan.arm.get("network", backends[0]) == backends[0]]
    return choose_network(cells, available)


def choose_network(
    cells: Sequence[PlannedCell], available: Callable[[str], bool]
) -> list[PlannedCell]:
    """Return the cells with one network each: packets where the machine has them, else Toxiproxy.

    What differs in nothing but ``network`` is one question; the first level that is available
    answers it, or the first of all where none is.
    """
    first: dict[str, PlannedCell] = {}
    for cell in cells:
        rest = {factor: level for factor, level in cell.plan.arm.items() if factor != "network"}
        question = replace(cell.plan, arm=rest).slug
        network = cell.plan.arm.get("network", "")
        held = first.get(question)
        # Packets need the browser behind their link; one that runs elsewhere is not.
        usable = _for_remote(available) if _is_remote(cell) else available
        if held is None or _rank(network, usable) < _rank(held.plan.arm["network"], usable):
            first[question] = cell
    return list(first.values())


def put_on_line(cells: Sequence[PlannedCell], line: str) -> list[PlannedCell]:
    """Return the cells on such a network from their beginning to their end, by each backend.

    The path is calibrated around them. What judges the server's speed is left out: it would judge
    the line. Raises UsageError for an unknown line, or a scenario that makes a network of its own.
    """
    profile_of(line)
    found = []
    for cell in cells:
        if "network" in cell.plan.arm:
            raise UsageError(
                f"{cell.plan.scenario} makes a network of its own",
                hint="Name scenarios of another matrix, such as first_visit or load",
            )
        checks = tuple(spec for spec in cell.plan.checks if spec.name not in _SERVER_SPEED)
        checks += (CheckSpec(name="calibrated", parameters={}),)
        for network in NETWORKS:
            arm = {**cell.plan.arm, "line": line, "network": network}
            plan = replace(cell.plan, arm=arm, checks=checks)
            found.append(
                replace(
                    cell,
                    plan=plan,
                    about_s=cell.about_s + _ON_LINE_S,
                    budget_s=cell.budget_s + _ON_LINE_S,
                )
            )
    return found


def _is_remote(cell: PlannedCell) -> bool:
    browser = cell.plan.arm.get("browser")
    return browser is not None and entry_of(browser).remote


def _for_remote(available: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda network: network != "packets" and available(network)


def _rank(network: str, available: Callable[[str], bool]) -> tuple[bool, int]:
    return not available(network), NETWORKS.index(network) if network in NETWORKS else 0


def _unsupported(scenario: Scenario, arm: Arm) -> str:
    """Return why the arm's engine, or its driver, has no such thing; empty if it has."""
    browser = arm.get("browser")
    if browser is None:
        return ""
    if arm.get("network") == "packets" and entry_of(browser).remote:
        return f"{browser}: it runs elsewhere, not behind a link of ours"
    if browser in scenario.unsupported:
        return f"{browser}: {scenario.unsupported[browser]}"
    lacking = [can.value for can in scenario.abilities if can not in entry_of(browser).can]
    return f"{browser}: its driver cannot {' or '.join(lacking)}" if lacking else ""


def cell_of(
    scenario: Scenario, arm: Arm, seed: int, *, checks: Sequence[CheckSpec] | None = None
) -> PlannedCell:
    """Return a scenario's cell with all that a report says of what is run.

    ``checks`` judge it in place of the scenario's own.
    """
    row = ROWS.get(scenario.name)
    plan = RunPlan(
        scenario=scenario.name,
        arm=arm,
        seed=seed,
        checks=tuple(scenario.checks(arm) if checks is None else checks),
        matrix=scenario.matrix,
        question=scenario.question,
        conditions=(row.condition,) if row else (),
        expected=expected_loss(scenario.name, arm),
    )
    return PlannedCell(
        plan=plan,
        node=scenario.node,
        about_s=scenario.about_s(arm),
        budget_s=scenario.budget_s(arm),
        exclusive=scenario.exclusive,
    )


def _fits(arm: Arm, levels: Mapping[str, str]) -> bool:
    """Say whether an arm is wished. A factor that it does not have is no reason against it, but
    for a workload: who names one means what sends it."""
    if "workload" in levels and "workload" not in arm:
        return False
    return all(arm.get(factor, level) == level for factor, level in levels.items())


def _suite(name: str) -> dict[str, Any]:
    suites = load_suites()
    if name not in suites:
        raise UsageError(f"there is no suite {name!r}", hint=_did_you_mean(name, suites))
    return suites[name]


def _named(scenarios: Mapping[str, Scenario], name: str) -> list[Scenario]:
    matrix = [s for s in scenarios.values() if s.matrix == name]
    return matrix or [_find(scenarios, name)]


def _find(scenarios: Mapping[str, Scenario], name: str) -> Scenario:
    if name not in scenarios:
        matrices = {s.matrix for s in scenarios.values()}
        hint = _did_you_mean(name, [*scenarios, *matrices])
        raise UsageError(f"there is no scenario {name!r}", hint=hint)
    return scenarios[name]


def _did_you_mean(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    listed = f"`harness list` shows all: {', '.join(sorted(known))}"
    return f"Did you mean {close[0]!r}? {listed}" if close else listed
