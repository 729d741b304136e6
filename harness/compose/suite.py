"""Running a plan: pytest as a child, phase by phase, watched through the run directories.

Cells that measure speed (``exclusive``) run alone, after the others. pytest's own exit code
decides nothing: the verdict comes from the plan and the directories.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.browsers.drivers.remote import addresses
from harness.compose.directory import suite_end
from harness.core.clock import NS_PER_S, now
from harness.core.environment import (
    ADDRESSES_VARIABLE,
    DATABASE_VARIABLE,
    JUDGING_VARIABLE,
    ROOT,
    TARGET_SECRETS_VARIABLE,
)
from harness.core.errors import WaitTimeout
from harness.core.wait import block_until
from harness.ledger.plan import PlannedCell, SuitePlan, write_plan
from harness.ledger.rundir import END_FILE, LOAD_FILE, RUN_FILE, arm_text
from harness.process.interrupt import raise_if_interrupted
from harness.process.processes import Child, Processes
from harness.target.described.loading import secrets_named_in

_INI = Path(__file__).parent / "pytest.ini"
_OURS_ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Keeps the plugins that happen to be installed out of our pytest."""

INTERRUPT_GRACE_S = 60.0
"""How long an interrupted pytest may take to keep what was measured: a browser's evidence (up to
20 s), then the witnesses, then the stack, part by part."""

PLUGIN = "harness.compose.pytest_plugin"
LOADING = "harness.core.loading"

_EXTRA_S = 60.0
_PYTEST_JUDGED = (0, 1)
_TICK_S = 0.2
_LOOK_S = 0.001
"""How much longer a look comes after the last one for each cell of the suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a suite is: cells by state, and about how long the rest takes.

    ``loads`` are what the running cells' load generators say of the last seconds, if they have any
    (``harness.load.live``).
    """

    waiting: Sequence[PlannedCell]
    running: Sequence[PlannedCell]
    done: Sequence[PlannedCell]
    left_s: float
    loads: Sequence[Mapping[str, Any]] = ()


def run_suite(
    directory: Path,
    plan: SuitePlan,
    processes: Processes,
    *,
    workers: int,
    database_url: str | None,
    watch: Callable[[Progress], None],
    only: Sequence[PlannedCell] | None = None,
    judging_key: str = "",
) -> bool:
    """Write the plan, run every cell that can run, write how it ended; return if interrupted.

    Ctrl-C ends it early; what was measured is kept. ``only`` are the cells that are left of a suite
    that was cut short: its plan is there already. With a ``judging_key`` workers keep what they
    found, signed with it, for the caller (``reports.pages.kept``). Of more ``workers`` than there
    are cells the others are not started: one costs a second or two of a core.
    """
    directory = directory.absolute()
    if only is None:
        write_plan(directory, plan)
    environment = _OURS_ALONE | {ADDRESSES_VARIABLE: json.dumps(dict(addresses()))}
    environment |= {DATABASE_VARIABLE: database_url} if database_url else {}
    environment |= {JUDGING_VARIABLE: judging_key} if judging_key else {}
    if plan.options.target.file:
        secrets = secrets_named_in(Path(plan.options.target.file))
        environment |= {TARGET_SECRETS_VARIABLE: json.dumps(secrets)}
    # It makes scratch directories of its own, beside ours: in ours their names would be too long.
    environment |= {"TMPDIR": tempfile.gettempdir()}
    runnable = [cell for cell in plan.cells if cell.not_run is None] if only is None else only
    beside = [cell for cell in runnable if not cell.exclusive]
    phases = [
        (min(workers, len(beside)), beside),
        (1, [cell for cell in runnable if cell.exclusive]),
    ]
    with suite_end(directory) as end:
        for number, (at_once, cells) in enumerate(phases, 1):
            if not cells or end.interrupted:
                continue
            log = directory / "logs" / f"pytest-{number}.log"
            argv = pytest_command(directory, cells, at_once, only=only is not None)
            child = processes.spawn("pytest", argv, log=log, env=environment, cwd=directory)
            try:
                budget_s = sum(cell.budget_s for cell in cells) / at_once + _EXTRA_S
                _follow(child, directory, runnable, budget_s, watch, workers)
            except KeyboardInterrupt:
                child.stop(ask_with=signal.SIGINT, grace_s=INTERRUPT_GRACE_S)
                end.interrupt()
            except WaitTimeout:
                child.stop(ask_with=signal.SIGINT, grace_s=INTERRUPT_GRACE_S)
                end.trouble = f"given up after {budget_s:.0f} s; see {log}"
            if child.exit_code not in _PYTEST_JUDGED:
                words = f"pytest ended with {child.exit_code}: {child.last_words()}"
                end.trouble = end.trouble or words
    return end.interrupted


