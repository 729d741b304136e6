"""The proof that a client sends at all: one event on an idle page, before anything is judged.

Clients drop everything that a robot does, or that happens on this machine's own address, and say
nothing of it. A cell of such a client is not run: a loss of all it saw would accuse the wrong one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from harness.browsers.pool import BrowserPool
from harness.compose.reference import run_on_a_stack
from harness.core.errors import HarnessError
from harness.ledger.plan import PlannedCell, SuiteOptions, WhyNot
from harness.ledger.rundir import RunPlan
from harness.process.processes import Processes
from harness.run.run import Run
from harness.target.client.file import SETTINGS_MEANING

ARRIVES_S = 25.0
"""How long the canary may take on a page that stays: clients wait for up to 5 s before they send,
on a busy machine for longer."""
LEAVES_S = 20.0
"""How long it may take after its page was left; only a client that ignores us takes it all."""
_BUDGET_S = 240.0
_DIRECTORY = "canary"
RECEIPTS_FILE = "server.ndjson"


def with_canaries(
    cells: Sequence[PlannedCell], directory: Path, options: SuiteOptions, processes: Processes
) -> list[PlannedCell]:
    """Return the cells, those as *not run* whose client ignores a visitor of their browser.

    One canary is tried for each browser and settings, on a stack of its own below ``directory``.
    """
    pairs = dict.fromkeys(_pair(cell) for cell in cells if cell.not_run is None)
    if not pairs:
        return list(cells)
    reasons = asyncio.run(_try_all(list(pairs), directory, options, processes))
    return [
        replace(cell, not_run=WhyNot(kind="unsupported", reason=reasons[_pair(cell)]))
        if cell.not_run is None and reasons[_pair(cell)]
        else cell
        for cell in cells
    ]


def _pair(cell: PlannedCell) -> tuple[str, str]:
    return cell.plan.arm.get("browser", ""), cell.plan.arm.get(SETTINGS_MEANING, "")


async def _try_all(
    pairs: Sequence[tuple[str, str]],
    directory: Path,
    options: SuiteOptions,
    processes: Processes,
) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    pool = BrowserPool(processes, directory / "logs" / _DIRECTORY, headed=options.headed)
    try:
        for browser, settings in pairs:
            found[browser, settings] = await _tried(
                browser, settings, directory, options, processes, pool
            )
    finally:
        await pool.close()
    return found


async def _tried(
    browser: str,
    settings: str,
    directory: Path,
    options: SuiteOptions,
    processes: Processes,
    pool: BrowserPool,
) -> str:
    """Return why the client is not to be judged here, empty if its canary arrived."""
    planned = PlannedCell(
        plan=RunPlan(
            scenario=_DIRECTORY,
            arm={"browser": browser, SETTINGS_MEANING: settings},
            seed=1,
            checks=(),
            question="Does one event of an idle page arrive?",
        ),
        node="",
        about_s=ARRIVES_S + LEAVES_S,
        budget_s=_BUDGET_S,
        directory=f"{_DIRECTORY}/{browser}-{settings}",
    )
    try:
        async with (
            asyncio.timeout(_BUDGET_S),
            run_on_a_stack(planned, directory, options, processes, pool) as run,
        ):
            return await _ignored(run)
    except (HarnessError, TimeoutError) as error:
        return f"the client's page did not work: {str(error) or 'it took too long'}"


async def _ignored(run: Run) -> str:
    tab = await run.visitors.open_tab()
    await tab.look_at(*run.artworks(1))
    arrived = await run.quiescence.until_stored(run.visitor, ARRIVES_S)
    if not arrived:  # some send as their page is left, and not before
        await tab.leave_for(run.network.plain_url)
        arrived = await run.quiescence.until_stored(run.visitor, LEAVES_S)
    run.visitors.abandon_tab(tab)
    if arrived:
        return ""
    if refused := refusals(run.directory / RECEIPTS_FILE):
        return f"what the client sends is not understood: {refused}"
    return (
        f"the client ignored us: one event on an idle page did not arrive in {ARRIVES_S:g} s, nor "
        "after the page was left"
    )


def refusals(receipts: Path) -> str:
    """Return how many requests the collector refused and why it did the last one, empty if none.

    A client whose requests are refused does not ignore us: its adapter reads them wrongly. A line
    that is still being written is left out.
    """
    reasons = []
    for line in receipts.read_bytes().splitlines() if receipts.exists() else ():
        with contextlib.suppress(ValueError):
            row = json.loads(line)
            if row.get("kind") == "batch" and row.get("reason"):
                reasons.append(str(row["reason"]))
    return f"the collector refused {len(reasons)} requests, {reasons[-1]}" if reasons else ""
