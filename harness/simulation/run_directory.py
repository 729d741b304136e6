"""Simulated walks as a run directory, so that ``reports/`` judges them like any run.

Each walk has users of its own: any number of walks make one run. The world's milliseconds become
nanoseconds on both clocks from ``START`` on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.browsers.recorder_events import event_row
from harness.core.clock import Instant
from harness.ledger.files import Ledger, WitnessFile
from harness.ledger.json_files import write_record
from harness.ledger.kinds import CLIENT, DATABASE, NETWORK, VIEWER
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import Drained, QueueState, TabClosed, TabKilled, Undrained
from harness.ledger.kinds.database import Final, FinalRow
from harness.ledger.kinds.network import Quiet
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from harness.ledger.rundir import (
    END_FILE,
    RUN_FILE,
    CheckSpec,
    RunEnd,
    RunPlan,
    RunRecord,
    checksums,
)

RECEIPTS_FILE = "server.ndjson"
START = Instant(1_000_000_000_000, 1_700_000_000_000_000_000)
_LIFETIME = "simulated"
_VIEWS = {"view_intent": ViewIntent, "view_shown": ViewShown}
_TABS = {"tab_closed": TabClosed, "tab_killed": TabKilled}
_DRAINED = {"drained": Drained, "undrained": Undrained}

Rows = Sequence[Mapping[str, Any]]
"""What ``Engine.walk(…, rows=True)`` returns as ``rows``."""


def write_run(directory: Path, walks: Iterable[Rows], checks: Sequence[CheckSpec] = ()) -> None:
    """Write the rows of walks as the witness files of one complete run."""
    directory.mkdir(parents=True)
    record = RunRecord(
        plan=RunPlan(scenario="simulated", arm={"preset": "durable"}, seed=0, checks=tuple(checks)),
        started="20231114T221320Z",
        started_mono_ns=START.mono_ns,
        started_wall_ns=START.wall_ns,
        versions={},
    )
    write_record(directory / RUN_FILE, record)
    receipts: list[dict[str, Any]] = [_life("started")]
    found: list[Mapping[str, Any]] = []
    last_ms = 0.0
    with Ledger(directory) as ledger:
        files: dict[str, WitnessFile[Any]] = {
            "viewer": ledger.witness(VIEWER),
            "client": ledger.witness(CLIENT),
        }
        for rows in walks:
            for row in rows:
                last_ms = max(last_ms, row["ms"])
                if row["witness"] == "server":
                    receipts.append(_receipt(row["receipt"]))
                elif row["witness"] == "database":
                    found.append(row)
                elif row["witness"] in files:
                    files[row["witness"]].saw(_row(row), at=_at(row["ms"]))
        _final_read(ledger, found, last_ms)
    receipts.append(_life("stopped"))
    lines = "".join(json.dumps(receipt) + "\n" for receipt in receipts)
    (directory / RECEIPTS_FILE).write_text(lines, encoding="utf-8")
    _end(directory, ledger, last_ms)


def _final_read(ledger: Ledger, found: Sequence[Mapping[str, Any]], last_ms: float) -> None:
    """Write down one final read of all walks' rows, after the last of their events."""
    database, network = ledger.witness(DATABASE), ledger.witness(NETWORK)
    rows = [row for row in found if "artwork" in row]
    for row in rows:
        final = FinalRow(
            user=row["user"],
            artwork=row["artwork"],
            copies=row["copies"],
            viewed_wall_ns=_at(row["viewedMs"]).wall_ns,
        )
        database.saw(final, at=_at(last_ms))
    database.saw(Final(rows=len(rows)), at=_at(last_ms))
    network.saw(Quiet(rows=len(rows), why="the world is at rest"), at=_at(last_ms))


def _end(directory: Path, ledger: Ledger, last_ms: float) -> None:
    end = RunEnd(
        status="complete",
        reason="",
        rows=ledger.rows(),
        crc32=checksums(directory),
        ended_mono_ns=_at(last_ms).mono_ns,
        ended_wall_ns=_at(last_ms).wall_ns,
    )
    write_record(directory / END_FILE, end)


def _at(ms: float) -> Instant:
    ns = round(ms * 1e6)
    return Instant(START.mono_ns + ns, START.wall_ns + ns)


def _row(row: Mapping[str, Any]) -> LedgerRow:
    """Return a row of the viewer or the client as a typed one."""
    kind = row["kind"]
    if kind in _VIEWS:
        view: LedgerRow = _VIEWS[kind](user=row["user"], tab=row["tab"], artwork=row["artwork"])
        return view
    if "event" in row:
        event = row["event"]
        return event_row(json.dumps(event), event["user"] or "", event["tab"])
    owner = {"user": row["user"] or "", "tab": row["tab"]}
    if kind == "queue":
        ids = tuple(row["artworks"])
        return QueueState(**owner, artworks=ids, queue_depth=len(ids), in_flight=0)
    if kind in _TABS:
        tab: LedgerRow = _TABS[kind](**owner)
        return tab
    end: LedgerRow = _DRAINED[kind](**owner, within_s=row["withinS"])
    return end


def _life(kind: str) -> dict[str, Any]:
    return {"format": 1, "kind": kind, "lifetime": _LIFETIME, "mono_ns": START.mono_ns}


def _receipt(facts: Mapping[str, Any]) -> dict[str, Any]:
    received = _at(facts["receivedMs"])
    committed = None if facts["committedMs"] is None else _at(facts["committedMs"])
    ids = facts["artworks"]
    return {
        "format": 1,
        "kind": "batch",
        "lifetime": _LIFETIME,
        **{
            name: facts[name]
            for name in (
                *("user", "batch", "tab", "seq", "attempt", "transport", "artworks"),
                *("status", "reason", "inserted", "duplicate", "bytes"),
            )
        },
        "received": len(ids),
        "rejected": 0 if committed else len(ids),
        "received_mono_ns": received.mono_ns,
        "received_wall_ns": received.wall_ns,
        "committed_mono_ns": committed.mono_ns if committed else None,
        "committed_wall_ns": committed.wall_ns if committed else None,
    }
