"""Times that no order of events explains: a clock or a witness is wrong."""

from __future__ import annotations

from typing import Any

from harness.core.outcome import Outcome
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import (
    Persisted,
    Recorded,
    TabClosed,
    TabKilled,
    TabOpened,
    TabRow,
    Unanswered,
)
from harness.ledger.kinds.network import (
    BrowserUsed,
    Quiet,
    RequestActedOn,
    RestRow,
    Unquiet,
    WorkerClock,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    PASS,
    TAB,
    UNKNOWN,
    USER,
    HandWritten,
    at,
    healthy,
    lived,
    without,
)


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


def on_the_screen_first() -> HandWritten:
    """A page that journals records a view half a second after the viewer saw it."""
    return recorded(1.5).reported(Persisted, 1.6, artworks=("a",))


def answers() -> HandWritten:
    """Pages read three answers: of a batch without a receipt, of one, and of one at the moment at
    which its request arrived."""
    ledger = HandWritten().lifetime().acknowledged(["z"], 0.9, batch="z")
    ledger.acknowledged(["a"], 1.2, batch="b").receipt(["a"], 1.1, batch="b")
    return ledger.acknowledged(["c"], 2.08, batch="c").receipt(["c"], 2.1, batch="c")


def early_after_one_without_a_receipt() -> HandWritten:
    ledger = HandWritten().lifetime().acknowledged(["z"], 0.9, batch="z")
    return ledger.acknowledged(["a"], 1.0, batch="b").receipt(["a"], 1.1, batch="b")


def answered_by_a_fault() -> HandWritten:
    """A fault answers an attempt of one batch itself; one of the same number arrives later."""
    ledger = answers()
    row = {"method": "POST", "path": "/", "batch": "d", "attempt": 1, "transport": "fetch"}
    ledger.saw(2.9, RequestActedOn(**row, fault="f", did="", answered=503))
    common = {"user": USER, "tab": TAB, "batch": "d", "attempt": 1, "artworks": ("d",)}
    ledger.saw(3.0, Unanswered(**common, status=503))
    return ledger.receipt(["d"], 4.0, batch="d")


def without_a_commit() -> HandWritten:
    """One request is committed as it arrives, another is refused."""
    ledger = lived().receipt(["a"], 1.0, batch="b", received_mono_ns=at(1.0).mono_ns)
    none = {"committed_mono_ns": None, "committed_wall_ns": None}
    return ledger.receipt(["b"], 2.0, batch="c", status=503, inserted=0, rejected=1, **none)


def seen_before_the_commit(*seconds: float, of: HandWritten | None = None) -> HandWritten:
    """Requests arrive a second apart from 1 s on, and are committed half a second later; polls see
    their rows so long after they arrived. A row that no receipt speaks of is seen too."""
    ledger = of or lived()
    for number, after_s in enumerate(seconds):
        moment = at(1.0 + number)
        arrived = {"received_mono_ns": moment.mono_ns, "received_wall_ns": moment.wall_ns}
        ledger.receipt([f"a{number}"], 1.5 + number, batch=f"b{number}", **arrived)
        ledger.polled(1.0 + number + after_s, **{f"a{number}": 1})
    return ledger.polled(8.0, z=1).final(9.0, z=1, **{f"a{n}": 1 for n in range(len(seconds))})


def at_rest(ledger: HandWritten, seconds: float, kind: type[RestRow] = Quiet) -> HandWritten:
    """The final read, at 9 s, is compared with this moment of rest."""
    return without(ledger, Quiet).saw(seconds, kind(rows=2, why="two reads agree"))


def tab(opened_s: float, closed_s: float, end: type[TabRow] = TabClosed) -> HandWritten:
    """Views from 0.99 s to 1.02 s in a tab that was opened and ended then."""
    return healthy().noted(TabOpened, opened_s).noted(end, closed_s)


