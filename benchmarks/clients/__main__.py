"""``python -m benchmarks.clients``: take clients' cells from stored suites, write the page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from benchmarks.__main__ import RESULTS
from benchmarks.clients.cells import ClientCell, cells_in
from benchmarks.clients.page import clients_page, known_bugs

STORED = RESULTS / "clients.json"
PAGE = RESULTS.parent.parent / "docs" / "clients.md"


def main(argv: list[str] | None = None, *, stored: Path = STORED, page: Path = PAGE) -> int:
    """Add what suites' directories hold to the stored results, and write the page; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clients", description=__doc__)
    parser.add_argument("suite", nargs="*", type=Path, help="the directory of a stored suite")
    arguments = parser.parse_args(argv)
    cells = {cell.key: cell for cell in stored_cells(stored)}
    for suite in arguments.suite:
        cells |= {cell.key: cell for cell in cells_in(suite)}
    kept = [cells[key] for key in sorted(cells)]
    stored.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
    page.write_text(clients_page(kept, known_bugs()), encoding="utf-8")
    print(f"{len(kept)} cells, {page}", file=sys.stderr)
    return 0


def stored_cells(path: Path) -> list[ClientCell]:
    """Return the stored results; none where there is no file yet."""
    if not path.exists():
        return []
    return msgspec.json.decode(path.read_bytes(), type=list[ClientCell])


if __name__ == "__main__":
    sys.exit(main())
