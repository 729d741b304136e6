"""The command that runs just one cell of a stored suite again, on the target that it ran on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from harness.ledger.plan import SuiteOptions
from harness.ledger.rundir import OWN_CLUSTER, RunPlan
from harness.target.target import Target
from reports.judging.judge import JudgedRun, JudgedSuite
from reports.pages import words

WALK_FILE = "walk.json"
"""The walks of a run, beside its ledger."""

_OPTIONS: Mapping[str, str] = {
    **{name: f"--{name}" for name in ("browser", "preset", "workload", "sessions", "rate")},
    **{name: f"--{name}" for name in ("duration", "batch", "arrivals", "shape", "processes")},
    **{name: f"--{name}" for name in ("retry", "coding")},
    "flush_delay": "--flush-delay",
    "retry_base": "--retry-base",
    "master": "--master",
    "workers": "--expect-workers",
}
"""Factors for which ``harness run`` has an option; ``--arm`` asks for the others."""
_OWN = Target()
_EXPERIMENTS = "experiments"
_FIRST = ("browser", "preset")
_NETWORK = ("network", "line")


def reproduce_commands(judged: JudgedSuite, *, runs_at: str = "") -> dict[str, str]:
    """Return the command of every cell by ``Cell.name``; empty where there can be none.

    ``runs_at`` is the suite's directory as the reader would type it.
    """
    return {name: _command(run, judged, runs_at) for name, run in judged.runs.items()}


def run_command(plan: RunPlan, options: Sequence[str] = ()) -> str:
    """Return the command that plans just this cell, with these further options."""
    arm = dict(plan.arm)
    words_ = ["harness", "run", plan.scenario, "--seed", str(plan.seed)]
    for factor in (*_FIRST, *(factor for factor in arm if factor not in _FIRST)):
        if factor not in arm or factor in _NETWORK:
            continue
        option = _OPTIONS.get(factor)
        words_ += [option, arm[factor]] if option else ["--arm", f"{factor}={arm[factor]}"]
    if network := arm.get("network"):
        # Of a stored run, whatever networks there are today. It may have its profile apart.
        line = arm.get("line")
        words_ += ["--network", f"{line}@{network}" if line else network]
    return shlex.join([*words_, *options])


def _command(run: JudgedRun, judged: JudgedSuite, runs_at: str) -> str:
    plan = run.plan
    if plan is None:
        return ""
    typed = _typed(judged.suite.command)
    if typed[:2] == ["harness", "experiment"]:
        return shlex.join(typed)  # an arm may have what `harness run` has no option for
    if plan.matrix == _EXPERIMENTS and judged.options is None:
        return ""  # a slot apart from its experiment
    kind = run.cell.browser.kind if run.cell.browser else ""
    if typed[:2] == ["harness", "device"]:
        return shlex.join(typed)  # a person's steps are done again as a whole
    if kind == "device" or (kind == "emulated" and "device" not in plan.arm):
        preset = plan.arm.get("preset", "durable")
        return shlex.join(["harness", "device", "--preset", preset])
    target = _target_options(run, judged, typed)
    if target is None:
        return ""
    if {"walk", "try"} <= plan.arm.keys():  # one try of one walk, not a cell of any suite
        return _walk_command(run, plan, target, runs_at)
    return run_command(plan, [*target, *_run_options(judged.options)])


def _walk_command(run: JudgedRun, plan: RunPlan, target: Sequence[str], runs_at: str) -> str:
    browser = plan.arm.get("browser", "chromium")
    if run.cell.run is None:
        steps = ["--seed", str(plan.seed), "--walk", plan.arm["walk"]]
    else:
        steps = ["--steps", f"{words.join_path(runs_at, run.cell.run)}/{WALK_FILE}"]
    defect = ["--defect", plan.arm["defect"]] if "defect" in plan.arm else []
    return shlex.join(["harness", "walk", *steps, "--browser", browser, *defect, *target])


def _target_options(run: JudgedRun, judged: JudgedSuite, typed: Sequence[str]) -> list[str] | None:
    """Return the options that name the target; None where it is another than the harness's own and
    what describes it is not known."""
    if judged.options is None:  # a single run, which does not hold its suite's options
        record = run.target
        is_own = record is None or (
            (record.name, record.server, record.database)
            == (_OWN.name, _OWN.server_module, OWN_CLUSTER)
        )
        return [] if is_own else None
    target = judged.options.target
    named = ["--target", target.file] if target.file else _option(typed, "--target")
    is_own = (target.name, target.server_module) == (_OWN.name, _OWN.server_module)
    return [*named, *_option(typed, "--database")] if named or is_own else None


def _run_options(options: SuiteOptions | None) -> list[str]:
    if options is None:
        return []
    return [
        *(["--headed"] if options.headed else []),
        *(["--keep"] if options.keep else []),
        *(["--bind", options.bind] if options.bind else []),
    ]


def _option(typed: Sequence[str], name: str) -> list[str]:
    """Return an option with its value as it was typed, passwords hidden; empty without it."""
    for place, word in enumerate(typed):
        if word == name and place + 1 < len(typed):
            return [word, typed[place + 1]]
        if word.startswith(f"{name}="):
            return [name, word.removeprefix(f"{name}=")]
    return []


def _typed(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # of a stored plan that holds something else
        return []
