"""The tables stand between their marks, a row for each topology in the topologies' order."""

from __future__ import annotations

import pytest

from benchmarks.topologies.page import BEGIN, END, NOT_YET, replaced, tables
from harness.core.errors import HarnessError
from tests.benchmarks.topologies.figures import cell


def test_what_stood_between_the_marks_is_replaced() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = replaced(text, [cell()])
    assert once.startswith(f"before\n{BEGIN}\n\n`paced_load`")
    assert once.endswith(f"{END}\nafter\n")
    assert "old" not in once
    assert replaced(once, [cell()]) == once


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}"])
def test_a_page_without_marks_is_left_alone(text: str) -> None:
    with pytest.raises(HarnessError, match="the page lacks"):
        replaced(text, [])


def test_without_a_cell_it_says_so() -> None:
    assert replaced(f"{BEGIN}\n{END}\n", []) == f"{BEGIN}\n\n{NOT_YET}\n\n{END}\n"


def test_each_topology_has_its_row_and_only_engines_that_any_has_a_column() -> None:
    broker = {"broker_cpu_per_impression_ms": 0.25, "broker_memory_peak_mib": 160.0}
    lines = tables([cell("queued", **broker), cell()]).splitlines()
    head = next(line for line in lines if line.startswith("| Topology"))
    assert "servers | broker | databases | memory" in head
    assert "balancer" not in head
    rows = [line for line in lines if line.startswith(("| `single`", "| `queued`"))]
    assert rows[0] == "| `single` | pass | 5 | 20 | 2,500 | 0.9 | 0.36 | · | 0.54 | 1,024 |"
    assert rows[1] == "| `queued` | pass | 5 | 20 | 2,500 | 0.9 | 0.36 | 0.25 | 0.54 | 1,024 |"
    assert any(line.startswith("| the roadmap's | 500 | 200 | 100 | 800 |") for line in lines)
