"""Witnesses that report to the end, and faults that are felt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.ledger.kinds.client import ClientRow
from harness.ledger.kinds.database import Poll
from harness.ledger.kinds.network import (
    ChangeEnd,
    ChangeStart,
    FaultEnd,
    FaultRow,
    FaultStart,
    Quiet,
    SentinelArmed,
    SentinelBitten,
    SentinelUnharmed,
    ServerKilled,
    Unquiet,
)
from harness.target.capabilities import EVERYTHING, Capability
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    shown_only,
)
from tests.reports.ledgers import (
    PASS,
    UNKNOWN,
    HandWritten,
    find,
    healthy,
    lived,
    without,
)


def held(
    fault: str, sentinel: type[FaultRow], *, disturbs: bool = True, then: str = ""
) -> HandWritten:
    """Hold a fault that a sentinel looked at, and ``then`` another without a sentinel."""
    start, end = (FaultStart, FaultEnd) if disturbs else (ChangeStart, ChangeEnd)
    report = {"why": "waits"} if sentinel is SentinelArmed else {"seen": "before healing"}
    ledger = healthy().saw(2.0, start(fault=fault))
    ledger.saw(2.5, sentinel(fault=fault, **report))
    ledger.saw(2.6, end(fault=fault))
    if not then:
        return ledger
    return ledger.saw(2.7, FaultStart(fault=then)).saw(2.8, FaultEnd(fault=then))


def cut_short() -> HandWritten:
    ledger = healthy()
    ledger.status = None
    return ledger


def broken_off() -> HandWritten:
    ledger = healthy()
    ledger.status = "broken"
    return ledger


def never_quiet() -> HandWritten:
    return healthy().saw(9.0, Unquiet(why="a page still has a queue"))


def unwatched() -> HandWritten:
    return without(healthy(), Poll)


def polls_at(
    *polls_s: float, shown_s: Sequence[float] = (1.0,), finals_s: Sequence[float] = (20.0,)
) -> HandWritten:
    """Views at these moments, and reads of the table, which holds none of their rows."""
    ledger = lived()
    for number, seconds in enumerate(shown_s):
        ledger.shown(f"a{number}", seconds)
    for seconds in polls_s:
        ledger.polled(seconds)
    for seconds in finals_s:
        ledger.final(seconds)
    return ledger


def lives(ended: int, cut_off: int, *, killed: int) -> HandWritten:
    """A healthy run whose server lived so often, and was killed so often on purpose."""
    ledger = healthy()
    for number in range(ended + cut_off):
        ledger.lifetime(f"l{number}", ended=number < ended)
    for number in range(killed):
        ledger.saw(3.0 + number, ServerKilled(fault="server killed"))
    return ledger


BLIND = "the table was not polled for"
CASES = cases(
    "witnesses_whole",
    {},
    whole=(healthy, PASS),
    cut_short=(cut_short, UNKNOWN),
    broken_off=(broken_off, UNKNOWN),
    never_quiet=(never_quiet, UNKNOWN),
    never_polled=(unwatched, UNKNOWN),
    no_final_read=(shown_only, UNKNOWN),
    not_polled_after_a_view=(lambda: polls_at(0.5), UNKNOWN, f"{BLIND} 19 s"),
    not_polled_between_two_views=(
        lambda: polls_at(18.0, shown_s=(1.0, 10.0), finals_s=(18.5,)),
        UNKNOWN,
        f"{BLIND} 17 s",
    ),
    not_polled_between_two_final_reads=(
        lambda: polls_at(1.5, finals_s=(10.0, 22.0)),
        UNKNOWN,
        f"{BLIND} 20 s",
    ),
    not_polled_and_nothing_shown=(
        lambda: polls_at(0.5, shown_s=()),
        UNKNOWN,
        f"{BLIND} 20 s",
    ),
    not_polled_before_a_view=(lambda: polls_at(0.2, 17.5, shown_s=(17.0,)), UNKNOWN),
    polled_as_rarely_as_it_may_be=(lambda: polls_at(16.0, finals_s=(16.5,)), UNKNOWN),
    a_life_without_an_end=(
        lambda: lives(1, 1, killed=0),
        UNKNOWN,
        "1 of the server's lives have no end",
    ),
    more_lives_without_an_end_than_were_killed=(
        lambda: lives(0, 3, killed=1),
        UNKNOWN,
        "2 of the server's lives have no end",
    ),
    change_without_a_look=(
        lambda: held("script", SentinelArmed, disturbs=False),
        UNKNOWN,
        "no sentinel checked the effect of script",
    ),
    fault_felt=(lambda: held("answered 503", SentinelBitten), PASS),
    fault_not_felt=(lambda: held("answered 503", SentinelUnharmed), UNKNOWN),
    fault_without_a_look=(lambda: held("answered 503", SentinelArmed), UNKNOWN),
    change_not_felt=(lambda: held("script", SentinelUnharmed, disturbs=False), UNKNOWN),
    change_felt=(lambda: held("script", SentinelBitten, disturbs=False), PASS),
    second_fault_without_a_look=(
        lambda: held("cut", SentinelBitten, then="answered 503"),
        UNKNOWN,
    ),
)

NEVER_FAILS = {"witnesses_whole": "evidence that is not whole says nothing about the target"}


test_each_case = every_case_holds(CASES)


def test_quiescence_that_was_not_checked_is_missed(tmp_path: Path) -> None:
    ledger = without(healthy(), Quiet)
    finding = find("witnesses_whole", ledger, tmp_path)
    assert "quiescence before the final read was not checked" in finding.summary


def without_database() -> HandWritten:
    """A run of a target whose table cannot be read: no poll and no final read."""
    ledger = HandWritten().lifetime().shown("a", 1.0).acknowledged(["a"], 1.2)
    ledger.receipt(["a"], 1.1)
    ledger.capabilities = [one.key for one in EVERYTHING - {Capability.DATABASE}]
    return ledger


def test_a_target_without_a_database_is_not_missed_its_reads(tmp_path: Path) -> None:
    assert find("witnesses_whole", without_database(), tmp_path / "whole").verdict is PASS
    broken = without_database()
    broken.status = "broken"
    assert find("witnesses_whole", broken, tmp_path / "broken").verdict is UNKNOWN


def test_a_target_without_events_is_not_missed_its_pages_reports(tmp_path: Path) -> None:
    silent = without(healthy(), ClientRow, user="ann")
    assert "reported nothing" in find("witnesses_whole", silent, tmp_path / "silent").summary
    silent.capabilities = [one.key for one in EVERYTHING - {Capability.PAGE_EVENTS}]
    assert find("witnesses_whole", silent, tmp_path / "no events").verdict is PASS
