"""Acknowledgements against receipts: was a batch stored before its client read a success?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from harness.ledger.kinds.server import BatchReceipt
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.attempts import (
    Attempts,
    attempt_keys,
    attempts_of,
    by_its_own_clock_early,
    clock_error_ns,
    earliest,
    known,
)
from reports.verdict.verdict import Finding

_MS = 1e6


@dataclass(slots=True)
class _Acks:
    """Acknowledgements that no commit explains: examples, and how many there are of each kind."""

    compared: int = 0
    early: int = 0
    uncommitted: int = 0
    before_arrival: int = 0
    worst_ms: float = 0.0
    examples: list[str] = field(default_factory=list)


def _acks(evidence: Evidence) -> _Acks:
    return evidence.ledger.remembered("acknowledgements", lambda: _compare(evidence))


def _compare(evidence: Evidence) -> _Acks:
    found = _Acks()
    if not evidence.ledger.server.empty:  # without any line of the server's own there is no book
        attempts = attempts_of(evidence.ledger)
        _of_pages(attempts, found)
        _of_load(attempts, clock_error_ns(evidence.ledger), found)
    return found


@check(
    needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: (
        _acks(evidence).compared > 0 and Capability.MESSAGE_QUEUE not in evidence.capabilities
    ),
)
def acks_after_commit(evidence: Evidence) -> Finding:
    """No client read a success before its batch was committed, nor one for what never was.

    A receipt is written after COMMIT and before the answer leaves, so an acknowledgement that is
    heard earlier, or has no committed receipt, was given too soon: a crash in between would lose
    it. A page's acknowledgement may belong to any attempt up to the one it names, and it is heard
    after it was read: earlier is proof. The clocks of generators on other machines are allowed
    their error. An acknowledgement heard before its request had even arrived proves a wrong clock,
    and decides nothing, unless the page's own clock confirms the order. A success that a fault at
    the gateway made itself is not the target's.
    """
    found = _acks(evidence)
    if not found.compared:
        return no_evidence("no client read a success of the target's, or there are no receipts")
    receipts = of_kind(evidence.ledger.server, BatchReceipt)
    if len(receipts) and receipts["batch"].isna().all():
        return Figures(n=found.compared).undecided("no receipt names a batch")
    wrong = found.early + found.uncommitted
    figures = Figures(measured=wrong, target=0, unit="acknowledgements", n=found.compared)
    if found.before_arrival and not found.early:
        return figures.undecided(
            f"{found.before_arrival} of {found.compared} acknowledgements were read before their "
            "requests arrived: the clocks of client and server disagree"
        )
    if wrong:
        return figures.failed(
            f"of {found.compared} acknowledgements {found.early} were read before their batch was "
            f"committed, by up to {found.worst_ms:.1f} ms, and {found.uncommitted} have no commit",
            examples=found.examples,
        )
    return figures.passed(f"{found.compared} acknowledgements were read after their commit")


def _of_pages(attempts: Attempts, found: _Acks) -> None:
    receipts = attempts.receipts_by_batch()
    for row in records(attempts.pages[attempts.pages["status"] // 100 == 2]):
        batch, attempt, heard_ns = int(row["batch"]), int(row["attempt"]), int(row["heard_ns"])
        if attempts.may_be_made_up(batch, attempt, int(row["status"])):
            continue
        found.compared += 1
        mine = [one for one in receipts.get(batch, []) if one["attempt"] <= attempt]
        committed, received = known(mine, "committed_ns"), known(mine, "received_ns")
        name = attempts.name(batch, attempt)
        if not committed:
            found.uncommitted += 1
            found.examples.append(f"{name}: no committed receipt")
        elif (received and heard_ns < min(received) and not by_its_own_clock_early(row, mine)) or (
            heard_ns < min(committed) and _contradicted(row, mine)
        ):
            found.before_arrival += 1
        elif heard_ns < min(committed):
            early_ms = (min(committed) - heard_ns) / _MS
            found.early += 1
            found.worst_ms = max(found.worst_ms, early_ms)
            found.examples.append(f"{name}: {early_ms:.1f} ms before its commit")


def _contradicted(answer: Mapping[str, Any], receipts: list[dict[str, Any]]) -> bool:
    """Return whether the page's own clock puts the answer after a commit: then the witness that
    heard of it has a wrong one."""
    committed_ns = known(receipts, "committed_wall_ns")
    read_ns = answer["page_wall_ns"]
    if not committed_ns or pd.isna(read_ns) or read_ns <= 0:
        return False
    return int(read_ns) >= min(committed_ns)


def _of_load(attempts: Attempts, error_ns: int, found: _Acks) -> None:
    acks = attempts.load[attempts.load["status"] // 100 == 2]
    if attempts.made_up:
        own = [int(n) not in attempts.made_up.get(int(b), {}) for b, n in _pairs(acks)]
        acks = acks[np.array(own, dtype=bool)]
    if acks.empty:
        return
    keys, heard_ns = attempt_keys(acks), acks["heard_ns"].to_numpy(np.int64)
    committed_ns, missing = earliest(attempts.receipts, "committed_ns", keys)
    received_ns, unknown = earliest(attempts.receipts, "received_ns", keys)
    unarrived = ~missing & ~unknown & (heard_ns < received_ns - error_ns)
    early = ~missing & ~unarrived & (heard_ns < committed_ns - error_ns)
    found.compared += len(acks)
    found.before_arrival += int(unarrived.sum())
    found.uncommitted += int(missing.sum())
    found.early += int(early.sum())
    by_ms = np.where(early, (committed_ns - heard_ns) / _MS, 0.0)
    found.worst_ms = max(found.worst_ms, float(by_ms.max()))
    for place in np.argsort(-by_ms, kind="stable")[: min(EXAMPLES_MAX, int(early.sum()))]:
        [(batch, attempt)] = _pairs(acks.iloc[[place]])
        found.examples.append(
            f"{attempts.name(batch, attempt)}: {by_ms[place]:.1f} ms before its commit"
        )
    for batch, attempt in _pairs(acks[missing].head(EXAMPLES_MAX)):
        found.examples.append(f"{attempts.name(batch, attempt)}: no committed receipt")


def _pairs(rows: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(rows["batch"].tolist(), rows["attempt"].tolist(), strict=True))
