"""Did the page try again as its rules say, and did its own books agree with the server's?"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from scipy import special

from harness.ledger.schema import Saw
from reports.checks.base import failed, passed, undecided
from reports.evidence.evidence import Evidence
from reports.evidence.fates import Fate
from reports.evidence.frame import exploded
from reports.evidence.pages import (
    attempts,
    detail_of,
    heirs,
    ids_of,
    ms_of,
    pages,
    reason_of,
    records,
    retries_of,
)
from reports.statistics.share import binomial_at_least, binomial_at_most
from reports.verdict.verdict import Finding

_SLACK_MS = 300.0
_SLACK_SHARE = 0.05
"""Timers are late on a busy machine: Firefox 153 by 0.8 s of 80 s, and by 0.5 s of 10 s beside two
other browsers on two cores; never early by more than a clock's grain. Every wrong rule that could
be meant (another base, another factor, no jitter) is off by much more."""
_EARLY_MS = 20.0
_CHANCE_MIN = 0.00135
"""What would come by chance more rarely than this, on one side, is no chance: three sigmas."""
_IN_MOTION_NS = 250_000_000
"""A page's state is read over another line than its events; so far apart they may cross."""


def retry_after_heeded(evidence: Evidence, *, wait_s: float) -> Finding:
    """After each answer that asked for a pause the page sent nothing until the pause was over."""
    name = "retry_after_heeded"
    client = evidence.ledger.client
    asked, soonest, nobodys = 0, math.inf, 0
    for _, rows in pages(client):
        told = records(rows)
        for place, row in enumerate(told):
            if (
                row["kind"] != "unknown"
                or pd.isna(row["status"])
                or row["status"] not in (429, 503)
            ):
                continue
            asked += 1
            after = next((one for one in told[place + 1 :] if one["kind"] == "attempt"), None)
            if after is not None:
                waited = ms_of(after) - ms_of(row)
                nobodys += math.isnan(waited)
                soonest = min(soonest, math.inf if math.isnan(waited) else waited)
    nobodys += int(attempts(client)["tab"].isna().sum())
    if asked == 0:
        return undecided(name, "no page was asked to wait", n=0)
    if math.isinf(soonest):
        return undecided(name, "no page tried again", n=asked)
    figures = {"measured": soonest / 1000, "target": wait_s, "unit": "s", "n": asked}
    if soonest < wait_s * 1000 - _EARLY_MS:
        return failed(name, f"tried again after {soonest / 1000:.2f} s", **figures)
    if nobodys:
        return undecided(name, f"{nobodys} attempts do not say whose or when", **figures)
    return passed(name, f"waited {soonest / 1000:.2f} s, asked for {wait_s:g} s", **figures)


def backoff(
    evidence: Evidence, *, base_ms: float, cap_ms: float, jitter: float, retries: float
) -> Finding:
    """The n-th retry in a row of a tab came base·2ⁿ after its failure, up to a cap.

    With ``jitter`` 1 the wait is drawn from the whole delay (0 … base·2ⁿ), with 0 it is the delay.
    The wait counts from the moment the retry was scheduled to the tab's next attempt. What was
    answered ends the row. Not judged: retries that another plan overtook, and those of a page that
    hid, left or was hidden meanwhile, where other rules hold.
    """
    name = "backoff"
    waits: list[tuple[float, float, str]] = []
    for _, rows in pages(evidence.ledger.client):
        waits += [
            (waited, min(cap_ms, base_ms * 2.0**number), f"retry {number + 1}")
            for number, waited in retries_of(rows)
        ]
    low = 0.0 if jitter else 1.0
    wrong = [
        f"{which} after {waited / 1000:.2f} s of {full / 1000:g} s"
        for waited, full, which in waits
        if not low * full - _EARLY_MS <= waited <= full * (1 + _SLACK_SHARE) + _SLACK_MS
        or waited < 0
    ]
    told = f"waits of {', '.join(f'{waited / 1000:.1f}' for waited, _, _ in waits)} s"
    count = len(waits)
    figures = {"measured": float(count), "target": retries, "unit": "retries", "n": count}
    if wrong:
        return failed(name, "; ".join(wrong), **figures)
    if jitter and (strange := _not_drawn([(waited, full) for waited, full, _ in waits])):
        return failed(name, f"{told}: {strange}", **figures)
    if len(waits) < max(retries, 1):
        return undecided(name, f"{len(waits)} of {retries:.0f} retries: {told}", **figures)
    return passed(name, f"{told}, base {base_ms / 1000:g} s doubling", **figures)


