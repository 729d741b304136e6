"""Hand-written ledgers: a healthy small run, and the means to spoil it in one way at a time.

Times are seconds since the start of the run. Everything goes through the real file formats, so
that reading is tested on the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from msgspec.structs import replace

from harness.core.clock import Instant
from harness.core.outcome import Outcome
from harness.ledger.json_files import read_json, write_json, write_record
from harness.ledger.kinds import WITNESSES
from harness.ledger.kinds.base import LedgerRow, R, Witness
from harness.ledger.kinds.client import (
    Acknowledged,
    Attempt,
    QueueState,
    RecorderEvent,
    TabRow,
    VisibilityChanged,
)
from harness.ledger.kinds.database import Appeared, Final, FinalRow, OwnRowWritten, Poll
from harness.ledger.kinds.load import LoadRow
from harness.ledger.kinds.network import Quiet
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from harness.ledger.rundir import (
    END_FILE,
    RUN_FILE,
    CheckSpec,
    Expected,
    RunEnd,
    RunPlan,
    RunRecord,
    Status,
    TargetRecord,
    checksum,
)
from reports.checks import CHECKS
from reports.evidence.evidence import Evidence
from reports.evidence.frame import read_ledger
from reports.verdict.verdict import Finding, Verdict
from tests.reports.ledger_files import TWO_READS, Written, tally, write_rows

START = Instant(1_000_000_000_000, 1_700_000_000_000_000_000)
USER, TAB = "ann", "tab-1"

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
Make = Callable[[], "HandWritten"]


def at(seconds: float) -> Instant:
    """Return a moment of the run on both clocks."""
    return Instant(*(start_ns + round(seconds * 1e9) for start_ns in START))


@dataclass
class HandWritten:
    """Rows by witness, receipts, and how the run ended; ``write`` makes the directory."""

    checks: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[Written]] = field(default_factory=lambda: {n: [] for n in WITNESSES})
    receipts: list[dict[str, Any]] = field(default_factory=list)
    status: Status | None = "complete"
    scenario: str = "hand_written"
    arm: dict[str, str] = field(default_factory=lambda: {"preset": "durable"})
    capabilities: Sequence[str] | None = None
    promise: str = "exactly-once"
    expected: Expected | None = None
    tallied: bool = True
    """Each final read counts the rows that the ledger holds of it, where there are any."""

    def saw(self, seconds: float, row: LedgerRow) -> HandWritten:
        self.rows[witness_of(type(row)).name].append((at(seconds), row))
        return self

    def raw(self, witness: str, seconds: float, **cells: Any) -> HandWritten:
        """A row that the harness does not write: column → value."""
        self.rows[witness].append((at(seconds), cells))
        return self

    def shown(
        self, artwork: str, seconds: float, *, user: str = USER, tab: str = TAB
    ) -> HandWritten:
        self.saw(seconds - 0.01, ViewIntent(user=user, tab=tab, artwork=artwork))
        return self.saw(seconds, ViewShown(user=user, tab=tab, artwork=artwork))

    def acknowledged(
        self,
        artworks: Sequence[str],
        seconds: float,
        *,
        user: str = USER,
        tab: str = TAB,
        batch: str = "b",
    ) -> HandWritten:
        common = {"user": user, "tab": tab, "batch": batch, "attempt": 1, "artworks": artworks}
        self.saw(seconds - 0.05, Attempt(**common))
        return self.saw(seconds, Acknowledged(status=200, **common))

    def reported(
        self,
        event: type[RecorderEvent],
        seconds: float,
        *,
        clock_s: float = 0.0,
        **fields: Any,
    ) -> HandWritten:
        """A page tells of an event; it is heard at once, and its clock is ``clock_s`` ahead."""
        page_wall_ns = at(seconds + clock_s).wall_ns
        usual = {"user": USER, "tab": TAB, "page_wall_ns": page_wall_ns}
        return self.saw(seconds, event(**usual | fields))

    def noted(self, kind: type[TabRow], seconds: float, **fields: Any) -> HandWritten:
        """The harness writes down something of a tab, without a page's time."""
        usual: dict[str, Any] = {"user": USER, "tab": TAB}
        if kind is QueueState:
            usual |= {"artworks": (), "queue_depth": 0, "in_flight": 0}
        return self.saw(seconds, kind(**usual | fields))

    def request(
        self,
        batch: str | None,
        seconds: float,
        took_s: float | None = 0.05,
        *,
        attempt: int | None = 1,
        transport: str | None = "fetch",
        end: type[RecorderEvent] = Acknowledged,
        artworks: Sequence[str] = ("a",),
        **fields: Any,
    ) -> HandWritten:
        """A page hands a batch to the browser and hears of its end; ``took_s`` None: never."""
        common = {"batch": batch, "attempt": attempt, "transport": transport, **fields}
        status = common.pop("status", 200 if end is Acknowledged else None)
        body_bytes = common.pop("body_bytes", None)
        self.reported(Attempt, seconds, artworks=artworks, body_bytes=body_bytes, **common)
        if took_s is None:
            return self
        return self.reported(end, seconds + took_s, artworks=artworks, status=status, **common)

    def receipt(
        self,
        artworks: Sequence[str],
        seconds: float,
        *,
        inserted: int | None = None,
        duplicate: int = 0,
        user: str = USER,
        tab: str | None = TAB,
        lifetime: str | None = "l",
        **fields: Any,
    ) -> HandWritten:
        moment, before = at(seconds), at(seconds - 0.02)
        self.receipts.append(
            {
                "format": 1,
                "kind": "batch",
                "lifetime": lifetime,
                "user": user,
                "batch": "b",
                "tab": tab,
                "seq": 1,
                "attempt": 1,
                "transport": "fetch",
                "artworks": list(artworks),
                "status": 200,
                "reason": None,
                "received": len(artworks),
                "duplicate": duplicate,
                "rejected": 0,
                "bytes": 100,
                "inserted": len(artworks) - duplicate if inserted is None else inserted,
                "received_mono_ns": before.mono_ns,
                "received_wall_ns": before.wall_ns,
                "committed_mono_ns": moment.mono_ns,
                "committed_wall_ns": moment.wall_ns,
                **fields,
            }
        )
        return self

    def lifetime(self, name: str = "l", *, ended: bool = True) -> HandWritten:
        kinds = ["started", "stopped"] if ended else ["started"]
        for kind in kinds:
            self.receipts.append({"format": 1, "kind": kind, "lifetime": name, "mono_ns": 1})
        return self

    def polled(self, seconds: float, **copies: int) -> HandWritten:
        for artwork, count in copies.items():
            self.saw(seconds, Appeared(user=USER, artwork=artwork, copies=count))
        return self.saw(seconds, Poll(rows=sum(copies.values())))

    def final(
        self,
        seconds: float,
        viewed_s: float = 1.05,
        user: str = USER,
        own_rows: int | None = None,
        last_own_rows: int | None = None,
        **copies: int,
    ) -> HandWritten:
        for artwork, count in copies.items():
            found = {"user": user, "artwork": artwork, "copies": count}
            self.saw(seconds, FinalRow(**found, viewed_wall_ns=at(viewed_s).wall_ns))
        rows = sum(copies.values())
        self.saw(seconds, Final(rows=rows, own_rows=own_rows, last_own_rows=last_own_rows))
        return self.saw(seconds, Quiet(rows=rows, why=TWO_READS))

    def sent(
        self,
        seconds: float,
        *,
        took_ms: float = 5.0,
        lag_ms: float = 0.5,
        attempt: int = 1,
        outcome: Outcome = Outcome.ACKNOWLEDGED,
        artworks: Sequence[str] = ("a",),
        batch: str = "b",
        error: str | None = None,
        status: int | None = None,
    ) -> HandWritten:
        due, is_good = at(seconds).mono_ns, outcome is Outcome.ACKNOWLEDGED
        request = LoadRow(
            scheduled_ns=due,
            sent_ns=due + round(lag_ms * 1e6),
            done_ns=due + round(took_ms * 1e6),
            user=USER,
            tab=TAB,
            batch=batch,
            attempt=attempt,
            outcome=outcome,
            status=status if status is not None else 200 if is_good else 503,
            error=error,
            body_bytes=100,
            inserted=len(artworks) if is_good else None,
            artworks=tuple(artworks),
        )
        return self.saw(seconds, request)

    def _target(self) -> TargetRecord | None:
        """Return the record of the target, None where its capabilities are not recorded."""
        record = TargetRecord(name="t", server="m", database="d", front="none")
        offered = {"capabilities": tuple(self.capabilities or ()), "promise": self.promise}
        return None if self.capabilities is None else replace(record, **offered)

    def write(self, directory: Path) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        plan = RunPlan(
            scenario=self.scenario,
            arm=self.arm,
            seed=1,
            checks=msgspec.convert(self.checks, tuple[CheckSpec, ...]),
            expected=self.expected,
        )
        record = RunRecord(
            plan=plan,
            started="20260101T000000Z",
            started_mono_ns=START.mono_ns,
            started_wall_ns=START.wall_ns,
            versions={"cpus": "2"},
            target=self._target(),
        )
        write_record(directory / RUN_FILE, record)
        counts: dict[str, int] = {}
        sums: dict[str, int] = {}
        if self.tallied:
            tally(self.rows)
        for witness, rows in self.rows.items():
            path = directory / f"{witness}.arrows"
            counts[path.name] = write_rows(path, WITNESSES[witness], rows)
            sums[path.name] = checksum(path)
        lines = "".join(json.dumps(receipt) + "\n" for receipt in self.receipts)
        (directory / "server.ndjson").write_text(lines, encoding="utf-8")
        if self.status is not None:
            ended = at(10.0)
            end = RunEnd(
                status=self.status,
                reason="",
                rows=counts,
                crc32=sums,
                ended_mono_ns=ended.mono_ns,
                ended_wall_ns=ended.wall_ns,
            )
            write_record(directory / END_FILE, end)
        return directory


