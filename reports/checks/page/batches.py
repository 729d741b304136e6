"""Batches that arrived: how many, how full, over which transport, and what is in them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from harness.ledger.kinds import CLIENT, SERVER
from harness.ledger.kinds.client import Attempt
from harness.target.capabilities import Capability
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.kinds import decoded, records
from reports.evidence.evidence import Evidence
from reports.evidence.fates import (
    VIEW,
    keys_of,
)
from reports.evidence.frame import LedgerFrames, exploded, id_counts
from reports.evidence.pages import (
    attempts,
    batch_receipts,
    batches_in,
    heirs,
    may_lack_receipts,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def batches_sent(evidence: Evidence, *, least: float, most: float) -> Finding:
    """The server processed ``least`` to ``most`` different batches."""
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return no_evidence("the server left no receipts")
    fewest, highest = batches_in(receipts)
    figures = Figures(measured=fewest, unit="batches", n=len(receipts))
    bounds = f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"
    count = f"{fewest}" if fewest == highest else f"{fewest} to {highest}"
    sentence = f"{count} batches arrived, expected {bounds}"
    if fewest > most or (highest < least and not may_lack_receipts(evidence.ledger)):
        return figures.failed(sentence)
    if fewest < least or highest > most:
        return figures.undecided(f"{sentence}; receipts are missing or name no batch")
    return figures.passed(sentence)


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def batches_full(evidence: Evidence, *, size: float) -> Finding:
    """Each tab's views came in as few batches as ``size`` ids a batch allow, none larger."""
    receipts = batch_receipts(evidence.ledger)
    views = evidence.fates.views
    if receipts.empty or views.empty:
        return no_evidence("nothing was shown, or the server left no receipts")
    if receipts[["tab", "batch"]].isna().to_numpy().any():
        return Figures(n=len(receipts)).undecided("receipts lack their batch or their tab")
    received = receipts["received"].fillna(0).to_numpy(dtype="int64")
    counts = pd.Series(np.maximum(received, id_counts(receipts)), index=receipts.index)
    sizes = counts.groupby([receipts["tab"], receipts["batch"]]).max()
    shown = views.groupby("tab").size()
    batches = sizes.groupby("tab").size().reindex(shown.index, fill_value=0)
    fewest = shown.map(lambda count: math.ceil(count / size))
    each = [f"{ids} ids in {count}" for ids, count in zip(shown, batches, strict=True)]
    by_tab = ", ".join(each[:EXAMPLES_MAX]) + " …" * (len(each) > EXAMPLES_MAX)
    figures = Figures(measured=batches.sum(), target=fewest.sum(), unit="batches", n=len(sizes))
    if (batches > fewest).any() or (sizes > size).any():
        return figures.failed(f"{by_tab} batches, the largest of {sizes.max()} ids")
    missing = int((~keys_of(views, VIEW).isin(keys_of(exploded(receipts), VIEW))).sum())
    if missing:
        return figures.undecided(f"{missing} views came in no batch ({by_tab} batches)")
    return figures.passed(f"{by_tab} batches of at most {size:.0f}")


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def each_id_once(evidence: Evidence) -> Finding:
    """No tab put the same artwork into two batches, nor twice into one.

    Receipts show what the server processed; the attempts that pages reported show the rest.
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
    figures = Figures(n=len(batches))
    if twice:
        return figures.failed(
            f"{len(twice)} views are in more than one batch, or twice in one",
            examples=[f"{user}/{artwork}" for user, _, artwork in twice],
        )
    if receipts[["tab", "batch"]].isna().to_numpy().any():
        return figures.undecided("receipts lack their batch or their tab")
    return figures.passed(f"each of {len(batches)} views is in one batch, once")


@check(
    needs={Capability.RECEIPTS, Capability.PAGE_EVENTS, Capability.BATCH_IDENTITY},
    always=True,
    applies=lambda evidence: (
        _measured(evidence.ledger)[2] == 0 < len(_measured(evidence.ledger)[0])
    ),
    rests_on={CLIENT.name, SERVER.name},
)
def bytes_measured(evidence: Evidence) -> Finding:
    """The size that the page measured of each request is what the server received, in bytes."""
    sizes, wrong, unmeasured = _measured(evidence.ledger)
    figures = Figures(measured=len(wrong), target=0, unit="requests", n=len(sizes))
    if wrong:
        return figures.failed(wrong[0])
    if unmeasured or not sizes:
        return Figures(n=len(sizes)).undecided(
            f"{unmeasured} requests in the receipts were not measured"
        )
    return figures.passed(f"{len(sizes)} requests measured right, up to {max(sizes):,} bytes")


def _measured(ledger: LedgerFrames) -> tuple[list[int], list[str], int]:
    """Return the sizes of the requests that pages measured and the server received, in words those
    that differ, and how many requests of pages were not measured."""
    return ledger.remembered("measured requests", lambda: _compare_sizes(ledger))


def _compare_sizes(ledger: LedgerFrames) -> tuple[list[int], list[str], int]:
    reports: dict[tuple[str, int], list[tuple[str, object]]] = {}
    for row in records(attempts(ledger.client).dropna(subset=["tab", "batch", "attempt"])):
        request = (str(row["batch"]), int(row["attempt"]))
        measured = decoded(row, Attempt).body_bytes
        reports.setdefault(request, []).append((str(row["tab"]), measured))
    if not reports:
        return [], [], 0
    may_send = heirs(ledger.client)
    sizes, wrong, unmeasured = list[int](), list[str](), 0
    receipts = batch_receipts(ledger).dropna(subset=["batch", "attempt", "bytes"])
    for row in records(receipts):
        senders = [
            (tab, measured)
            for tab, measured in reports.get((str(row["batch"]), int(row["attempt"])), [])
            if pd.isna(row["tab"]) or tab == row["tab"] or tab in may_send
        ]
        known = [measured for _, measured in senders if measured is not None]
        unmeasured += bool(senders) and not known
        if known:
            sizes.append(int(row["bytes"]))
            if row["bytes"] not in known:
                wrong.append(f"{known[0]} bytes measured, {row['bytes']} received")
    return sizes, wrong, unmeasured


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def went_over(evidence: Evidence, *, transport: str, least: float) -> Finding:
    """At least ``least`` batches that the server processed came over ``transport``."""
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
        return figures.undecided(f"{sentence}; receipts are missing or lack their transport")
    return figures.failed(sentence)