def _not_drawn(waits: list[tuple[float, float]]) -> str:
    """Say why waits were not drawn evenly from their whole delays; nothing if they may have been.

    The sum of -ln of even draws follows a gamma distribution.
    """
    if not waits:
        return ""
    short = sum(-math.log(min(1.0, max(waited / full, 1e-9))) for waited, full in waits)
    if special.gammaincc(len(waits), short) < _CHANCE_MIN:
        return "too short to be drawn from the whole delays"
    left = [1 - max(0.0, waited - _SLACK_MS) / full for waited, full in waits]
    if special.gammaincc(len(waits), sum(-math.log(max(one, 1e-9)) for one in left)) < _CHANCE_MIN:
        return "too long to be drawn from the whole delays"
    return ""


def refused_were_dropped(evidence: Evidence, *, impressions: float) -> Finding:
    """What a final 4xx refused was not sent again, and everything else has its row.

    ``impressions`` is how many were refused: they are lost, and the page said so.
    """
    name = "refused_were_dropped"
    refused = evidence.ledger.client[evidence.ledger.client["kind"] == "refused"]
    ids = exploded(refused)[["user", "artwork"]].drop_duplicates()
    n = len(ids)
    figures = {"measured": float(n), "target": impressions, "unit": "impressions", "n": n}
    again = _sent_again(evidence.ledger.client)
    if again:
        return failed(name, f"refused batches were sent {again} times more", **figures)
    if len(ids) != impressions or ids.empty:
        return undecided(name, f"{len(ids)} impressions were refused", **figures)
    if not evidence.fates.decided:
        return undecided(name, "there was no final read", **figures)
    kept = _still_queued(evidence.ledger.client)
    if kept:
        return failed(name, f"{kept} refused impressions are still in the queue", **figures)
    known = set(ids.itertuples(index=False, name=None))
    worse = evidence.fates.with_fate(Fate.LOST_ACKED, Fate.VANISHED)
    lost = evidence.fates.with_fate(Fate.LOST_UNACKED, Fate.UNDELIVERED)
    others = [*worse[["user", "artwork"]].itertuples(index=False, name=None)]
    others += set(lost[["user", "artwork"]].itertuples(index=False, name=None)) - known
    if others:
        return failed(
            name,
            f"{len(others)} impressions were lost that nobody refused",
            examples=tuple(sorted(f"{user}/{artwork}" for user, artwork in others)[:8]),
            **figures,
        )
    return passed(name, f"{len(ids)} refused and dropped, all others stored", **figures)


def _sent_again(client: pd.DataFrame) -> int:
    """Count the attempts that carried what had been refused: by the same tab in any batch (by its
    own clock), or by an heir in the same batch (as they were heard)."""
    again = 0
    refused_ns: dict[str, int] = {}
    own: set[tuple[str, str]] = set()
    for tab, rows in pages(client):
        dropped: set[tuple[str, str]] = set()
        for row in records(rows):
            views = {(str(row["user"]), one) for one in ids_of(row)}
            if row["kind"] == "refused":
                dropped |= views
                refused_ns.setdefault(str(row["batch"]), int(row["mono_ns"]))
                own.add((str(row["batch"]), tab))
            again += row["kind"] == "attempt" and bool(views & dropped)
    sent = attempts(client[client["tab"].isin(heirs(client)) & client["batch"].notna()])
    for row in records(sent):
        batch = str(row["batch"])
        is_later = row["mono_ns"] > refused_ns.get(batch, row["mono_ns"])
        again += is_later and (batch, row["tab"]) not in own
    return int(again)


def _still_queued(client: pd.DataFrame) -> int:
    """Count what tabs were told was refused, and held in their queue at their last word."""
    kept = 0
    for _, rows in pages(client):
        words = rows[rows["kind"] == "queue"].sort_values("mono_ns").tail(1)
        for word in records(words):
            before = rows[(rows["kind"] == "refused") & (rows["mono_ns"] <= word["mono_ns"])]
            kept += len({one for row in records(before) for one in ids_of(row)} & {*ids_of(word)})
    return kept


def telemetry_reconciles(evidence: Evidence, *, beacons_count: float) -> Finding:
    """Each page's own counters are what the ledger says, up to when it was asked last.

    ``flushSuccess`` and ``totalFlushed`` are batches and ids that were acknowledged (with
    ``beacons_count`` 1 also those the browser took as a beacon), attempts by transport are the
    attempts it told of, recorded are the views that were shown in it.
    """
    name = "telemetry_reconciles"
    client = evidence.ledger.client
    last = client[client["kind"] == "queue"].sort_values("mono_ns").groupby("tab").tail(1)
    wrong: list[str] = []
    missing: list[str] = []
    moving, counted = 0, 0
    for row in records(last):
        mine = client[(client["tab"] == row["tab"]) & client["page_wall_ns"].notna()]
        told = detail_of(row["detail"])
        off: list[str] = []
        for counter, booked in _booked(evidence, mine, row, bool(beacons_count)).items():
            counted += 1
            said = told.get(counter)
            if said is None:
                missing.append(counter)
            elif not _agrees(said, booked):
                off.append(f"{counter} {said}, the ledger says {_in_words(booked)}")
        is_moving = bool(off) and _in_motion(mine, row)
        moving += is_moving
        wrong += [] if is_moving else off
    if wrong:
        return failed(name, "; ".join(wrong[:4]), n=counted)
    if counted == 0:
        return undecided(name, "no page was asked for its telemetry", n=0)
    if missing:
        return undecided(name, f"pages do not count {', '.join(sorted({*missing}))}", n=counted)
    if moving:
        return undecided(name, f"{moving} pages were asked while they were sending", n=counted)
    return passed(name, f"{counted} counters of {len(last)} pages agree with the ledger", n=counted)


