"""``python -m benchmarks.trend``: simulate histories, print the page, keep it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import RESULTS
from benchmarks.machine import facts
from benchmarks.trend.costs import costs
from benchmarks.trend.nights import Nights
from benchmarks.trend.page import TrendFigures, as_json, as_markdown
from benchmarks.trend.rates import against_baseline, dated, unchanged, whole
from harness.core.clock import utc_stamp
from harness.ledger.json_files import write_json

FULL, QUICK = 1_000, 50


def main() -> int:
    """Return 0 when everything was simulated, whatever the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trend", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute; the page stays as is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        machine = facts(Path(directory))
    results = simulated(QUICK if arguments.quick else FULL, machine)
    page = as_markdown(results)
    print(page)
    if not arguments.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "trend.md").write_text(page, encoding="utf-8")
        write_json(RESULTS / "trend.json", as_json(results))
    return 0


def simulated(n: int, machine: dict[str, str]) -> TrendFigures:
    """Return all figures, of ``n`` series a row."""
    kinds = {
        "normal": Nights(),
        "normal, 10 %": Nights(noise=0.1),
        "heavy tails (t, 3 degrees)": Nights(shape="t3"),
        "skewed (exponential)": Nights(shape="skewed"),
        "memory of 0.3": Nights(memory=0.3),
        "memory of 0.5": Nights(memory=0.5),
    }
    silent = [
        unchanged(_long(nights, length), name, n)
        for length in (10, 20, 60)
        for name, nights in kinds.items()
    ]
    _say("series without a change: done")
    steps = [
        dated(factor, noise, nights, after, max(n // 4, 20))
        for factor in (1.1, 1.2, 1.3)
        for noise in (0.03, 0.05)
        for nights, after in ((10, 3), (20, 1), (20, 2), (20, 3), (20, 5), (60, 3))
    ]
    _say("planted steps: done")
    histories = [whole(max(n // 50, 2), nights) for nights in (20, 30)]
    _say("whole histories: done")
    beside = [
        against_baseline(suites, factor, max(n // 10, 4))
        for suites in (8, 20)
        for factor in (1.1, 1.2)
    ]
    _say("suites against a baseline: done")
    prices = []
    for cells, suites in ((60, 30), (1_400, 30)) if n >= QUICK else ((2, 8),):
        with tempfile.TemporaryDirectory() as directory:
            prices.append(costs(Path(directory), cells, suites))
    return TrendFigures(
        when=utc_stamp(),
        facts=machine,
        unchanged=silent,
        dated=steps,
        whole=histories,
        against=beside,
        costs=prices,
    )


def _long(nights: Nights, count: int) -> Nights:
    return Nights(
        count=count,
        noise=nights.noise,
        shape=nights.shape,
        memory=nights.memory,
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
