"""What a suite ran in and its plan does not hold: the revision that was tried, the machine's pace.

It lies beside the suite's plan, so that a history can be made from stored suites alone.
"""

from __future__ import annotations

from pathlib import Path

from harness.ledger import door
from harness.ledger.json_files import Record, read_versioned, write_record

CONTEXT_FILE = "context.json"
CONTEXT_FORMAT = 1


class SuiteContext(Record, frozen=True, kw_only=True):
    """context.json: ``revision`` of what was tried, empty where it is the harness's own.

    ``cpu`` is the processor's model, ``workers`` how many cells ran at a time, and ``canary_ms``
    durations of a fixed piece of work before and after the cells, empty where it was not timed.
    """

    format: int = CONTEXT_FORMAT
    revision: str = ""
    cpu: str = ""
    workers: int = 1
    canary_ms: tuple[float, ...] = ()


def write_context(directory: Path, context: SuiteContext) -> None:
    """Write context.json. Raises OSError when the directory cannot be written."""
    write_record(directory / CONTEXT_FILE, context)


def read_context(directory: Path) -> SuiteContext | None:
    """Return a suite's context, None where it has none. Raises LedgerUnreadable."""
    if not door.is_there(directory, CONTEXT_FILE):
        return None
    found: SuiteContext = read_versioned(directory / CONTEXT_FILE, {CONTEXT_FORMAT: SuiteContext})
    return found
