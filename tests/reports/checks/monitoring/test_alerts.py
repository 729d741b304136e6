"""One alert is caused: it fires in time, it ends in time, and it is the only one."""

from __future__ import annotations

from harness.ledger.kinds.monitoring.alerts import (
    AlertConditionOver,
    AlertExpected,
    AlertFiring,
    AlertNotified,
    AlertResolved,
    AlertSent,
    AlertsQuiet,
    AlertsWatched,
    ReceiversAnswer,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

NAME = "QueueBacklog"
WITHOUT = {"within_s": 10.0, "resolved_within_s": 6.0}


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
    quiet_s: float | None = 1.0,
) -> HandWritten:
    """The condition begins at 5 s; ``other`` are alerts that fire too, commas between them."""
    ledger = lived()
    if quiet_s is not None:
        ledger.saw(quiet_s, AlertsQuiet())
    ledger.saw(5.0, AlertExpected(alert=NAME))
    if fires_s is not None:
        ledger.saw(fires_s, AlertFiring(alert=NAME))
        if sent:
            ledger.saw(fires_s + 0.1, AlertSent(alert=NAME))
    for one in filter(None, other.split(",")):
        ledger.saw(other_s, AlertFiring(alert=one))
    if over_s is not None:
        ledger.saw(over_s, AlertConditionOver(alert=NAME))
    if resolved_s is not None:
        ledger.saw(resolved_s, AlertResolved(alert=NAME))
    return ledger.saw(30.0, AlertsWatched(rules=rules, polls=polls))


def two(
    *,
    second_fires_s: float | None = 11.0,
    second_ends_s: float | None = 22.0,
    over_s: float | None = 20.0,
) -> HandWritten:
    """Two alerts of one cause."""
    ledger = run(over_s=over_s).saw(5.0, AlertExpected(alert="PoolUnknown"))
    ledger.saw(0.5, AlertFiring(alert="PoolUnknown")).saw(0.6, AlertSent(alert="PoolUnknown"))
    ledger.saw(0.9, AlertResolved(alert="PoolUnknown"))
    if second_fires_s is not None:
        ledger.saw(second_fires_s, AlertFiring(alert="PoolUnknown"))
        ledger.saw(second_fires_s + 0.1, AlertSent(alert="PoolUnknown"))
    if over_s is not None:
        ledger.saw(over_s, AlertConditionOver(alert="PoolUnknown"))
    if second_ends_s is not None:
        ledger.saw(second_ends_s, AlertResolved(alert="PoolUnknown"))
    return ledger


def notified(
    *heard: tuple[float, str, str, str], answers: bool = True, of: HandWritten | None = None
) -> HandWritten:
    """It fires at 12 s; who was notified of which alert's state, and when, s."""
    ledger = of or run()
    if answers:
        ledger.saw(1.0, ReceiversAnswer())
    for at_s, receiver, state, alert in heard:
        ledger.saw(at_s, AlertNotified(alert=alert, receiver=receiver, state=state))
    return ledger


def unwatched() -> HandWritten:
    return lived().saw(5.0, AlertExpected(alert=NAME)).saw(12.0, AlertFiring(alert=NAME))


FIRED = cases(
    "alert_fired",
    {
        "within_s": 10.0,
        "resolved_within_s": 6.0,
        "not_before_s": 3.0,
        "also": "BatchesSlow,BatchFailures",
    },
    in_time=(run, PASS, "fired after 7.0 s and was resolved 4.0 s after its cause"),
    at_the_last_moment=(lambda: run(fires_s=15.0, resolved_s=26.0), PASS, "fired after 10.0 s"),
    too_late=(lambda: run(fires_s=15.5), FAIL, "fired after 10.5 s"),
    too_early=(lambda: run(fires_s=4.0), FAIL, "1.0 s before its condition began"),
    never=(lambda: run(fires_s=None), FAIL, "did not fire"),
    not_sent=(lambda: run(sent=False), FAIL, "Alertmanager never had it"),
    never_resolved=(lambda: run(resolved_s=None), FAIL, "never resolved"),
    resolved_too_late=(lambda: run(resolved_s=26.5), FAIL, "resolved 6.5 s after"),
    resolved_before_its_cause_ended=(lambda: run(resolved_s=19.0), PASS, "resolved 0.0 s after"),
    resolved_only_before_it_fired=(
        lambda: run(resolved_s=None).saw(6.0, AlertResolved(alert=NAME)),
        FAIL,
        "never resolved",
    ),
    another_fires=(lambda: run(other="FreshnessLow"), FAIL, "FreshnessLow fired too"),
    two_others_fire=(
        lambda: run(other="QueueAging,FreshnessLow"),
        FAIL,
        "FreshnessLow, QueueAging fired too",
    ),
    figures_are_missing=(
        lambda: run(other="PoolUnknown,QueueUnknown"),
        UNKNOWN,
        "lacked figures: PoolUnknown, QueueUnknown fired",
    ),
    figures_were_missing_before=(
        lambda: run(other="PoolUnknown", other_s=0.5),
        PASS,
        "fired after 7.0 s",
    ),
    figures_go_before=(
        lambda: run(other="PoolUnknown", other_s=2.0),
        UNKNOWN,
        "lacked figures: PoolUnknown fired",
    ),
    never_quiet=(
        lambda: run(quiet_s=None, other="FreshnessLow"),
        FAIL,
        "FreshnessLow, QueueBacklog fired before anything was",
    ),
    figures_never_came=(
        lambda: run(quiet_s=None, fires_s=None, other="PoolUnknown"),
        UNKNOWN,
        "never evaluated its rules without one",
    ),
    as_soon_as_it_may=(lambda: run(fires_s=8.0), PASS, "fired after 3.0 s"),
    too_soon=(lambda: run(fires_s=7.9), FAIL, "fired after 2.9 s, before 3 s"),
    both=(two, PASS, "each of 2 alerts fired after up to 7.0 s and was resolved 4.0 s after"),
    one_of_two=(lambda: two(second_fires_s=None), FAIL, "PoolUnknown did not fire"),
    one_of_two_is_late=(lambda: two(second_fires_s=15.5), FAIL, "PoolUnknown fired after 10.5 s"),
    one_of_two_stays=(lambda: two(second_ends_s=None), FAIL, "PoolUnknown fired after 6.0 s and"),
    another_fires_before=(
        lambda: run(other="FreshnessLow", other_s=2.0),
        FAIL,
        "FreshnessLow fired too",
    ),
    another_that_may=(lambda: run(other="BatchesSlow"), PASS, "fired after 7.0 s"),
    the_cause_does_not_end=(lambda: run(over_s=None), UNKNOWN, "did not end"),
    the_cause_of_two_does_not_end=(
        lambda: two(over_s=None),
        UNKNOWN,
        "the condition of PoolUnknown, QueueBacklog did not end",
    ),
    one_rule_and_one_answer=(lambda: run(rules=1, polls=1), PASS, "fired after 7.0 s"),
    no_rules=(lambda: run(rules=0), UNKNOWN, "no rule"),
    no_answer=(lambda: run(polls=0), UNKNOWN, "not asked"),
    not_watched=(unwatched, UNKNOWN, "not asked"),
    nothing_caused=(lived, UNKNOWN, "no alert's condition"),
)

