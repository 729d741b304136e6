"""Was everything delivered and durable in time?"""

from __future__ import annotations

from dataclasses import replace

from harness.ledger.kinds.client import Drained, Undrained
from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.core.kinds import of_kind, payloads
from reports.evidence.evidence import Evidence
from reports.evidence.fates import names_of
from reports.verdict.verdict import Finding


@check(needs={Capability.DATABASE})
def in_time(evidence: Evidence, *, within_s: float) -> Finding:
    """Every impression was durable within ``within_s``, counted from the end of the last fault.

    What never became durable counts as late: dropping it would flatter the tail.
    """
    shown = evidence.fates.impressions[evidence.fates.impressions["shown_ns"].notna()]
    if shown.empty or not evidence.fates.decided:
        return no_evidence("nothing was shown or there was no final read")
    never = shown["durable_ns"].isna()
    late = shown[never | (shown["waited_s"] > within_s).fillna(True)]
    slowest = float(shown["waited_s"].max()) if not never.all() else float("inf")
    figures = Figures(target=within_s, unit="s", n=len(shown))
    if len(late):
        return figures.failed(
            f"{len(late)} of {len(shown)} impressions were not durable within "
            f"{within_s:g} s ({int(never.sum())} of them never)",
            examples=names_of(late),
        )
    return replace(figures, measured=slowest).passed(
        f"all {len(shown)} impressions were durable within {slowest:.2f} s, bound {within_s:g} s"
    )


@check(needs={Capability.QUEUE_DEPTH})
def drained_in_time(evidence: Evidence) -> Finding:
    """Every open page delivered its queue by itself in the time it was given.

    A returning visitor would deliver it too, and hide that the page had been stuck.
    """
    client = evidence.ledger.client
    waited = of_kind(client, Drained, Undrained)
    stuck = payloads(waited, Undrained)
    figures = Figures(measured=len(stuck), target=0, unit="pages", n=len(waited))
    if waited.empty:
        return figures.undecided("no page was given time to deliver its queue")
    if stuck:
        return figures.failed(f"a page still held views after {stuck[0].within_s:g} s")
    return figures.passed(f"pages delivered their queue in time, {len(waited)} times")
