"""Where a run's target listens, and which PostgreSQL it gets."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from harness.compose import reference
from harness.compose.reference import database_for, run_on_a_stack
from harness.core.errors import HarnessError
from harness.ledger.plan import SuiteOptions
from harness.ledger.stored import read_end, read_phases
from harness.process.owners import owned
from harness.process.processes import Processes
from harness.target.target import Target
from reports.verdict.verdict import Verdict
from servers.topology.fresh import Obstacle
from tests.harness.compose.killed import Work, killed, loads, posts, visits
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
        def __init__(self, *_: object, **__: object) -> None: ...

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
    assert [span.name for span in read_phases(tmp_path / cell.run)] == ["run begins"]


DEATH_SEEDS = int(os.environ.get("DEATH_SEEDS", "20"))
TARGET, INSTRUMENT = Verdict.FAIL, Verdict.UNKNOWN
DEATHS: list[tuple[str, Work, dict[str, str], Verdict]] = [
    ("ingest", posts, {}, TARGET),
    ("postgres", posts, {}, TARGET),
    ("toxiproxy", posts, {}, INSTRUMENT),
    ("ingest", loads, {}, TARGET),
    ("locust", loads, {}, INSTRUMENT),
    ("locust-worker", loads, {"processes": "2"}, INSTRUMENT),
    ("ingest", visits, {"browser": "chromium"}, TARGET),
    ("chromium", visits, {"browser": "chromium"}, INSTRUMENT),
    ("driver", visits, {"browser": "chromium"}, INSTRUMENT),
    ("firefox", visits, {"browser": "firefox"}, INSTRUMENT),
    ("webkitgtk", visits, {"browser": "webkitgtk"}, INSTRUMENT),
    ("xvfb", visits, {"browser": "webkitgtk"}, INSTRUMENT),
    ("link", visits, {"browser": "chromium", "network": "open@packets"}, INSTRUMENT),
]
FEW = [death for death in DEATHS if death[1] is posts and death[3] is TARGET]


@pytest.fixture
def own_tmp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let temporary files lie in a folder of the test's, which PostgreSQL's user can pass."""
    with tempfile.TemporaryDirectory(prefix="deaths-") as folder:
        Path(folder).chmod(0o711)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


async def is_named_rightly(
    own_tmp: Path, death: tuple[str, Work, dict[str, str], Verdict], seed: int
) -> None:
    part, work, arm, verdict = death
    came = await killed(part, seed, work, own_tmp / "runs", **arm)
    assert came.cell.verdict is verdict, came.cell.reason
    # Of what another program has started the exit code is not known.
    how = "exit code unknown" if part in ("firefox", "driver") else "killed by SIGKILL"
    assert f"{owned(part).title} ended by itself ({how})" in came.cell.reason
    assert came.took_s < 120.0  # unnoticed, it would go on for good
    assert came.processes == []
    assert came.files == []
    if verdict is TARGET:
        assert came.cell.reason.startswith("stayed_up: ")
        assert sum(came.cell.fates.values()) > 0  # the table was read all the same


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize("death", FEW, ids=[death[0] for death in FEW])
async def test_a_part_that_is_killed_is_named_with_its_owner(
    own_tmp: Path, death: tuple[str, Work, dict[str, str], Verdict]
) -> None:
    await is_named_rightly(own_tmp, death, 1)


@pytest.mark.nightly
@pytest.mark.stack
@pytest.mark.browser
@pytest.mark.asyncio
@pytest.mark.parametrize("seed", range(DEATH_SEEDS))
@pytest.mark.parametrize("death", DEATHS, ids=[f"{death[0]}-{n}" for n, death in enumerate(DEATHS)])
async def test_every_part_that_is_killed_at_any_moment_is_named_with_its_owner(
    own_tmp: Path, death: tuple[str, Work, dict[str, str], Verdict], seed: int
) -> None:
    await is_named_rightly(own_tmp, death, seed)
