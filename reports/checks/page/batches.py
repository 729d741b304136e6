"""Which batches arrived: how many, how full, over what, and what is in them."""

from __future__ import annotations

import math

import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    VIEW,
    keys_of,
)
from reports.evidence.frame import exploded, id_counts
from reports.evidence.pages import (
    attempts,
    batch_receipts,
    batches_in,
    detail_of,
    heirs,
    may_lack_receipts,
    records,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def batches_sent(evidence: Evidence, *, least: float, most: float) -> Finding:
    """The server processed at least and at most so many different batches."""
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return no_evidence("the server left no receipts")
    fewest, highest = batches_in(receipts)
    figures = Figures(measured=fewest, unit="batches", n=len(receipts))
    bounds = f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"
    found = f"{fewest}" if fewest == highest else f"{fewest} to {highest}"
    told = f"{found} batches arrived, expected {bounds}"
    if fewest > most or (highest < least and not may_lack_receipts(evidence.ledger)):
        return figures.failed(told)
    if fewest < least or highest > most:
        return figures.undecided(f"{told}; not every receipt is there or names one")
    return figures.passed(told)


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def batches_full(evidence: Evidence, *, size: float) -> Finding:
    """Each tab's views came in as few batches as ``size`` ids a batch allow, none larger."""
    receipts = batch_receipts(evidence.ledger)
    views = evidence.fates.views
    if receipts.empty or views.empty:
        return no_evidence("nothing was shown, or the server left no receipts")
    if receipts[["tab", "batch"]].isna().to_numpy().any():
        return Figures(n=len(receipts)).undecided("receipts do not say which batch of which tab")
    listed = pd.Series(id_counts(receipts), index=receipts.index)
    counts = (
        receipts["received"].fillna(0).astype("int64").where(lambda told: told > listed, listed)
    )
    sizes = counts.groupby([receipts["tab"], receipts["batch"]]).max()
    shown = views.groupby("tab").size()
    found = sizes.groupby("tab").size().reindex(shown.index, fill_value=0)
    wanted = shown.map(lambda count: math.ceil(count / size))
    each = [f"{ids} ids in {got}" for ids, got in zip(shown, found, strict=True)]
    told = ", ".join(each[:EXAMPLES_MAX]) + " …" * (len(each) > EXAMPLES_MAX)
    figures = Figures(
        measured=float(found.sum()), target=float(wanted.sum()), unit="batches", n=len(sizes)
    )
    if (found > wanted).any() or (sizes > size).any():
        return figures.failed(f"{told} batches, the largest of {sizes.max()} ids")
    missing = int((~keys_of(views, VIEW).isin(keys_of(exploded(receipts), VIEW))).sum())
    if missing:
        return figures.undecided(f"{missing} views came in no batch ({told} batches)")
    return figures.passed(f"{told} batches of at most {size:.0f}")


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def each_id_once(evidence: Evidence) -> Finding:
    """No tab put the same artwork into two batches, nor twice into one.

    Receipts show what the server processed; what a page was heard to send shows the rest.
    """
    ledger = evidence.ledger
    receipts = batch_receipts(ledger)
    if receipts.empty:
        return no_evidence("the server left no receipts")
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
        told = tuple(f"{user}/{artwork}" for user, _, artwork in twice[:EXAMPLES_MAX])
        sentence = f"{len(twice)} views are in more than one batch, or twice in one"
        return Figures(n=len(batches)).failed(sentence, examples=told)
    if receipts[["tab", "batch"]].isna().to_numpy().any():
        return Figures(n=len(batches)).undecided("receipts do not say which batch of which tab")
    return Figures(n=len(batches)).passed(f"each of {len(batches)} views is in one batch, once")


@check(needs={Capability.RECEIPTS, Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY})
def bytes_measured(evidence: Evidence) -> Finding:
    """What the page measured of each request is what the server received, byte for byte."""
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
    figures = Figures(measured=len(wrong), target=0, unit="requests", n=len(sizes))
    if wrong:
        return figures.failed(wrong[0])
    if untold or not sizes:
        return Figures(n=len(sizes)).undecided(
            f"{untold} requests in the receipts were not measured"
        )
    return figures.passed(f"{len(sizes)} requests measured right, up to {max(sizes):,} bytes")


@check(needs={Capability.RECEIPTS})
def went_over(evidence: Evidence, *, transport: str, least: float) -> Finding:
    """At least so many batches that the server processed came over this transport."""
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return no_evidence("the server left no receipts")
    came = receipts[(receipts["transport"] == transport).fillna(False)]
    fewest, highest = batches_in(came)
    used = ", ".join(f"{n} {t}" for t, n in receipts["transport"].value_counts().items() if n)
    sentence = f"{fewest} batches came over {transport} (requests: {used})"
    figures = Figures(measured=fewest, target=least, unit="batches", n=len(receipts))
    if fewest >= least:
        return figures.passed(sentence)
    nameless = int(receipts["transport"].isna().sum())
    if highest + nameless >= least or may_lack_receipts(evidence.ledger):
        return figures.undecided(f"{sentence}; not every receipt is there or says")
    return figures.failed(sentence)
