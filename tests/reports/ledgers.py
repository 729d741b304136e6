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

from harness.core.clock import Instant
from harness.ledger.files import WitnessFile
from harness.ledger.json_files import write_record
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
from harness.ledger.schema import SCHEMAS
from reports.checks import CHECKS
from reports.evidence.evidence import Evidence
from reports.evidence.frame import read_ledger
from reports.verdict.verdict import Finding, Verdict

START = Instant(1_000_000_000_000, 1_700_000_000_000_000_000)
USER, TAB = "ann", "tab-1"

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
Make = Callable[[], "HandWritten"]


def at(seconds: float) -> Instant:
    """Return a moment of the run on both clocks."""
    ns = round(seconds * 1e9)
    return Instant(START.mono_ns + ns, START.wall_ns + ns)


@dataclass
class HandWritten:
    """Rows by witness, receipts, and how the run ended; ``write`` makes the directory."""

    checks: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {n: [] for n in SCHEMAS})
    receipts: list[dict[str, Any]] = field(default_factory=list)
    status: Status | None = "complete"
    scenario: str = "hand_written"
    capabilities: Sequence[str] | None = None
    expected: Expected | None = None

    def saw(self, witness: str, seconds: float, **fields: Any) -> HandWritten:
        self.rows[witness].append({"at": at(seconds), **fields})
        return self

    def shown(
        self, artwork: str, seconds: float, *, user: str = USER, tab: str = TAB
    ) -> HandWritten:
        self.saw("viewer", seconds - 0.01, kind="view_intent", user=user, tab=tab, artwork=artwork)
        return self.saw("viewer", seconds, kind="view_shown", user=user, tab=tab, artwork=artwork)

    def acknowledged(
        self, artworks: Sequence[str], seconds: float, *, user: str = USER, tab: str = TAB
    ) -> HandWritten:
        common = {"user": user, "tab": tab, "batch": "b", "attempt": 1, "artworks": list(artworks)}
        self.saw("client", seconds - 0.05, kind="attempt", **common)
        return self.saw("client", seconds, kind="acknowledged", status=200, **common)

    def told(
        self,
        kind: str,
        seconds: float,
        *,
        tab: str | None = TAB,
        clock_s: float = 0.0,
        says: dict[str, Any] | None = None,
        **fields: Any,
    ) -> HandWritten:
        """A page tells of an event; it is heard at once, and its clock is ``clock_s`` ahead."""
        row = {"user": USER, "page_wall_ns": at(seconds + clock_s).wall_ns, **fields}
        detail = None if says is None else json.dumps(says)
        return self.saw("client", seconds, kind=kind, tab=tab, detail=detail, **row)

    def noted(self, kind: str, seconds: float, detail: Any = None, **fields: Any) -> HandWritten:
        """The harness writes down something of a tab, without a page's time."""
        text = detail if detail is None or isinstance(detail, str) else json.dumps(detail)
        row = {"user": USER, "tab": TAB, **fields}
        return self.saw("client", seconds, kind=kind, detail=text, **row)

    def request(
        self,
        batch: str | None,
        seconds: float,
        took_s: float | None = 0.05,
        *,
        attempt: int | None = 1,
        transport: str | None = "fetch",
        end: str = "acknowledged",
        artworks: Sequence[str] = ("a",),
        **fields: Any,
    ) -> HandWritten:
        """A page hands a batch to the browser and hears of its end; ``took_s`` None: never."""
        common = {"batch": batch, "attempt": attempt, "transport": transport, **fields}
        status = common.pop("status", 200 if end == "acknowledged" else None)
        says = common.pop("says", None)
        ids = list(artworks)
        self.told("attempt", seconds, artworks=ids, says=says, **common)
        if took_s is None:
            return self
        return self.told(end, seconds + took_s, artworks=ids, status=status, **common)

    def receipt(
        self,
        artworks: Sequence[str],
        seconds: float,
        *,
        inserted: int | None = None,
        duplicate: int = 0,
        user: str = USER,
        tab: str = TAB,
        lifetime: str = "l",
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
            self.saw("database", seconds, kind="appeared", user=USER, artwork=artwork, copies=count)
        return self.saw("database", seconds, kind="poll", rows=sum(copies.values()))

    def final(
        self, seconds: float, viewed_s: float = 1.05, user: str = USER, **copies: int
    ) -> HandWritten:
        for artwork, count in copies.items():
            self.saw(
                "database",
                seconds,
                kind="final_row",
                user=user,
                artwork=artwork,
                copies=count,
                viewed_wall_ns=at(viewed_s).wall_ns,
            )
        self.saw("database", seconds, kind="final", rows=sum(copies.values()))
        return self.saw("network", seconds, kind="quiescence", value=1.0, detail="two equal reads")

    def sent(
        self,
        seconds: float,
        *,
        took_ms: float = 5.0,
        lag_ms: float = 0.5,
        attempt: int = 1,
        outcome: str = "acknowledged",
        artworks: Sequence[str] = ("a",),
        batch: str = "b",
        error: str | None = None,
    ) -> HandWritten:
        due = at(seconds).mono_ns
        return self.saw(
            "load",
            seconds,
            scheduled_ns=due,
            sent_ns=due + round(lag_ms * 1e6),
            done_ns=due + round(took_ms * 1e6),
            user=USER,
            tab=TAB,
            batch=batch,
            attempt=attempt,
            outcome=outcome,
            status=200 if outcome == "acknowledged" else 503,
            error=error,
            bytes=100,
            inserted=len(artworks) if outcome == "acknowledged" else None,
            artworks=list(artworks),
        )

    def _target(self) -> TargetRecord | None:
        """Return the record of the target, None where its capabilities are not recorded."""
        if self.capabilities is None:
            return None
        offered = tuple(self.capabilities)
        return TargetRecord(name="t", server="m", database="d", front="none", capabilities=offered)

    def write(self, directory: Path) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        plan = RunPlan(
            scenario=self.scenario,
            arm={"preset": "durable"},
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
        for witness, rows in self.rows.items():
            file = WitnessFile(directory / f"{witness}.arrows", witness)
            for row in rows:
                file.saw(**row)
            file.close()
            counts[file.path.name] = file.rows
            sums[file.path.name] = checksum(file.path)
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


def without(ledger: HandWritten, witness: str, **match: object) -> HandWritten:
    """Take out the rows of a witness that match; fail if there were none to take out."""
    kept = [r for r in ledger.rows[witness] if any(r.get(k) != v for k, v in match.items())]
    assert len(kept) < len(ledger.rows[witness]), "the ledger held nothing of the kind"
    ledger.rows[witness] = kept
    return ledger


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
    return ledger.told("visibility", seconds, says={"reason": reason}, **more)


def back(ledger: HandWritten, seconds: float, **more: Any) -> HandWritten:
    return ledger.told("visibility", seconds, says={"reason": "visible isTrusted=true"}, **more)
