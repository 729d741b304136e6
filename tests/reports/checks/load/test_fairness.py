"""A user who waits where the others do not."""

from __future__ import annotations

from msgspec.structs import replace

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def users(
    count: int = 30,
    *,
    seconds: int = 8,
    slow: int = 0,
    slow_for: int = 1,
    took_ms: float = 900.0,
    lag_ms: float = 0.5,
) -> HandWritten:
    """Each user sends a request a second; the first ``slow_for`` users wait in ``slow`` of them."""
    ledger = lived()
    for user in range(count):
        for second in range(seconds):
            is_slow = user < slow_for and second < slow
            ledger.sent(
                1.0 + second,
                batch=f"{user}-{second}",
                took_ms=took_ms if is_slow else 5.0,
                lag_ms=lag_ms if is_slow else 0.5,
            )
    rows = ledger.rows["load"]
    rows[:] = [(at, replace(row, user=f"user-{row.batch.split('-')[0]}")) for at, row in rows]  # type: ignore[union-attr]
    return ledger


CASES = cases(
    "no_user_starved",
    {},
    served_alike=(users, PASS, "none of 30 users"),
    one_waits_always=(lambda: users(slow=8), FAIL, "1 of 30 users waited 500 ms or more"),
    one_waits_half_of_the_time=(lambda: users(slow=4), FAIL),
    one_waits_now_and_then=(lambda: users(slow=3), PASS),
    all_wait=(lambda: users(slow=8, slow_for=30), PASS),
    a_stall_for_all=(lambda: users(slow=4, slow_for=30), PASS),
    one_waits_less=(lambda: users(slow=8, took_ms=499), PASS),
    kept_waiting_by_the_generator=(lambda: users(slow=8, lag_ms=60), PASS),
    too_few_users=(lambda: users(19, slow=8), UNKNOWN, "not 20 users"),
    too_few_seconds=(lambda: users(seconds=3, slow=3), UNKNOWN),
    no_load=(lived, UNKNOWN),
)

test_each_case = every_case_holds(CASES)
