"""Pages that load ahead what is unseen and fits, and those that do not."""

from __future__ import annotations

from harness.ledger.kinds.client import Prefetched
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, USER, HandWritten, lived


def prefetched(*artworks: str, loaded: int = 100) -> HandWritten:
    """A user sees a, loads ahead, then sees b."""
    ledger = lived().shown("a", 2.0).shown("b", 9.0)
    row = Prefetched(
        user=USER, tab="tab-1", artworks=artworks, loaded=loaded, ended="all are loaded"
    )
    return ledger.saw(5.0, row)


def again(ledger: HandWritten, *artworks: str) -> HandWritten:
    """The user loads ahead once more."""
    row = Prefetched(user=USER, tab="tab-1", artworks=artworks, loaded=1, ended="all are loaded")
    return ledger.saw(6.0, row)


CASES = cases(
    "prefetched_unseen",
    {"artworks": 2, "bytes_max": 100},
    unseen=(lambda: prefetched("b", "c"), PASS, "2 artworks"),
    seen_before=(lambda: prefetched("a", "c"), FAIL, "1 faults"),
    seen_before_the_first_of_two=(lambda: again(prefetched("a"), "c"), FAIL, "1 faults"),
    seen_at_the_same_moment=(lambda: prefetched("b", "c").shown("b", 5.0), PASS),
    too_many_bytes=(lambda: prefetched("b", "c", loaded=101), FAIL),
    too_few=(lambda: prefetched("c"), UNKNOWN, "only 1"),
    nothing_loaded=(lambda: lived().shown("a", 2.0), UNKNOWN),
)

test_each_case = every_case_holds(CASES)
