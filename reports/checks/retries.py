"""Did the page try again as its rules say, and did its own books agree with the server's?"""

from __future__ import annotations

import math

import pandas as pd

from reports.checks.base import Evidence, failed, passed, undecided
from reports.checks.client import attempts, batch_receipts, detail_of, ms_of, page_ms, records
from reports.fates import Fate
from reports.frame import exploded
from reports.verdict import Finding

_SLACK_MS = 300.0
"""Timers are late on a busy machine, never early by more than a clock's grain."""
_EARLY_MS = 20.0
_SIGMAS = 3.0


def retry_after_heeded(evidence: Evidence, *, wait_s: float) -> Finding:
    """After each answer that asked for a pause the page sent nothing until the pause was over."""
    name = "retry_after_heeded"
    client = evidence.ledger.client
    asked = client[(client["kind"] == "unknown") & client["status"].isin([429, 503])]
    if asked.empty:
        return undecided(name, "no page was asked to wait", n=0)
    soonest = math.inf
    for row in records(asked):
        mine = page_ms(attempts(client[client["tab"] == row["tab"]]))
        later = mine[mine > ms_of(row)]
        if len(later):
            soonest = min(soonest, float(later.min()) - ms_of(row))
    figures = {"measured": soonest / 1000, "target": wait_s, "unit": "s", "n": len(asked)}
    if math.isinf(soonest):
        return undecided(name, "no page tried again", n=len(asked))
    if soonest < wait_s * 1000 - _EARLY_MS:
        return failed(name, f"tried again after {soonest / 1000:.2f} s", **figures)
    return passed(name, f"waited {soonest / 1000:.2f} s, asked for {wait_s:g} s", **figures)


def backoff(
    evidence: Evidence, *, base_ms: float, cap_ms: float, jitter: float, retries: float
) -> Finding:
    """The n-th retry in a row came base·2ⁿ after its failure, up to a cap.

    With ``jitter`` 1 the wait is drawn from the whole delay (0 … base·2ⁿ), with 0 it is the delay.
    The wait counts from the moment the retry was scheduled to the next attempt.
    """
    name = "backoff"
    client = evidence.ledger.client
    planned = client[client["kind"] == "retry_scheduled"].sort_values("page_wall_ns")
    sent = page_ms(attempts(client)).sort_values()
    waits, wrong = [], []
    for number, row in enumerate(records(planned)):
        at = ms_of(row)
        later = sent[sent > at]
        if later.empty:
            continue
        waited = float(later.iloc[0]) - at
        full = min(cap_ms, base_ms * 2.0**number)
        waits.append(f"{waited / 1000:.1f}")
        low = 0.0 if jitter else full - _EARLY_MS
        if not low <= waited <= full + _SLACK_MS:
            wrong.append(f"retry {number + 1} after {waited / 1000:.2f} s of {full / 1000:g} s")
    told = f"waits of {', '.join(waits)} s"
    figures = {"measured": float(len(waits)), "target": retries, "unit": "retries"}
    if len(waits) < retries:
        return undecided(name, f"{len(waits)} of {retries:.0f} retries: {told}", **figures)
    if wrong:
        return failed(name, "; ".join(wrong), n=len(waits), **figures)
    return passed(name, f"{told}, base {base_ms / 1000:g} s doubling", n=len(waits), **figures)


def refused_were_dropped(evidence: Evidence, *, impressions: float) -> Finding:
    """What a final 4xx refused was not sent again, and everything else has its row.

    ``impressions`` is how many were refused: they are lost, and the page said so.
    """
    name = "refused_were_dropped"
    client = evidence.ledger.client
    refused = client[client["kind"] == "refused"]
    ids = exploded(refused)[["user", "artwork"]].drop_duplicates()
    figures = {"measured": float(len(ids)), "target": impressions, "unit": "impressions"}
    if len(ids) != impressions:
        return undecided(name, f"{len(ids)} impressions were refused", n=len(ids), **figures)
    again = 0
    for row in records(refused):
        mine = attempts(client[client["batch"] == row["batch"]])
        again += int((mine["page_wall_ns"] > row["page_wall_ns"]).sum())
    if again:
        return failed(name, f"refused batches were sent {again} times more", n=len(ids), **figures)
    lost = evidence.fates.with_fate(
        Fate.LOST_ACKED, Fate.VANISHED, Fate.LOST_UNACKED, Fate.UNDELIVERED
    )
    known = set(ids.itertuples(index=False, name=None))
    others = [
        k for k in lost[["user", "artwork"]].itertuples(index=False, name=None) if k not in known
    ]
    if not evidence.fates.decided:
        return undecided(name, "there was no final read", n=len(ids), **figures)
    if others:
        return failed(
            name,
            f"{len(others)} impressions were lost that nobody refused",
            examples=tuple(f"{user}/{artwork}" for user, artwork in others[:8]),
            **figures,
        )
    return passed(name, f"{len(ids)} refused and dropped, all others stored", n=len(ids), **figures)


