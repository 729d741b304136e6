"""The composition root: the one file in which a scenario meets the target, the run and the judge.

``harness run`` calls pytest with ``--plan``: the cells, their run directories and the options are
read from there. Plain ``pytest scenarios/…`` makes a plan of its own: every arm with the durable
preset, seed 1.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from harness.browsers.evidence import DIRECTORY as EVIDENCE
from harness.browsers.pool import BrowserPool
from harness.clock import utc_stamp
from harness.plan import PlannedCell, SuiteOptions, SuitePlan, read_plan, write_plan
from harness.processes import Processes
from harness.run import Run, RunOptions, watch_run
from harness.rundir import END_FILE, RunPlan, arm_text, begin_run, end_run, versions
from harness.setup import find_toxiproxy
from harness.suite import DATABASE_VARIABLE
from harness.target import Site, redacted
from harness.wait import wait_until
from reports.judge import judge_run
from reports.verdict import Verdict
from scenarios.declare import REGISTRY, Judge, Scenario, StartRun, load_all
from scenarios.planning import select
from servers.stack import PROXY, Stack, StackOptions

_SUITE = pytest.StashKey[tuple[Path, SuitePlan]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the plan that ``harness run`` wrote."""
    parser.addoption("--plan", metavar="DIR", help="suite directory with a plan.json")


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan once, before anything is collected."""
    directory = config.getoption("--plan")
    if directory:
        config.stash[_SUITE] = (Path(directory), read_plan(Path(directory)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a scenario its cells."""
    if "cell" in metafunc.fixturenames:
        scenario = REGISTRY[metafunc.function.__name__.removeprefix("test_")]
        cells = [c.plan for c in _planned(metafunc.config, scenario) if c.not_run is None]
        ids = [f"{arm_text(cell.arm)}-seed{cell.seed}" for cell in cells]
        metafunc.parametrize("cell", cells, ids=ids)


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


@pytest.fixture
def start_run(
    request: pytest.FixtureRequest, processes: Processes, browsers: BrowserPool
) -> StartRun:
    """Return a function that starts a stack of its own and a run on it, for one cell."""
    directory, plan = _suite(request.config)

    @asynccontextmanager
    async def start_cell(cell: RunPlan) -> AsyncIterator[Run]:
        planned = next(c for c in plan.cells if c.plan == cell)
        async with asyncio.timeout(planned.budget_s):
            async with _run_on_a_stack(
                planned, directory, plan.options, processes, browsers
            ) as run:
                yield run

    return start_cell


@pytest.fixture
def judge() -> Judge:
    """Return a function that fails the test unless the closed run passed every check."""

    def judge_closed(run: Run) -> None:
        cell = judge_run(run.directory).cell
        if cell.verdict is Verdict.PASS:
            shutil.rmtree(run.directory / EVIDENCE, ignore_errors=True)
        lines = [f"{f.verdict.value}: {f.check}: {f.summary}" for f in cell.findings]
        assert cell.verdict is Verdict.PASS, "\n".join([cell.reason, *lines, str(run.directory)])

    return judge_closed


def _suite(config: pytest.Config) -> tuple[Path, SuitePlan]:
    """Return the suite that was handed in, or make one for plain pytest."""
    if _SUITE not in config.stash:
        cells = select(load_all(), suite=None, names=(), levels={"preset": "durable"}, seeds=(1,))
        plan = SuitePlan(suite="pytest", command="pytest", cells=cells)
        directory = config.rootpath / "runs" / f"{utc_stamp()}-{os.getpid()}-pytest"
        directory.mkdir(parents=True)
        write_plan(directory, plan)
        config.stash[_SUITE] = (directory, plan)
    return config.stash[_SUITE]


def _planned(config: pytest.Config, scenario: Scenario) -> list[PlannedCell]:
    return [c for c in _suite(config)[1].cells if c.plan.scenario == scenario.name]


@asynccontextmanager
async def _run_on_a_stack(
    planned: PlannedCell,
    directory: Path,
    options: SuiteOptions,
    processes: Processes,
    browsers: BrowserPool,
) -> AsyncIterator[Run]:
    """Begin the run directory, start the stack in it, and watch the run on it."""
    where = directory / planned.run
    stack_options = StackOptions(
        server_module=options.target.server_module,
        pool=options.target.pool,
        seed=planned.plan.seed,
        database_url=os.environ.get(DATABASE_VARIABLE) or options.target.database_url,
        toxiproxy=find_toxiproxy(),
        keep=options.keep,
    )
    facts = {
        "target": {
            "name": options.target.name,
            "server": stack_options.server_module,
            "database": redacted(stack_options.database_url or "a cluster of its own"),
            "front": "toxiproxy" if stack_options.toxiproxy else "none",
        },
        "versions": versions(),
    }
    begin_run(where, planned.plan, facts)
    try:
        async with Stack(stack_options, processes, wait_until, where) as stack:
            site = Site(
                direct_url=stack.direct_url,
                front_url=stack.front_url,
                dsn=stack.dsn,
                table=options.target.table,
                receipts=stack.receipts,
                toxiproxy_api=stack.toxiproxy_api,
                proxy=PROXY if stack.front_url else None,
                processes=stack.processes,
            )
            wishes = RunOptions(browsers=browsers, pool=options.target.pool)
            async with watch_run(planned.plan, where, site, processes, wishes) as run:
                yield run
    except Exception as error:
        if not (where / END_FILE).exists():  # the stack broke before anything was watched
            end_run(where, status="broken", reason=str(error), rows={})
        raise
