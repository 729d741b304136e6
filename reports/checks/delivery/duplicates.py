"""Ids that arrived more than once: how many, where from, and that the server absorbed them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import records
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    batch_receipts,
    may_lack_receipts,
)
from reports.verdict.verdict import Finding


@check(needs={Capability.RECEIPTS, Capability.BATCH_IDENTITY})
def absorbed_explained(evidence: Evidence, *, least: float = 0.0) -> Finding:
    """Each id that the server absorbed as a duplicate had arrived before; examples name where from.

    At least ``least`` ids must have been absorbed, or the scenario brought about no race.
    """
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return no_evidence("the server left no receipts")
    silent = int(receipts["duplicate"].isna().sum())
    if silent:
        return Figures(unit="ids", n=len(receipts)).undecided(
            f"{silent} of {len(receipts)} receipts do not count the ids that were absorbed"
        )
    absorbed = int(receipts["duplicate"].sum())
    causes, examples, over = _causes(receipts)
    explained = causes.total()
    why = ", ".join(f"{count} {cause}" for cause, count in causes.most_common())
    figures = Figures(measured=absorbed, unit="ids", n=len(receipts))
    in_doubt = may_lack_receipts(evidence.ledger)
    if absorbed > explained or over:
        if in_doubt:
            return figures.undecided("an earlier request may have left no receipt")
        return figures.failed(
            f"{absorbed} ids were absorbed, of which {explained} had arrived before", examples=over
        )
    if absorbed < explained and not in_doubt:
        return figures.failed(
            f"{explained} ids arrived again ({why}), but only {absorbed} were absorbed",
            examples=examples,
        )
    if absorbed < least:
        return figures.undecided(
            f"{absorbed} ids were absorbed, fewer than the {least:.0f} of a race"
        )
    summary = f"{absorbed} ids were absorbed as duplicates" + (f": {why}" if why else "")
    return figures.passed(summary, examples=examples)


@check(needs={Capability.RECEIPTS})
def repeats_bounded(evidence: Evidence, *, impressions: float) -> Finding:
    """At most ``impressions`` different impressions arrived more than once, however often they did.

    What a request under way carries when its page is hidden may be sent again, and nothing else.
    """
    receipts = batch_receipts(evidence.ledger)
    if receipts.empty:
        return no_evidence("the server left no receipts")
    carried = Counter(
        (str(row["user"]), artwork)
        for row in records(receipts)
        for artwork in dict.fromkeys(row["artworks"])
    )
    again = sorted(artwork for (_, artwork), count in carried.items() if count > 1)
    figures = Figures(measured=len(again), target=impressions, n=len(receipts))
    sentence = f"{len(again)} of {len(carried)} impressions arrived more than once"
    if len(again) > impressions:
        return figures.failed(f"{sentence}, {impressions:.0f} were under way", examples=again)
    if may_lack_receipts(evidence.ledger):
        return figures.undecided(f"{sentence}; a request may have left no receipt")
    return figures.passed(sentence, examples=again)


def _causes(receipts: pd.DataFrame) -> tuple[Counter[str], list[str], list[str]]:
    """Return cause → ids that arrived again, examples, and receipts that absorbed more than that.

    What was committed at once was written at once: any of it may have been the first.
    """
    first: dict[tuple[str, str], dict[str, Any]] = {}
    causes, examples, over = Counter[str](), list[str](), list[str]()
    rows = records(receipts.sort_values("committed_mono_ns", kind="stable"))
    together = Counter(
        (str(row["user"]), one, row["committed_mono_ns"])
        for row in rows
        for one in dict.fromkeys(row["artworks"])
    )
    for row in rows:
        may_absorb = 0
        seen_here: set[str] = set()
        for artwork in row["artworks"]:
            key = (str(row["user"]), artwork)
            earlier = first.setdefault(key, row)
            again = earlier is not row or artwork in seen_here
            seen_here.add(artwork)
            may_absorb += again or together[*key, row["committed_mono_ns"]] > 1
            if again:
                cause = _cause(earlier, row)
                causes[cause] += 1
                where = f"{artwork} of tab {_brief(row)}"
                examples.append(f"{where}: {cause}, first {_brief(earlier)}")
        if int(row["duplicate"]) > may_absorb:
            over.append(
                f"tab {_brief(row)} absorbed {row['duplicate']}, {may_absorb} arrived before"
            )
    return causes, examples, over


def _cause(first: dict[str, Any], row: dict[str, Any]) -> str:
    """Return why an id arrived again."""
    if pd.isna(first["tab"]) or pd.isna(row["tab"]):
        return "from a tab without a name"
    if first["tab"] != row["tab"]:
        return "from another tab"
    if first is row:
        return "twice in one batch"
    return "sent again" if first["batch"] == row["batch"] else "in another batch of its tab"


def _brief(row: dict[str, Any]) -> str:
    """Return the request of a receipt in a few words."""
    return f"{str(row['tab'])[:8]} attempt {row['attempt']} by {row['transport']}"
