"""Did the page do what its rules say: which batches, when, over what, after which events?

Times are the page's own clock, so that a busy harness cannot blur them. What a page says while it
closes may never arrive; there the server's receipts speak.
"""

from __future__ import annotations

import bisect
import json
import math
from collections import Counter
from typing import Any

import pandas as pd

from reports.checks.base import failed, passed, undecided
from reports.evidence.evidence import Evidence
from reports.evidence.fates import VIEW, keys_of
from reports.evidence.frame import exploded, id_counts
from reports.evidence.pages import (
    attempts,
    batch_receipts,
    batches_in,
    detail_of,
    flushes,
    heirs,
    ids_of,
    in_flight,
    may_lack_receipts,
    ms_of,
    page_ms,
    pages,
    reason_of,
    records,
    unheard,
)
from reports.verdict.verdict import Finding

_MANY = 8


def answered(evidence: Evidence, *, question: str, answer: str) -> Finding:
    """A question that the scenario put to the page was answered so (JSON text), every time."""
    name = "answered"
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == "answer"]
    said = [detail_of(text) for text in rows["detail"]]
    answers = [one.get("answer", ...) for one in said if one.get("question") == question]
    if not answers:
        return undecided(name, f"nobody asked: {question}", n=0)
    wrong = [one for one in answers if not _same(one, json.loads(answer))]
    if wrong:
        told = "nothing" if wrong[0] is ... else json.dumps(wrong[0], ensure_ascii=False)
        return failed(name, f"{question}: {told}, not {answer}", n=len(answers))
    return passed(name, f"{question}: {answer}", n=len(answers))


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)


def batches_sent(evidence: Evidence, *, least: float, most: float) -> Finding:
    """The server processed at least and at most so many different batches."""
    name = "batches_sent"
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    fewest, highest = batches_in(receipts)
    figures = {"measured": float(fewest), "unit": "batches", "n": len(receipts)}
    bounds = f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"
    found = f"{fewest}" if fewest == highest else f"{fewest} to {highest}"
    told = f"{found} batches arrived, expected {bounds}"
    if fewest > most or (highest < least and not may_lack_receipts(evidence.ledger)):
        return failed(name, told, **figures)
    if fewest < least or highest > most:
        return undecided(name, f"{told}; not every receipt is there or names one", **figures)
    return passed(name, told, **figures)


def batches_full(evidence: Evidence, *, size: float) -> Finding:
    """Each tab's views came in as few batches as ``size`` ids a batch allow, none larger."""
    name = "batches_full"
    receipts = batch_receipts(evidence.ledger)
    views = evidence.fates.views
    if receipts.empty or views.empty:
        return undecided(name, "nothing was shown, or the server left no receipts", n=0)
    if receipts[["tab", "batch"]].isna().to_numpy().any():
        return undecided(name, "receipts do not say which batch of which tab", n=len(receipts))
    listed = pd.Series(id_counts(receipts), index=receipts.index)
    counts = (
        receipts["received"].fillna(0).astype("int64").where(lambda told: told > listed, listed)
    )
    sizes = counts.groupby([receipts["tab"], receipts["batch"]]).max()
    shown = views.groupby("tab").size()
    found = sizes.groupby("tab").size().reindex(shown.index, fill_value=0)
    wanted = shown.map(lambda count: math.ceil(count / size))
    each = [f"{ids} ids in {got}" for ids, got in zip(shown, found, strict=True)]
    told = ", ".join(each[:_MANY]) + " …" * (len(each) > _MANY)
    figures = {
        "measured": float(found.sum()),
        "target": float(wanted.sum()),
        "unit": "batches",
        "n": len(sizes),
    }
    if (found > wanted).any() or (sizes > size).any():
        return failed(name, f"{told} batches, the largest of {sizes.max()} ids", **figures)
    missing = int((~keys_of(views, VIEW).isin(keys_of(exploded(receipts), VIEW))).sum())
    if missing:
        return undecided(name, f"{missing} views came in no batch ({told} batches)", **figures)
    return passed(name, f"{told} batches of at most {size:.0f}", **figures)


