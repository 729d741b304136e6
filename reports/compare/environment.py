"""In which machine, versions, target and design two stored results differ, before their figures.

No command, no connection string and no address of a browser is among what is shown: of a database
only whether it is the harness's own.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from harness.ledger.experiment import ExperimentPlan
from harness.ledger.rundir import OWN_CLUSTER, CheckSpec, TargetRecord
from harness.target.target import Target
from reports.compare.matching import CellMatch, Matching
from reports.compare.record import EnvironmentDifference
from reports.compare.sides import ExperimentSide, SuiteSide
from reports.core import text
from reports.experiments.machine import UNSTEADY
from reports.judging.judge import JudgedRun

MACHINE = {
    "cpu": "CPU model",
    "cpus": "number of CPUs",
    "memory": "memory",
    "system": "operating system and kernel",
}
"""Facts of the machine: where they differ no figure can be compared."""
_NOT_ALWAYS = {"cpu", "memory"}
"""Those that results of format 2 may lack: that one is not recorded says nothing of the machine."""
NOTHING = "not recorded"
_EXTERNAL = "a PostgreSQL of yours"
_NAMED = 4

_Rows = Iterator[EnvironmentDifference]


def suites_environment(
    a: SuiteSide, b: SuiteSide, matching: Matching
) -> list[EnvironmentDifference]:
    """Return the differences of two suites or runs, unsafe ones first."""
    found = [
        *_facts(a.judged.suite.facts, b.judged.suite.facts),
        *_targets(list(a.runs.values()), list(b.runs.values())),
        *_options(a, b),
        *_design(matching),
        *_cells(a, b, matching),
    ]
    return sorted(found, key=lambda one: not one.unsafe)


def experiments_environment(a: ExperimentSide, b: ExperimentSide) -> list[EnvironmentDifference]:
    """Return the differences of two experiments, unsafe ones first."""
    one, other = a.result.plan, b.result.plan
    found = [
        *_facts(one.facts, other.facts),
        *_started(one.options.target, other.options.target),
        *_canaries(a, b),
        *_plans(one, other),
        *_differ("complete blocks", str(len(a.result.blocks)), str(len(b.result.blocks))),
    ]
    return sorted(found, key=lambda one: not one.unsafe)


def unsafe_sentence(differences: Iterable[EnvironmentDifference]) -> str:
    """Return the sentence that no figures can be compared; empty if they can."""
    names = list(dict.fromkeys(one.what for one in differences if one.unsafe))
    if not names:
        return ""
    return f"These two differ in: {', '.join(names)}; latencies are not comparable"


def _differ(what: str, a: str, b: str, *, unsafe: bool = False) -> _Rows:
    if a != b:
        a, b = (text.one_line(one) or "none" for one in (a, b))
        yield EnvironmentDifference(what=what, a=a, b=b, unsafe=unsafe)


def _facts(a: Mapping[str, str], b: Mapping[str, str]) -> _Rows:
    for name in dict.fromkeys((*MACHINE, *a, *b)):
        label = MACHINE.get(name, text.one_line(name))
        both = a.get(name, NOTHING), b.get(name, NOTHING)
        silent = name in _NOT_ALWAYS and NOTHING in both
        yield from _differ(label, *both, unsafe=name in MACHINE and not silent)


def _targets(a: Sequence[JudgedRun], b: Sequence[JudgedRun]) -> _Rows:
    """Yield differences of the targets as the runs recorded them."""
    of_a, of_b = _records(a), _records(b)
    if not of_a or not of_b:
        return

    def both(get: Callable[[TargetRecord], str]) -> tuple[str, str]:
        one, other = (", ".join(sorted({get(run) for run in own})) for own in (of_a, of_b))
        return one, other

    yield from _differ("target", *both(lambda one: one.name))
    kinds = both(lambda one: one.system or NOTHING)
    yield from _differ("kind of target", *kinds, unsafe=NOTHING not in kinds)
    yield from _differ("server", *both(lambda one: one.server))
    yield from _differ("database", *both(_database), unsafe=True)
    offered = [{key for run in own for key in run.capabilities or ()} for own in (of_a, of_b)]
    if all(offered):  # format 1 did not record them
        only = offered[0] - offered[1], offered[1] - offered[0]
        also = [f"also {', '.join(sorted(one))}" if one else "" for one in only]
        yield from _differ("what the target offers", also[0], also[1])
    formats = [
        ", ".join(sorted({str(run.evidence.ledger.run.format) for run in own if run.evidence}))
        for own in (a, b)
    ]
    yield from _differ("format", formats[0], formats[1])


def _records(runs: Sequence[JudgedRun]) -> list[TargetRecord]:
    found = [run.evidence.ledger.run.target for run in runs if run.evidence]
    return [one for one in found if one is not None]


def _database(target: TargetRecord) -> str:
    return OWN_CLUSTER if target.database == OWN_CLUSTER else _EXTERNAL


def _started(a: Target, b: Target) -> _Rows:
    yield from _differ("target", a.name, b.name)
    yield from _differ("kind of target", a.system, b.system, unsafe=True)
    yield from _differ("server", a.server_module, b.server_module)
    yield from _differ("connections of the server's pool", str(a.pool), str(b.pool))
    yield from _differ("table", a.table.name, b.table.name)
    yield from _differ("file of targets", a.targets, b.targets)


def _options(a: SuiteSide, b: SuiteSide) -> _Rows:
    one, other = a.judged.options, b.judged.options
    if one is None or other is None:
        return
    yield from _differ(
        "connections of the server's pool", str(one.target.pool), str(other.target.pool)
    )
    yield from _differ("table", one.target.table.name, other.target.table.name)
    yield from _differ("file of targets", one.target.targets, other.target.targets)
    yield from _differ("windows", _windows(one.headed), _windows(other.headed))
    yield from _differ(
        "cells at a time",
        _at_a_time(a.judged.suite.command),
        _at_a_time(b.judged.suite.command),
        unsafe=True,
    )


def _windows(headed: bool) -> str:
    return "visible" if headed else "none"


def _at_a_time(command: str) -> str:
    """Return how many cells the command let run at a time; nothing else of it is shown."""
    try:
        typed = shlex.split(command)
    except ValueError:
        return NOTHING
    for place, word in enumerate(typed):
        option, equals, value = word.partition("=")
        if option in ("-n", "--workers"):
            value = value if equals else "".join(typed[place + 1 : place + 2])
        elif word.startswith("-n"):
            value = word[2:]
        else:
            continue
        return value if value.isdecimal() else NOTHING
    return "1"


def _design(matching: Matching) -> _Rows:
    """Yield what the common cells are exposed to, judged by, and which browsers ran them."""
    exposed: dict[tuple[str, str], int] = {}
    asked: dict[tuple[str, str], int] = {}
    browsers: dict[tuple[str, str], int] = {}
    for one in matching.judged_by:
        for found, pair in (
            (exposed, _exposed(one)),
            (asked, _asked(one)),
            (browsers, _browsers(one)),
        ):
            if pair[0] != pair[1]:
                found[pair] = found.get(pair, 0) + 1
    for what, found, unsafe in (
        ("what cells are exposed to", exposed, True),
        ("checks asked", asked, False),
        ("browser", browsers, False),
    ):
        for (a, b), cells in list(found.items())[:_NAMED]:
            yield from _differ(f"{what} ({text.count(cells, 'cell')})", a, b, unsafe=unsafe)
        if (more := len(found) - _NAMED) > 0:
            name = f"{what} ({text.count(more, 'further way')})"
            yield EnvironmentDifference(what=name, a="…", b="…", unsafe=unsafe)


def _exposed(one: CellMatch) -> tuple[str, str]:
    plans = one.a[0].plan, one.b[0].plan
    shown = [
        "; ".join(f"{c.title}: {c.nominal}" for c in plan.conditions) if plan else ""
        for plan in plans
    ]
    return (shown[0], shown[1]) if all(shown) else ("", "")


def _asked(one: CellMatch) -> tuple[str, str]:
    """Return the checks that only one of both was judged by, or with other parameters."""
    plans = one.a[0].plan, one.b[0].plan
    if plans[0] is None or plans[1] is None:
        return "", ""
    of_a, of_b = (set(map(_check, plan.checks)) for plan in plans if plan)
    return ", ".join(sorted(of_a - of_b)), ", ".join(sorted(of_b - of_a))


def _check(spec: CheckSpec) -> str:
    return f"{spec.name}({', '.join(f'{k}={spec.parameters[k]}' for k in sorted(spec.parameters))})"


def _browsers(one: CellMatch) -> tuple[str, str]:
    seen = one.a[0].cell.browser, one.b[0].cell.browser
    if seen[0] is None or seen[1] is None:
        return "", ""
    a, b = (f"{one.product} {one.version} · {one.platform}" for one in seen if one)
    return a, b


def _cells(a: SuiteSide, b: SuiteSide, matching: Matching) -> _Rows:
    yield from _differ("suite", a.judged.suite.suite, b.judged.suite.suite)
    yield from _differ("cells", str(len(a.runs)), str(len(b.runs)))
    yield from _differ(
        "stopped early", _ended(a.judged.suite.interrupted), _ended(b.judged.suite.interrupted)
    )


def _ended(interrupted: bool) -> str:
    return "yes" if interrupted else "no"


def _plans(a: ExperimentPlan, b: ExperimentPlan) -> _Rows:
    yield from _differ("experiment", a.name, b.name)
    yield from _differ("control", a.control, b.control)
    yield from _differ("arms", ", ".join(a.arms), ", ".join(b.arms))
    yield from _differ("seed", str(a.seed), str(b.seed))
    of_b = {part.name: part for part in b.parts}
    for part in a.parts:
        other = of_b.pop(part.name, None)
        if other is None:
            yield from _differ("parts", part.name, "")
            continue
        what = f"what {text.one_line(part.name)} does"
        yield from _differ(
            what,
            f"{part.scenario}: {_levels(part.levels)}",
            f"{other.scenario}: {_levels(other.levels)}",
            unsafe=True,
        )
    for name in of_b:
        yield from _differ("parts", "", name)
    for arm in a.arms:
        if arm in b.arms and a.arms[arm] != b.arms[arm]:
            what = f"what arm {text.one_line(arm)} is"
            yield from _differ(what, _levels(a.arms[arm]), _levels(b.arms[arm]), unsafe=True)


def _levels(levels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={levels[name]}" for name in sorted(levels))


def _canaries(a: ExperimentSide, b: ExperimentSide) -> _Rows:
    """Yield the canaries' medians where the machine was slower in one of both than it ever may."""
    one, other = a.result.machine.median_s, b.result.machine.median_s
    if one > 0 and other > 0 and max(one, other) / min(one, other) > UNSTEADY:
        yield from _differ(
            "speed of the machine (canary)",
            f"{1000 * one:.0f} ms",
            f"{1000 * other:.0f} ms",
            unsafe=True,
        )
