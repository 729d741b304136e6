"""Did every witness report to the end, and was every fault felt?"""

from __future__ import annotations

import pandas as pd

from harness.ledger.schema import Saw
from reports.checks.base import Figures, check
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    shown_views,
)
from reports.evidence.frame import LedgerFrames
from reports.verdict.verdict import Finding

BLIND_S_MAX = 15.0
"""A row may come and go unseen between two polls; longer than this the watch is worth little."""


@check(always=True)
def witnesses_whole(evidence: Evidence) -> Finding:
    """The run ended properly, no witness file lost anything, the last read was at rest, and every
    fault that was held, every page that was changed, was felt: what never bit proves nothing."""
    ledger = evidence.ledger
    gaps = [*ledger.gaps, *_silent_pages(ledger), *_unexplained_deaths(ledger)]
    gaps += _unfelt_faults(ledger)
    if ledger.end and ledger.end.status != "complete":
        gaps.insert(0, f"the run is {ledger.end.status}: {ledger.end.reason}")
    if not evidence.fates.decided:
        gaps.append("there was no final read of the table")
    else:
        unquiet = ledger.network[ledger.network["kind"] == "unquiet"]
        if not unquiet.empty:
            gaps.append(f"no quiescence before the final read: {unquiet['detail'].iloc[-1]}")
        elif not (ledger.network["kind"] == "quiescence").any():
            gaps.append("nobody looked whether the system was quiet before the final read")
    polls, blind_s = _polls(ledger)
    if polls == 0:
        gaps.append("the table was never polled, so a vanished row would not be noticed")
    elif blind_s > BLIND_S_MAX:
        gaps.append(f"nobody looked at the table for {blind_s:.0f} s")
    if gaps:
        return Figures(n=polls).undecided("; ".join(gaps))
    rows = sum(len(f) for f in (ledger.viewer, ledger.client, ledger.load, ledger.database))
    return Figures(n=polls).passed(
        f"every witness file is whole ({rows} rows, {polls} polls of the table)"
    )


def _polls(ledger: LedgerFrames) -> tuple[int, float]:
    """Return how many polls there were before the final read, and the longest time without one."""
    database = ledger.database
    finals = database[database["kind"] == Saw.FINAL.value]["mono_ns"]
    polls = database[database["kind"] == Saw.POLL.value]["mono_ns"]
    shown = shown_views(ledger)["mono_ns"]
    if finals.empty:
        return len(polls), 0.0
    polls = polls[polls < finals.max()]
    since = polls[polls >= shown.min()] if len(shown) else polls
    looked = pd.concat([shown.nsmallest(1), since, finals.nlargest(1)]).sort_values()
    return len(polls), float(looked.diff().max()) / 1e9 if len(looked) > 1 else 0.0


def _silent_pages(ledger: LedgerFrames) -> list[str]:
    """Return a gap for every tab that showed something and whose recorder never said a word."""
    shown = set(shown_views(ledger)["tab"].unique())
    ours = {"tab_opened", "tab_leaving", "tab_closing", "tab_closed", "tab_killed"}
    ours |= {"queue", "drained", "undrained", "answer"}
    heard = set(ledger.client[~ledger.client["kind"].isin(ours)]["tab"].unique())
    heard |= set(ledger.load["tab"].unique())
    return [f"the page of tab {tab} never said a word" for tab in sorted(shown - heard)]


def _unexplained_deaths(ledger: LedgerFrames) -> list[str]:
    """Return a gap when more of the server's lives lack an end than were killed on purpose."""
    killed = int((ledger.network["kind"] == "server_killed").sum())
    unexplained = len(ledger.killed_lifetimes) - killed
    if unexplained <= 0:
        return []
    return [f"{unexplained} of the server's lives have no end in the receipts"]


def _unfelt_faults(ledger: LedgerFrames) -> list[str]:
    """Return a gap for every fault or change whose sentinel saw no effect, or never looked."""
    network = ledger.network
    unharmed = network[network["kind"] == "sentinel_unharmed"]
    held = set(network[network["kind"].isin(["fault_start", "change_start"])]["fault"])
    looked_at = set(
        network[network["kind"].isin(["sentinel_bitten", "sentinel_unharmed"])]["fault"]
    )
    return [
        *(f"{fault} had no effect" for fault in sorted(set(unharmed["fault"]))),
        *(f"nobody looked whether {fault} had an effect" for fault in sorted(held - looked_at)),
    ]
