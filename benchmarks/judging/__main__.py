"""``python -m benchmarks.judging``: write large runs, and measure report, explain and compare.

    python -m benchmarks.judging [--observations N …] [--directory DIR]

A hundred million observations take 11 GB in DIR and six tenths of that in ``TMPDIR``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import RESULTS
from benchmarks.big_ledger import write_big_ledger
from benchmarks.judging.commands import Took, took
from benchmarks.judging.page import as_json, as_markdown
from benchmarks.machine import facts
from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError
from harness.ledger.json_files import write_json

SIZES = (1_000_000, 10_000_000, 100_000_000)
COMPARED_MOST = 20_000_000
"""Two runs that are compared are both kept in short: of larger ones that is 2 GB."""
IMPRESSION = "load-1-00042/load-000003"


def main() -> int:
    """Return 0 when everything was measured, whatever the figures; 1 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judging", description=__doc__)
    parser.add_argument("--observations", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--directory", type=Path, help="where the runs are written")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
        machine = facts(Path(name))
        rows: list[Took] = []
        try:
            for number in arguments.observations:
                rows += _measured(Path(name) / str(number), number)
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


def _measured(directory: Path, observations: int) -> Iterator[Took]:
    directory.mkdir()
    run, log = directory / "run", directory / "log"
    written = write_big_ledger(run, observations)
    commands = [["report", str(run), "-q"], ["explain", str(run), IMPRESSION]]
    if observations <= COMPARED_MOST:
        commands.append(["compare", str(run), str(run)])
    for words in commands:
        found = took(words, written, log)
        print(found, file=sys.stderr, flush=True)
        yield found
    shutil.rmtree(run)


if __name__ == "__main__":
    sys.exit(main())
