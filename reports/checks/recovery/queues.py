"""A queue on disk that two tabs want at once, or that its user erases."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    Fate,
)
from reports.evidence.pages import (
    detail_of,
    ids_of,
    ms_of,
    records,
)
from reports.verdict.verdict import Finding

_LOCKS = "locks asked for"


_SETTLED = ("acknowledged", "refused")


_LOST = (Fate.LOST_ACKED.value, Fate.LOST_UNACKED.value, Fate.UNDELIVERED.value)


@check(needs={Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def queue_contended(evidence: Evidence) -> Finding:
    """While a tab that had just woken up owed views, another asked for its queue, in vain.

    Pages tell which Web Locks they asked for and when, by one machine's clock; a queue's lock ends
    in its tab's id. Nobody who asked in time: there was no race, and nothing is known of one.
    """
    told = _told_of_locks(evidence.ledger.client)
    woke = {tab: max(one["woke"]) for tab, one in told.items() if one["woke"]}
    asked, granted = 0, list[str]()
    for owner, woke_ms in woke.items():
        until_ms = _owed_until(evidence.ledger.client, owner)
        for heir, one in told.items():
            for lock, was_granted, at_ms in one["asked"]:
                wanted = heir != owner and str(lock).endswith(f":{owner}")
                if not wanted or not woke_ms <= at_ms < until_ms:
                    continue
                asked += 1
                if was_granted:
                    granted.append(f"{heir[:8]} got the queue of {owner[:8]}")
    figures = Figures(measured=asked, unit="requests", n=len(told))
    if not woke:
        return no_evidence("no page said that it woke up and which locks it asked for")
    if granted:
        sentence = f"{len(granted)} of {asked} times a living tab's queue was given to another"
        return figures.failed(sentence, examples=granted)
    if not asked:
        return figures.undecided("nobody asked for the queue of the tab that woke up")
    sentence = f"{asked} times the queue of a tab that had just woken up was asked for in vain"
    return figures.passed(sentence)


def _told_of_locks(client: pd.DataFrame) -> dict[str, dict[str, list[Any]]]:
    """Return tab → what it asked for as [lock, granted, ms], and when it woke up."""
    told = {}
    for row in records(client[client["kind"] == "answer"]):
        said = detail_of(row["detail"])
        answer = said.get("answer")
        if said.get("question") == _LOCKS and isinstance(answer, dict):
            told[str(row["tab"])] = {
                "asked": list(answer.get("asked", ())),
                "woke": list(answer.get("woke", ())),
            }
    return told


def _owed_until(client: pd.DataFrame, tab: str) -> float:
    """Return the page's time (ms) at which the first of its batches that was on disk was settled;
    minus infinity if it had none there."""
    rows = client[client["tab"] == tab]
    on_disk = set(rows[rows["kind"] == "persisted"]["batch"].dropna())
    ends = records(rows[rows["kind"].isin(_SETTLED) & rows["batch"].isin(list(on_disk))])
    if not on_disk:
        return float("-inf")
    return min((ms_of(row) for row in ends), default=float("inf"))


@check(needs={Capability.PAGE_EVENTS, Capability.DATABASE})
def only_erased_lost(evidence: Evidence, *, views: float) -> Finding:
    """What was lost lay on disk only, in the queue of a tab that was gone, when its user erased it.

    So many ``views``; each is named. What a living page held in memory, and what was seen later, is
    not its user's doing and must not be lost, nor may anything that was acknowledged.
    """
    ledger = evidence.ledger
    cleared = ledger.network[ledger.network["kind"] == "storage_cleared"]["mono_ns"]
    if cleared.empty:
        return no_evidence("nobody cleared the storage")
    if not evidence.fates.decided:
        return no_evidence("there was no final read")
    erased = _on_disk_alone(ledger.client, int(cleared.max()))
    impressions = evidence.fates.impressions
    lost = records(impressions[impressions["fate"].isin(_LOST)])
    beyond = [
        row
        for row in lost
        if (str(row["user"]), str(row["artwork"])) not in erased
        or row["fate"] == Fate.LOST_ACKED.value
    ]
    figures = Figures(measured=len(lost), target=views, unit="views", n=len(erased))
    if beyond:
        sentence = f"{len(beyond)} of {len(lost)} lost views were not their user's to lose"
        return figures.failed(sentence, examples=_named(beyond))
    if len(lost) != views:
        sentence = f"{len(lost)} views went with what was erased, planned {views:.0f}"
        return figures.undecided(sentence, examples=_named(lost))
    sentence = f"{len(lost)} views lay on disk only when their user erased them"
    return figures.passed(sentence, examples=_named(lost))


def _on_disk_alone(client: pd.DataFrame, cleared_ns: int) -> set[tuple[str, str]]:
    """Return (user, artwork) of what tabs that were gone by then had said was on disk."""
    before = client[client["mono_ns"] < cleared_ns]
    gone = set(before[before["kind"].isin(["tab_closed", "tab_killed"])]["tab"])
    rows = records(before[(before["kind"] == "persisted") & before["tab"].isin(list(gone))])
    return {(str(row["user"]), one) for row in rows for one in ids_of(row)}


def _named(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{row['user']}/{row['artwork']}: {row['fate']}" for row in rows[:EXAMPLES_MAX])
