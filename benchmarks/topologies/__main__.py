"""``python -m benchmarks.topologies``: take loads from stored suites, write what engines cost."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from benchmarks.__main__ import RESULTS
from benchmarks.topologies.cells import TopologyCell, cells_in
from benchmarks.topologies.page import replaced

STORED = RESULTS / "topologies.json"
PAGE = RESULTS.parent.parent / "docs" / "scale-out.md"


def main(argv: list[str] | None = None, *, stored: Path = STORED, page: Path = PAGE) -> int:
    """Add what suites' directories hold to the stored results, and write the tables; return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.topologies", description=__doc__)
    parser.add_argument("suite", nargs="*", type=Path, help="the directory of a stored suite")
    arguments = parser.parse_args(argv)
    cells = {cell.key: cell for cell in stored_cells(stored)}
    for suite in arguments.suite:
        cells |= {cell.key: cell for cell in cells_in(suite)}
    kept = [cells[key] for key in sorted(cells)]
    stored.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
    page.write_text(replaced(page.read_text(encoding="utf-8"), kept), encoding="utf-8")
    print(f"{len(kept)} cells, {page}", file=sys.stderr)
    return 0


def stored_cells(path: Path) -> list[TopologyCell]:
    """Return the stored results; none where there is no file yet."""
    if not path.exists():
        return []
    return msgspec.json.decode(path.read_bytes(), type=list[TopologyCell])


if __name__ == "__main__":
    sys.exit(main())