def flushed_after(evidence: Evidence, *, delay_ms: float, tolerance_ms: float) -> Finding:
    """The first batch of each tab left so long after its first view (``recorded`` → attempt).

    A batch that was adopted is another tab's. A tab that was closed before its time is not judged.
    """
    name = "flushed_after"
    waits, silent = [], 0
    for _, rows in pages(evidence.ledger.client):
        views = rows[rows["kind"] == "recorded"]
        if views.empty:
            continue
        first = records(views)[0]
        carried = [row for row in records(attempts(rows)) if _carries(row, first)]
        wait = ms_of(carried[0]) - ms_of(first) if carried else math.nan
        if not math.isnan(wait):
            waits.append(wait)
        else:
            ends = rows[rows["kind"].isin(["tab_closing", "tab_leaving"])]["mono_ns"]
            silent += not (ends < first["mono_ns"] + (delay_ms + tolerance_ms) * 1e6).any()
    if not waits:
        return undecided(name, "no page recorded a view and sent it", n=0)
    worst = max(waits, key=lambda wait: (wait < 0, abs(wait - delay_ms)))
    figures = {"measured": worst, "target": delay_ms, "unit": "ms", "n": len(waits)}
    sentence = f"the first batch left {worst:.0f} ms after its first view, rule {delay_ms:.0f}"
    if worst < 0 or abs(worst - delay_ms) > tolerance_ms:
        return failed(name, f"{sentence} ± {tolerance_ms:.0f}", **figures)
    if silent:
        return undecided(name, f"{silent} tabs were never heard to send their view", **figures)
    return passed(name, f"{sentence} ± {tolerance_ms:.0f}", **figures)


def _carries(attempt: dict[str, Any], recorded: dict[str, Any]) -> bool:
    """Return whether an attempt took what was recorded along."""
    if pd.isna(recorded["batch"]) or pd.isna(attempt["batch"]):
        return bool(set(ids_of(recorded)) & set(ids_of(attempt)))
    return bool(attempt["batch"] == recorded["batch"])


def flushes_keep_coming(evidence: Evidence, *, within_s: float) -> Finding:
    """While views went on, no view waited longer than the bound for the next flush to start.

    Each view is waited for until the last one of its tab, since that one's flush may be the tab's
    end. Views that went on for less than the bound show nothing.
    """
    name = "flushes_keep_coming"
    client = evidence.ledger.client
    worst_ms, went_on_ms, count = 0.0, 0.0, 0
    for _, rows in pages(client):
        times = page_ms(rows[rows["kind"] == "recorded"]).dropna().to_list()
        sent = [*page_ms(attempts(rows)).dropna(), math.inf]
        count += len(times)
        for at in times:
            flushed = sent[bisect.bisect_left(sent, at)]
            worst_ms = max(worst_ms, min(flushed, times[-1]) - at)
        went_on_ms = max(went_on_ms, times[-1] - times[0] if times else 0.0)
    worst_s = worst_ms / 1000
    figures = {"measured": worst_s, "target": within_s, "unit": "s", "n": count}
    if worst_s > within_s:
        return failed(name, f"a view waited {worst_s:.1f} s while views went on", **figures)
    if went_on_ms <= within_s * 1000:
        return undecided(name, f"views went on for {went_on_ms / 1000:.1f} s only", n=count)
    return passed(name, f"no view waited longer than {worst_s:.2f} s for a flush", **figures)