def two_clocks() -> HandWritten:
    """Two witnesses whose wall clocks are three seconds apart."""
    moment = {"received_wall_ns": at(4.0).wall_ns, "received_mono_ns": at(1.0).mono_ns}
    return lived().shown("a", 1.0).receipt(["a"], 1.1, **moment)


def two_contradictions() -> HandWritten:
    late = {"received_mono_ns": at(2.1).mono_ns}
    return shifted("viewer", 3, visited()).receipt(["x"], 2.0, batch="x", **late)


def apart(witness: str, by_s: float = 3.0) -> HandWritten:
    """The wall clock of one witness is so far from that of all others."""
    ledger = recorded()
    ns = round(by_s * 1e9)
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
    load_that_arrives_at_once=(lambda: loaded(0.01), PASS),
    load_that_is_answered_at_once=(lambda: loaded(-0.09), PASS),
    load_that_gave_up_before_it_arrived=(
        lambda: (
            lived()
            .sent(2.0, took_ms=100, lag_ms=0, batch="l", status=0, outcome=Outcome.UNKNOWN)
            .receipt(["a"], 2.6, batch="l")
        ),
        PASS,
    ),
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
    on_the_screen_before_it_was_recorded=(
        on_the_screen_first,
        UNKNOWN,
        "1 views were on the screen before their page had recorded them, by up to 500 ms",
    ),
    answers_of_pages=(answers, PASS, "4 pairs"),
    early_after_one_without_a_receipt=(
        early_after_one_without_a_receipt,
        UNKNOWN,
        "1 of 1 answers were read by pages before",
    ),
    answered_by_a_fault=(answered_by_a_fault, PASS),
    without_a_commit=(without_a_commit, PASS, "1 pairs"),
    seen_before_the_commit=(lambda: seen_before_the_commit(0.1, 0.2, 0.3, 0.4, 0.0), PASS),
    one_seen_before_it_arrived=(
        lambda: seen_before_the_commit(0.1, -0.1),
        UNKNOWN,
        "1 of 2 rows were seen in the table before their request came",
    ),
    seen_before_though_receipts_may_be_lost=(
        lambda: seen_before_the_commit(-0.1, of=HandWritten().lifetime(ended=False)),
        PASS,
    ),
    never_at_rest=(
        lambda: at_rest(healthy(), 6.0, Unquiet),
        UNKNOWN,
        "the final read was 3.0 s after the run was at rest",
    ),
    half_a_second_after_rest=(lambda: at_rest(healthy(), 8.5), PASS),
    no_word_of_rest=(lambda: without(visited(), Quiet), PASS),
    a_tab_within_the_slack=(lambda: tab(1.49, 0.52), PASS),
    a_tab_that_closed_soon=(lambda: tab(0.5, 1.2), PASS),
    a_tab_that_was_killed_before=(
        lambda: tab(0.1, 0.4, TabKilled),
        UNKNOWN,
        "1 tabs were seen showing after they were closed",
    ),
    two_contradictions=(
        two_contradictions,
        UNKNOWN,
        "1 tabs were seen showing after they were closed; 1 receipts are committed before",
    ),
    two_clocks=(two_clocks, UNKNOWN, "are 3000 ms apart"),
    clocks_as_far_apart_as_they_may_be=(lambda: apart("client", 0.1), PASS),
    another_wall_clock_of_the_viewer=(lambda: apart("viewer"), UNKNOWN, "clocks of the viewer are"),
    another_wall_clock_of_the_network=(
        lambda: apart("network", -3.0),
        UNKNOWN,
        "clocks of the network are",
    ),
    another_wall_clock_of_the_database=(
        lambda: apart("database"),
        UNKNOWN,
        "clocks of the database are",
    ),
    another_wall_clock_of_the_server=(lambda: apart("server"), UNKNOWN, "clocks of the server are"),
    another_wall_clock_of_pages=(lambda: apart("client"), UNKNOWN, "clocks of the client are"),
)

NEVER_FAILS = {"clocks_agree": "a wrong clock of the harness says nothing about the target"}

test_each_case = every_case_holds(CASES)
