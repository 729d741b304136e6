"""A person does this and that with a browser's tabs, as a seed says."""

from __future__ import annotations

from collections.abc import Sequence

from harness.browsers.catalogue import ENGINES, entry_of
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, arms, scenario
from scenarios.concurrency.walk import VIEWS, draw
from scenarios.concurrency.walker import WALK_FILE, checks_of, walk_all, write_walks


def _checks(arm: Arm) -> Sequence[CheckSpec]:
    return checks_of(VIEWS * int(arm["walks"]))


@scenario(
    matrix="concurrency",
    arms=arms(browser=ENGINES, preset=["durable"], walks=["2", "10"]),
    needs=["toxiproxy"],
    checks=_checks,
    about_s=120,
    controls={Capability.OWNER, Capability.PAGE_EVENTS},
    grows_with="walks",
)
async def test_random_walk(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Tabs are opened, left, hidden, closed and crashed at random: is each view stored once?

    Each walk has users of its own, whose names hold the seed and the walk's number: the user
    in a finding leads to the walk. ``harness walk`` walks it again and shrinks it.
    """
    can = entry_of(cell.arm["browser"]).can
    walks = [draw(cell.seed, number, can) for number in range(int(cell.arm["walks"]))]
    async with start_run(cell) as run:
        write_walks(run.directory / WALK_FILE, walks)
        await walk_all(run, walks)
    try:
        judge(run)
    except AssertionError as error:
        file, browser = run.directory / WALK_FILE, cell.arm["browser"]
        error.add_note(
            f"again, and shrunk: harness walk --steps {file} --browser {browser} --walk N"
        )
        raise
