"""Suites are added to what is stored, and the page is written anew."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.stored.cells import stored_cells
from benchmarks.topologies.__main__ import PAGE, STORED, main
from benchmarks.topologies.cells import TopologyCell
from benchmarks.topologies.page import BEGIN, END, replaced
from tests.benchmarks.topologies.figures import MEASURED


def test_a_later_suite_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    stored, page = tmp_path / "stored.json", tmp_path / "page.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    for name, p95 in (("one", 20.0), ("two", 30.0)):
        suite = tmp_path / name
        suite.mkdir()
        measures = {**MEASURED, "load_response_p95_ms": p95}
        cell = {"scenario": "s", "arm": "workload=w", "seed": 1, "verdict": "pass"}
        (suite / "verdict.json").write_text(json.dumps({"cells": [{**cell, "measures": measures}]}))
        assert main([str(suite)], stored=stored, page=page) == 0
    [kept] = stored_cells(stored, TopologyCell)
    assert (kept.when, kept.measures["load_response_p95_ms"]) == ("two", 30.0)
    assert "| 30 |" in page.read_text()


def test_the_page_is_what_the_stored_results_make_of_it() -> None:
    assert stored_cells(STORED, TopologyCell)
    text = PAGE.read_text(encoding="utf-8")
    assert replaced(text, stored_cells(STORED, TopologyCell)) == text
