"""Pages that are left: what they counted last.

What a page says while it closes is not heard. Its last words are what it wrote down for the next
page of its origin, which the scenario asked for.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check
from reports.evidence.evidence import Evidence
from reports.evidence.pages import batch_receipts, detail_of, may_lack_receipts
from reports.verdict.verdict import Finding

_LAST_WORDS = "last words"
_COUNTS = ("recorded", "flushSuccess", "flushFail", "beaconRefused", "inFlight")


@check(needs={Capability.TELEMETRY, Capability.RECEIPTS})
def blocked_flush_counted(
    evidence: Evidence, *, pages: float, sync: float, blocked: float
) -> Finding:
    """Closing pages without beacons counted, as their last words say, what became of their flush.

    So many ``pages`` at least left such words. Each counted the beacon that the browser refused,
    and every attempt as failed or done; done over a synchronous request only with a receipt of it.
    With ``sync`` 1 each tried a synchronous request, with 0 none did. With ``blocked`` 1 the
    browser forbade it to one page at least, or nothing was asked.
    """
    told = [one for one in _last_words(evidence.ledger.client) if one.get("recorded")]
    readable = [one for one in told if _is_readable(one)]
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
    if len(readable) < max(pages, 1) or len(readable) < len(told) or unsure:
        sentence = f"{len(readable)} of {pages:.0f} pages left last words that can be checked"
        return figures.undecided(sentence)
    if blocked and not forbidden:
        return figures.undecided("no page was forbidden its synchronous request")
    tried = f"{forbidden} were forbidden their synchronous request" if sync else "none tried one"
    return figures.passed(f"{len(readable)} pages counted their last flush; {tried}")


def _last_words(client: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what pages wrote down last: each its telemetry, and its ``tab``."""
    said = [detail_of(text) for text in client[client["kind"] == "answer"]["detail"]]
    answers = [one.get("answer") for one in said if one.get("question") == _LAST_WORDS]
    words = [one for answer in answers if isinstance(answer, list) for one in answer]
    return [*{one.get("tab"): one for one in words if isinstance(one, dict)}.values()]


def _is_readable(word: dict[str, Any]) -> bool:
    counts = [word.get(key) for key in _COUNTS]
    attempts = word.get("attempts")
    if not isinstance(attempts, dict) or not isinstance(word.get("tab"), str):
        return False
    return all(isinstance(one, int | float) for one in [*counts, *attempts.values()])


def _miscounted(word: dict[str, Any], sync: bool) -> str:
    """Say what one page's last words get wrong; nothing if they add up."""
    attempts = word["attempts"]
    tried = attempts.get("sync", 0)
    if sync and not tried:
        return "never tried a synchronous request"
    if tried and not sync:
        return f"tried a synchronous request {tried} times"
    if not word["beaconRefused"] or word["beaconRefused"] != attempts.get("beacon"):
        return f"counts {word['beaconRefused']} of {attempts.get('beacon', 0)} refused beacons"
    ends = word["flushFail"] + word["flushSuccess"]
    made = sum(attempts.values())
    if word["flushFail"] < word["beaconRefused"] or (ends != made and not word["inFlight"]):
        return f"made {made} attempts and counts {word['flushFail']} failed and {ends} ended"
    return ""
