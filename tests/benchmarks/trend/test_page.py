"""The page has every table."""

from __future__ import annotations

import json

from benchmarks.trend.__main__ import simulated
from benchmarks.trend.page import as_json, as_markdown


def test_a_small_run_has_a_page_with_every_table() -> None:
    results = simulated(4, {"CPU": "two of them"})
    page = as_markdown(results)
    assert "- CPU: two of them" in page
    assert page.count("\n## ") == 5
    for row in results.unchanged:
        assert f"| {row.name} | {row.nights} | **" in page
    for row in results.costs:
        assert f"| {row.cells} | {row.suites} | " in page
    assert json.loads(json.dumps(as_json(results)))["format"] == 1
