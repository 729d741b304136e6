"""The pace of retries: as planned by the page's options, neither sooner nor later."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.client import (
    Acknowledged,
    FlushAsked,
    RetryScheduled,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from reports.checks import CHECKS
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, evidence_of, lived


def page(
    *,
    drawn: bool = True,
    base_ms: float | None = 1000,
    cap_ms: float = 8000,
    linear: bool = False,
) -> HandWritten:
    return lived().noted(
        TabOpened,
        0.1,
        retry_base_ms=base_ms,
        retry_cap_ms=cap_ms,
        retry_is_drawn=drawn,
        retry_is_linear=linear,
    )


def fails(
    ledger: HandWritten,
    *delays_ms: float,
    waits: tuple[float, ...] | None = None,
    status: int | None = None,
    end: bool = True,
) -> HandWritten:
    """A batch fails as often as there are delays; each wait is as announced unless it is given."""
    at_s = 1.0
    for number, delay_ms in enumerate(delays_ms):
        ledger.request("b", at_s, 0.01, attempt=number + 1, end=Unanswered, status=status)
        reason = {"reason": "network", "status": status}
        ledger.reported(RetryScheduled, at_s + 0.02, batch="b", delay_ms=delay_ms, **reason)
        waited_s = delay_ms / 1000 if waits is None else waits[number]
        at_s += 0.02 + waited_s
    if end:
        ledger.request("b", at_s, 0.01, attempt=len(delays_ms) + 1, end=Acknowledged)
    return ledger


def doubling() -> HandWritten:
    return fails(page(drawn=False), 1000, 2000, 4000, 8000, 8000)


def after_a_success() -> HandWritten:
    """Whether a success ends the row depends on who had it: both counts are right."""
    ledger = fails(page(drawn=False), 1000, 2000)
    return ledger.reported(RetryScheduled, 9.0, batch="c", delay_ms=1000, reason="network")


def hid_meanwhile() -> HandWritten:
    ledger = fails(page(), 900, waits=(0.1,))
    return ledger.reported(VisibilityChanged, 1.05, reason="hidden isTrusted=true")


def asked_to_flush() -> HandWritten:
    return fails(page(), 900, waits=(0.1,)).noted(FlushAsked, 1.05)


def online_again() -> HandWritten:
    ledger = fails(page(), 900, 1500, end=False)
    ledger.reported(RetryScheduled, 3.5, delay_ms=400, reason="online")
    return ledger.request("b", 3.6, 0.01, attempt=3, end=Acknowledged)


def another_batch_much_later() -> HandWritten:
    """What was planned was settled otherwise; long after it something else is sent."""
    return fails(page(), 900, end=False).request("c", 60.0, 0.01)


def no_pause(times: int) -> HandWritten:
    ledger = fails(page(), 900, end=False)
    for number in range(times):
        ledger.request("b", 2.0 + number / 10, 0.01, attempt=number + 2, end=Unanswered)
    return ledger


def reloaded() -> HandWritten:
    """The page has another id than the one that was opened."""
    ledger = page().noted(TabOpened, 0.2, tab="tab-2", retry_base_ms=1000.0, retry_cap_ms=8000.0,
                          retry_is_drawn=True)  # fmt: skip
    return ledger.reported(
        RetryScheduled, 2.0, tab="tab-3", batch="c", delay_ms=9000, reason="network"
    )


CASES = cases(
    "retries_paced",
    {},
    drawn=(lambda: fails(page(), 700, 150, 3000), PASS, "3 retries came as planned"),
    doubling=(doubling, PASS, "5 retries"),
    never_doubled=(lambda: fails(page(drawn=False), 1000, 1000), FAIL, "not of 2 to 2 s"),
    linear=(
        lambda: fails(page(drawn=False, linear=True, cap_ms=3500), 1000, 2000, 3000, 3500, 3500),
        PASS,
        "5 retries",
    ),
    doubling_where_it_is_linear=(
        lambda: fails(page(drawn=False, linear=True), 1000, 2000, 4000),
        FAIL,
        "a wait of 4.00 s was planned, not of 3 to 3 s",
    ),
    from_the_base_after_a_success=(after_a_success, PASS, "3 retries"),
    too_long=(
        lambda: fails(page(), 700, 2500),
        FAIL,
        "a wait of 2.50 s was planned, not of 0 to 2",
    ),
    above_the_cap=(lambda: fails(page(), *[900] * 5, 9000), FAIL, "not of 0 to 8 s"),
    no_wait_where_none_is_drawn=(lambda: fails(page(drawn=False), 100), FAIL, "not of 1 to 1 s"),
    too_early=(lambda: fails(page(), 900, waits=(0.1,)), FAIL, "after 0.10 s, not after 0.90 s"),
    too_late=(lambda: fails(page(), 900, waits=(18.0,)), FAIL, "after 18.00 s"),
    another_batch_much_later=(another_batch_much_later, PASS),
    a_busy_machine=(lambda: fails(page(), 900, waits=(3.0,)), PASS),
    always_at_once=(lambda: fails(page(), 0, 0, 0), FAIL, "too short to be drawn"),
    hid_meanwhile=(hid_meanwhile, PASS),
    asked_to_flush=(asked_to_flush, PASS),
    online_again=(online_again, PASS, "2 retries"),
    the_server_asked=(lambda: fails(page(), 7000, status=503), PASS),
    before_the_server_asked=(lambda: fails(page(), 7000, status=503, waits=(0.5,)), FAIL),
    no_pause=(lambda: no_pause(9), FAIL, "9 attempts without a wait"),
    transports_in_turn=(lambda: no_pause(3), PASS),
    reloaded=(reloaded, FAIL, "a wait of 9.00 s"),
    plan_not_known=(lambda: fails(page(base_ms=None), 60_000), UNKNOWN),
    no_retry=(page, UNKNOWN, "no page with a known plan tried again"),
)

test_each_case = every_case_holds(CASES)


def test_a_flush_that_is_planned_for_a_network_that_returned_is_no_retry_to_judge(
    tmp_path: Path,
) -> None:
    """A run of which that is all is not left undecided for it."""
    planned = page().reported(RetryScheduled, 1.0, reason="online", delay_ms=100.0)
    assert not CHECKS["retries_paced"].judges(evidence_of(planned, tmp_path))
