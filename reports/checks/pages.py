"""Did the page do what its rules say: which batches, when, over what, after which events?

Times are the page's own clock, so that a busy harness cannot blur them. What a page says while it
closes may never arrive; there the server's receipts speak.
"""

from __future__ import annotations

import json
import math

import pandas as pd

from reports.checks.base import Evidence, failed, passed, undecided
from reports.checks.client import attempts, batch_receipts, detail_of, page_ms, records
from reports.fates import VIEW
from reports.frame import exploded
from reports.verdict import Finding

_MANY = 8


def answered(evidence: Evidence, *, question: str, answer: str) -> Finding:
    """A question that the scenario put to the page was answered so (JSON text), every time."""
    name = "answered"
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == "answer"]
    said = [detail_of(text) for text in rows["detail"]]
    answers = [one["answer"] for one in said if one.get("question") == question]
    if not answers:
        return undecided(name, f"nobody asked: {question}", n=0)
    wrong = [one for one in answers if one != json.loads(answer)]
    if wrong:
        told = json.dumps(wrong[0], ensure_ascii=False)
        return failed(name, f"{question}: {told}, not {answer}", n=len(answers))
    return passed(name, f"{question}: {answer}", n=len(answers))


def batches_sent(evidence: Evidence, *, least: float, most: float) -> Finding:
    """The server processed at least and at most so many different batches."""
    name = "batches_sent"
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    found = int(receipts["batch"].nunique())
    figures = {"measured": float(found), "unit": "batches", "n": len(receipts)}
    bounds = f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"
    if not least <= found <= most:
        return failed(name, f"{found} batches arrived, expected {bounds}", **figures)
    return passed(name, f"{found} batches arrived, expected {bounds}", **figures)


def batches_full(evidence: Evidence, *, size: float) -> Finding:
    """Each tab's views came in as few batches as ``size`` ids a batch allow, none larger."""
    name = "batches_full"
    receipts = batch_receipts(evidence.ledger)
    views = evidence.fates.views.groupby("tab").size()
    if receipts.empty or views.empty:
        return undecided(name, "nothing was shown, or the server left no receipts", n=0)
    sizes = receipts.groupby(["tab", "batch"])["received"].max()
    found = sizes.groupby("tab").size().reindex(views.index, fill_value=0)
    wanted = views.map(lambda count: math.ceil(count / size))
    told = ", ".join(f"{ids} ids in {got}" for ids, got in zip(views, found, strict=True))
    figures = {"measured": float(found.sum()), "target": float(wanted.sum()), "unit": "batches"}
    if (found != wanted).any() or (sizes > size).any():
        return failed(name, f"{told} batches, the largest of {sizes.max()} ids", **figures)
    return passed(name, f"{told} batches of at most {size:.0f}", n=len(sizes), **figures)


def flushed_after(evidence: Evidence, *, delay_ms: float, tolerance_ms: float) -> Finding:
    """The first batch of each tab left so long after its first view (``recorded`` → attempt)."""
    name = "flushed_after"
    client = evidence.ledger.client
    recorded = page_ms(client[client["kind"] == "recorded"]).groupby(client["tab"]).min()
    first = page_ms(attempts(client)).groupby(client["tab"]).min()
    waits = (first - recorded).dropna()
    if waits.empty:
        return undecided(name, "no page recorded a view and sent it", n=0)
    worst = float(waits[(waits - delay_ms).abs().idxmax()])
    figures = {"measured": worst, "target": delay_ms, "unit": "ms", "n": len(waits)}
    sentence = f"the first batch left {worst:.0f} ms after its first view, rule {delay_ms:.0f}"
    if abs(worst - delay_ms) > tolerance_ms:
        return failed(name, f"{sentence} ± {tolerance_ms:.0f}", **figures)
    return passed(name, f"{sentence} ± {tolerance_ms:.0f}", **figures)


