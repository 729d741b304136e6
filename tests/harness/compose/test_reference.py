"""Where a run's target listens, and which PostgreSQL it gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.compose import reference
from harness.compose.reference import database_for, run_on_a_stack
from harness.core.errors import HarnessError
from harness.ledger.plan import SuiteOptions
from harness.ledger.stored import read_end
from harness.process.processes import Processes
from harness.target.target import Target
from tests.scenarios.catalogue.asking import planned


def test_a_database_of_the_user_s_is_tried_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    async def check_database(url: str) -> None:
        tried.append(url)

    monkeypatch.setattr(reference, "check_database", check_database)
    target = replace(Target(), database_url="postgresql://theirs/x")
    assert database_for(Target(), None) is None
    assert tried == []
    assert database_for(target, None) == "postgresql://theirs/x"
    assert database_for(target, "postgresql://mine/x") == "postgresql://mine/x"
    assert tried == ["postgresql://theirs/x", "postgresql://mine/x"]


@pytest.mark.asyncio
async def test_a_stack_that_does_not_come_up_ends_the_run_as_broken_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoStack:
        def __init__(self, *_: object) -> None: ...

        async def __aenter__(self) -> None:
            raise HarnessError("no such disk")

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(reference, "Stack", NoStack)
    [cell] = planned("steady_load")
    with Processes() as processes, pytest.raises(HarnessError, match="no such disk"):
        async with run_on_a_stack(cell, tmp_path, SuiteOptions(), processes):
            pytest.fail("there is no stack to run on")
    end = read_end(tmp_path / cell.run)
    assert end is not None
    assert (end.status, end.reason) == ("broken", "no such disk")
