"""The pictures of a load show its figures, break without an answer, and name what is missing."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.activity import DatabaseFigure, ServerFigure
from harness.ledger.kinds.load import LoadRow
from reports.evidence.frame import LedgerFrames, read_ledger
from reports.plots.load import load_over_time, use_over_time
from tests.reports.histories import watched
from tests.reports.ledgers import HandWritten, altered, at, lived


def frames(ledger: HandWritten, directory: Path) -> LedgerFrames:
    return read_ledger(ledger.write(directory))


def steady(seconds: int = 10, each: int = 20) -> HandWritten:
    """Twenty requests a second; the one in the middle of each takes 200 ms."""
    ledger = lived()
    for number in range(seconds * each):
        took_ms = 200.0 if number % each == 10 else 8.0
        ledger.sent(number / each, took_ms=took_ms, batch=f"b{number}", artworks=[f"a{number}"])
    return ledger


def test_a_second_has_its_quantiles_its_rate_and_its_lag(tmp_path: Path) -> None:
    picture = load_over_time(frames(steady(), tmp_path), 100.0, [])
    header, *rows = picture.rows
    assert header == (
        "second", "lag p99 ms", "p50 ms", "p95 ms", "p99 ms",
        "offered per s", "answered per s", "in flight",
    )  # fmt: skip
    middle = rows[len(rows) // 2]
    assert middle[1:6] == ("0.5", "8", "8", "200", "20")
    assert "limit 100 ms" in picture.svg
    assert "100 % of the rows were new" in picture.description


def test_a_second_without_an_answer_breaks_the_line_and_is_counted(tmp_path: Path) -> None:
    ledger = steady()
    failed = {"outcome": Outcome.UNKNOWN, "inserted": None}
    began, ended = at(4).mono_ns, at(6).mono_ns
    altered(ledger, LoadRow, lambda row: failed if began <= row.scheduled_ns < ended else {})
    picture = load_over_time(frames(ledger, tmp_path), None, [])
    assert "40 of them without a success" in picture.description
    assert any("no answer" in row for row in picture.rows[1:])


def test_what_the_cap_refused_is_never_in_flight(tmp_path: Path) -> None:
    ledger = lived()
    for number in range(100):
        ledger.sent(number / 10, took_ms=5_000.0, outcome=Outcome.UNKNOWN, error="in-flight cap",
                    batch=f"b{number}")  # fmt: skip
    picture = load_over_time(frames(ledger, tmp_path), None, [])
    assert {row[-1] for row in picture.rows[1:]} <= {"", "0"}


def test_the_systems_use_has_limits_costs_and_a_slope(tmp_path: Path) -> None:
    ledger = watched(steady(60, 5), cores=lambda s: 0.5)
    ledger = watched(ledger, process="ingest", rss=lambda s: 5e7 + 500.0 * s)
    for second in range(61):
        ledger.saw(second, DatabaseFigure(name="wal_position_bytes", value=2e6 * second))
        ledger.saw(second, ServerFigure(name="pool_in_use", value=2.0))
        ledger.saw(second, ServerFigure(name="pool_size", value=4.0))
    picture = use_over_time(frames(ledger, tmp_path), 60.0, [])
    assert "limit 60 %" in picture.svg
    assert "pool of 4" in picture.svg
    assert "100 B each" in picture.svg
    assert "not from zero" in picture.svg
    assert "database cpu per impression" in picture.description
    assert "25" in picture.rows[3]


def test_a_system_that_was_not_watched_has_no_picture_of_its_use(tmp_path: Path) -> None:
    picture = use_over_time(frames(steady(), tmp_path), 60.0, [])
    assert "No data" in picture.description
