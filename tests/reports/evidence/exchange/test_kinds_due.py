"""A kind of rows that a witness never wrote is missed wherever another row demands it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds import SERVER
from harness.ledger.kinds.activity import ActivityRow, Blind, DatabaseFigure, ServerFigure
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BeaconQueued,
    Drained,
    FlushAsked,
    FlushStarted,
    Held,
    Persisted,
    QueueState,
    Recorded,
    RecorderLeftOut,
    RetryScheduled,
    SignedIn,
    TabClosed,
    TabClosing,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from harness.ledger.kinds.database import (
    Appeared,
    DatabaseSetting,
    FinalRow,
    LogSentinel,
    OwnRowWritten,
    Relations,
    RoadmapQuery,
    RoadmapQueryRow,
    UniqueIndex,
    UniqueIndexes,
    Violations,
)
from harness.ledger.kinds.machine import MachineRow
from harness.ledger.kinds.network import (
    BrowserKilled,
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
    RequestActedOn,
    RequestArrived,
    RequestChanged,
    SentinelArmed,
)
from harness.target.capabilities import EVERYTHING, Capability
from reports.checks import CHECKS
from reports.evidence.exchange.kinds_due import kinds_due
from reports.evidence.frame import read_ledger
from tests.reports.evidence.exchange.whole_run import BATCH, due, full
from tests.reports.ledgers import (
    TAB,
    altered,
    evidence_of,
    healthy,
    own_row_written,
    without,
)


def test_a_run_that_holds_them_all_misses_none(tmp_path: Path) -> None:
    assert due(full(), tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FinalRow, "a row of 'final' counts 2, and 0 are in rows of 'final_row'"),
        (RoadmapQueryRow, "'roadmap_sql' counts 1, and 0"),
        (UniqueIndex, "'unique_indexes' counts 1, and 0"),
        (UniqueIndexes, "'unique_indexes' counts 0, and 1"),
        (Appeared, "'appeared'"),
        (Relations, "'relations'"),
        (RoadmapQuery, "'roadmap_sql'"),
        (DatabaseSetting, "'setting'"),
        (Violations, "'violations'"),
        (LogSentinel, "'sentinel'"),
        (FaultInjecting, "answer lost has 0 rows of 'fault_injecting'"),
        (FaultStart, "answer lost had a sentinel, and no row says when it began"),
        (FaultEnd, "answer lost has 1 rows of 'fault_start' and 0 of 'fault_end'"),
        (ChangeInjecting, "script injected has 0 rows of 'change_injecting'"),
        (ChangeStart, "script injected had a sentinel"),
        (ChangeEnd, "script injected has 1"),
        (SentinelArmed, "no row says that its sentinel was armed"),
        (RequestActedOn, "answer lost was felt, and no row says by which request"),
        (RequestChanged, "script injected was felt, and no row says by which request"),
        (LineStart, "p has 0 rows of 'line_start'"),
        (LineEnd, "p has 1 rows of 'line_start'"),
        (LoadStepEnd, "the load has 1 rows of 'load_step_start'"),
        (BrowserUsed, "'browser'"),
        (BrowserKilled, "'browser_killed'"),
        (TabOpened, "'tab_opened'"),
        (TabClosing, "'tab_closing'"),
        (TabClosed, "'tab_closed'"),
        (QueueState, "'queue'"),
        (SignedIn, "'signed_in'"),
        (Recorded, "'recorded'"),
        (Attempt, "'attempt'"),
        (Acknowledged, "'acknowledged'"),
        (Adopted, "'adopted'"),
        (BeaconQueued, "'beacon_queued'"),
        (RetryScheduled, "'retry_scheduled'"),
        (Persisted, "pages kept what they recorded on disk, and no row is of the kind"),
        (VisibilityChanged, "tabs were hidden whose pages report when they leave"),
        (FlushAsked, "asked to flush 0 times, and began 1 times"),
        (FlushStarted, "asked to flush 1 times, and began 0 times"),
        (MachineRow, "'process'"),
        (DatabaseFigure, "'database'"),
        (ServerFigure, "'server'"),
    ],
)
def test_each_kind_that_is_missing_is_named(
    tmp_path: Path, kind: type[LedgerRow], words: str
) -> None:
    """And leaves the evidence in doubt: no one is accused by what is not there."""
    evidence = evidence_of(without(full(), kind), tmp_path)
    assert words in "; ".join(one.words for one in kinds_due(evidence.ledger))
    assert words in CHECKS["witnesses_whole"](evidence).summary


@pytest.mark.parametrize(
    ("kind", "witness"),
    [
        (FinalRow, "database"),
        (Relations, "database"),
        (FaultEnd, "network"),
        (RequestActedOn, "network"),
        (SentinelArmed, "network"),
        (BrowserUsed, "network"),
        (Attempt, "client"),
        (MachineRow, "machine"),
        (ServerFigure, "activity"),
    ],
)
def test_what_is_missing_is_its_witness_s(
    tmp_path: Path, kind: type[LedgerRow], witness: str
) -> None:
    found = kinds_due(read_ledger(without(full(), kind).write(tmp_path)))
    assert {one.witness for one in found} == {witness}


def test_a_single_row_that_is_missing_from_the_final_read_is_missed(tmp_path: Path) -> None:
    ledger = without(full(), FinalRow, artwork="b")
    ledger.tallied = False
    assert due(ledger, tmp_path) == ["a row of 'final' counts 2, and 1 are in rows of 'final_row'"]


@pytest.mark.parametrize(
    ("kind", "match", "words"),
    [
        (Attempt, {"batch": "c", "attempt": 1}, "1 answers are to attempts that no page reported"),
        (Appeared, {"artwork": "b"}, "1 rows of the final read never appeared"),
        (Acknowledged, {"batch": "e"}, "1 batches were answered, and no page reported it"),
        (Persisted, {"artworks": ("b",)}, "1 views on disk were never reported as there"),
    ],
)
def test_a_single_row_that_another_demands_is_missed(
    tmp_path: Path, kind: type[LedgerRow], match: dict[str, object], words: str
) -> None:
    ledger = full().acknowledged(["a"], 1.4, batch="e").receipt(["a"], 1.3, batch="e", duplicate=1)
    assert due(ledger, tmp_path / "all") == []
    assert due(without(ledger, kind, **match), tmp_path / "less") == [words]


def test_a_run_that_broke_off_misses_nothing_more(tmp_path: Path) -> None:
    ledger = without(full(), FinalRow)
    ledger.status = "broken"
    assert due(ledger, tmp_path) == []


def test_what_a_target_does_not_offer_is_not_missed(tmp_path: Path) -> None:
    ledger = without(without(full(), ServerFigure), SignedIn)
    offered = EVERYTHING - {Capability.SERVER_METRICS, Capability.SIGN_IN}
    ledger.capabilities = [one.key for one in offered]
    assert due(ledger, tmp_path) == []


def test_a_system_whose_truth_is_no_table_has_neither_settings_nor_the_roadmap_s_query(
    tmp_path: Path,
) -> None:
    ledger = without(without(full(), DatabaseSetting), RoadmapQuery)
    ledger = without(ledger, RoadmapQueryRow)
    ledger.capabilities = [one.key for one in EVERYTHING - {Capability.TABLE}]
    assert due(ledger, tmp_path / "truth") == []
    ledger.capabilities = [one.key for one in EVERYTHING]
    assert len(due(ledger, tmp_path / "table")) == 2


def test_an_activity_that_says_it_is_blind_is_not_missed(tmp_path: Path) -> None:
    ledger = without(full(), ActivityRow).saw(1.0, Blind(name="server:everything", why="no port"))
    assert due(ledger, tmp_path) == []


def test_requests_that_a_walk_s_faults_acted_on_have_no_span(tmp_path: Path) -> None:
    act = {"method": "POST", "path": "/b", "did": "delayed"}
    ledger = full().saw(7.0, RequestActedOn(fault="request delayed", **act))
    assert due(ledger.saw(7.0, RequestArrived(method="GET", path="/")), tmp_path) == []


def test_an_answer_that_a_fault_took_away_is_not_missed(tmp_path: Path) -> None:
    """Nor one after whose commit the page says that it had none."""
    ledger = without(full(), Acknowledged)
    lost = {"fault": "answer lost", "method": "POST", "path": "/b", "did": "lost"}
    taken = ledger.saw(3.35, RequestActedOn(batch="b", attempt=1, **lost))
    assert due(taken, tmp_path / "taken") == []
    silent = without(full(), Acknowledged).reported(Unanswered, 1.3, **BATCH)
    altered(silent, Drained, lambda row: {"within_s": 1.0})
    assert not any("acknowledged" in one for one in due(silent, tmp_path / "silent"))


def test_a_retry_that_something_else_explains_needs_no_plan(tmp_path: Path) -> None:
    ledger = without(full(), RetryScheduled).reported(Held, 2.3, batch="c")
    assert due(ledger, tmp_path) == []


def test_a_script_of_the_harness_is_no_page_that_records(tmp_path: Path) -> None:
    ledger = (
        without(full(), Recorded)
        .noted(RecorderLeftOut, 0.5)
        .noted(RecorderLeftOut, 0.5, tab="heir")
    )
    assert not any("recorded" in one for one in due(ledger, tmp_path))
    assert TAB


def test_a_row_of_the_harness_that_is_in_no_table_demands_no_relation(tmp_path: Path) -> None:
    ledger = own_row_written(healthy())
    assert any("'relations'" in words for words in due(ledger, tmp_path / "table"))
    altered(ledger, OwnRowWritten, lambda row: {"relation": ""})
    assert not any("'relations'" in words for words in due(ledger, tmp_path / "truth"))


def test_receipts_that_lost_their_first_lines_are_named(tmp_path: Path) -> None:
    """A log that was rotated away accuses no server of what it did before."""
    ledger = full()
    ledger.receipts = [one for one in ledger.receipts if one["kind"] == "stopped"]
    evidence = evidence_of(ledger, tmp_path)
    words = [one.words for one in kinds_due(evidence.ledger)]
    assert words == ["the receipts of the server's life l lack their beginning"]
    assert SERVER.name in evidence.damaged