def witness_of(kind: type[LedgerRow]) -> Witness[Any]:
    """Return the witness that writes rows of a kind."""
    return next(one for one in WITNESSES.values() if issubclass(kind, one.row))


def without(ledger: HandWritten, kind: type[LedgerRow], **match: object) -> HandWritten:
    """Take out the rows of a kind that match; fail if there were none to take out."""
    rows = ledger.rows[witness_of(kind).name]
    kept = [
        (moment, row)
        for moment, row in rows
        if not isinstance(row, kind) or any(getattr(row, k, None) != v for k, v in match.items())
    ]
    assert len(kept) < len(rows), "the ledger held nothing of the kind"
    rows[:] = kept
    return ledger


def altered(ledger: HandWritten, kind: type[R], change: Callable[[R], dict[str, Any]]) -> None:
    """Replace the fields of the rows of a kind that ``change`` returns; fail if there are none."""
    rows = ledger.rows[witness_of(kind).name]
    changes = 0
    for place, (moment, row) in enumerate(rows):
        if isinstance(row, kind) and (fields := change(row)):
            rows[place] = (moment, replace(row, **fields))
            changes += 1
    assert changes, "the ledger held nothing of the kind"


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Replace what a witness's file holds; the run's end has the file's checksum as it is then."""
    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as reader:
        table, metadata = change(reader.read_all()), reader.schema.metadata
    schema = table.schema.with_metadata(metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as out:
        out.write_table(table)
    end = read_json(path.parent / END_FILE)
    end["crc32"][path.name] = checksum(path)
    write_json(path.parent / END_FILE, end)


def healthy() -> HandWritten:
    """Return a run of two impressions, each shown, acknowledged, committed and stored once."""
    return (
        HandWritten()
        .lifetime()
        .shown("a", 1.0)
        .shown("b", 1.02)
        .acknowledged(["a", "b"], 1.2)
        .receipt(["a", "b"], 1.1)
        .polled(1.5, a=1, b=1)
        .final(9.0, a=1, b=1)
    )


def own_row_written(ledger: HandWritten) -> HandWritten:
    """Add the harness's own row before the first read; every read finds it."""
    for kind in (Poll, Final):
        altered(ledger, kind, lambda row: {"own_rows": 1})
    return ledger.saw(0.5, OwnRowWritten(user="own", artwork="own-row", relation="public.seen"))


def evidence_of(
    ledger: HandWritten, directory: Path, late_after_s: float | None = None
) -> Evidence:
    """Write the ledger and read it back."""
    return Evidence(ledger=read_ledger(ledger.write(directory)), late_after_s=late_after_s)


def find(check: str, ledger: HandWritten, directory: Path, **parameters: float) -> Finding:
    """Return one check's finding on a ledger."""
    late = parameters.get("within_s")
    return CHECKS[check](evidence_of(ledger, directory, late), **parameters)


def lived() -> HandWritten:
    """Return a run of a server that came and went."""
    return HandWritten().lifetime()


def hidden(
    ledger: HandWritten, seconds: float, *, trusted: str = "true", **more: Any
) -> HandWritten:
    reason = f"hidden isTrusted={trusted}"
    return ledger.reported(VisibilityChanged, seconds, reason=reason, **more)


def back(ledger: HandWritten, seconds: float, **more: Any) -> HandWritten:
    return ledger.reported(VisibilityChanged, seconds, reason="visible isTrusted=true", **more)
