"""``python -m benchmarks.judging``: write large runs, and measure report, explain and compare.

    python -m benchmarks.judging [--observations N …] [--directory DIR]

A hundred million observations take 11 GB in DIR and six tenths of that in ``TMPDIR``. Rows about
no impression (polls, samples) are not counted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import RESULTS
from benchmarks.big_ledger import A_GROUP, write_big_ledger
from benchmarks.judging.commands import Took, took
from benchmarks.judging.page import as_json, as_markdown
from benchmarks.machine import facts
from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError
from harness.ledger.json_files import write_json
from harness.ledger.rundir import END_FILE

SIZES = (1_000_000, 10_000_000, 100_000_000)
COMPARED_MOST = 20_000_000
"""Two runs that are compared are both kept in short: of larger ones that is 2 GB."""
IMPRESSION = "load-1-00042/load-000003"


def main() -> int:
    """Return 0 when everything was measured, whatever the figures; 1 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judging", description=__doc__)
    parser.add_argument("--observations", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--directory", type=Path, help="keep the runs there; those of before serve")
    arguments = parser.parse_args()
    rows: list[Took] = []
    with tempfile.TemporaryDirectory() as scratch:
        machine = facts(Path(scratch))
        try:
            for number in arguments.observations:
                run = (arguments.directory or Path(scratch)) / str(number)
                rows += _measured(run, number, Path(scratch) / "log")
                if arguments.directory is None:
                    shutil.rmtree(run)
        except HarnessError as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            return 1
    when = utc_stamp()
    page = as_markdown(when, machine, rows)
    print(page)
    if tuple(arguments.observations) == SIZES:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "judging.md").write_text(page, encoding="utf-8")
        write_json(RESULTS / "judging.json", as_json(when, machine, rows))
    return 0


def _measured(run: Path, observations: int, log: Path) -> Iterator[Took]:
    written = observations // A_GROUP * A_GROUP
    if not (run / END_FILE).exists():
        write_big_ledger(run, observations)
    commands = [["report", str(run), "-q"], ["explain", str(run), IMPRESSION]]
    if observations <= COMPARED_MOST:
        commands.append(["compare", str(run), str(run)])
    for words in commands:
        found = took(words, written, log)
        print(found, file=sys.stderr, flush=True)
        yield found


if __name__ == "__main__":
    sys.exit(main())