def each_id_once(evidence: Evidence) -> Finding:
    """No tab put the same artwork into two batches, nor twice into one.

    Receipts show what the server processed; what a page was heard to send shows the rest.
    """
    name = "each_id_once"
    ledger = evidence.ledger
    receipts = batch_receipts(ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    own = ledger.client[~ledger.client["tab"].isin(heirs(ledger.client))]
    sources = [receipts.reset_index(drop=True), attempts(own).reset_index(drop=True)]
    columns = ["user", "tab", "batch", "artworks"]
    rows = exploded(
        pd.concat([source[columns].astype("object") for source in sources], keys=[0, 1])
    )
    inside = rows.assign(request=list(rows.index)).duplicated(["request", *VIEW, "batch"])
    batches = rows.groupby(VIEW)["batch"].nunique()
    again = rows[inside][VIEW].itertuples(index=False, name=None)
    twice = sorted({*batches[batches > 1].index, *again}, key=str)
    if twice:
        told = tuple(f"{user}/{artwork}" for user, _, artwork in twice[:_MANY])
        sentence = f"{len(twice)} views are in more than one batch, or twice in one"
        return failed(name, sentence, n=len(batches), examples=told)
    if receipts[["tab", "batch"]].isna().to_numpy().any():
        return undecided(name, "receipts do not say which batch of which tab", n=len(batches))
    return passed(name, f"each of {len(batches)} views is in one batch, once", n=len(batches))


def one_in_flight(evidence: Evidence) -> Finding:
    """No tab had two requests under way at once while it was visible.

    A beacon is no such request: the page never sees its end.
    """
    name = "one_in_flight"
    client = evidence.ledger.client
    requests, overlaps = in_flight(client)
    untold = int(attempts(client)[["tab", "transport"]].isna().any(axis=1).sum())
    figures = {"measured": float(overlaps), "target": 0.0, "unit": "overlaps", "n": requests}
    if overlaps:
        return failed(
            name, f"{overlaps} of {requests} requests began before another ended", **figures
        )
    if untold:
        return undecided(name, f"{untold} attempts name no tab or no transport", **figures)
    if requests == 0:
        return undecided(name, "no visible page sent a request whose end it could see", n=0)
    return passed(name, f"{requests} requests, one at a time", **figures)


def bytes_measured(evidence: Evidence) -> Finding:
    """What the page measured of each request is what the server received, byte for byte."""
    name = "bytes_measured"
    ledger = evidence.ledger
    told: dict[tuple[str, int], list[tuple[str, object]]] = {}
    for row in records(attempts(ledger.client).dropna(subset=["tab", "batch", "attempt"])):
        key = (str(row["batch"]), int(row["attempt"]))
        told.setdefault(key, []).append((str(row["tab"]), detail_of(row["detail"]).get("bytes")))
    may_send = heirs(ledger.client)
    sizes, wrong, untold = [], [], 0
    receipts = batch_receipts(ledger).dropna(subset=["batch", "attempt", "bytes"])
    for row in records(receipts):
        said = told.get((str(row["batch"]), int(row["attempt"])), [])
        senders = (
            said
            if pd.isna(row["tab"])
            else [one for one in said if one[0] == row["tab"] or one[0] in may_send]
        )
        measured = [one for _, one in senders if one is not None]
        untold += bool(senders) and not measured
        if measured:
            sizes.append(int(row["bytes"]))
            if row["bytes"] not in measured:
                wrong.append(f"{measured[0]} bytes measured, {row['bytes']} received")
    figures = {"measured": float(len(wrong)), "target": 0.0, "unit": "requests", "n": len(sizes)}
    if wrong:
        return failed(name, wrong[0], **figures)
    if untold or not sizes:
        return undecided(name, f"{untold} requests in the receipts were not measured", n=len(sizes))
    return passed(
        name, f"{len(sizes)} requests measured right, up to {max(sizes):,} bytes", **figures
    )


def went_over(evidence: Evidence, *, transport: str, least: float) -> Finding:
    """At least so many batches that the server processed came over this transport."""
    name = "went_over"
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    came = receipts[(receipts["transport"] == transport).fillna(False)]
    fewest, highest = batches_in(came)
    used = ", ".join(f"{n} {t}" for t, n in receipts["transport"].value_counts().items() if n)
    sentence = f"{fewest} batches came over {transport} (requests: {used})"
    figures = {"measured": float(fewest), "target": least, "unit": "batches", "n": len(receipts)}
    if fewest >= least:
        return passed(name, sentence, **figures)
    nameless = int(receipts["transport"].isna().sum())
    if highest + nameless >= least or may_lack_receipts(evidence.ledger):
        return undecided(name, f"{sentence}; not every receipt is there or says", **figures)
    return failed(name, sentence, **figures)


def events_from_browser(evidence: Evidence, *, event: str, least: float) -> Finding:
    """Pages heard this event (visibility, pagehide, pageshow) so often, always from the browser."""
    name = "events_from_browser"
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == event]
    reasons = [reason_of(row) for row in records(rows)]
    made_up = sum("isTrusted=false" in words for words in reasons)
    real = sum("isTrusted=true" in words for words in reasons) if not made_up else 0
    figures = {"measured": float(real), "target": least, "unit": "events", "n": len(rows)}
    if made_up:
        return failed(name, f"{made_up} {event} events came from a script", **figures)
    if real < len(rows):
        told = f"{len(rows) - real} {event} events do not say where they came from"
        return undecided(name, told, **figures)
    if real < max(least, 1):
        return undecided(name, f"pages told of {real} {event} events", **figures)
    return passed(name, f"{real} {event} events, all from the browser", **figures)


