"""Experiments of hand-written figures have no ledger: each block's verdict stands for its runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.ledger.json_files import read_record
from reports.experiments import slots
from reports.pages.publish import VERDICT_FILE
from reports.verdict.verdict import SuiteVerdict


@pytest.fixture(autouse=True)
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the blocks that were judged anew, filled as they are."""
    found: list[Path] = []

    def judge(where: Path) -> Any:
        found.append(where)
        return SimpleNamespace(suite=read_record(where / VERDICT_FILE, SuiteVerdict))

    monkeypatch.setattr(slots, "judge_suite", judge)
    return found
