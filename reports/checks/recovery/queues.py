"""A queue on disk that two tabs request at once, or that its user erases."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.ledger.kinds.client import Persisted, TabClosed, TabKilled
from harness.ledger.kinds.network import StorageCleared
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import is_kind, of_kind, records
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    Fate,
)
from reports.evidence.pages import (
    SETTLED,
    answers_to,
    ids_of,
    ms_of,
)
from reports.verdict.verdict import Finding

_LOCKS = "locks asked for"
_WORSE = (Fate.VANISHED.value, Fate.LOST_ACKED.value)
_LOST = (*_WORSE, Fate.LOST_UNACKED.value, Fate.UNDELIVERED.value)


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def queue_contended(evidence: Evidence) -> Finding:
    """While a tab that had just woken up owed views, another requested its queue, in vain.

    Pages report which Web Locks they requested and when, by one machine's clock; a queue's lock
    ends in its tab's id. Without a request in that time there was no race.
    """
    locks = _locks(evidence.ledger.client)
    woke = {tab: max(one["woke"]) for tab, one in locks.items() if one["woke"]}
    asked, granted = 0, list[str]()
    for owner, woke_ms in woke.items():
        until_ms = _owed_until(evidence.ledger.client, owner)
        for heir, one in locks.items():
            for lock, was_granted, at_ms in one["asked"]:
                wanted = heir != owner and str(lock).endswith(f":{owner}")
                if not wanted or not woke_ms <= at_ms < until_ms:
                    continue
                asked += 1
                if was_granted:
                    granted.append(f"{heir[:8]} got the queue of {owner[:8]}")
    figures = Figures(measured=asked, unit="requests", n=len(locks))
    if not woke:
        return no_evidence("no page reported its waking up and the locks it requested")
    if granted:
        return figures.failed(
            f"{len(granted)} of {asked} times a living tab's queue was granted to another",
            examples=granted,
        )
    if not asked:
        return figures.undecided("no page requested the queue of the tab that woke up")
    return figures.passed(
        f"{asked} times the queue of a tab that had just woken up was requested in vain"
    )


def _locks(client: pd.DataFrame) -> dict[str, dict[str, list[Any]]]:
    """Return tab → the locks it requested as [lock, granted, ms], and when it woke up (ms)."""
    return {
        str(row["tab"]): {
            "asked": list(answer.get("asked", ())),
            "woke": list(answer.get("woke", ())),
        }
        for row, answer in answers_to(client, _LOCKS)
        if isinstance(answer, dict)
    }


def _owed_until(client: pd.DataFrame, tab: str) -> float:
    """Return the page's time (ms) at which the first of its batches that was on disk was settled;
    minus infinity if it had none there."""
    rows = client[client["tab"] == tab]
    on_disk = set(of_kind(rows, Persisted)["batch"].dropna())
    ends = records(rows[is_kind(rows, *SETTLED) & rows["batch"].isin(list(on_disk))])
    if not on_disk:
        return float("-inf")
    return min((ms_of(row) for row in ends), default=float("inf"))


@check(needs={Capability.PAGE_EVENTS, Capability.DATABASE})
def only_erased_lost(evidence: Evidence, *, views: float) -> Finding:
    """Only what lay on disk alone, in the queue of a tab that was gone, was lost to its erasure.

    These are ``views`` views, each named in the examples. What a living page held in memory, what
    was seen later and what was acknowledged must not be lost.
    """
    ledger = evidence.ledger
    cleared = of_kind(ledger.network, StorageCleared)["mono_ns"]
    if cleared.empty:
        return no_evidence("the storage was not cleared")
    if not evidence.fates.decided:
        return no_evidence("there was no final read")
    erased = _on_disk_alone(ledger.client, int(cleared.max()))
    impressions = evidence.fates.impressions
    lost = records(impressions[impressions["fate"].isin(_LOST)])
    beyond = [
        row
        for row in lost
        if (str(row["user"]), str(row["artwork"])) not in erased or row["fate"] in _WORSE
    ]
    figures = Figures(measured=len(lost), target=views, unit="views", n=len(erased))
    if beyond:
        return figures.failed(
            f"{len(beyond)} of {len(lost)} lost views were not among those that the user erased",
            examples=_named(beyond),
        )
    if len(lost) != views:
        return figures.undecided(
            f"{len(lost)} views were lost with the erased storage, planned {views:.0f}",
            examples=_named(lost),
        )
    return figures.passed(
        f"{len(lost)} views lay on disk alone when their user erased them", examples=_named(lost)
    )


def _on_disk_alone(client: pd.DataFrame, cleared_ns: int) -> set[tuple[str, str]]:
    """Return the (user, artwork) pairs that tabs reported as on disk and were gone by then."""
    before = client[client["mono_ns"] < cleared_ns]
    gone = set(of_kind(before, TabClosed, TabKilled)["tab"])
    rows = records(before[is_kind(before, Persisted) & before["tab"].isin(list(gone))])
    return {(str(row["user"]), one) for row in rows for one in ids_of(row)}


def _named(rows: list[dict[str, Any]]) -> list[str]:
    """Return the impressions with their fates."""
    return [f"{row['user']}/{row['artwork']}: {row['fate']}" for row in rows]
