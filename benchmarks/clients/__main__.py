"""``python -m benchmarks.clients``: take clients' cells from stored suites, write the page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.__main__ import RESULTS
from benchmarks.clients.cells import ClientCell, cells_in
from benchmarks.clients.page import clients_page, known_bugs
from benchmarks.stored.cells import keep_cells

STORED = RESULTS / "clients.json"
PAGE = RESULTS.parent.parent / "docs" / "clients.md"


def main(argv: list[str] | None = None, *, stored: Path = STORED, page: Path = PAGE) -> int:
    """Add what suites' directories hold to the stored results, and write the page; return 0, or 2
    where a directory holds no suite."""
    return keep_cells(
        argparse.ArgumentParser(prog="python -m benchmarks.clients", description=__doc__),
        argv,
        kind=ClientCell,
        cells_in=cells_in,
        stored=stored,
        page=page,
        written=lambda _, cells: clients_page(cells, known_bugs()),
    )


if __name__ == "__main__":
    sys.exit(main())
