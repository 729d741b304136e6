"""Takes cells from stored suites, keeps them with those of before, and writes the page anew."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from harness.core.errors import HarnessError


class StoredCell(Protocol):
    """A cell as results hold it; ``key`` tells it from all others."""

    @property
    def key(self) -> tuple[Any, ...]:
        """Return it."""


C = TypeVar("C", bound=StoredCell)


def keep_cells(
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None,
    *,
    kind: type[C],
    cells_in: Callable[[Path], Iterable[C]],
    stored: Path,
    page: Path,
    written: Callable[[str, list[C]], str],
) -> int:
    """Add what the suites of the command line hold to what is stored, a later cell in place of an
    earlier one of the same key, and write the page, which ``written`` makes of its text and all
    cells. Return 0; 2, and change nothing, where a directory holds no stored suite."""
    parser.add_argument("suite", nargs="*", type=Path, help="the directory of a stored suite")
    cells = {cell.key: cell for cell in stored_cells(stored, kind)}
    for suite in parser.parse_args(argv).suite:
        try:
            cells |= {cell.key: cell for cell in cells_in(suite)}
        except (OSError, ValueError, LookupError, TypeError, HarnessError) as error:
            reason = f"{type(error).__name__}: {error}"
            print(
                f"{parser.prog}: {suite} holds no stored suite ({reason}); "
                "name a directory that `harness run` printed",
                file=sys.stderr,
            )
            return 2
    kept = [cells[key] for key in sorted(cells)]
    stored.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    page.write_text(written(text, kept), encoding="utf-8")
    print(f"{len(kept)} cells, {page}", file=sys.stderr)
    return 0


def stored_cells(path: Path, kind: type[C]) -> list[C]:
    """Return the stored results; none where there is no file yet."""
    if not path.exists():
        return []
    return msgspec.json.decode(path.read_bytes(), type=list[kind])  # type: ignore[valid-type]
