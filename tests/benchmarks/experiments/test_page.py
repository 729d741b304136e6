"""The page names every promise, and says where one is not kept."""

from __future__ import annotations

import json

from benchmarks.experiments.__main__ import simulated
from benchmarks.experiments.page import as_json, as_markdown
from benchmarks.experiments.rates import FalseAlarms, Rate


def test_a_small_run_has_a_page_with_every_table() -> None:
    results = simulated(4, {"CPU": "two of them"})
    page = as_markdown(results)
    assert "| CPU | two of them |" in page
    for row in results.slots:
        assert f"| {row.effect:g} | {row.blocks} | {row.arms} |" in page
    assert page.count("\n## ") == 5
    assert page.count("| 24 |") > 3
    assert json.loads(json.dumps(as_json(results)))["format"] == 1


def test_a_broken_promise_is_named() -> None:
    results = simulated(4, {})
    kept = FalseAlarms(name="x", margin=0.0, wrong=Rate(5, 100, 0.05, 0.0, 1.0), equivalent=_NONE)
    broken = FalseAlarms(name="y", margin=0.0, wrong=Rate(6, 100, 0.06, 0.0, 1.0), equivalent=_NONE)
    results.false_alarms[:] = [kept, broken]
    rows = [line for line in as_markdown(results).splitlines() if line.startswith(("| x", "| y"))]
    assert [row.split("|")[5].strip() for row in rows] == ["kept", "**not kept**"]


_NONE = Rate(0, 100, 0.0, 0.0, 0.04)