def flushes_keep_coming(evidence: Evidence, *, within_s: float) -> Finding:
    """While views went on, no view waited longer than the bound for the next flush to start."""
    name = "flushes_keep_coming"
    client = evidence.ledger.client
    recorded = client[client["kind"] == "recorded"]
    if recorded.empty:
        return undecided(name, "no page recorded a view", n=0)
    worst_s = 0.0
    for tab, views in recorded.groupby("tab"):
        times = page_ms(views).sort_values().to_list()
        sent = page_ms(attempts(client[client["tab"] == tab])).sort_values().to_list()
        for at in times[:-1]:  # the last one's flush may be the tab's end
            later = [one for one in sent if one >= at]
            waited_ms = (later[0] if later else math.inf) - at
            worst_s = max(worst_s, min(waited_ms, times[-1] - at) / 1000)
    figures = {"measured": worst_s, "target": within_s, "unit": "s", "n": len(recorded)}
    if worst_s > within_s:
        return failed(name, f"a view waited {worst_s:.1f} s while views went on", **figures)
    return passed(name, f"no view waited longer than {worst_s:.2f} s for a flush", **figures)


def each_id_once(evidence: Evidence) -> Finding:
    """No tab put the same artwork into two batches, nor twice into one."""
    name = "each_id_once"
    rows = exploded(batch_receipts(evidence.ledger))
    if rows.empty:
        return undecided(name, "the server left no receipts", n=0)
    once = rows.drop_duplicates(["batch", "attempt", "transport", *VIEW])
    inside = len(rows.drop_duplicates(["mono_ns", "batch", *VIEW])) < len(rows)
    batches = once.groupby(VIEW)["batch"].nunique()
    twice = batches[batches > 1]
    if len(twice) or inside:
        told = tuple(f"{user}/{artwork}" for user, _, artwork in twice.index[:_MANY])
        return failed(
            name, f"{len(twice)} views are in more than one batch", n=len(batches), examples=told
        )
    return passed(name, f"each of {len(batches)} views is in one batch, once", n=len(batches))


def one_in_flight(evidence: Evidence) -> Finding:
    """No tab had two requests under way at once while it was visible."""
    name = "one_in_flight"
    client = evidence.ledger.client
    ends = {"acknowledged", "refused", "held", "unknown"}
    under_way: dict[str, set[tuple[str, int]]] = {}
    requests, overlaps = 0, 0
    told = client[client["batch"].notna() & client["attempt"].notna()]
    for row in records(told.sort_values("page_wall_ns", kind="stable")):
        waiting = under_way.setdefault(str(row["tab"]), set())
        request = (str(row["batch"]), int(row["attempt"]))
        if row["kind"] == "attempt" and row["transport"] in ("fetch", "keepalive"):
            requests += 1
            overlaps += bool(waiting)
            waiting.add(request)
        elif row["kind"] in ends:
            waiting.discard(request)
    figures = {"measured": float(overlaps), "target": 0.0, "unit": "overlaps", "n": requests}
    if requests == 0:
        return undecided(name, "no page sent a request of which it could see the end", n=0)
    if overlaps:
        return failed(
            name, f"{overlaps} of {requests} requests began before another ended", **figures
        )
    return passed(name, f"{requests} requests, one at a time", **figures)


def bytes_measured(evidence: Evidence) -> Finding:
    """What the page measured of each request is what the server received, byte for byte."""
    name = "bytes_measured"
    sent = attempts(evidence.ledger.client)
    if sent.empty:
        return undecided(name, "no page sent anything", n=0)
    sizes = sent.assign(measured=sent["detail"].map(lambda text: detail_of(text).get("bytes")))
    receipts = batch_receipts(evidence.ledger)
    both = sizes.merge(receipts, on=["batch", "attempt"], suffixes=("", "_server"))
    both = both[both["measured"].notna()]
    if both.empty:
        return undecided(name, "no measured request is in the receipts", n=0)
    wrong = both[both["measured"] != both["bytes"]]
    figures = {"measured": float(len(wrong)), "target": 0.0, "unit": "requests", "n": len(both)}
    if len(wrong):
        one = wrong.iloc[0]
        return failed(name, f"{one['measured']} bytes measured, {one['bytes']} received", **figures)
    largest = int(both["bytes"].max())
    return passed(name, f"{len(both)} requests measured right, up to {largest:,} bytes", **figures)


