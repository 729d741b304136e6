"""``python -m benchmarks.topologies``: take loads from stored suites, write what engines cost."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.__main__ import RESULTS
from benchmarks.stored.cells import keep_cells
from benchmarks.topologies.cells import TopologyCell, cells_in
from benchmarks.topologies.page import replaced

STORED = RESULTS / "topologies.json"
PAGE = RESULTS.parent.parent / "docs" / "scale-out.md"


def main(argv: list[str] | None = None, *, stored: Path = STORED, page: Path = PAGE) -> int:
    """Add what suites' directories hold to the stored results, and write the tables; return 0, or 2
    where a directory holds no suite."""
    return keep_cells(
        argparse.ArgumentParser(prog="python -m benchmarks.topologies", description=__doc__),
        argv,
        kind=TopologyCell,
        cells_in=cells_in,
        stored=stored,
        page=page,
        written=replaced,
    )


if __name__ == "__main__":
    sys.exit(main())
