"""One alert is caused: it fires in time, it ends in time, and it is the only one."""

from __future__ import annotations

from harness.ledger.kinds.alerts import (
    AlertConditionOver,
    AlertExpected,
    AlertFiring,
    AlertResolved,
    AlertSent,
    AlertsWatched,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

NAME = "QueueBacklog"


def run(
    *,
    fires_s: float | None = 12.0,
    sent: bool = True,
    over_s: float | None = 20.0,
    resolved_s: float | None = 24.0,
    rules: int = 12,
    polls: int = 100,
    other: str = "",
    other_s: float = 13.0,
) -> HandWritten:
    """The condition begins at 5 s."""
    ledger = lived()
    ledger.saw(5.0, AlertExpected(alert=NAME))
    if fires_s is not None:
        ledger.saw(fires_s, AlertFiring(alert=NAME))
        if sent:
            ledger.saw(fires_s + 0.1, AlertSent(alert=NAME))
    if other:
        ledger.saw(other_s, AlertFiring(alert=other))
    if over_s is not None:
        ledger.saw(over_s, AlertConditionOver(alert=NAME))
    if resolved_s is not None:
        ledger.saw(resolved_s, AlertResolved(alert=NAME))
    return ledger.saw(30.0, AlertsWatched(rules=rules, polls=polls))


def unwatched() -> HandWritten:
    return lived().saw(5.0, AlertExpected(alert=NAME)).saw(12.0, AlertFiring(alert=NAME))


CASES = cases(
    "alert_fired",
    {"within_s": 10.0, "resolved_within_s": 6.0, "also": "BatchesSlow,BatchFailures"},
    in_time=(run, PASS, "fired after 7.0 s and was resolved 4.0 s after its cause"),
    at_the_last_moment=(lambda: run(fires_s=15.0, resolved_s=26.0), PASS, "fired after 10.0 s"),
    too_late=(lambda: run(fires_s=15.5), FAIL, "fired after 10.5 s"),
    too_early=(lambda: run(fires_s=4.0), FAIL, "1.0 s before its condition began"),
    never=(lambda: run(fires_s=None), FAIL, "did not fire"),
    not_sent=(lambda: run(sent=False), FAIL, "Alertmanager never had it"),
    never_resolved=(lambda: run(resolved_s=None), FAIL, "never resolved"),
    resolved_too_late=(lambda: run(resolved_s=26.5), FAIL, "resolved 6.5 s after"),
    resolved_before_its_cause_ended=(lambda: run(resolved_s=19.0), PASS, "resolved 0.0 s after"),
    another_fires=(lambda: run(other="FreshnessLow"), FAIL, "FreshnessLow fired too"),
    figures_are_missing=(
        lambda: run(other="PoolUnknown"),
        UNKNOWN,
        "lacked figures: PoolUnknown fired",
    ),
    figures_were_missing_before=(
        lambda: run(other="PoolUnknown", other_s=2.0),
        PASS,
        "fired after 7.0 s",
    ),
    another_fires_before=(
        lambda: run(other="FreshnessLow", other_s=2.0),
        FAIL,
        "FreshnessLow fired too",
    ),
    another_that_may=(lambda: run(other="BatchesSlow"), PASS, "fired after 7.0 s"),
    the_cause_does_not_end=(lambda: run(over_s=None), UNKNOWN, "did not end"),
    no_rules=(lambda: run(rules=0), UNKNOWN, "no rule"),
    no_answer=(lambda: run(polls=0), UNKNOWN, "not asked"),
    not_watched=(unwatched, UNKNOWN, "not asked"),
    nothing_caused=(lived, UNKNOWN, "no alert's condition"),
)

test_each_case = every_case_holds(CASES)
