"""Times that no order of events explains: a clock or a witness is wrong."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import Recorded, TabClosed, TabOpened
from harness.ledger.kinds.network import BrowserUsed, WorkerClock
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import PASS, UNKNOWN, HandWritten, at, healthy, lived


def shifted(witness: str, by_s: float, ledger: HandWritten) -> HandWritten:
    """Let all that a witness saw have happened that much later, by its clock."""
    by_ns = round(by_s * 1e9)
    rows: list[tuple[Any, LedgerRow | dict[str, Any]]] = ledger.rows[witness]
    ledger.rows[witness] = [
        (moment._replace(mono_ns=moment.mono_ns + by_ns, wall_ns=moment.wall_ns + by_ns), row)
        for moment, row in rows
    ]
    return ledger


def visited(**facts: Any) -> HandWritten:
    ledger = healthy().noted(TabOpened, 0.5).noted(TabClosed, 3.0)
    if facts:
        usual = {"name": "b", "product": "p", "version": "1", "platform": "x"}
        ledger.saw(0.1, BrowserUsed(**usual, **facts))
    return ledger


def loaded(by_s: float = 0.0, *, error_ms: float | None = None) -> HandWritten:
    """A request of a load: sent at 2.0 s, received at 2.01 s, answered at 2.1 s."""
    ledger = lived().sent(2.0 + by_s, took_ms=100, lag_ms=0, batch="l")
    ledger.receipt(["a"], 2.05, batch="l", received_mono_ns=at(2.01).mono_ns)
    if error_ms is not None:
        ledger.saw(0.1, WorkerClock(error_ms=error_ms, same_clock=False))
    return ledger


def recorded(at_s: float = 1.0) -> HandWritten:
    return visited().reported(Recorded, at_s, artworks=("a",))


def apart(witness: str) -> HandWritten:
    """The wall clock of one witness is three seconds from that of all others."""
    ledger = recorded()
    ns = 3_000_000_000
    if witness == "server":
        for receipt in ledger.receipts:
            if "received_wall_ns" in receipt:
                receipt["received_wall_ns"] += ns
        return ledger
    ledger.rows[witness] = [
        (moment._replace(wall_ns=moment.wall_ns + ns), row) for moment, row in ledger.rows[witness]
    ]
    return ledger


CASES = cases(
    "clocks_agree",
    {},
    healthy=(visited, PASS, "pairs of times are in order"),
    table_behind=(lambda: shifted("database", -3, healthy()), UNKNOWN, "seen in the table before"),
    table_ahead=(lambda: shifted("database", 3, healthy()), UNKNOWN, "3.0 s after the run was at"),
    viewer_behind=(lambda: shifted("viewer", -3, visited()), UNKNOWN, "before they were opened"),
    viewer_ahead=(lambda: shifted("viewer", 3, visited()), UNKNOWN, "after they were closed"),
    a_device_reports_when_it_can=(
        lambda: shifted("viewer", 3, visited(kind="device")),
        PASS,
    ),
    pages_behind=(lambda: shifted("client", -3, healthy()), UNKNOWN, "read by pages before"),
    committed_before_it_arrived=(
        lambda: lived().receipt(["a"], 1.0, received_mono_ns=at(1.1).mono_ns),
        UNKNOWN,
        "1 receipts are committed before they arrived",
    ),
    load=(loaded, PASS),
    load_ahead=(lambda: loaded(3), UNKNOWN, "arrived before they were sent"),
    load_behind=(lambda: loaded(-3), UNKNOWN, "read by the load before"),
    load_within_its_error=(lambda: loaded(-0.1, error_ms=60), PASS),
    load_beyond_its_error=(lambda: loaded(-0.3, error_ms=60), UNKNOWN),
    nothing_to_compare=(lived, UNKNOWN),
    recorded_after_its_intent=(recorded, PASS),
    recorded_before_its_intent=(
        lambda: recorded(0.6),
        UNKNOWN,
        "1 of 1 views were recorded or sent before they were meant to be shown, by up to 390 ms",
    ),
    another_wall_clock_of_the_server=(lambda: apart("server"), UNKNOWN, "clocks of the server are"),
    another_wall_clock_of_pages=(lambda: apart("client"), UNKNOWN, "clocks of the client are"),
)

NEVER_FAILS = {"clocks_agree": "a wrong clock of the harness says nothing about the target"}

test_each_case = every_case_holds(CASES)
