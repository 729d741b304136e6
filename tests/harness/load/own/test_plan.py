"""A locustfile knows from its environment alone whether it is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.load.own.plan import OWN_PLAN_VARIABLE, OwnPlan, handed_over, write_own_plan


def test_what_is_handed_over_is_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(OWN_PLAN_VARIABLE, raising=False)
    assert handed_over() is None
    plan = OwnPlan(directory=str(tmp_path), system="file:/my/target.toml#00c0ffee.7")
    monkeypatch.setenv(OWN_PLAN_VARIABLE, str(write_own_plan(plan)))
    assert handed_over() == plan
