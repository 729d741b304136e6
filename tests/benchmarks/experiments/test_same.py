"""Real experiments of equal arms are counted by figure; a wrong verdict is named."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from benchmarks.experiments import same
from benchmarks.experiments.same import as_markdown, carried_out, same_figures

STEADY = [0.01, -0.01, 0.02, -0.02, 0.005, -0.004, 0.012, -0.013, 0.001]
SHIFTED = [0.1 + d for d in STEADY]


def result(verdict: str, log_ratios: list[float], *, complete: int = 9) -> dict[str, Any]:
    comparison = {
        "title": "response, p95",
        "verdict": verdict,
        "log_ratios": log_ratios,
        "difference_percent": 100 * math.expm1(sum(log_ratios) / len(log_ratios)),
    }
    return {
        "blocks_planned": 9,
        "blocks_complete": complete,
        "machine": {"unsteady": []},
        "losses": [{"lost": 0, "false": 0}],
        "comparisons": [comparison],
    }


def test_equal_arms_keep_the_promise_and_a_shifted_arm_breaks_it() -> None:
    (kept,) = same_figures([result("equivalent", STEADY)] * 20)
    assert (kept.wrong.count, kept.equivalent.count, kept.without_margin.count) == (0, 20, 0)
    (broken,) = same_figures([result("worse", SHIFTED)] * 20)
    assert (broken.wrong.count, broken.without_margin.count) == (20, 20)
    assert broken.most == pytest.approx(math.expm1(sum(SHIFTED) / 9))
    assert "| kept |" in as_markdown([kept], [result("equivalent", STEADY)], {})
    assert "| **not kept** |" in as_markdown([broken], [result("worse", SHIFTED)], {})


def test_what_the_margin_hides_is_counted_beside_it() -> None:
    (one,) = same_figures([result("equivalent", [0.01 + d / 100 for d in STEADY])] * 4)
    assert (one.wrong.count, one.without_margin.count) == (0, 4)


def test_a_stored_experiment_is_not_run_again_and_half_of_one_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> None:
        raise AssertionError("it is stored")

    monkeypatch.setattr(same.subprocess, "run", run)
    for name, complete in (("whole", 9), ("half", 4)):
        (tmp_path / name / "at").mkdir(parents=True)
        text = json.dumps(result("equivalent", STEADY, complete=complete))
        (tmp_path / name / "at" / "result.json").write_text(text, encoding="utf-8")
    assert carried_out(tmp_path / "whole", 1) is not None
    assert carried_out(tmp_path / "half", 1) is None
