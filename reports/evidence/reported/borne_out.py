"""Whether anything but its report shows which answer a page read, where the receipt has another.

A report and a receipt that contradict each other are two witnesses, and either may be wrong. A
third decides: a gateway that gave the page its answer; the server's receipts of later attempts, for
a page sends again what was not taken and nothing else; the page's own counters, which the harness
reads over another line than the page's events. They count successes alone: which of two successes
was read, or of two failures, only a gateway tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.ledger.kinds.client import Acknowledged, BeaconQueued, QueueState
from reports.core.kinds import decoded, is_kind, of_kind, records
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ids_of
from reports.evidence.reported.sightings import sightings

Row = dict[str, Any]
_PASSING = frozenset({401, 408, 409, 425, 429})
"""Refusals that speak of the moment, or of who is signed in: the batch is sent again."""


def is_borne_out(
    ledger: LedgerFrames, batch: str, answer: Row, written: Sequence[int], later: int
) -> bool:
    """Return whether something bears out an answer that a page reports to have read.

    ``answer`` has its ``attempt``, ``status``, ``tab`` and ``heard_ns``; ``written`` are the
    statuses that receipts have in its place, ``later`` is how many receipts there are of later
    attempts of the batch.
    """
    seen, status = sightings(ledger).of(batch, int(answer["attempt"])), int(answer["status"])
    if any(one.passed and one.status == status for one in seen):
        return True
    read, others = _is_success(status), {_is_success(one) for one in written}
    comes_again = _comes_again(status)
    if comes_again and not any(map(_comes_again, written)) and later:
        return True
    reading = _read_after(ledger, answer)
    if reading is None:
        return False
    if not comes_again and all(map(_comes_again, written)) and not later:
        return not ids_of(reading)
    return read not in others and _counts_as_reported(ledger, reading)


def _is_success(status: int) -> bool:
    return status // 100 == 2


def _comes_again(status: int) -> bool:
    """Return whether a batch that is answered so is sent again."""
    return not _is_success(status) and (status // 100 != 4 or status in _PASSING)


def _read_after(ledger: LedgerFrames, answer: Row) -> Row | None:
    """Return the last row in which the page was asked for its queue after it read the answer."""
    client = ledger.client
    asked = of_kind(client[client["tab"] == answer["tab"]], QueueState)
    later = asked[asked["mono_ns"] > answer["heard_ns"]].sort_values("mono_ns")
    return records(later)[-1] if len(later) else None


def _counts_as_reported(ledger: LedgerFrames, reading: Row) -> bool:
    """Return whether a page's counter of successes is what its events come to; where beacons may
    count as well, it tells nothing."""
    client = ledger.client
    events = client[(client["tab"] == reading["tab"]) & (client["mono_ns"] <= reading["mono_ns"])]
    if is_kind(events, BeaconQueued).any():
        return False
    counters = decoded(reading, QueueState).telemetry or {}
    return bool(counters.get("flushSuccess") == of_kind(events, Acknowledged)["batch"].nunique())