def _in_motion(mine: pd.DataFrame, word: dict[str, Any]) -> bool:
    """Return whether the page told of something so soon after its last word, or was at work when
    it gave it, that the two may have crossed."""
    after = mine["mono_ns"] - word["mono_ns"]
    late = bool(after.between(1, _IN_MOTION_NS).any())
    at_work = not pd.isna(word["in_flight"]) and word["in_flight"] > 0
    return late or (bool(at_work) and bool(after.between(-_IN_MOTION_NS, 0).any()))


def _agrees(said: object, booked: object) -> bool:
    if isinstance(said, dict):  # a transport that was not used may be left out
        said = {key: count for key, count in said.items() if count}
    return said in booked if isinstance(booked, range) else said == booked


def _in_words(booked: object) -> str:
    if not isinstance(booked, range):
        return str(booked)
    return str(booked[0]) if len(booked) == 1 else f"{booked[0]} to {booked[-1]}"


def _booked(
    evidence: Evidence, mine: pd.DataFrame, word: dict[str, Any], beacons: bool
) -> dict[str, object]:
    """Return counter → what the ledger says of one page up to its last word.

    A range where a view was on its way to the screen at that moment.
    """
    before = mine[mine["mono_ns"] <= word["mono_ns"]]
    kinds = ["acknowledged", "beacon_queued"] if beacons else ["acknowledged"]
    done = before[before["kind"].isin(kinds)].drop_duplicates("batch")
    sent = attempts(before)["transport"].value_counts()
    planned = records(before[before["kind"] == "retry_scheduled"])
    viewer = evidence.ledger.viewer
    seen = viewer[(viewer["tab"] == word["tab"]) & (viewer["mono_ns"] <= word["mono_ns"])]
    views = seen.drop_duplicates(["kind", "user", "artwork"])["kind"].value_counts()
    shown = int(views.get(Saw.VIEW_SHOWN.value, 0))
    return {
        "recorded": range(shown, max(shown, int(views.get(Saw.VIEW_INTENT.value, 0))) + 1),
        "flushSuccess": len(done),
        "totalFlushed": sum(len(ids_of(row)) for row in records(done)),
        "beaconQueued": int((before["kind"] == "beacon_queued").sum()),
        "retries": sum("online" not in reason_of(row) for row in planned),
        "attempts": {str(transport): int(count) for transport, count in sent.items() if count},
    }


def log_sampled(evidence: Evidence, *, success_share: float) -> Finding:
    """The page logged every failure, and of the successes a share that chance explains.

    Chance is the exact binomial, at three sigmas on each side. The scenario counted the lines in
    the page and noted them under the question "log lines".
    """
    name = "log_sampled"
    client = evidence.ledger.client
    good = bad = logged_good = logged_bad = 0
    notes = client[client["kind"] == "answer"].sort_values("mono_ns")
    said = [(row, detail_of(row["detail"])) for row in records(notes)]
    last = {row["tab"]: (row, one) for row, one in said if one.get("question") == "log lines"}
    for row, one in last.values():
        lines = one.get("answer")
        if not isinstance(lines, dict) or not all(
            isinstance(lines.get(key), int | float) for key in ("success", "failure")
        ):
            return undecided(name, "the note of the log lines is not readable", n=0)
        told = client[(client["tab"] == row["tab"]) & (client["mono_ns"] <= row["mono_ns"])]["kind"]
        good += int(told.isin(["acknowledged", "beacon_queued"]).sum())
        bad += int(told.isin(["unknown", "refused", "beacon_refused"]).sum())
        logged_good += int(lines["success"])
        logged_bad += int(lines["failure"])
    if good == 0 or bad == 0:
        return undecided(name, "there were no successes, no failures, or nobody counted", n=0)
    sentence = f"{logged_good} of {good} successes and {logged_bad} of {bad} failures were logged"
    figures = {"measured": logged_good / good, "target": success_share, "unit": "share", "n": good}
    chance = min(
        binomial_at_least(logged_good, good, success_share),
        binomial_at_most(logged_good, good, success_share),
    )
    if not 0 <= logged_good <= good or chance < _CHANCE_MIN or logged_bad != bad:
        return failed(name, sentence, **figures)
    if logged_good in (0, good) and 0 < success_share < 1:
        return undecided(name, f"{sentence}: too few to tell a share from none or all", **figures)
    return passed(name, sentence, **figures)
