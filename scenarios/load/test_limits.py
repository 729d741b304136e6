"""Beyond what the server can do: where its limit is, and what it is like there."""

from __future__ import annotations

from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.load.arms import NEW_ROWS_MIN, about_s, generators_of, sends, workload_of
from scenarios.load.load_case import send_and_judge

SETTLE_S = 180.0
SUSTAINED_PER_S = 1_667
"""The scale target: 100,000 impressions a minute."""
LIMIT_MS = 100
_AROUND_S = 10.0
"""A stack's start, sign-ins, what is still under way after a search, quiescence, the final read."""


def _nothing_false() -> list[CheckSpec]:
    """Return what holds beyond the limit too: refused batches are given up, but nothing is false.

    What a session gave up was shown and is not stored; that is the search's own doing and no loss
    of the server's. What the server acknowledged is stored, whatever the load.
    """
    return [
        check("nothing_twice"),
        check("nothing_unshown"),
        check("nothing_corrupt"),
        check("conservation"),
    ]


def _finds_the_knee(arm: Arm) -> list[CheckSpec]:
    return [
        *_nothing_false(),
        check("new_row_share", minimum=NEW_ROWS_MIN),
        check("sustains", limit_ms=LIMIT_MS, at_least=SUSTAINED_PER_S),
    ]


def _reaches_its_knee(arm: Arm) -> list[CheckSpec]:
    return [
        *_nothing_false(),
        check("workers_whole", workers=generators_of(arm)),
        check("new_row_share", minimum=NEW_ROWS_MIN),
        check("knee_found", limit_ms=LIMIT_MS),
    ]


def _lasts_s(arm: Arm) -> float:
    return workload_of(arm).duration_s + _AROUND_S


def _shows_saturation(arm: Arm) -> list[CheckSpec]:
    # Repetitions are part of it: a batch that was stored too late is sent again.
    return [*_nothing_false(), check("pool_saturation")]


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(workload=["knee"]),
    needs=[],
    checks=_finds_the_knee,
    conditions=sends,
    about_s=_lasts_s,
    exclusive=True,
)
async def test_knee(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The rate rises step by step: how many impressions a second with a p95 below 100 ms?

    The search ends after the second step in a row that is too slow.
    """
    await send_and_judge(cell, start_run, judge, settle_s=SETTLE_S)


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(workload=["knee-ready"]),
    needs=[],
    checks=_reaches_its_knee,
    conditions=sends,
    about_s=_lasts_s,
    exclusive=True,
)
async def test_batch_knee(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The rate rises in short steps of ready batches: at how many impressions a second does the
    p95 reach 100 ms?

    No rate is asked for: experiments compare arms by where each has its own knee.
    """
    async with start_run(cell) as run:
        await run.database.checkpoint()
        await run.load.send(workload_of(cell.arm))
        await run.settle(timeout_s=SETTLE_S)
    judge(run)


@scenario(
    matrix="load",
    arms=[],
    on_request=arms(workload=["saturate"]),
    needs=[],
    checks=_shows_saturation,
    conditions=sends,
    about_s=about_s,
    exclusive=True,
)
async def test_saturation(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """More comes than the server's connections can write: does the queue show it, and end again?"""
    await send_and_judge(cell, start_run, judge, settle_s=SETTLE_S)
