"""The names of measures: those that a run yields, and those that experiments and checks ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.judging.measure_names import MEASURES
from reports.judging.measures import measures
from scenarios.catalogue.experiments import load_experiments
from tests.reports.ledgers import evidence_of, healthy


def test_a_healthy_run_has_no_measure_without_a_name(tmp_path: Path) -> None:
    evidence = evidence_of(healthy(), tmp_path)
    found = measures(evidence.ledger, evidence.fates)
    assert found
    assert found.keys() <= MEASURES


@pytest.mark.parametrize("name", sorted(load_experiments()))
def test_every_figure_of_an_experiment_is_one_of_them(name: str) -> None:
    parts = load_experiments()[name].parts
    asked = {metric.measure for part in parts for metric in part.metrics}
    assert asked <= MEASURES


def test_names_end_in_their_unit_and_none_is_empty() -> None:
    assert all(name and name == name.strip("_") for name in MEASURES)
    assert {"load_response_p95_ms", "bench_insert_p50_ms", "ingest_rss_peak_mib"} <= MEASURES
