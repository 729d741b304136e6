"""Was every impression that was shown stored exactly once, and nothing else?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.network import BrowserUsed, FaultStart
from harness.target.capabilities import Capability, Wrong
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind
from reports.core.types import Flags
from reports.evidence.evidence import Evidence
from reports.evidence.exchange.redirected import redirected, signed_out
from reports.evidence.fates import Fate, names_of
from reports.evidence.table.sent_once import sent_once
from reports.verdict.verdict import Finding

_BY_THE_SYSTEM = ": no client repeated them, the system did or a proxy that is part of it"
_BY_THE_BROWSER = (
    "; the client may have sent each once: a browser repeats a request whose connection ends "
    "without an answer, and no attempts are counted here"
)
_LOSSES = (Fate.LOST_ACKED, Fate.VANISHED, Fate.LOST_UNACKED, Fate.UNDELIVERED)


@check(needs={Capability.DATABASE}, forbids=Wrong.LOSS)
def nothing_lost(evidence: Evidence) -> Finding:
    """Every impression that was shown has its row at the end.

    One whose request was answered by a redirect may be stored where it leads: no redirect is
    followed, so it is neither a loss nor none. Nor is one whose user's session had ended, which a
    client would open again and a load does not, where the server leaves no receipts that say why.
    """
    shown = evidence.fates.impressions["shown_ns"].notna()
    total = int(shown.sum())
    if total == 0:
        return no_evidence("nothing was shown, so nothing could be lost")
    if not evidence.fates.decided:
        return Figures(n=total).undecided(f"{total} shown, but there was no final read")
    missing = evidence.fates.with_fate(*_LOSSES)
    undecided = _undecided(evidence, missing)
    lost = missing[~np.logical_or.reduce([*undecided.values()])]
    figures = Figures(measured=len(lost), target=0, unit="impressions", n=total)
    why = [words for words, is_it in undecided.items() if is_it.any()]
    if not len(lost) and why:
        return figures.undecided(
            f"{len(missing)} of {total} shown impressions have no row, and {'; '.join(why)}",
            examples=names_of(missing),
        )
    if len(lost):
        return figures.failed(
            f"{len(lost)} of {total} shown impressions have no row: {_by_fate(lost)}",
            examples=names_of(lost),
        )
    return figures.passed(f"all {total} shown impressions have their row")


@check(needs={Capability.DATABASE}, forbids=Wrong.DUPLICATE, rests_on={DATABASE.name})
def nothing_twice(evidence: Evidence) -> Finding:
    """No impression has two rows.

    What a load generator sent in one request alone, or the relay saw arrive in one, was repeated by
    the system or by a proxy that is part of it: the finding says of how many that is known.
    Where a connection that was used before ends without an answer Chromium and Firefox send its
    request again by themselves (measured with a page that sends each once); where batches count no
    attempts, and requests are not numbered, that looks like a client that sends twice, and the
    finding names it.
    """
    stored, reason = _stored(evidence)
    if reason:
        return no_evidence(reason)
    twice = evidence.fates.with_fate(Fate.DUPLICATE_STORED)
    extra = int((twice["copies"] - 1).sum())
    figures = Figures(measured=extra, target=0, unit="surplus rows", n=len(stored))
    if len(twice):
        return figures.failed(
            f"{len(twice)} impressions are stored more than once, {extra} rows too many"
            + _by_whom(evidence, twice),
            examples=names_of(twice),
        )
    return figures.passed(f"all {len(stored)} stored impressions have one row")


def _undecided(evidence: Evidence, missing: pd.DataFrame) -> dict[str, Flags]:
    """Return in words why impressions that have no row may be no loss of the system's, and which of
    them."""
    ledger = evidence.ledger
    has_receipts = Capability.RECEIPTS in evidence.capabilities
    ended = np.zeros(len(missing), dtype=bool) if has_receipts else signed_out(ledger, missing)
    return {
        "their requests were answered by a redirect: none is followed, so where it leads is not "
        "seen": redirected(ledger, missing),
        "their users' sessions had ended (401): a load signs no one in again": ended,
    }


def _by_whom(evidence: Evidence, twice: pd.DataFrame) -> str:
    """Return what is known of who repeated the impressions that are stored twice."""
    if once := int(sent_once(evidence.ledger, twice).sum()):
        return f"; {once} of them arrived in one request alone{_BY_THE_SYSTEM}"
    return _BY_THE_BROWSER if _may_be_the_browser(evidence) else ""


def _may_be_the_browser(evidence: Evidence) -> bool:
    network = evidence.ledger.network
    telling = {Capability.BATCH_IDENTITY, Capability.NUMBERED_REQUESTS}
    counts_attempts = not telling.isdisjoint(evidence.capabilities)
    is_broken = len(of_kind(network, FaultStart))
    return bool(not counts_attempts and is_broken and len(of_kind(network, BrowserUsed)))


@check(needs={Capability.DATABASE})
def nothing_unshown(evidence: Evidence) -> Finding:
    """Nothing is stored that was never shown."""
    stored, reason = _stored(evidence)
    if reason:
        return no_evidence(reason)
    phantoms = stored[stored["unshown"]]
    figures = Figures(measured=len(phantoms), target=0, unit="impressions", n=len(stored))
    if len(phantoms):
        return figures.failed(
            f"{len(phantoms)} stored impressions were never shown", examples=names_of(phantoms)
        )
    return figures.passed(f"all {len(stored)} stored impressions were shown")


@check(needs={Capability.DATABASE, Capability.VIEWED_TIME})
def nothing_corrupt(evidence: Evidence) -> Finding:
    """Every row's ``viewed_at`` lies between the intent to show it and its commit."""
    stored, reason = _stored(evidence)
    if reason:
        return no_evidence(reason)
    if not evidence.fates.clock_is_steady:
        moved_ms = evidence.fates.clock_error_ns / 1e6
        return Figures(n=len(stored)).undecided(
            f"clocks are apart by {moved_ms:.1f} ms: the wall clock moved, or the viewer's is ahead"
        )
    corrupt = stored[stored["altered"]]
    figures = Figures(measured=len(corrupt), target=0, unit="impressions", n=len(stored))
    if len(corrupt):
        return figures.failed(
            f"{len(corrupt)} rows have a viewed_at that is outside [intent, commit] or has changed",
            examples=names_of(corrupt),
        )
    return figures.passed(f"viewed_at of all {len(stored)} rows lies in [intent, commit]")


def _stored(evidence: Evidence) -> tuple[pd.DataFrame, str]:
    """Return the stored impressions; the reason why there are none, empty where there are."""
    if not evidence.fates.decided:
        return evidence.fates.impressions.iloc[:0], "there was no final read of the table"
    stored = evidence.fates.impressions[evidence.fates.impressions["copies"] > 0]
    return stored, "" if len(stored) else "the final read found no row"


def _by_fate(impressions: pd.DataFrame) -> str:
    """Return how many impressions met each fate, worst first: ``2 lost_acked, 1 vanished``."""
    counts = impressions["fate"].value_counts()
    return ", ".join(f"{counts[f.value]} {f.value}" for f in Fate if counts[f.value])
