"""Figures beside the verdict: what they are made of, and what is left out as unknown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.ledger.kinds.client import Recorded, RetryScheduled, Unanswered
from harness.ledger.kinds.network import FaultEnd, FaultStart
from reports.judging.measures import MEASURES, measures
from reports.judging.measures import _quantiles as quantiles_of
from scenarios.catalogue.experiments import load_experiments
from tests.reports.histories import searched
from tests.reports.ledgers import HandWritten, evidence_of, healthy, hidden, lived
from tests.reports.memory import most_bytes

QUANTILES = ("min", "p50", "p95", "p99", "max")


def figures(ledger: HandWritten, directory: Path) -> dict[str, float]:
    evidence = evidence_of(ledger, directory)
    found = measures(evidence.ledger, evidence.fates)
    assert found.keys() <= MEASURES, "an experiment can ask for each"
    return {name: round(value, 1) for name, value in found.items()}


def stored(count: int, *, lost: int = 0) -> HandWritten:
    """A hundred views at second 1, the n-th durable n hundredths later; the last ones never."""
    ledger, ids = lived(), [f"w{number:03}" for number in range(1, count + 1)]
    for number, artwork in enumerate(ids, 1):
        ledger.shown(artwork, 1.0)
        if number <= count - lost:
            ledger.receipt([artwork], 1.0 + number / 100, batch=artwork)
    kept = dict.fromkeys(ids[: count - lost], 1)
    return ledger.polled(8.0, **kept).final(9.0, **kept)


def test_from_the_eye_to_the_row_in_five_quantiles(tmp_path: Path) -> None:
    found = figures(stored(100), tmp_path)
    values = [found[f"shown_to_durable_{quantile}_ms"] for quantile in QUANTILES]
    assert values == pytest.approx([10, 510, 960, 1000, 1000], abs=11)
    assert "never_durable" not in found


def test_without_a_final_read_nothing_of_rows_is_known(tmp_path: Path) -> None:
    ledger = stored(100)
    ledger.rows["database"].clear()
    unknown = {"stored_rows", "never_durable", "shown_to_durable_p95_ms"}
    assert not unknown & figures(ledger, tmp_path).keys()


def test_what_was_never_durable_is_longer_than_any_and_not_left_out(tmp_path: Path) -> None:
    found = figures(stored(100, lost=10), tmp_path)
    assert found["never_durable"] == 10
    assert found["shown_to_durable_p50_ms"] == pytest.approx(510, abs=11)
    assert not {f"shown_to_durable_{q}_ms" for q in ("p95", "p99", "max")} & found.keys()


def test_the_wait_since_the_fault_ended_stands_beside_the_whole_one(tmp_path: Path) -> None:
    ledger = stored(100)
    ledger.saw(0.5, FaultStart(fault="cut"))
    ledger.saw(1.5, FaultEnd(fault="cut"))
    found = figures(ledger, tmp_path)
    assert found["fault_end_to_durable_max_ms"] == pytest.approx(500, abs=11)
    assert found["shown_to_durable_max_ms"] == pytest.approx(1000, abs=11)
    assert "fault_end_to_durable_max_ms" not in figures(healthy(), tmp_path / "healthy")


def test_what_the_pages_sent_by_transport_and_how_long_retries_waited(tmp_path: Path) -> None:
    ledger = lived().reported(Recorded, 0.9, queue_depth=7).reported(Recorded, 1.9, queue_depth=2)
    ledger.request("b", 1.0, 0.5, end=Unanswered)
    ledger.reported(RetryScheduled, 1.5, batch="b", delay_ms=3000)
    ledger.request("b", 4.5, 0.1, attempt=2, transport="keepalive")
    ledger.request("c", 5.0, None, transport="beacon")
    found = figures(ledger, tmp_path)
    assert found["client_attempts"] == 3
    assert found["client_retries"] == 1
    assert [found[f"client_attempts_by_{t}"] for t in ("fetch", "keepalive", "beacon")] == [1, 1, 1]
    assert found["client_requests_overlapping"] == 0
    assert found["client_retry_wait_min_ms"] == found["client_retry_wait_max_ms"] == 3000
    assert found["queue_depth_peak"] == 7


def test_overlapping_requests_of_a_visible_page_are_counted(tmp_path: Path) -> None:
    found = figures(lived().request("b", 1.0, 2.0).request("c", 2.0, 0.1), tmp_path)
    assert found["client_requests_overlapping"] == 1
    ledger = hidden(lived(), 0.5).request("b", 1.0, 2.0).request("c", 2.0, 0.1)
    assert figures(ledger, tmp_path / "hidden")["client_requests_overlapping"] == 0


def test_the_knee_is_a_figure_where_a_search_found_it(tmp_path: Path) -> None:
    found = figures(searched(at_200=10.0, at_400=1_000.0), tmp_path / "found")
    assert found["knee_impressions_per_s"] == pytest.approx(200 * 2**0.5, abs=0.1)
    above = figures(searched(at_200=10.0, at_400=20.0), tmp_path / "above")
    assert "knee_impressions_per_s" not in above


@pytest.mark.parametrize("name", sorted(load_experiments()))
def test_every_figure_of_an_experiment_is_one_of_them(name: str) -> None:
    parts = load_experiments()[name].parts
    asked = {metric.measure for part in parts for metric in part.metrics}
    assert asked <= MEASURES


def test_names_end_in_their_unit_and_none_is_empty() -> None:
    assert all(name and name == name.strip("_") for name in MEASURES)
    assert {"load_response_p95_ms", "bench_insert_p50_ms", "ingest_rss_peak_mib"} <= MEASURES


def test_quantiles_of_a_large_ledger_order_the_array_itself() -> None:
    values = np.random.default_rng(1).permutation(200_000).astype(float)
    found, most = most_bytes(lambda: quantiles_of("wait", values))
    assert found["wait_p50_ms"] == 100_000
    assert found["wait_max_ms"] == 199_999
    assert most < 0.3 * values.nbytes


def test_receipts_are_counted_without_a_copy_of_all_their_columns(tmp_path: Path) -> None:
    evidence = evidence_of(healthy(), tmp_path)
    server = evidence.ledger.server
    many = server.take(np.tile(np.arange(len(server)), 60_000 // len(server)))
    ledger = replace(evidence.ledger, server=many)
    found, most = most_bytes(lambda: measures(ledger, evidence.fates))
    assert found["batches_processed"] > 10_000
    assert most < 45 * len(many), most
