"""Do the page's own counters and logs agree with what was seen of it?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.ledger.schema import Saw
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    attempts,
    detail_of,
    ids_of,
    reason_of,
    records,
)
from reports.statistics.share import THREE_SIGMAS, binomial_at_least, binomial_at_most
from reports.verdict.verdict import Finding

_IN_MOTION_NS = 250_000_000
"""A page's state is read over another line than its events; so far apart they may cross."""


@check(needs={Capability.TELEMETRY, Capability.PAGE_EVENTS})
def telemetry_reconciles(evidence: Evidence, *, beacons_count: float) -> Finding:
    """Each page's own counters are what the ledger says, up to when it was asked last.

    ``flushSuccess`` and ``totalFlushed`` are batches and ids that were acknowledged (with
    ``beacons_count`` 1 also those the browser took as a beacon), attempts by transport are the
    attempts it told of, recorded are the views that were shown in it.
    """
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
        return Figures(n=counted).failed("; ".join(wrong[:4]))
    if counted == 0:
        return no_evidence("no page was asked for its telemetry")
    if missing:
        return Figures(n=counted).undecided(f"pages do not count {', '.join(sorted({*missing}))}")
    if moving:
        return Figures(n=counted).undecided(f"{moving} pages were asked while they were sending")
    return Figures(n=counted).passed(
        f"{counted} counters of {len(last)} pages agree with the ledger"
    )


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


@check(needs={Capability.PAGE_EVENTS})
def log_sampled(evidence: Evidence, *, success_share: float) -> Finding:
    """The page logged every failure, and of the successes a share that chance explains.

    Chance is the exact binomial, at three sigmas on each side. The scenario counted the lines in
    the page and noted them under the question "log lines".
    """
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
            return no_evidence("the note of the log lines is not readable")
        told = client[(client["tab"] == row["tab"]) & (client["mono_ns"] <= row["mono_ns"])]["kind"]
        good += int(told.isin(["acknowledged", "beacon_queued"]).sum())
        bad += int(told.isin(["unknown", "refused", "beacon_refused"]).sum())
        logged_good += int(lines["success"])
        logged_bad += int(lines["failure"])
    if good == 0 or bad == 0:
        return no_evidence("there were no successes, no failures, or nobody counted")
    sentence = f"{logged_good} of {good} successes and {logged_bad} of {bad} failures were logged"
    figures = Figures(measured=logged_good / good, target=success_share, unit="share", n=good)
    chance = min(
        binomial_at_least(logged_good, good, success_share),
        binomial_at_most(logged_good, good, success_share),
    )
    if not 0 <= logged_good <= good or chance < THREE_SIGMAS or logged_bad != bad:
        return figures.failed(sentence)
    if logged_good in (0, good) and 0 < success_share < 1:
        return figures.undecided(f"{sentence}: too few to tell a share from none or all")
    return figures.passed(sentence)
