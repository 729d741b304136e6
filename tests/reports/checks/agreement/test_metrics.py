"""A server whose metrics and receipts count differently."""

from __future__ import annotations

from harness.ledger.kinds.activity import ServerFigure, ServerFigureName
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def counted(at_s: float = 5.0, ledger: HandWritten | None = None, **counts: float) -> HandWritten:
    """Return a server that stored two ids, absorbed one and refused one, and counts this."""
    if ledger is None:
        ledger = lived().receipt(["a", "b"], 2.0, attempt=1)
        ledger.receipt(["a"], 3.0, batch="c", attempt=1, inserted=0, duplicate=1)
        refused = {"status": 503, "rejected": 1, "committed_mono_ns": None}
        ledger.receipt(["d"], 4.0, batch="d", attempt=1, inserted=0, **refused)
    figures: dict[ServerFigureName, float] = {
        "ids_inserted": counts.get("inserted", 2.0),
        "ids_duplicate": counts.get("duplicate", 1.0),
        "batches_503": counts.get("unavailable", 1.0),
        "in_flight": 7.0,
    }
    for name, value in figures.items():
        ledger.saw(at_s, ServerFigure(name=name, value=value))
    return ledger


def restarted() -> HandWritten:
    """Return a server that stores an id in each of two lives."""
    ledger = lived().receipt(["a"], 1.0, attempt=1)
    ledger.lifetime("m").receipt(["b"], 3.0, batch="c", attempt=1, lifetime="m")
    return counted(5.0, ledger, inserted=1, duplicate=0, unavailable=0)


CASES = cases(
    "metrics_as_receipts",
    {},
    the_same=(counted, PASS, "3 counters agree with 3 receipts"),
    one_too_many=(
        lambda: counted(inserted=3),
        FAIL,
        "ids_inserted is 3, the receipts say 2",
    ),
    one_too_few=(lambda: counted(duplicate=0), FAIL, "ids_duplicate is 0, the receipts say 1"),
    refusals_are_not_counted=(lambda: counted(unavailable=0), FAIL, "batches_503 is 0"),
    of_the_last_life_only=(restarted, PASS),
    read_too_early=(lambda: counted(3.5), UNKNOWN),
    never_read=(lambda: lived().receipt(["a"], 2.0, attempt=1), UNKNOWN),
    nothing_received=(lambda: counted(5.0, lived()), UNKNOWN),
)

test_each_case = every_case_holds(CASES)
