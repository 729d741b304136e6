"""``python -m benchmarks.monitoring``: what metrics, spans and rollups cost, and what they give.

Parts take minutes each: they are measured one at a time (``--cost``, ``--freshness``) and kept
together.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.monitoring.cost import IDS, VARIANTS, CostTrial, cost
from benchmarks.monitoring.freshness import FreshnessTrial, counts_alone, freshness
from benchmarks.monitoring.results import keep
from harness.core.errors import HarnessError
from harness.process.processes import Processes

RESULTS = Path(__file__).parents[1] / "results"


def main() -> int:
    """Return 0 when everything was measured, whatever the figures; 1 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring", description=__doc__)
    add = parser.add_argument
    add("--cost", choices=VARIANTS, action="append", default=[], help="repeatable")
    add("--freshness", type=int, metavar="IMPRESSIONS", action="append", default=[])
    add("--counts-alone", type=int, metavar="IMPRESSIONS", action="append", default=[])
    add("--ids", type=int, choices=IDS, action="append", default=[], help="a batch; repeatable")
    add("--pairs", type=int, default=6)
    add("--round", type=float, default=5.0, metavar="S")
    add("--results", type=Path, default=RESULTS, metavar="DIR")
    arguments = parser.parse_args()
    if not (arguments.cost or arguments.freshness or arguments.counts_alone):
        arguments.cost, arguments.freshness = ["all"], [10_000_000]
    costs: list[CostTrial] = []
    reads: list[FreshnessTrial] = []
    try:
        with Processes() as processes:
            machine = facts(processes.scratch("fsync"))

            def done_with(trial: CostTrial) -> None:
                costs.append(trial)
                keep(arguments.results, machine, costs, reads)

            for variant in arguments.cost:
                of_variant = cost(
                    processes,
                    variant,
                    arguments.pairs,
                    arguments.round,
                    _say,
                    arguments.ids or IDS,
                    done_with,
                )
                asyncio.run(of_variant)
            for impressions in arguments.freshness:
                reads.append(asyncio.run(freshness(processes, impressions, _say)))
            for impressions in arguments.counts_alone:
                reads.append(asyncio.run(counts_alone(processes, impressions)))
    except HarnessError as error:
        print(f"monitoring: {error}", file=sys.stderr)
        return 1
    print(keep(arguments.results, machine, costs, reads))
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
