"""Suites as they are stored, and the trend of a history in which something is planted."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.trend.planted import FATE, STEP, trend_of

FOUND = trend_of(seed=1, steps=(STEP,), broken=(FATE,))


def stored(folder: Path, name: str, **changes: object) -> None:
    """A suite's directory with the verdict that it stored."""
    directory = folder / name
    directory.mkdir(parents=True)
    (directory / "plan.json").write_text("{}")
    (directory / "report.html").write_text("")
    verdict = {"suite": "smoke", "verdict": "pass", "reason": "all", "started": name}
    (directory / "verdict.json").write_text(json.dumps({**verdict, "duration_s": 2, **changes}))
