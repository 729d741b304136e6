"""Two runs beside one another: the impressions of the same users of both, a bucket at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

import pandas as pd

from reports.evidence.evidence import Evidence
from reports.evidence.parts.codes import buckets_of
from reports.judging.parts.chosen import buckets_for, in_buckets

VISITORS = "visitors"
"""The name under which a ledger in short remembers what ``visitors_of`` returns of the whole."""


def impressions_of_both(a: Evidence, b: Evidence) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield the impressions of both, of the same users each time; all at once where both ledgers
    are whole. Of a ledger in short they are read again, a bucket of users at a time."""
    large = [one.ledger.directory for one in (a, b) if one.ledger.in_short]
    count = max(map(buckets_for, large), default=1)
    with closing(_buckets(a, count)) as of_a, closing(_buckets(b, count)) as of_b:
        yield from zip(of_a, of_b, strict=True)


def _buckets(evidence: Evidence, count: int) -> Generator[pd.DataFrame]:
    if evidence.ledger.in_short:
        with in_buckets(evidence.ledger.directory, count) as ledger:
            for part in ledger:
                yield Evidence(ledger=part, late_after_s=evidence.late_after_s).fates.impressions
        return
    impressions = evidence.fates.impressions
    users = impressions["user"].cat
    bucket = buckets_of(list(users.categories), count)[users.codes]
    for number in range(count):
        yield impressions if count == 1 else impressions[bucket == number]


def visitors_of(evidence: Evidence) -> pd.DataFrame:
    """Return each user with every fate that some impression has that the user was shown."""
    return evidence.ledger.remembered(VISITORS, lambda: visitors_in(evidence.fates.impressions))


def visitors_in(impressions: pd.DataFrame) -> pd.DataFrame:
    """Return each user of these impressions with every fate of those that were shown."""
    shown = impressions["shown_ns"].notna()
    return impressions.loc[shown, ["user", "fate"]].drop_duplicates(ignore_index=True)
