"""The composition as a pytest plugin: here a scenario meets the target, the run and the judge.

``harness run`` loads it by name and calls pytest with ``--plan``: the cells, their run directories
and the options are read from there. Plain ``pytest scenarios/…`` in a checkout, whose conftest.py
loads it, makes a plan of its own: every arm with the durable preset, seed 1. It is no entry point:
no other pytest gets it uninvited.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from harness.browsers.behind_link import BehindLink
from harness.browsers.evidence import DIRECTORY as EVIDENCE
from harness.browsers.log_records import hide_logins_in_logs
from harness.browsers.pool import BrowserPool
from harness.compose.defects import planted_in
from harness.compose.directory import suite_plan
from harness.compose.reference import run_on_a_stack
from harness.compose.suite import parameter_id
from harness.core.environment import DATABASE_VARIABLE, JUDGING_VARIABLE
from harness.ledger.network import PlannedNetwork
from harness.ledger.plan import PlannedCell, SuitePlan, write_plan
from harness.ledger.rundir import RunPlan
from harness.ledger.stored import read_plan
from harness.process.processes import Processes
from harness.run.run import Run
from harness.setup.machine import ThisMachine
from reports.judging.judge import judge_run
from reports.pages.kept import Keeper
from reports.verdict.verdict import Verdict
from scenarios.catalogue.declare import REGISTRY, Judge, Scenario, StartRun
from scenarios.catalogue.planning import plan as plan_cells
from scenarios.catalogue.request import PlanRequest, load_catalogue

_SUITE = pytest.StashKey[tuple[Path, SuitePlan]]()
_KEEPER = pytest.StashKey[Keeper | None]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the plan that ``harness run`` wrote."""
    parser.addoption("--plan", metavar="DIR", help="suite directory with a plan.json")


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan once, before anything is collected; take the key out of the environment, which
    what is tried inherits."""
    config.stash[_KEEPER] = Keeper.with_key(os.environ.get(JUDGING_VARIABLE, ""))
    if not _has_workers(config):  # they inherit the environment and take it out themselves
        os.environ.pop(JUDGING_VARIABLE, None)
    directory = config.getoption("--plan")
    if directory:
        hide_logins_in_logs()
        config.stash[_SUITE] = (Path(directory), read_plan(Path(directory)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a scenario its cells; in a plan of pytest's own those that cannot run are skipped."""
    scenario = _scenario_of(metafunc.function)
    if scenario is None:
        return
    cells = [c for c in _suite(metafunc.config)[1].cells if c.plan.scenario == scenario.name]
    if metafunc.config.getoption("--plan"):
        cells = [cell for cell in cells if cell.not_run is None]
    metafunc.parametrize("cell", [_parameter(cell) for cell in cells])


def _parameter(cell: PlannedCell) -> object:
    marks = [pytest.mark.skip(reason=cell.not_run.reason)] if cell.not_run else []
    return pytest.param(cell.plan, id=parameter_id(cell), marks=marks)


def _scenario_of(function: Callable[..., object]) -> Scenario | None:
    """Return the scenario that a test function is, or None for any other test."""
    scenario = REGISTRY.get(function.__name__.removeprefix("test_"))
    module = function.__module__.replace(".", "/")
    is_this = scenario is not None and scenario.node == f"{module}.py::{function.__name__}"
    return scenario if is_this else None


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    """Return the one owner of every process that this pytest starts."""
    with Processes() as owner:
        yield owner


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers(
    request: pytest.FixtureRequest, processes: Processes
) -> AsyncIterator[BrowserPool]:
    """Return the browsers that this worker's runs lend, one of each kind, started when needed."""
    directory, plan = _suite(request.config)
    logs = directory / "logs" / os.environ.get("PYTEST_XDIST_WORKER", "main")
    pool = BrowserPool(processes, logs, headed=plan.options.headed)
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def behind_link(
    request: pytest.FixtureRequest, processes: Processes
) -> AsyncIterator[BehindLink]:
    """Return a link and the browsers that live behind it; both are started when first needed."""
    directory, plan = _suite(request.config)
    logs = directory / "logs" / os.environ.get("PYTEST_XDIST_WORKER", "main")
    async with BehindLink(processes, logs, headed=plan.options.headed) as behind:
        yield behind


@pytest.fixture
def start_run(
    request: pytest.FixtureRequest,
    processes: Processes,
    browsers: BrowserPool,
    behind_link: BehindLink,
) -> StartRun:
    """Return a function that starts a stack of its own and a run on it, for one cell."""
    directory, plan = _suite(request.config)
    if _scenario_of(request.function) is None:
        # A run directory serves once, and any number of other tests may borrow the same cell.
        directory = directory / "borrowed" / request.node.name

    @asynccontextmanager
    async def start_cell(cell: RunPlan) -> AsyncIterator[Run]:
        planned = next(c for c in plan.cells if c.plan == cell)
        async with asyncio.timeout(planned.budget_s):
            link, lent = None, browsers
            if (network := PlannedNetwork.of(cell.arm)) and network.backend == "packets":
                link, lent = await behind_link.get()
            async with (
                run_on_a_stack(
                    planned,
                    directory,
                    plan.options,
                    processes,
                    lent,
                    database_url=os.environ.get(DATABASE_VARIABLE),
                    link=link,
                ) as run,
                run.network.as_planned(),
            ):
                yield run

    return start_cell


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """Return a function that fails the test unless the closed run passed every check."""
    keeper = request.config.stash[_KEEPER]

    def judge_closed(run: Run) -> None:
        with planted_in(run.plan.arm).during_judging():
            judged = judge_run(run.directory)
        cell = judged.cell
        if keeper is not None:
            keeper.keep(run.directory, judged)
        if cell.verdict is Verdict.PASS:
            shutil.rmtree(run.directory / EVIDENCE, ignore_errors=True)
        lines = [f"{f.verdict.value}: {f.check}: {f.summary}" for f in cell.findings]
        assert cell.verdict is Verdict.PASS, "\n".join([cell.reason, *lines, str(run.directory)])

    return judge_closed


def _has_workers(config: pytest.Config) -> bool:
    """Return whether this pytest only deals cells out to workers, which run them."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def _suite(config: pytest.Config) -> tuple[Path, SuitePlan]:
    """Return the suite that was handed in, or make one for plain pytest."""
    if _SUITE not in config.stash:
        request = PlanRequest(levels={"preset": ("durable",)}, seeds=(1,))
        cells = plan_cells(request, load_catalogue(), ThisMachine())
        plan = suite_plan("pytest", "pytest", cells)
        runs = config.invocation_params.dir / "runs"
        directory = runs / f"{plan.started}-{os.getpid()}-pytest"
        directory.mkdir(parents=True)
        write_plan(directory, plan)
        config.stash[_SUITE] = (directory, plan)
    return config.stash[_SUITE]
