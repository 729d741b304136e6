"""Beyond what the server can do: where its limit is, and what it is like there."""

from __future__ import annotations

from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.load.arms import NEW_ROWS_MIN, about_s, sends
from scenarios.load.load_case import send_and_judge

SETTLE_S = 180.0
SUSTAINED_PER_S = 1_667
"""The scale target: 100,000 impressions a minute."""


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
        check("sustains", limit_ms=100, at_least=SUSTAINED_PER_S),
    ]


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
    about_s=about_s,
    exclusive=True,
)
async def test_knee(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The rate rises step by step: how many impressions a second with a p95 below 100 ms?"""
    await send_and_judge(cell, start_run, judge, settle_s=SETTLE_S)


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
