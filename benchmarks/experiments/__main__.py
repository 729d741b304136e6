"""``python -m benchmarks.experiments``: simulate experiments, print the page, keep it."""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.__main__ import RESULTS
from benchmarks.experiments.page import SimulatedFigures, as_json, as_markdown
from benchmarks.experiments.rates import (
    at_the_margin,
    coverage,
    dependent,
    false_alarms,
    power,
    slot_power,
)
from benchmarks.experiments.simulation import SHAPES, Truth
from benchmarks.machine import facts
from harness.core.clock import utc_stamp
from harness.ledger.json_files import write_json

FULL, QUICK = 2_000, 100
MARGIN = 0.05
THREE_ARMS = Truth(blocks=24, effects=(0.0, 0.0, 0.0))
EFFECTS = (0.1, 0.05, 0.02, 0.01, 0.0)
MEMORIES = (0.0, 0.3, 0.5, 0.7)
BLOCKS = (9, 12, 16, 24)


def main() -> int:
    """Return 0 when everything was simulated, whatever the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute; the page stays as is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        machine = facts(Path(directory))
    results = simulated(QUICK if arguments.quick else FULL, machine)
    page = as_markdown(results)
    print(page)
    if not arguments.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "experiments.md").write_text(page, encoding="utf-8")
        write_json(RESULTS / "experiments.json", as_json(results))
    return 0


def simulated(n: int, machine: dict[str, str]) -> SimulatedFigures:
    """Return all figures, of ``n`` experiments a row where a promise is counted, of fewer else."""
    alike = [replace(THREE_ARMS, shape=shape) for shape in SHAPES]
    alike += [Truth(blocks=blocks) for blocks in (12, 24)]
    wrong = [false_alarms(truth, 0.0, n) for truth in alike]
    wrong.append(false_alarms(THREE_ARMS, MARGIN, n))
    _say("arms without an effect: done")
    margins = [at_the_margin(blocks, MARGIN, n) for blocks in (12, 24)]
    found = [
        power(Truth(blocks=blocks, effects=_logs(effect, arms), noise=noise), MARGIN, n // 4)
        for arms, blocks in ((1, 12), (1, 24), (3, 24))
        for noise in (0.01, 0.03)
        for effect in EFFECTS
    ]
    without_margin = [
        power(Truth(blocks=24, effects=_logs(effect, 1), noise=noise), 0.0, n // 4)
        for noise in (0.01, 0.03)
        for effect in EFFECTS[:-1]
    ]
    _say("planted effects: done")
    held = [
        coverage(Truth(blocks=blocks, effects=(0.1,), shape=shape), n)
        for shape in SHAPES
        for blocks in (6, 8, 12, 24)
    ]
    held += [
        coverage(Truth(blocks=blocks, effects=(0.1,), shape="lognormal"), n, skewed=True)
        for blocks in (12, 24)
    ]
    _say("coverage: done")
    alike_in_time = [dependent(m, blocks, n // 2) for m in MEMORIES for blocks in BLOCKS]
    _say("dependence: done")
    slots = [
        slot_power(effect, blocks, arms, max(1, n // 20))
        for blocks, arms in ((12, 2), (12, 4), (24, 4))
        for effect in (0.0, 0.5, 1.0, 2.0)
    ]
    return SimulatedFigures(
        when=utc_stamp(),
        facts=machine,
        false_alarms=wrong,
        at_the_margin=margins,
        power=found + without_margin,
        coverage=held,
        dependent=alike_in_time,
        slots=slots,
    )


def _logs(effect: float, arms: int) -> tuple[float, ...]:
    """Return the effects of the arms: the first has one."""
    return (math.log1p(effect), *[0.0] * (arms - 1))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
