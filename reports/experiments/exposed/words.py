"""What an experiment on users says, in sentences."""

from __future__ import annotations

from reports.core import text
from reports.experiments.exposed.analysis import ExposedResult
from reports.statistics.paired.srm import MISMATCH_P

MISMATCH = (
    "a variant that loses beacons breaks its own ratio, and who is missing may differ in every "
    "metric: nothing is known of the variants until that is explained"
)
_ORDER = ("worse", "better", "equivalent", "undecided")


def exposed_sentence(result: ExposedResult) -> str:
    """Return the decision in one sentence: a broken ratio before anything else."""
    if not sum(result.counts.values()):
        return "Nothing is known: no user was exposed"
    if result.ratio.mismatch:
        return f"Everything is unknown: {ratio_sentence(result)}; {MISMATCH}"
    clauses = []
    for verdict in _ORDER:
        found = [
            f"{text.one_line(one.variant)} by {text.one_line(one.metric)}"
            for one in result.comparisons
            if one.verdict == verdict
        ]
        if found:
            clauses.append(f"{verdict}: {', '.join(found)}")
    compared = f"Compared with {text.one_line(result.control)}"
    return f"{compared}, {'; '.join(clauses)}" if clauses else "No metric is compared"


def ratio_sentence(result: ExposedResult) -> str:
    """Return how many users each variant was shown to, and whether that fits the shares."""
    counts = ", ".join(
        f"{text.one_line(name)} {count:,} "
        f"(expected {text.figure(result.ratio.expected.get(name, 0.0))})"
        for name, count in result.counts.items()
    )
    fits = "do not fit the shares" if result.ratio.mismatch else "fit the shares"
    bound = f"below {MISMATCH_P:g}" if result.ratio.mismatch else f"not below {MISMATCH_P:g}"
    return f"exposed users {fits}: {counts}; χ² p = {result.ratio.p:.2g}, {bound}"


def several_sentence(result: ExposedResult) -> str:
    """Return what was left out, or an empty text."""
    if not result.in_several:
        return ""
    users = text.count(result.in_several, "user")
    return f"{users} of several variants: left out of every count"