PAGE, SLACK = "pagerduty", "slack #alerts"
ALL = [
    (12.2, PAGE, "firing", NAME),
    (12.2, SLACK, "firing", NAME),
    (24.5, PAGE, "resolved", NAME),
    (24.5, SLACK, "resolved", NAME),
]

OF_ANOTHER = [(at_s, receiver, state, "PoolUnknown") for at_s, receiver, state, _ in ALL]

NOTIFIED = cases(
    "alert_notified",
    {"receivers": f"{PAGE},{SLACK}"},
    all_of_them=(lambda: notified(*ALL), PASS, "pagerduty,slack #alerts heard of QueueBacklog"),
    no_one=(notified, FAIL, "QueueBacklog firing: pagerduty was not notified"),
    no_one_is_paged=(lambda: notified(ALL[1], ALL[3]), FAIL, "pagerduty was not notified"),
    not_of_its_end=(lambda: notified(*ALL[:3]), FAIL, "resolved: slack #alerts was not notified"),
    before_prometheus_was_asked=(
        lambda: notified((11.9, PAGE, "firing", NAME), *ALL[1:]),
        PASS,
        "heard of QueueBacklog",
    ),
    of_an_earlier_one=(
        lambda: notified((4.0, PAGE, "firing", NAME), *ALL[1:]),
        FAIL,
        "firing: pagerduty was not notified",
    ),
    of_an_earlier_end=(
        lambda: notified(*ALL[:3], (6.0, SLACK, "resolved", NAME)),
        FAIL,
        "resolved: slack #alerts was not notified",
    ),
    another_receiver_too=(
        lambda: notified(*ALL, (12.3, "slack #warnings", "firing", NAME)),
        FAIL,
        "slack #warnings was notified",
    ),
    of_another_alert=(
        lambda: notified(*ALL, (12.3, "slack #warnings", "firing", "BatchesSlow")),
        PASS,
        "heard of QueueBacklog",
    ),
    at_the_moment_of_its_cause=(
        lambda: notified((5.0, PAGE, "firing", NAME), *ALL[1:], of=run(fires_s=5.0)),
        PASS,
        "heard of QueueBacklog",
    ),
    of_two=(
        lambda: notified(*ALL, *OF_ANOTHER, of=two()),
        PASS,
        "heard of PoolUnknown, QueueBacklog and of the end",
    ),
    no_receivers=(lambda: notified(*ALL, answers=False), UNKNOWN, "no receiver"),
    did_not_fire=(lambda: run(fires_s=None).saw(1.0, ReceiversAnswer()), UNKNOWN, "did not fire"),
    nothing_caused=(lived, UNKNOWN, "no alert's condition"),
)


def slow(waited_s: float) -> HandWritten:
    """The alert on slow batches fires too, and a client waited that long."""
    return run(other="BatchesSlow").sent(6.0, lag_ms=0, took_ms=1000 * waited_s)


NO_OTHER_MAY = cases(
    "alert_fired",
    WITHOUT,
    a_client_waited=(lambda: slow(0.2), UNKNOWN, "a client waited 0.20 s"),
    no_client_waited=(lambda: slow(0.19), FAIL, "BatchesSlow fired too"),
    no_client=(lambda: run(other="BatchesSlow"), FAIL, "BatchesSlow fired too"),
    at_once=(lambda: run(fires_s=5.0), PASS, "fired after 0.0 s"),
)

CASES = [*FIRED, *NO_OTHER_MAY, *NOTIFIED]

test_each_case = every_case_holds(CASES)
