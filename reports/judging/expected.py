"""Expected losses: a failure that was expected does not gate; anything beside it does.

An expectation forgives exactly what it names: these checks, these fates, this share. It can only
ever forgive that something shown was not stored (``FORGIVABLE``), and never the checks that speak
of anything else (``UNFORGIVABLE``), whatever the plan says.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from harness.ledger.kinds.server import BatchReceipt, ServerStarted
from harness.ledger.rundir import Expected
from reports.core.kinds import is_kind
from reports.evidence.evidence import Evidence
from reports.evidence.fates import Fate
from reports.statistics.share import binomial_at_least, binomial_at_most
from reports.verdict.verdict import Cell, Finding, Verdict

FORGIVABLE = frozenset({Fate.LOST_UNACKED.value, Fate.UNDELIVERED.value})
UNFORGIVABLE = frozenset(
    {
        "conservation",
        "nothing_twice",
        "nothing_unshown",
        "nothing_corrupt",
        "nothing_for_another",
        "no_violations",
        "roadmap_sql",
        "absorbed_explained",
    }
)
CHANCE_MIN = 0.01
"""What happens less often than this at the nearest expected rate is not put down to chance."""

_KEPT = frozenset({Fate.RECORDED_ONCE.value, Fate.RECOVERED.value, Fate.LATE.value})
_MUTE_ON_NOTHING = frozenset({"every_view_carried", "went_over", "batches_sent", *UNFORGIVABLE})


def weigh(cell: Cell, expected: Expected, evidence: Evidence) -> Cell:
    """Return the cell with what was expected of it, and whether it still gates.

    A failure that goes beyond the expectation in any part gates, and its reason names the part. A
    pass where chance alone would hardly have spared every impression is news.
    """
    low = expected.rate[0]
    cell = replace(cell, expected=sentence(expected))
    lost, shown = _lost(expected, evidence)
    if cell.verdict is Verdict.PASS and lost == 0 and shown > 0 and (1 - low) ** shown < CHANCE_MIN:
        news = f"the expected loss did not appear: all {shown} shown impressions were kept"
        return replace(cell, news=news)
    if cell.verdict is not Verdict.FAIL:
        return cell
    beyond = [
        *_beyond_checks(cell.findings, expected, evidence),
        *_beyond_fates(expected, evidence),
        *_beyond_rate(expected, lost, shown),
    ]
    if beyond:
        return replace(cell, reason=f"{cell.reason}; not as expected: {', '.join(beyond)}")
    return replace(cell, gates=False)


def sentence(expected: Expected) -> str:
    """Return the expectation in one sentence, with its source."""
    fates = " or ".join(expected.fates) or "nothing"
    low, high = (f"{100 * share:.4g}" for share in expected.rate)
    share = f"{low} %" if low == high else f"{low} to {high} %"
    checks = " and ".join(expected.checks) or "no check"
    source = f" ({expected.source})" if expected.source else ""
    return f"{share} of what is shown becomes {fates}, so that {checks} may fail{source}"


def _lost(expected: Expected, evidence: Evidence) -> tuple[int, int]:
    """Return how many shown impressions met an expected fate, and how many were shown."""
    impressions = evidence.fates.impressions
    shown = impressions[impressions["shown_ns"].notna()]
    return int(shown["fate"].isin(FORGIVABLE & set(expected.fates)).sum()), len(shown)


def _beyond_checks(
    findings: Sequence[Finding], expected: Expected, evidence: Evidence
) -> list[str]:
    may_fail = set(expected.checks) - UNFORGIVABLE
    mute = _MUTE_ON_NOTHING if _nothing_arrived(expected, evidence) else frozenset()
    beyond = []
    for finding in findings:
        if finding.verdict is Verdict.FAIL and finding.check not in may_fail:
            beyond.append(f"{finding.check} failed")
        if finding.verdict is Verdict.UNKNOWN and not (finding.n == 0 and finding.check in mute):
            beyond.append(f"{finding.check} could not be decided")
    return beyond


def _nothing_arrived(expected: Expected, evidence: Evidence) -> bool:
    """Return whether all that was shown was lost as expected, past a server that was up.

    Then there is no row that could be doubled and no receipt that could be false: the checks that
    look at rows and receipts have nothing to say, and that is no gap in the evidence.
    """
    server = evidence.ledger.server
    lost, shown = _lost(expected, evidence)
    return (
        evidence.fates.decided
        and 0 < lost == shown == len(evidence.fates.impressions)
        and bool(is_kind(server, ServerStarted).any())
        and not bool(is_kind(server, BatchReceipt).any())
    )


def _beyond_fates(expected: Expected, evidence: Evidence) -> list[str]:
    allowed = _KEPT | (FORGIVABLE & set(expected.fates))
    found = evidence.fates.counts()
    return [f"{n} {fate}" for fate, n in found.items() if fate not in allowed]


def _beyond_rate(expected: Expected, lost: int, shown: int) -> list[str]:
    low, high = expected.rate
    if shown == 0:
        return ["nothing was shown"]
    if lost > high * shown and binomial_at_least(lost, shown, high) < CHANCE_MIN:
        return [f"{lost} of {shown} lost is more than {100 * high:.4g} %"]
    if lost < low * shown and binomial_at_most(lost, shown, low) < CHANCE_MIN:
        return [f"{lost} of {shown} lost is less than {100 * low:.4g} %"]
    return []
