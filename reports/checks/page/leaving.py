"""Pages that are left: the counters they stored last.

What a page reports while it closes does not arrive. It stores its counters for the next page of
its origin, which the scenario asks for them (question "last words").
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check
from reports.evidence.evidence import Evidence
from reports.evidence.pages import answers_to, batch_receipts, may_lack_receipts
from reports.verdict.verdict import Finding

_LAST_WORDS = "last words"
_COUNTS = ("recorded", "flushSuccess", "flushFail", "beaconRefused", "inFlight")


@check(needs={Capability.TELEMETRY, Capability.RECEIPTS})
def blocked_flush_counted(
    evidence: Evidence, *, pages: float, sync: float, blocked: float
) -> Finding:
    """Closing pages whose beacon was refused counted what became of their flush.

    At least ``pages`` pages stored their counters. Each counted the beacon that the browser
    refused, and every attempt as failed or done; done over a synchronous request only with a
    receipt of it. With ``sync`` 1 each tried a synchronous request, with 0 none did. With
    ``blocked`` 1 the browser forbade it to at least one page, or the case was not tried.
    """
    stored = [one for one in _last_counters(evidence.ledger.client) if one.get("recorded")]
    readable = [one for one in stored if _is_readable(one)]
    receipts = batch_receipts(evidence.ledger)
    over_sync = set(receipts[(receipts["transport"] == "sync").fillna(False)]["tab"].dropna())
    wrong, unsure, forbidden = list[str](), 0, 0
    for one in readable:
        problem = _miscounted(one, bool(sync))
        claims = bool(sync) and one["flushSuccess"] > 0 and one["tab"] not in over_sync
        if claims and may_lack_receipts(evidence.ledger):
            unsure += 1
        elif claims:
            problem = problem or "counts a success that has no receipt"
        wrong += [f"tab {str(one['tab'])[:8]} {problem}"] if problem else []
        forbidden += one["attempts"].get("sync", 0) > 0 and one["tab"] not in over_sync
    figures = Figures(measured=forbidden, unit="pages", n=len(readable))
    if wrong:
        return figures.failed(wrong[0], examples=wrong)
    if len(readable) < max(pages, 1) or len(readable) < len(stored) or unsure:
        return figures.undecided(
            f"{len(readable)} of {pages:.0f} pages stored counters that can be checked"
        )
    if blocked and not forbidden:
        return figures.undecided("no page was forbidden its synchronous request")
    tried = f"{forbidden} were forbidden their synchronous request" if sync else "none tried one"
    return figures.passed(f"{len(readable)} pages counted their last flush; {tried}")


def _last_counters(client: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the counters that each page stored last, with its ``tab``."""
    answers = [answer for _, answer in answers_to(client, _LAST_WORDS)]
    stored = [one for answer in answers if isinstance(answer, list) for one in answer]
    return [*{one.get("tab"): one for one in stored if isinstance(one, dict)}.values()]


def _is_readable(counters: dict[str, Any]) -> bool:
    """Return whether every counter is there and is a number."""
    counts = [counters.get(key) for key in _COUNTS]
    attempts = counters.get("attempts")
    if not isinstance(attempts, dict) or not isinstance(counters.get("tab"), str):
        return False
    return all(isinstance(one, int | float) for one in [*counts, *attempts.values()])


def _miscounted(counters: dict[str, Any], sync: bool) -> str:
    """Return what one page's counters get wrong; empty if they add up."""
    attempts = counters["attempts"]
    tried = attempts.get("sync", 0)
    if sync and not tried:
        return "never tried a synchronous request"
    if tried and not sync:
        return f"tried a synchronous request {tried} times"
    if not counters["beaconRefused"] or counters["beaconRefused"] != attempts.get("beacon"):
        return f"counts {counters['beaconRefused']} of {attempts.get('beacon', 0)} refused beacons"
    ends = counters["flushFail"] + counters["flushSuccess"]
    made = sum(attempts.values())
    if counters["flushFail"] < counters["beaconRefused"] or (
        ends != made and not counters["inFlight"]
    ):
        return f"made {made} attempts and counts {counters['flushFail']} failed and {ends} ended"
    return ""
