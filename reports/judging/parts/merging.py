"""What checks found in the parts of a ledger, as one finding for the whole.

A part holds everything about its users, so a check that looks at each user's rows by themselves
finds in the parts what it would find in the whole. Which checks do is stated here, one by one, and
held by tests that judge the same evidence both ways; any other check is undecided.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from reports.checks.base import EXAMPLES_MAX
from reports.verdict.verdict import Finding, Verdict, worst


class Merge(enum.Enum):
    """How figures of parts make that of the whole: added, the largest, or the same in each."""

    SUM = "sum"
    MOST = "most"
    SAME = "same"


BY_USER: Mapping[str, Merge] = {
    "nothing_lost": Merge.SUM,
    "nothing_twice": Merge.SUM,
    "nothing_unshown": Merge.SUM,
    "nothing_corrupt": Merge.SUM,
    "every_view_carried": Merge.SUM,
    "conservation": Merge.SUM,
    "in_time": Merge.MOST,
    "roadmap_sql": Merge.SUM,
    "clocks_agree": Merge.SUM,
    "load_sent": Merge.SUM,
    "acks_after_commit": Merge.SUM,
    "answers_as_processed": Merge.SUM,
    "counts_as_processed": Merge.SUM,
    "batches_as_sent": Merge.SUM,
    "batches_keep_content": Merge.SUM,
    "inserted_once_each": Merge.SUM,
    "attempts_processed_once": Merge.SUM,
    "signed_in_is_served": Merge.SUM,
    "witnesses_whole": Merge.SAME,
}
"""The checks that judge each user's rows by themselves."""

OF_THE_WHOLE = frozenset(
    {
        *("views_as_planned", "load_as_planned", "offered_rate", "new_row_share"),
        *("latency_p95", "latency_p99", "latency_worst", "flush_success", "knee_found"),
        "no_user_starved",
        *("sustains", "generator_healthy", "workers_whole", "database_cpu", "memory_growth"),
        "pool_saturation",
        *("metrics_as_receipts", "last_reads_agree", "table_read_back", "own_row_kept"),
        *("unique_index_holds", "commits_durable", "no_violations", "fault_was_live"),
    }
)
"""The checks that need of each request no more than its times, its outcome and its counts, or only
rows about no user."""


def merged(findings: Sequence[Finding]) -> Finding:
    """Return one check's findings in the parts as its finding in the whole.

    The worst verdict counts. A part that held nothing to judge (n is 0) says nothing where others
    did. Raises ValueError without any finding.
    """
    judged = [one for one in findings if one.n != 0 or one.verdict is not Verdict.UNKNOWN]
    judged = judged or list(findings)
    if not judged:
        raise ValueError("there is no finding to merge")
    if len(judged) == 1:
        return judged[0]
    how = BY_USER[judged[0].check]
    verdict = worst(one.verdict for one in judged)
    if all(one.verdict is Verdict.NOT_RUN for one in judged):
        return judged[0]
    first = [one for one in judged if one.verdict is verdict]
    # What passed elsewhere is no example of what did not.
    examples = [name for one in first for name in one.examples][:EXAMPLES_MAX]
    whole = replace(
        judged[0],
        verdict=verdict,
        measured=_figure([one.measured for one in judged], how),
        n=_figure([one.n for one in judged], Merge.SAME if how is Merge.SAME else Merge.SUM),
        interval=None,
        examples=tuple(examples),
    )
    return replace(whole, summary=_summary(whole, first, len(judged)))


def undecided_in_parts(name: str) -> Finding:
    """Return the finding of a check that a ledger in parts cannot decide."""
    summary = "this check needs the whole ledger, which is too large to be judged at once"
    return Finding(check=name, verdict=Verdict.UNKNOWN, summary=summary)


def _figure(values: Sequence[Any], how: Merge) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return sum(known) if how is Merge.SUM else max(known)


def _summary(whole: Finding, first: Sequence[Finding], parts: int) -> str:
    """Return the whole's figures, and the words of the first part with its verdict."""
    n = "" if whole.n is None else f", n {whole.n:,} in all"
    if whole.verdict is Verdict.PASS:
        return f"in each of {parts} parts of the ledger{n}; of the first: {first[0].summary}"
    measured = ""
    if whole.measured is not None and whole.unit:
        measured = f", {whole.measured:,.12g} {whole.unit} in all"
    return f"in {len(first)} of {parts} parts of the ledger{measured}{n}: {first[0].summary}"
