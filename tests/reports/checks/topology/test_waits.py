"""Requests that waited too long, and users of other shards who noticed."""

from __future__ import annotations

from harness.core.outcome import Outcome
from harness.target.reference.shards import bucket_of
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.shards import broken, looked, owned, sent, two_shards
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

ON_1 = next(f"u{n}" for n in range(99) if bucket_of(f"u{n}") % 2 == 0)
ON_2 = next(f"u{n}" for n in range(99) if bucket_of(f"u{n}") % 2 == 1)


def requests(*, took_s: float = 0.1, outcome: Outcome = Outcome.ACKNOWLEDGED) -> HandWritten:
    """Return a run in which each shard's user sends while the second shard is out."""
    ledger = sent(broken(two_shards()), ON_2, 6.0, outcome=Outcome.REFUSED)
    return sent(ledger, ON_1, 7.0, took_s=took_s, outcome=outcome)


BOUNDED = cases(
    "waits_bounded",
    {"at_most_s": 1.0, "least_in_fault": 2},
    quick=(requests, PASS, "0.10 s"),
    slow=(lambda: requests(took_s=1.5), FAIL, "1.50 s"),
    too_few=(lambda: sent(broken(two_shards()), ON_1, 7.0), UNKNOWN, "1 were under way"),
    no_fault=(lambda: sent(two_shards(), ON_1, 7.0), UNKNOWN, "0 were under way"),
    no_load=(two_shards, UNKNOWN, "no load"),
)

UNDISTURBED = cases(
    "other_shards_undisturbed",
    {"shard": "shard-2", "at_most_s": 1.0, "least": 1},
    quick=(requests, PASS, "0 of 1"),
    slow=(lambda: requests(took_s=1.5), FAIL, "1 of 1"),
    refused=(lambda: requests(outcome=Outcome.REFUSED), FAIL, "1 of 1"),
    none_of_its_own=(lambda: sent(broken(two_shards()), ON_1, 7.0), UNKNOWN, "1 and 1 decide"),
    none_of_others=(lambda: sent(broken(two_shards()), ON_2, 7.0), UNKNOWN, "1 and 1 decide"),
    no_fault=(lambda: sent(two_shards(), ON_1, 7.0), UNKNOWN, "no whole fault span"),
    no_map=(lambda: broken(looked(lived(), "shard-1")), UNKNOWN, "is not known"),
    no_shards=(lambda: broken(owned(lived())), UNKNOWN, "is not known"),
)

CASES = [*BOUNDED, *UNDISTURBED]

test_each_case = every_case_holds(CASES)