def one_flush_per_hide(evidence: Evidence) -> Finding:
    """No batch was handed to the browser as a beacon twice while its tab was hidden only once.

    A beacon that the browser refused was not handed over, and one whose batch then failed over
    another transport may be asked for again. What a closing page did not say, receipts tell.
    """
    name = "one_flush_per_hide"
    ledger = evidence.ledger
    quiet = unheard(ledger)
    quiet = quiet[(quiet["transport"] == "beacon").fillna(False)]
    beacons, over, room = len(quiet), 0, Counter[tuple[str, str]]()
    for tab, rows in pages(ledger.client):
        found, last = flushes(rows)
        beacons += found.total()
        over += sum(count > 1 for count in found.values())
        ends = int(rows["kind"].isin(["tab_closing", "tab_leaving"]).sum())
        room[tab, ""] = max(ends, 1)
        for batch in {batch for batch, returns, _ in found if returns == last}:
            room[tab, batch] = -1
    may_send = heirs(ledger.client)
    for (tab, batch), count in quiet.groupby(["tab", "batch"]).size().items():  # type: ignore[misc]
        senders = may_send | {tab}
        allowed = sum(room.get((one, ""), 1) + room[one, batch] for one in senders)
        over += bool(count > allowed)
    figures = {"measured": float(over), "target": 0.0, "unit": "batches", "n": beacons}
    if beacons == 0:
        return undecided(name, "no beacon was seen", n=0)
    if over:
        return failed(name, f"{over} batches were flushed twice for one hide", **figures)
    return passed(name, f"{beacons} beacons, at most one a batch and hide", **figures)


def tabs_distinct(evidence: Evidence, *, tabs: float) -> Finding:
    """So many tabs were opened, each under an id of its own, and closed under one of its own.

    The id changes with every load: a reloaded tab that took another's shows when both are closed.
    """
    name = "tabs_distinct"
    client = evidence.ledger.client
    opened, closed = (
        client[client["kind"] == kind]["tab"] for kind in ("tab_opened", "tab_closed")
    )
    ids = opened.nunique()
    figures = {"measured": float(ids), "target": tabs, "unit": "tabs", "n": len(opened)}
    for when, rows in (("opened", opened), ("closed", closed)):
        if rows.nunique() != len(rows):
            return failed(name, f"{len(rows)} tabs {when} share {rows.nunique()} ids", **figures)
    if len(opened) != tabs or ids == 0:
        return undecided(name, f"{len(opened)} of {tabs:.0f} tabs were opened", **figures)
    return passed(name, f"{ids} tabs, {ids} ids", **figures)
