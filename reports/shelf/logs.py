"""The logs of a stored suite or run: where each is, whose, and how it ends."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from harness.core.errors import HarnessError, LedgerUnreadable
from harness.core.terminal import clean
from harness.ledger import door
from harness.ledger.json_files import read_json
from harness.ledger.plan import PLAN_FILE
from harness.ledger.rundir import RUN_FILE
from reports.pages.publish import VERDICT_FILE
from reports.verdict.verdict import Verdict

LOGS = "logs"
_SUFFIX = ".log"
_MOST_FILES = 100_000
_TAIL_BYTES = 4_096
_LINE_MAX = 200
_ORDER = {verdict.value: place for place, verdict in enumerate(Verdict)}


class StoredLog(msgspec.Struct, frozen=True, kw_only=True):
    """A log below a directory: ``cell`` is the run that it is of, with its ``verdict``, both empty
    for the suite's own; ``last`` is its last line, cut at 200 characters."""

    path: str
    cell: str
    verdict: str
    bytes: int
    last: str


def logs_of(directory: Path) -> list[StoredLog]:
    """Return the logs of a suite or run directory: the suite's own first, then those of cells, the
    worst verdict first.

    Raises LedgerUnreadable when the directory is neither.
    """
    if not (door.is_there(directory, PLAN_FILE) or door.is_there(directory, RUN_FILE)):
        raise LedgerUnreadable(
            f"{directory} is neither a run nor a suite directory",
            hint="`runs/latest` is the newest suite",
        )
    verdicts = _verdicts(directory)
    found = []
    for path, size in door.files_below(directory, ".", most=_MOST_FILES):
        parts = path.split("/")
        if path.endswith(_SUFFIX) and LOGS in parts[:-1] and size:
            cell = "/".join(parts[: parts.index(LOGS)])
            last = _last_line(directory, path)
            verdict = verdicts.get(cell, "")
            found.append(StoredLog(path=path, cell=cell, verdict=verdict, bytes=size, last=last))
    return sorted(found, key=lambda one: (one.cell != "", _rank(one.verdict), one.path))


def of_interest(logs: Sequence[StoredLog]) -> list[StoredLog]:
    """Return the suite's own logs and those of cells that did not pass."""
    return [one for one in logs if one.verdict != Verdict.PASS.value]


def _rank(verdict: str) -> int:
    return -_ORDER.get(verdict, len(_ORDER))


def _verdicts(directory: Path) -> Mapping[str, str]:
    """Return run directory → verdict; nothing where the suite was not judged."""
    try:
        cells: Sequence[Mapping[str, Any]] = read_json(directory / VERDICT_FILE)["cells"]
        return {str(cell["run"]): str(cell["verdict"]) for cell in cells if cell.get("run")}
    except (HarnessError, OSError, KeyError, TypeError):
        return {}


def _last_line(directory: Path, path: str) -> str:
    with door.opened(directory, path) as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").split("\n")
    printed = [line.strip() for line in lines if line.strip()]
    return clean(printed[-1])[:_LINE_MAX] if printed else ""