def telemetry_reconciles(evidence: Evidence, *, beacons_count: float) -> Finding:
    """Each page's own counters are what the ledger says.

    ``flushSuccess`` and ``totalFlushed`` are batches and ids that were acknowledged (with
    ``beacons_count`` 1 also those the browser took as a beacon), attempts by transport are the
    attempts it told of, recorded are the views that were shown in it.
    """
    name = "telemetry_reconciles"
    client = evidence.ledger.client
    last = client[client["kind"] == "queue"].groupby("tab").tail(1)
    wrong: list[str] = []
    counted = 0
    for row in records(last):
        mine = client[client["tab"] == row["tab"]]
        told = detail_of(row["detail"])
        booked_all = _booked(evidence, mine, str(row["tab"]), bool(beacons_count))
        for counter, booked in booked_all.items():
            counted += 1
            if told.get(counter) != booked:
                wrong.append(f"{counter} {told.get(counter)}, the ledger says {booked}")
    if counted == 0:
        return undecided(name, "no page was asked for its telemetry", n=0)
    if wrong:
        return failed(name, "; ".join(wrong[:4]), n=counted)
    return passed(name, f"{counted} counters of {len(last)} pages agree with the ledger", n=counted)


def _booked(evidence: Evidence, mine: pd.DataFrame, tab: str, beacons: bool) -> dict[str, object]:
    kinds = ["acknowledged", "beacon_queued"] if beacons else ["acknowledged"]
    done = mine[mine["kind"].isin(kinds)].drop_duplicates("batch")
    sent = attempts(mine)["transport"].value_counts()
    views = evidence.fates.views
    return {
        "recorded": int((views["tab"] == tab).sum()),
        "flushSuccess": len(done),
        "totalFlushed": int(sum(len(ids) for ids in done["artworks"])),
        "beaconQueued": int((mine["kind"] == "beacon_queued").sum()),
        "retries": int((mine["kind"] == "retry_scheduled").sum()),
        "attempts": {
            transport: int(sent.get(transport, 0))
            for transport in ("fetch", "keepalive", "beacon", "sync")
        },
    }


def log_sampled(evidence: Evidence, *, success_share: float) -> Finding:
    """The page logged every failure, and of the successes a share within three sigmas.

    The scenario counted the lines in the page and noted them under the question "log lines".
    """
    name = "log_sampled"
    client = evidence.ledger.client
    noted = [detail_of(text) for text in client[client["kind"] == "answer"]["detail"]]
    lines = [one["answer"] for one in noted if one.get("question") == "log lines"]
    good = int(client["kind"].isin(["acknowledged", "beacon_queued"]).sum())
    bad = int(client["kind"].isin(["unknown", "refused"]).sum())
    if not lines or good == 0 or bad == 0:
        return undecided(name, "there were no successes, no failures, or nobody counted", n=0)
    logged_good, logged_bad = int(lines[-1]["success"]), int(lines[-1]["failure"])
    sigma = math.sqrt(good * success_share * (1 - success_share))
    off = abs(logged_good - good * success_share)
    sentence = f"{logged_good} of {good} successes and {logged_bad} of {bad} failures were logged"
    figures = {"measured": logged_good / good, "target": success_share, "unit": "share", "n": good}
    if off > _SIGMAS * sigma or logged_bad != bad:
        return failed(name, sentence, **figures)
    return passed(name, sentence, **figures)


def came_again(evidence: Evidence, *, least: float) -> Finding:
    """Batches reached the server more often than once, so often at least; the index absorbed it."""
    name = "came_again"
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    surplus = len(receipts) - receipts["batch"].nunique()
    by_itself = int(receipts.duplicated(["batch", "attempt"]).sum())
    sentence = f"{surplus} requests brought a batch again, {by_itself} by the browser itself"
    figures = {"measured": float(surplus), "target": least, "unit": "requests", "n": len(receipts)}
    if surplus < least:
        return undecided(name, sentence, **figures)
    return passed(name, sentence, **figures)


def arrived_as(evidence: Evidence, *, method: str, least: float, most: float) -> Finding:
    """So many requests of this method for batches arrived at the recording gateway."""
    name = "arrived_as"
    rows = evidence.ledger.network[evidence.ledger.network["kind"] == "request"]
    if rows.empty:
        return undecided(name, "no gateway recorded requests", n=0)
    said = [detail_of(text) for text in rows["detail"]]
    found = sum(s.get("method") == method and "batch" in str(s.get("path")) for s in said)
    figures = {"measured": float(found), "unit": "requests", "n": len(rows)}
    if not least <= found <= most:
        wanted = f"{least:.0f} to {most:.0f}"
        return failed(name, f"{found} {method} requests arrived, expected {wanted}", **figures)
    return passed(name, f"{found} {method} requests arrived", **figures)