def pytest_command(
    directory: Path, cells: Sequence[PlannedCell], at_once: int, *, only: bool = False
) -> list[str]:
    """Return the command that runs the cells' functions, or ``only`` these cells of them, where the
    packages lie.

    It depends on nothing but them: its ini file, plugins and root are named, no conftest.py is
    loaded, and nothing is written beside the packages.
    """
    argv = [sys.executable, "-m", "pytest", "-q"]
    argv += ["-c", str(_INI), "--rootdir", str(ROOT), "--noconftest", "--import-mode=append"]
    for plugin in (LOADING, "no:cacheprovider", "no:tmpdir", "pytest_asyncio.plugin", PLUGIN):
        argv += ["-p", plugin]
    if at_once > 1:
        argv += ["-p", "xdist.plugin", "-n", str(at_once)]
    nodes = sorted({f"{cell.node}[{parameter_id(cell)}]" if only else cell.node for cell in cells})
    return [*argv, "--plan", str(directory), *(str(ROOT / node) for node in nodes)]


def parameter_id(cell: PlannedCell) -> str:
    """Return what tells a cell from the others of its function in pytest."""
    return f"{arm_text(cell.plan.arm)}-seed{cell.plan.seed}"


def state_of(directory: Path, cells: Sequence[PlannedCell], *, at_once: int = 1) -> Progress:
    """Return how far the cells are, as their run directories show; ``at_once`` of them run at a
    time, those that measure speed alone."""
    waiting: list[PlannedCell] = []
    running: list[PlannedCell] = []
    done: list[PlannedCell] = []
    for cell in cells:
        run = directory / cell.run
        state = done if (run / END_FILE).exists() else running
        (state if (run / RUN_FILE).exists() else waiting).append(cell)
    left_s = {alone: _about_s(waiting, alone) for alone in (False, True)}
    loads = []
    for cell in running:
        with contextlib.suppress(OSError, ValueError):
            loads.append(json.loads((directory / cell.run / LOAD_FILE).read_text("utf-8")))
        began_ns = (directory / cell.run / RUN_FILE).stat().st_mtime_ns
        left_s[cell.exclusive] += max(1.0, cell.about_s - (now().wall_ns - began_ns) / NS_PER_S)
    whole_s = left_s[True] + left_s[False] / at_once
    return Progress(waiting=waiting, running=running, done=done, left_s=whole_s, loads=loads)


def _about_s(cells: Sequence[PlannedCell], alone: bool) -> float:
    return sum(cell.about_s for cell in cells if cell.exclusive is alone)


def _follow(
    child: Child,
    directory: Path,
    cells: Sequence[PlannedCell],
    budget_s: float,
    watch: Callable[[Progress], None],
    at_once: int,
) -> None:
    def ended() -> bool:
        raise_if_interrupted()
        watch(state_of(directory, cells, at_once=at_once))
        return child.exit_code is not None

    tick_s = max(_TICK_S, len(cells) * _LOOK_S)
    block_until("pytest has ended", ended, timeout_s=budget_s, interval_s=tick_s)
