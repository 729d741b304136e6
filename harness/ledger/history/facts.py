"""The facts of a suite that outlive its run directories: verdicts, fates, figures, environment.

A stored suite is one file: canonical JSON (sorted keys, no white space), named by the SHA-256 of
its bytes. So adding a suite twice changes nothing, two histories are merged by copying files, and a
damaged file is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from harness.core.errors import LedgerDamaged, LedgerUnreadable
from harness.ledger.json_files import Natural, Record, decode_record, encode_record

HISTORY_FORMAT = 1
"""The format of a suite's facts. A new field raises it."""

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class CheckFacts(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A check that failed, stayed undecided, or was held against a target."""

    check: str
    verdict: str
    measured: float | None = None
    target: float | None = None
    unit: str = ""
    n: int | None = None
    interval: tuple[float | None, float | None] | None = None


class CellFacts(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One planned cell: what became of it, and what it measured.

    ``verdict`` is a word of ``reports.verdict``; ``gates`` is false for a failure that was
    expected. ``shown`` impressions have their ``fates``, both None and empty where they are not
    known. ``figures`` are by name with the unit last, and ``samples`` say how many values a
    figure's quantiles come from, by the name without quantile and unit. ``browser`` is product,
    version and platform; ``fills`` the roadmap's column that the cell fills.
    """

    scenario: str
    arm: str
    seed: int
    matrix: str = ""
    verdict: str
    reason: str = ""
    gates: bool = True
    not_run: str = ""
    duration_s: float | None = None
    shown: Natural | None = None
    fates: Mapping[str, Natural] = {}
    figures: Mapping[str, float] = {}
    samples: Mapping[str, Natural] = {}
    checks: tuple[CheckFacts, ...] = ()
    browser: str = ""
    fills: str = ""


class SuiteFacts(Record, frozen=True, kw_only=True):
    """Everything that is kept of a suite.

    ``plan`` is the SHA-256 of its plan.json: two files with the same one are the same suite, judged
    twice. ``revision`` is that of what was tried; ``environment`` holds what must be alike for two
    suites' figures to be compared. ``canary_ms`` are durations of a fixed piece of work before and
    after the cells, empty where it was not timed.
    """

    format: int = HISTORY_FORMAT
    plan: Digest
    suite: str
    started: str
    duration_s: float
    command: str = ""
    verdict: str
    reason: str
    interrupted: bool = False
    revision: str
    environment: Mapping[str, str]
    target: Mapping[str, str] = {}
    canary_ms: tuple[float, ...] = ()
    cells: tuple[CellFacts, ...]


def canonical(record: msgspec.Struct) -> bytes:
    """Return a record as canonical JSON: the same content gives the same bytes."""
    content = json.loads(encode_record(record, "the history"))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest_of(raw: bytes) -> str:
    """Return the name of some content: the SHA-256 of its bytes, in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def read_facts(raw: bytes, digest: str, place: Path) -> SuiteFacts:
    """Return the facts that some bytes hold, whose name says that they have this digest.

    Raises LedgerDamaged where they have another or hold no facts, LedgerUnreadable for another
    format; ``place`` is what the error calls them.
    """
    if digest_of(raw) != digest:
        raise LedgerDamaged(f"{place} does not hold what its name says: it was altered or cut off")
    found = decode_record(raw, _Numbered, place).format
    if found != HISTORY_FORMAT:
        hint = "A newer harness wrote it: use that one" if found > HISTORY_FORMAT else ""
        raise LedgerUnreadable(
            f"{place} has format {found}, this harness reads {HISTORY_FORMAT}", hint=hint
        )
    return decode_record(raw, SuiteFacts, place)


class _Numbered(msgspec.Struct):
    format: int
