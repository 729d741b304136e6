"""Figures of a bench: quantiles, ratios, and what overlaps with the building of an index."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.outcome import Outcome
from harness.ledger.kinds.activity import Benched, BenchFigureName
from reports.judging.figures.bench import BENCH_MEASURES, bench_measures
from tests.reports.ledgers import HandWritten, evidence_of, lived


def benched(**figures: float | list[float]) -> HandWritten:
    ledger = lived()
    for name, values in figures.items():
        for number, value in enumerate(values if isinstance(values, list) else [values]):
            ledger.saw(2.0 + number / 100, Benched(name=name, value=value))  # type: ignore[arg-type]
    return ledger


def measured(ledger: HandWritten, directory: Path) -> dict[str, float]:
    found = bench_measures(evidence_of(ledger, directory).ledger)
    assert found.keys() <= set(BENCH_MEASURES)
    return found


def test_a_run_without_a_bench_has_no_figure_of_one(tmp_path: Path) -> None:
    assert measured(lived(), tmp_path) == {}


@pytest.mark.parametrize(
    ("figure", "measure"),
    [
        ("insert_ms", "bench_insert"),
        ("insert_execute_ms", "bench_insert_execute"),
        ("freshness_ms", "bench_freshness"),
        ("anti_join_ms", "bench_anti_join"),
        ("fresh_answer_ms", "bench_fresh_answer"),
    ],
)
def test_times_are_a_median_and_a_p95(
    figure: BenchFigureName, measure: str, tmp_path: Path
) -> None:
    values = [float(n) for n in range(100, 0, -1)]
    found = measured(benched(**{figure: values}), tmp_path)
    assert found == {f"{measure}_p50_ms": 51, f"{measure}_p95_ms": 96}


def test_bytes_are_a_row_s_and_the_last_word_counts(tmp_path: Path) -> None:
    ledger = benched(
        table_rows=1_000.0,
        table_bytes=80_000.0,
        indexes_bytes=400_000.0,
        insert_rows=200.0,
        insert_wal_bytes=[1.0, 90_000.0],
        insert_rows_after_checkpoint=100.0,
        insert_wal_after_checkpoint_bytes=300_000.0,
    )
    assert measured(ledger, tmp_path) == {
        "bench_table_per_row_bytes": 80,
        "bench_indexes_per_row_bytes": 400,
        "bench_wal_per_row_bytes": 450,
        "bench_wal_after_checkpoint_per_row_bytes": 3_000,
    }


def test_without_rows_there_is_no_figure_a_row(tmp_path: Path) -> None:
    assert measured(benched(table_bytes=8.0, insert_rows=0.0, insert_wal_bytes=5.0), tmp_path) == {}


def test_what_expiry_leaves_is_in_mebibytes(tmp_path: Path) -> None:
    ledger = benched(
        expiry_s=0.25,
        expiry_wal_bytes=2.0 * 2**20,
        stored_before_bytes=100.0 * 2**20,
        stored_bytes=60.0 * 2**20,
        stored_after_refill_bytes=110.0 * 2**20,
    )
    assert measured(ledger, tmp_path) == {
        "bench_expiry_s": 0.25,
        "bench_expiry_wal_mib": 2,
        "bench_stored_before_mib": 100,
        "bench_stored_mib": 60,
        "bench_stored_after_refill_mib": 110,
    }


def test_what_overlaps_with_the_building_was_during_it(tmp_path: Path) -> None:
    ledger = lived().saw(6.0, Benched(name="index_build_s", value=2.0))  # from 4 to 6
    for done_s, took_ms in ((3.0, 5.0), (3.5, 7.0), (4.5, 600.0), (5.0, 9.0), (6.5, 800.0)):
        ledger.saw(done_s, Benched(name="writer_ms", value=took_ms))
    ledger.saw(7.5, Benched(name="writer_ms", value=1.0))
    found = measured(ledger, tmp_path)
    assert found["bench_index_build_s"] == 2
    assert found["bench_writer_before_build_max_ms"] == 7
    assert found["bench_writer_before_build_p95_ms"] == 7
    assert found["bench_writer_during_build_max_ms"] == 800
    assert not any(name.startswith("bench_load") for name in found)


def test_answers_of_the_load_are_parted_the_same_way_and_failures_are_longer_than_any(
    tmp_path: Path,
) -> None:
    ledger = lived().saw(6.0, Benched(name="index_build_s", value=2.0))
    ledger.sent(3.0, batch="b1", took_ms=40.0).sent(3.9, batch="b2", took_ms=300.0)
    ledger.sent(5.0, batch="b3", took_ms=20.0).sent(6.5, batch="b4", took_ms=900.0)
    found = measured(ledger, tmp_path)
    assert found["bench_load_before_build_max_ms"] == pytest.approx(40)
    assert found["bench_load_during_build_max_ms"] == pytest.approx(300)
    ledger.sent(5.5, batch="b5", took_ms=10.0, outcome=Outcome.UNKNOWN)
    found = measured(ledger, tmp_path / "failed")
    assert "bench_load_during_build_max_ms" not in found
    assert found["bench_load_before_build_max_ms"] == pytest.approx(40)


def test_answers_about_freshness_are_right_or_as_old_as_they_are(tmp_path: Path) -> None:
    """Four questions, of which two cost a statement; one of the answers is 3 s old."""
    ledger = benched(
        fresh_stale_s=[0.0, 3.0, 0.0, 0.0], fresh_statements=2.0, fresh_statement_ms=5.0
    )
    assert measured(ledger, tmp_path) == {
        "bench_fresh_right_percent": 75.0,
        "bench_fresh_stale_p95_s": 3.0,
        "bench_fresh_stale_max_s": 3.0,
        "bench_fresh_statements_per_1000": 500.0,
        "bench_fresh_statement_ms_per_1000": 1250.0,
    }


def test_what_was_not_counted_is_no_figure(tmp_path: Path) -> None:
    found = measured(benched(fresh_stale_s=[0.0]), tmp_path)
    assert "bench_fresh_statements_per_1000" not in found
    assert found["bench_fresh_right_percent"] == 100.0


def test_waits_for_pictures_are_means_of_all_and_of_each_kind(tmp_path: Path) -> None:
    ledger = benched(predicted_wait_ms=[10.0, 30.0], other_wait_ms=[100.0, 100.0, 110.0])
    assert measured(ledger, tmp_path) == {
        "picture_wait_mean_ms": 70.0,
        "predicted_picture_wait_mean_ms": 20.0,
        "other_picture_wait_mean_ms": pytest.approx(310 / 3),
    }


def test_waits_of_one_kind_alone_are_no_mean_of_all(tmp_path: Path) -> None:
    found = measured(benched(predicted_wait_ms=[10.0]), tmp_path)
    assert found == {"predicted_picture_wait_mean_ms": 10.0}
