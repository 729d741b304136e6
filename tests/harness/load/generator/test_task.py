"""A generator reads its task as it was written; what is no task is refused by field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.core.errors import LedgerUnreadable, UsageError
from harness.load.generator.task import (
    PLAN_FILE,
    PLAN_VARIABLE,
    Plan,
    handed_over,
    read_plan,
    write_plan,
)
from harness.load.schedule.workload import Workload

WORKLOAD = Workload(sessions=3, impressions=5.5, duration_s=12, arrivals="poisson", batch=2)


def plan_in(directory: Path) -> Plan:
    return Plan(
        directory=str(directory),
        host="http://127.0.0.1:1",
        seed=2**64,
        workload=WORKLOAD,
        system="reference",
        sessions={"load-1": "Cookie: s=é\r\n"},
        workers=2,
        master="127.0.0.1:5557",
    )


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = plan_in(tmp_path)
    path = write_plan(plan)
    assert path == tmp_path / PLAN_FILE
    assert read_plan(path) == plan


def test_the_environment_names_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PLAN_VARIABLE, raising=False)
    assert handed_over() is None
    plan = replace(plan_in(tmp_path), workers=0, master="")
    monkeypatch.setenv(PLAN_VARIABLE, str(write_plan(plan)))
    assert handed_over() == plan


def test_what_is_no_plan_is_refused_by_field(tmp_path: Path) -> None:
    path = write_plan(plan_in(tmp_path))
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"seed": "1"}))
    with pytest.raises(LedgerUnreadable, match=r"load-plan.json: seed: expected int, got str"):
        read_plan(path)
    path.write_text(json.dumps(content | {"workload": content["workload"] | {"cap": 0}}))
    with pytest.raises(UsageError, match="a workload needs"):
        read_plan(path)
