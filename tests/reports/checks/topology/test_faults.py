"""Faults of parts: one that was not noticed, and requests that failed through one."""

from __future__ import annotations

from harness.core.outcome import Outcome
from harness.ledger.kinds.network import FaultEnd, FaultInjecting, FaultStart
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.checks.topology.engines import pooler, replica, server, silent
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def broken(ledger: HandWritten) -> HandWritten:
    """From the fifth second to the tenth."""
    ledger.saw(4.5, FaultInjecting(fault="server-1 killed"))
    ledger.saw(5.0, FaultStart(fault="server-1 killed"))
    return ledger.saw(10.0, FaultEnd(fault="server-1 killed"))


def server_is(status: str, *, during: float = 7.0) -> HandWritten:
    ledger = server(broken(lived()), 2.0)
    server(ledger, during, status=status)
    return server(ledger, during, part="server-2", status="DOWN")


def sends(*moments: float, failed: int = 0) -> HandWritten:
    ledger = broken(lived())
    for number, moment in enumerate(moments):
        outcome = Outcome.UNKNOWN if number < failed else Outcome.ACKNOWLEDGED
        ledger.sent(moment, batch=f"b{number}", artworks=[f"a{number}"], outcome=outcome)
    return ledger


def endless() -> HandWritten:
    """A fault that begins and lasts, and a request in it."""
    ledger = lived().saw(5.0, FaultStart(fault="server-1 killed"))
    return ledger.sent(7.0, batch="b", artworks=["a"])


OF_A_SERVER = cases(
    "part_was_out",
    {"part": "server-1"},
    down=(lambda: server_is("DOWN"), PASS, "server-1 was out in 1 of 1 looks"),
    drained=(lambda: server_is("DRAIN"), PASS, "was out"),
    up=(lambda: server_is("UP"), UNKNOWN, "never seen to be out in 1 looks"),
    without_a_health_check=(lambda: server_is("no"), UNKNOWN, "never seen"),
    down_before_the_fault=(lambda: server_is("DOWN", during=4.0), UNKNOWN, "in 0 looks"),
    no_fault=(lambda: server(lived(), 7.0, status="DOWN"), UNKNOWN, "no whole fault span"),
)

OF_THE_POOLER = cases(
    "part_was_out",
    {"part": "pooler"},
    silent=(lambda: silent(broken(lived()), 7.0, "pooler"), PASS, "pooler was out"),
    clients_wait=(lambda: pooler(broken(lived()), 7.0, waiting=1), PASS, "was out"),
    no_client_waits=(lambda: pooler(broken(lived()), 7.0), UNKNOWN, "never seen"),
    another_is_silent=(lambda: silent(broken(lived()), 7.0, "balancer"), UNKNOWN, "0 looks"),
)

OF_THE_REPLICA = cases(
    "part_was_out",
    {"part": "replica"},
    behind=(lambda: replica(broken(lived()), 7.0, behind=1), PASS, "replica was out in 1 of 1"),
    cut_off=(lambda: replica(broken(lived()), 7.0, status="away"), PASS, "was out"),
    silent_as_it_was_killed=(lambda: silent(broken(lived()), 4.7, "replica"), PASS, "was out"),
    silent_before=(lambda: silent(broken(lived()), 4.4, "replica"), UNKNOWN, "in 0 looks"),
    keeps_up=(lambda: replica(broken(lived()), 7.0), UNKNOWN, "never seen to be out in 1 looks"),
)

FLUSHES = cases(
    "every_flush_succeeded",
    {"least_in_fault": 1},
    all_of_them=(lambda: sends(4.0, 7.0), PASS, "all 2 requests were acknowledged, 1 of them"),
    one_failed=(lambda: sends(4.0, 7.0, failed=1), FAIL, "1 of 2 requests"),
    none_during_the_fault=(lambda: sends(4.9, 10.1), UNKNOWN, "0 of them during a fault"),
    during_one_that_never_ends=(endless, PASS, "1 of them during a fault"),
    no_load=(lambda: broken(lived()), UNKNOWN, "no load"),
)

WITHOUT_A_FAULT = cases(
    "every_flush_succeeded", {}, all_sent_before_it=(lambda: sends(4.0), PASS, "all 1 requests")
)

NEVER_FAILS = {
    "part_was_out": "it judges the fault: one that no engine noticed leaves the run undecided"
}

CASES = [*OF_A_SERVER, *OF_THE_POOLER, *OF_THE_REPLICA, *FLUSHES, *WITHOUT_A_FAULT]

test_each_case = every_case_holds(CASES)
