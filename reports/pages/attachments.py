"""The attachments of a cell that did not pass: the files of its ``evidence`` directory.

Scenarios leave pictures, console output and traces there; the report adds the ledger's own rows
about the offending impressions, readable without Python.
"""

from __future__ import annotations

import contextlib
import json
import math
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import pandas as pd

from harness.core.errors import LedgerDamaged
from harness.ledger import door
from harness.ledger.json_files import encode_json
from reports.core import text
from reports.evidence.evidence import Evidence
from reports.evidence.faults import fault_spans
from reports.evidence.frame import LedgerFrames, exploded
from reports.judging.judge import JudgedRun
from reports.pages import words
from reports.verdict.verdict import Cell, Verdict

EVIDENCE_DIR = "evidence"
ROWS_FILE = "rows.json"
MOST_IMPRESSIONS = 8
MOST_FILES = 40
_MOST_LISTED = 1_000
_MOST_ROWS = 200
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
_WHAT = {
    ROWS_FILE: "all rows of every witness about the offending impressions",
    "console.txt": "what the page's console printed",
    "missing.txt": "what the browser did not give, and why",
    ".har": "network log of the browser",
    ".txt": "text",
    ".log": "log",
    ".json": "data",
    ".webm": "video",
    ".mp4": "video",
    ".html": "page",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A file of evidence: ``href`` is relative to the report, ``command`` opens it if needed."""

    name: str
    href: str
    size: str
    what: str
    is_picture: bool = False
    command: str = ""


def exhibits_of(directory: Path, cell: Cell, *, runs_at: str = "") -> list[Exhibit]:
    """Return the files of evidence of a cell that ran and did not pass, by name.

    ``directory`` is the suite's. Only regular files below the run's evidence directory count; a
    link could lead anywhere.
    """
    if cell.run is None or cell.verdict is Verdict.PASS:
        return []
    try:
        files = door.files_below(directory, f"{cell.run}/{EVIDENCE_DIR}", most=_MOST_LISTED)
    except (OSError, LedgerDamaged):
        return []  # what cannot be listed is not worth losing the report for
    found = [_exhibit(name, size, cell.run, runs_at) for name, size in files[:MOST_FILES]]
    more = len(files) - len(found)
    if more:
        here = Exhibit(name="…", href=_href(cell.run, ""), size="", what=f"and {more} more")
        found.append(here)
    return found


def write_rows(directory: Path, run: JudgedRun) -> None:
    """Write what all witnesses say of the offending impressions beside the cell's evidence.

    Where nothing offends any more, an earlier file goes. A disk that does not take it, and a
    directory that leads elsewhere, cost the report only this link.
    """
    if run.cell.run is None:
        return
    name = f"{run.cell.run}/{EVIDENCE_DIR}/{ROWS_FILE}"
    content = rows_of(run.cell, run.read)
    with contextlib.suppress(OSError, LedgerDamaged):
        if content is None:
            door.remove(directory, name)
        else:
            door.write(directory, name, encode_json(content))


def rows_of(cell: Cell, read: Callable[[], Evidence | None]) -> dict[str, Any] | None:
    """Return the rows about up to eight offenders, or None when no finding names any."""
    named = [
        example
        for finding in cell.findings
        if finding.verdict is not Verdict.PASS
        for example in finding.examples
    ]
    wanted = list(dict.fromkeys(named))[:MOST_IMPRESSIONS]
    evidence = read() if wanted else None
    if evidence is None or evidence.ledger.in_short:
        return None
    ledger = evidence.ledger
    frames = {
        "viewer": ledger.viewer,
        "client": exploded(ledger.client),
        "load": exploded(ledger.load),
        "server": exploded(ledger.server),
        "database": ledger.database,
    }
    about = {who: _by_impression(frame, wanted) for who, frame in frames.items()}
    fates = _by_impression(evidence.fates.impressions, wanted)
    faults = [{"fault": s.name, "from_s": s.start_s, "to_s": s.end_s} for s in fault_spans(ledger)]
    return {
        "cell": _text(cell.name),
        "times": "seconds since the run's start; those that end in _wall_s by the wall clock",
        "faults": faults,
        "impressions": [
            {
                "impression": _text(example),
                "fate": str(fates[example]["fate"].iloc[0]) if example in fates else None,
                **{who: _rows(found.get(example), ledger) for who, found in about.items()},
            }
            for example in wanted
        ],
    }


def _by_impression(frame: pd.DataFrame, wanted: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the frame's rows by ``user/artwork``, as findings name them, for the wanted ones."""
    names = frame["user"].astype("object") + "/" + frame["artwork"].astype("object")
    mine = names.isin(list(wanted))
    return {str(name): rows for name, rows in frame[mine].groupby(names[mine])}


def _rows(frame: pd.DataFrame | None, ledger: LedgerFrames) -> list[dict[str, Any]]:
    if frame is None:
        return []
    records = frame.head(_MOST_ROWS).astype("object").to_dict("records")
    rows = [_row({str(k): v for k, v in record.items()}, ledger) for record in records]
    more = len(frame) - len(rows)
    return [*rows, {"left_out": more}] if more > 0 else rows


def _row(record: dict[str, Any], ledger: LedgerFrames) -> dict[str, Any]:
    """Return a row with plain values, its times in seconds, and without what does not apply."""
    row: dict[str, Any] = {}
    for name, value in record.items():
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            continue
        plain = value.item() if hasattr(value, "item") else value
        if name.endswith("_ns"):
            stem = name.removesuffix("_ns")
            wall = stem.endswith("wall")
            start_ns = ledger.run.started_wall_ns if wall else ledger.start_ns
            moment = "at" if stem == "mono" else stem.removesuffix("_mono")
            row[f"{moment}_s"] = round((int(plain) - start_ns) / 1e9, 6)
        elif name == "detail":
            row[name] = _parsed(str(plain))
        else:
            row[name] = _text(plain) if isinstance(plain, str) else plain
    return row


def _parsed(detail: str) -> Any:
    """Return a detail as the JSON that it mostly is, else as text."""
    try:
        return json.loads(detail, parse_constant=str)
    except ValueError:
        return _text(detail)


def _text(text: str) -> str:
    # A receipt may hold half a surrogate pair, which no UTF-8 file can.
    return text.encode("utf-8", "backslashreplace").decode()


def _exhibit(name: str, size: int, run: str, runs_at: str) -> Exhibit:
    path = PurePosixPath(name)
    is_picture = path.suffix.lower() in _PICTURES
    command, what = "", "screenshot" if is_picture else _what(path)
    if path.suffix.lower() == ".zip" and "trace" in path.name.lower():
        what = "Playwright trace, to step through with"
        command = (
            f"playwright show-trace {shlex.quote(words.join_path(runs_at, _inside(run, name)))}"
        )
    return Exhibit(
        name=name,
        href=_href(run, name),
        size=text.size(size),
        what=what,
        is_picture=is_picture,
        command=command,
    )


def _inside(run: str, name: str) -> str:
    below = f"{EVIDENCE_DIR}/{name}"
    return below if run == "." else f"{run}/{below}"


def _href(run: str, name: str) -> str:
    # The dot keeps a name with a colon or two slashes from becoming another place.
    return "./" + quote(_inside(run, name).encode("utf-8", "surrogateescape"), safe="/=,+")


def _what(path: PurePosixPath) -> str:
    return _WHAT.get(path.name) or _WHAT.get(path.suffix.lower(), "file")
