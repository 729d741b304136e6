"""The page says of each command what it took, and whether the goal was reached."""

from __future__ import annotations

import pytest

from benchmarks.judging.commands import Took
from benchmarks.judging.page import as_json, as_markdown


def row(command: str = "report", observations: int = 100_088_960, **changes: float) -> Took:
    values = {"cpu_s": 150.0, "elapsed_s": 212.0, "peak_bytes": 1_700_000_000, **changes}
    return Took(
        command=command,
        observations=observations,
        printed="pass",
        **values,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("took", "goal"),
    [
        (row(), "reached"),
        (row(peak_bytes=2_000_000_000), "**missed**"),
        (row(elapsed_s=240.0), "**missed**"),
        (row(observations=10_000_000), ""),
        (row("explain"), ""),
    ],
)
def test_the_goal_is_that_of_judging_the_largest(took: Took, goal: str) -> None:
    [line] = [
        one for one in as_markdown("now", {"CPU": "two"}, [took]).splitlines() if "GB |" in one
    ]
    assert line.endswith(f"| pass | {goal} |")


def test_everything_measured_is_in_the_json() -> None:
    stored = as_json("now", {"CPU": "two"}, [row()])
    assert stored["facts"] == {"CPU": "two"}
    assert stored["rows"][0]["peak_bytes"] == 1_700_000_000
