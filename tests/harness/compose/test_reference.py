"""Where a run's target listens, and which PostgreSQL it gets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from harness.compose import reference
from harness.compose.reference import database_for, run_on_a_stack
from harness.core.errors import HarnessError
from harness.ledger.plan import SuiteOptions
from harness.ledger.stored import read_end
from harness.process.processes import Processes
from harness.target.target import Target
from servers.topology.fresh import Obstacle
from tests.scenarios.catalogue.asking import planned


def test_a_database_of_the_user_s_is_tried_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    monkeypatch.setattr(reference, "obstacle", tried.append)
    monkeypatch.setattr(reference, "caller_environment", lambda: {"PGUSER": "ann"})
    target = replace(Target(), database_url="postgresql://theirs/x")
    assert database_for(Target(), None) is None
    assert tried == []
    for given, host in ((None, "theirs"), ("postgresql://mine/x", "mine")):
        found = database_for(target, given)
        assert found is not None
        assert conninfo_to_dict(found) == {"host": host, "dbname": "x", "user": "ann"}
        assert tried.pop() == found


def test_what_keeps_a_run_from_it_is_one_line_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reference, "obstacle", lambda url: Obstacle("it is asleep", "Wake it"))
    with pytest.raises(HarnessError) as refused:
        database_for(Target(), "postgresql://ann:hunter2@h/db")
    line = "cannot use the database host=h dbname=db user=ann: it is asleep. Wake it"
    assert refused.value.line == line


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
