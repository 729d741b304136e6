"""The canary takes time, and about the same each time."""

from __future__ import annotations

import pytest

from harness.compose.experiments import canary


def test_more_work_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = min(canary.canary_s() for _ in range(3))
    assert usual > 0
    monkeypatch.setattr(canary, "_PIECES", 4 * canary._PIECES)
    assert min(canary.canary_s() for _ in range(3)) > usual
