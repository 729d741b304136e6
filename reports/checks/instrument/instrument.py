"""Was the harness itself healthy, and was the fault live? Never pass or fail on less."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from harness.core.outcome import Outcome
from harness.ledger.schema import Saw
from reports.checks.base import passed, undecided
from reports.checks.page.flushes import answered
from reports.evidence.evidence import Evidence
from reports.evidence.fates import shown_views
from reports.evidence.frame import LedgerFrames, id_counts
from reports.verdict.verdict import Finding, Verdict

BLIND_S_MAX = 15.0
"""A row may come and go unseen between two polls; longer than this the watch is worth little."""


def premise_held(evidence: Evidence, *, question: str, answer: str) -> Finding:
    """What the case rests on was so, by the page's own answer (JSON text), every time.

    Never a failure: where the worker did not control the page, the target was not tried with one.
    """
    found = answered(evidence, question=question, answer=answer)
    verdict = Verdict.UNKNOWN if found.verdict is Verdict.FAIL else found.verdict
    return replace(found, check="premise_held", verdict=verdict)


def witnesses_whole(evidence: Evidence) -> Finding:
    """The run ended properly, no witness file lost anything, the last read was at rest, and every
    fault that was held, every page that was changed, was felt: what never bit proves nothing."""
    name = "witnesses_whole"
    ledger = evidence.ledger
    gaps = [*ledger.gaps, *_silent_pages(ledger), *_unexplained_deaths(ledger)]
    gaps += _unfelt_faults(ledger)
    if ledger.end and ledger.end["status"] != "complete":
        gaps.insert(0, f"the run is {ledger.end['status']}: {ledger.end['reason']}")
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
        return undecided(name, "; ".join(gaps), n=polls)
    rows = sum(len(f) for f in (ledger.viewer, ledger.client, ledger.load, ledger.database))
    return passed(
        name, f"every witness file is whole ({rows} rows, {polls} polls of the table)", n=polls
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


def fault_was_live(evidence: Evidence, *, lasting_s: float, felt_least: float = 1) -> Finding:
    """The fault bit from its start to its end, for as long as planned, and the client felt it.

    A sentinel looked through the clients' path after injection and before healing; at least
    ``felt_least`` of the recorder's own attempts must have failed meanwhile, or the cell proves
    nothing. It is 0 only for a recorder that by its rules sends nothing while the fault lasts.
    """
    name = "fault_was_live"
    ledger = evidence.ledger
    network = ledger.network
    starts = network[network["kind"] == "fault_start"]["mono_ns"]
    ends = network[network["kind"] == "fault_end"]["mono_ns"]
    if starts.empty or ends.empty:
        return undecided(name, "the ledger holds no whole fault span", n=0)
    began, ended = int(starts.min()), int(ends.max())
    lasted_s = (ended - began) / 1e9
    figures = {"measured": lasted_s, "target": lasting_s, "unit": "s"}
    if (network["kind"] == "sentinel_unharmed").any():
        seen = network[network["kind"] == "sentinel_unharmed"]["detail"].iloc[0]
        return undecided(name, f"the sentinel was not harmed: {seen}", **figures)
    bitten = int((network["kind"] == "sentinel_bitten").sum())
    if bitten < 2:
        return undecided(name, "no sentinel looked at both ends of the fault", n=bitten, **figures)
    if lasted_s < lasting_s:
        return undecided(name, f"the fault lasted {lasted_s:.2f} s only", n=bitten, **figures)
    trouble = ledger.client[ledger.client["kind"].isin(["unknown", "beacon_refused"])]
    felt = int(trouble["mono_ns"].between(began, ended).sum())
    failed_load = ledger.load[ledger.load["outcome"] == Outcome.UNKNOWN.value]
    felt += int(failed_load["done_ns"].between(began, ended).sum())
    if felt < felt_least:
        return undecided(name, "no client felt the fault", n=felt, **figures)
    return passed(name, f"live for {lasted_s:.2f} s, felt by {felt} attempts", n=felt, **figures)


def load_as_planned(evidence: Evidence, *, impressions: float) -> Finding:
    """The generator sent every impression of the workload at least once."""
    name = "load_as_planned"
    load = evidence.ledger.load
    sent = int(id_counts(load[load["attempt"] == 1]).sum())
    figures = {"measured": float(sent), "target": impressions, "unit": "impressions", "n": sent}
    if sent != impressions:
        return undecided(
            name, f"the generator sent {sent} of {impressions:.0f} impressions", **figures
        )
    return passed(name, f"all {sent} impressions were sent", **figures)
