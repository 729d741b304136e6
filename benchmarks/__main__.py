"""``python -m benchmarks``: measure on this machine, print the table, keep it beside this file."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from pathlib import Path

from benchmarks.ground import prepared
from benchmarks.kills import kills
from benchmarks.machine import facts
from benchmarks.report import Results, as_json, as_markdown
from benchmarks.trials import FULL, QUICK, Size, latency, memory, throughput
from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError
from harness.ledger.json_files import write_json
from harness.process.processes import Processes

RESULTS = Path(__file__).parent / "results"
GOALS = {200: 0.9, 50: 0.9, 3: 1.2}


def main() -> int:
    """Return 0 when everything was measured, whatever the figures; 1 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two minutes; the results stay as are")
    parser.add_argument("--server-options", default="", help="e.g. --server-options=--processes=2")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    try:
        with Processes() as processes:
            results = asyncio.run(_measure(processes, size, arguments.server_options))
    except HarnessError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    page = as_markdown(results)
    print(page)
    if not arguments.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "ingest.md").write_text(page, encoding="utf-8")
        write_json(RESULTS / "ingest.json", as_json(results))
    return 0


async def _measure(processes: Processes, size: Size, options: str) -> Results:
    machine = facts(processes.scratch("fsync"))
    async with prepared(processes, shlex.split(options)) as ground:
        beside_pgbench = await throughput(ground, GOALS, size, _say)
        waits = [await latency(ground, ids, size, _say) for ids in (3, 50)]
        held = await memory(ground, size, _say)
    return Results(
        when=utc_stamp(),
        facts=machine,
        server_options=options,
        throughput=beside_pgbench,
        latency=waits,
        memory=held,
        kills=kills(size.kills, processes.scratch("kills"), _say),
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
