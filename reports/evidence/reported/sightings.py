"""What others than its page saw of a request: the server's receipt, a gateway on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.ledger.kinds.client import Adopted, Attempt
from harness.ledger.kinds.network import GatewayRow, RequestAnswered
from harness.ledger.kinds.server import BatchReceipt
from reports.core.kinds import of_kind, payloads, records
from reports.evidence.frame import LedgerFrames
from reports.evidence.pages import ids_of

Sent = tuple[str, int]
"""A batch and its attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One request as somebody else saw it; what was not seen of it is None.

    ``status`` and the counts are of the answer that was given, 0 for none, at ``at_ns``;
    ``passed``: a gateway saw it, on the way, and not the server.
    """

    ids: frozenset[str] | None = None
    user: str | None = None
    status: int | None = None
    inserted: int | None = None
    duplicate: int | None = None
    at_ns: int | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """Requests as others saw them, by batch and attempt, and which pages report to send a batch."""

    by_request: Mapping[Sent, Sequence[Sighting]]
    pages: Mapping[str, frozenset[str]]

    def of(self, batch: str, attempt: int) -> Sequence[Sighting]:
        """Return what others saw of a request."""
        return self.by_request.get((batch, attempt), ())

    def senders(self, batch: str) -> int:
        """Return how many pages report to have sent a batch, or to have taken it over."""
        return len(self.pages.get(batch, ()))


def sightings(ledger: LedgerFrames) -> Sightings:
    """Return what receipts and gateways tell of every request that names its batch."""
    return ledger.remembered("sightings of requests", lambda: _sightings(ledger))


def _sightings(ledger: LedgerFrames) -> Sightings:
    seen: dict[Sent, list[Sighting]] = defaultdict(list)
    receipts = of_kind(ledger.server, BatchReceipt).dropna(subset=["batch", "attempt"])
    for row in records(receipts):
        is_stored = row["committed_mono_ns"] is not None
        seen[str(row["batch"]), int(row["attempt"])].append(
            Sighting(
                ids=frozenset(ids_of(row)),
                user=row["user"] if is_stored else None,
                status=row["status"],
                inserted=row["inserted"],
                duplicate=row["duplicate"],
            )
        )
    passed = of_kind(ledger.network, GatewayRow)
    times = passed["mono_ns"].tolist()
    for at_ns, one in zip(times, payloads(passed, GatewayRow), strict=True):
        if one.batch is not None and one.attempt is not None:
            seen[one.batch, one.attempt].append(_on_the_way(one, at_ns))
    return Sightings(by_request=dict(seen), pages=_senders(ledger))


def _on_the_way(row: GatewayRow, at_ns: int) -> Sighting:
    """Return what a gateway saw: an answer that was cut off tells nothing of what its page read."""
    if not isinstance(row, RequestAnswered):
        return Sighting(passed=True)
    ids = None if row.artworks is None else frozenset(row.artworks)
    if not row.is_whole:
        return Sighting(ids=ids, passed=True)
    return Sighting(
        ids=ids,
        status=row.status,
        inserted=row.inserted,
        duplicate=row.duplicate,
        at_ns=at_ns,
        passed=True,
    )


def _senders(ledger: LedgerFrames) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    batches: dict[str, set[str]] = defaultdict(set)
    for row in records(of_kind(ledger.client, Attempt).dropna(subset=["batch", "tab"])):
        found[str(row["batch"])].add(str(row["tab"]))
        for one in ids_of(row):
            batches[one].add(str(row["batch"]))
    for row in records(of_kind(ledger.client, Adopted).dropna(subset=["tab"])):
        for one in ids_of(row):
            for batch in batches[one]:
                found[batch].add(str(row["tab"]))
    return {batch: frozenset(tabs) for batch, tabs in found.items()}
