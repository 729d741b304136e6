"""A run that holds a row of every kind that another row ever demands."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.activity import DatabaseFigure, ServerFigure
from harness.ledger.kinds.client import (
    Adopted,
    Attempt,
    BeaconQueued,
    Drained,
    FlushAsked,
    FlushStarted,
    PageHide,
    Persisted,
    QueueState,
    Recorded,
    RetryScheduled,
    SignedIn,
    TabClosed,
    TabClosing,
    TabHidden,
    TabInFront,
    TabKilled,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from harness.ledger.kinds.database import (
    DatabaseSetting,
    LogSentinel,
    Relations,
    RoadmapQuery,
    RoadmapQueryRow,
    UniqueIndex,
    UniqueIndexes,
    Violations,
)
from harness.ledger.kinds.machine import ProcessSample
from harness.ledger.kinds.network import (
    BrowserKilled,
    BrowserRestored,
    BrowserUsed,
    ChangeEnd,
    ChangeInjecting,
    ChangeStart,
    FaultEnd,
    FaultInjecting,
    FaultStart,
    LineEnd,
    LineStart,
    LoadStepEnd,
    LoadStepStart,
    RequestActedOn,
    RequestChanged,
    SentinelArmed,
    SentinelBitten,
)
from harness.target.capabilities import EVERYTHING
from reports.evidence.exchange.kinds_due import kinds_due
from reports.evidence.frame import read_ledger
from tests.reports.ledgers import (
    USER,
    HandWritten,
    healthy,
    own_row_written,
)

BATCH = {"batch": "b", "attempt": 1, "transport": "fetch", "artworks": ("a", "b")}
BROWSER = BrowserUsed(name="x", product="X", version="1", platform="Linux", kind="stock")


def database(ledger: HandWritten) -> HandWritten:
    """Add what the database witness writes of a target that offers everything."""
    ledger.saw(0.4, Relations(rows=1, names=("public.seen",)))
    for at_s in (0.4, 9.5):
        ledger.saw(at_s, DatabaseSetting(name="fsync", value="on"))
        ledger.saw(at_s, UniqueIndex(name="i", columns=("u", "a")))
        ledger.saw(at_s, UniqueIndexes(rows=1, promised=("u", "a")))
        ledger.saw(at_s, LogSentinel(is_logged=True))
    ledger.saw(9.4, Violations(count=0))
    ledger.saw(9.2, RoadmapQuery(rows=1))
    return ledger.saw(9.2, RoadmapQueryRow(user=USER, artwork="a", copies=2))


def faults(ledger: HandWritten) -> HandWritten:
    """Add a fault and a change at the gateway, a line, and a step of a load."""
    act = {"method": "POST", "path": "/b", "did": "lost"}
    for injecting, start, end, name, acted in (
        (FaultInjecting, FaultStart, FaultEnd, "answer lost", RequestActedOn),
        (ChangeInjecting, ChangeStart, ChangeEnd, "script injected", RequestChanged),
    ):
        ledger.saw(3.0, injecting(fault=name)).saw(3.1, start(fault=name))
        ledger.saw(3.2, SentinelArmed(fault=name, why="waits"))
        ledger.saw(3.3, acted(fault=name, **act))
        ledger.saw(3.4, SentinelBitten(fault=name, seen="before healing: acted on 1 request"))
        ledger.saw(3.5, end(fault=name))
    ledger.saw(3.0, LineStart(profile="p")).saw(4.0, LineEnd(profile="p"))
    return ledger.saw(3.0, LoadStepStart(rate_per_s=1)).saw(4.0, LoadStepEnd(rate_per_s=1))


def full() -> HandWritten:
    """Return a run that holds a row of every kind that is ever demanded."""
    ledger = faults(database(own_row_written(healthy())))
    ledger.capabilities = [one.key for one in EVERYTHING]
    ledger.saw(0.1, BROWSER)
    ledger.noted(SignedIn, 0.2)
    ledger.noted(TabOpened, 0.3, retry_base_ms=400.0, visibility="visible", journals=True)
    ledger.reported(Recorded, 1.0, artworks=("a",)).reported(Recorded, 1.02, artworks=("b",))
    ledger.reported(Attempt, 1.9, **BATCH | {"batch": "c"})
    ledger.reported(Unanswered, 2.0, **BATCH | {"batch": "c"})
    ledger.reported(RetryScheduled, 2.1, batch="c")
    ledger.reported(Attempt, 2.7, **BATCH | {"batch": "c", "attempt": 2})
    for number in range(3):
        beacon = {"batch": f"d{number}", "attempt": 1, "transport": "beacon", "artworks": ("b",)}
        ledger.reported(Attempt, 2.6, **beacon).reported(BeaconQueued, 2.7, **beacon)
    for number, artwork in enumerate("ab"):
        ledger.reported(Persisted, 1.03 + number / 100, artworks=(artwork,))
    ledger.noted(TabHidden, 2.8).noted(TabInFront, 2.9).reported(VisibilityChanged, 2.8)
    ledger.reported(PageHide, 6.05).noted(FlushAsked, 3.0).noted(FlushStarted, 3.1)
    ledger.noted(Drained, 6.5, within_s=2.0).noted(QueueState, 6.5)
    ledger.noted(TabClosing, 6.0).noted(TabClosed, 6.1)
    ledger.saw(6.2, BrowserKilled(tabs=1)).noted(TabKilled, 6.2, tab="tab-0")
    ledger.saw(6.3, BrowserRestored(tabs=1))
    ledger.noted(TabOpened, 6.4, tab="heir").reported(Adopted, 6.5, tab="heir", artworks=("a",))
    ledger.reported(Attempt, 6.6, **BATCH | {"tab": "heir", "batch": "h"})
    ledger.saw(6.7, ProcessSample(process="server", pid=1, cpu_s=1.0, rss_bytes=1))
    ledger.saw(6.8, DatabaseFigure(name="commits", value=1.0))
    return ledger.saw(6.9, ServerFigure(name="in_flight", value=0.0))


def due(ledger: HandWritten, directory: Path) -> list[str]:
    return [one.words for one in kinds_due(read_ledger(ledger.write(directory)))]
