"""``python -m benchmarks.dashboard``: what fifty viewers of the feed cost, and how soon it answers.

The figures are printed as JSON, the machine's facts beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict

from benchmarks.dashboard.alone import AloneTrial, feed_alone
from benchmarks.dashboard.feed import GOAL, VIEWERS, feed_cost
from benchmarks.dashboard.panel import GOAL_MS, panel
from benchmarks.machine import facts
from harness.core.errors import HarnessError
from harness.process.processes import Processes


def main() -> int:
    """Return 0 when everything was measured, whatever the figures; 1 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    add = parser.add_argument
    add("--feed", action="store_true", help="the cost of viewers")
    add("--panel", action="store_true", help="how soon it answers")
    add("--alone", action="store_true", help="the CPU of viewers by itself; also on a busy machine")
    add("--rates", type=int, nargs="+", default=[100, 1_600], metavar="N", help="batches a second")
    add("--ids", type=int, default=20, help="ids of a batch")
    add("--pairs", type=int, default=6)
    add("--round", type=float, default=5.0, metavar="S")
    add("--viewers", type=int, default=VIEWERS)
    add("--impressions", type=int, default=10_000_000)
    add("--users", type=int, default=100_000)
    chosen = parser.parse_args()
    found: dict[str, object] = {}
    try:
        with Processes() as processes:
            found["machine"] = facts(processes.scratch("fsync"))
            if chosen.alone:
                found["alone"] = [
                    asdict(trial) | {"cost_ms": asdict(trial.cost_ms)}
                    for trial in asyncio.run(_alone(processes, chosen))
                ]
            if chosen.feed or not (chosen.panel or chosen.alone):
                measured = feed_cost(
                    processes, chosen.ids, chosen.pairs, chosen.round, _say, chosen.viewers
                )
                trial = asyncio.run(measured)
                found["feed"] = asdict(trial)
                _say(f"rows a second: {trial.ratio}, goal {GOAL}; CPU a row: {trial.cpu_ratio}")
            if chosen.panel or not (chosen.feed or chosen.alone):
                read = asyncio.run(panel(processes, chosen.impressions, chosen.users, _say))
                found["panel"] = asdict(read)
                _say(f"panel: {read.median_ms['panel']:.1f} ms, goal {GOAL_MS:g}")
    except HarnessError as error:
        print(f"dashboard: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2))
    return 0


async def _alone(processes: Processes, chosen: argparse.Namespace) -> list[AloneTrial]:
    """Return a trial for each rate, of viewers without a filter and with one each."""
    trials = []
    for rate in chosen.rates:
        for by_artwork in (False, True):
            trial = AloneTrial(chosen.viewers, rate, by_artwork)
            _say(f"{chosen.viewers} viewers, {'one artwork each' if by_artwork else 'no filter'}")
            trials.append(await feed_alone(processes, trial, chosen.pairs, chosen.round, _say))
    return trials


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