def went_over(evidence: Evidence, *, transport: str, least: float) -> Finding:
    """At least so many batches that the server processed came over this transport."""
    name = "went_over"
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return undecided(name, "the server left no receipts", n=0)
    came = int((receipts["transport"] == transport).sum())
    used = ", ".join(f"{n} {t}" for t, n in receipts["transport"].value_counts().items())
    figures = {"measured": float(came), "target": least, "unit": "requests", "n": len(receipts)}
    if came < least:
        return failed(name, f"{came} requests came over {transport} ({used})", **figures)
    return passed(name, f"{came} requests came over {transport} ({used})", **figures)


def tried(evidence: Evidence, *, transport: str, least: float) -> Finding:
    """The page tried this transport at least so often, whatever became of it."""
    name = "tried"
    sent = attempts(evidence.ledger.client)
    found = int((sent["transport"] == transport).sum())
    figures = {"measured": float(found), "target": least, "unit": "attempts", "n": len(sent)}
    if found < least:
        return undecided(name, f"the page was seen to try {transport} {found} times", **figures)
    return passed(name, f"the page tried {transport} {found} times", **figures)


def events_from_browser(evidence: Evidence, *, event: str, least: float) -> Finding:
    """Pages heard this event (visibility, pagehide, pageshow) so often, always from the browser."""
    name = "events_from_browser"
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == event]
    reasons = [str(detail_of(text).get("reason")) for text in rows["detail"]]
    made_up = [reason for reason in reasons if "isTrusted=true" not in reason]
    figures = {"measured": float(len(rows)), "target": least, "unit": "events", "n": len(rows)}
    if made_up:
        return failed(name, f"{len(made_up)} {event} events came from a script", **figures)
    if len(rows) < least:
        return undecided(name, f"pages told of {len(rows)} {event} events", **figures)
    return passed(name, f"{len(rows)} {event} events, all from the browser", **figures)


def one_flush_per_hide(evidence: Evidence) -> Finding:
    """No batch was handed to the browser as a beacon more often than its tab was hidden."""
    name = "one_flush_per_hide"
    client, receipts = evidence.ledger.client, batch_receipts(evidence.ledger)
    told = attempts(client)
    seen = pd.concat(
        [
            told[["tab", "batch", "attempt", "transport"]],
            receipts[["tab", "batch", "attempt", "transport"]],
        ]
    )
    beacons = seen[seen["transport"] == "beacon"].drop_duplicates(["batch", "attempt"])
    if beacons.empty:
        return undecided(name, "no beacon was seen", n=0)
    hidden = client["detail"].map(lambda text: "hidden" in str(detail_of(text).get("reason")))
    hides = client[(client["kind"] == "visibility") & hidden].groupby("tab").size()
    ends = client[client["kind"].isin(["tab_closing", "tab_leaving"])].groupby("tab").size()
    allowed = hides.add(ends, fill_value=0)
    counts = beacons.groupby(["tab", "batch"]).size()
    limits = counts.index.get_level_values("tab").map(lambda tab: max(1, allowed.get(tab, 0)))
    over = int((counts.to_numpy() > limits.to_numpy()).sum())
    figures = {"measured": float(over), "target": 0.0, "unit": "batches", "n": len(beacons)}
    if over:
        return failed(name, f"{over} batches were flushed twice for one hide", **figures)
    return passed(name, f"{len(beacons)} beacons, at most one a batch and hide", **figures)


def tabs_distinct(evidence: Evidence, *, tabs: float) -> Finding:
    """So many pages showed something, each under an id of its own."""
    name = "tabs_distinct"
    opened = evidence.ledger.client[evidence.ledger.client["kind"] == "tab_opened"]["tab"]
    ids = opened.nunique()
    figures = {"measured": float(ids), "target": tabs, "unit": "tabs", "n": len(opened)}
    if len(opened) != tabs:
        return undecided(name, f"{len(opened)} of {tabs:.0f} tabs were opened", **figures)
    if ids != tabs:
        return failed(name, f"{tabs:.0f} tabs share {ids} ids", **figures)
    return passed(name, f"{ids} tabs, {ids} ids", **figures)
