"""The target's server or database is down for a block, if it is ours to restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from harness.core.errors import HarnessError
from harness.run import service as module
from harness.run.service import Database, TargetService
from harness.target.capabilities import Capability
from tests.harness.fake_run import network_kinds, network_rows, open_context, site


class FakePart:
    """A part of a site that listens nowhere."""

    address = ("127.0.0.1", 1)
    pid = 0

    def __init__(self, name: str) -> None:
        self.name = name
        self.servers = int(name == "server")
        self.log: list[str] = []

    async def stop(self, *, killed: bool) -> None:
        self.log.append("killed" if killed else "stopped")

    async def start(self) -> None:
        self.log.append("started")


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["server", "database"])
@pytest.mark.parametrize("killed", [True, False])
async def test_it_is_down_for_the_block_and_started_after_it(
    tmp_path: Path, name: str, killed: bool
) -> None:
    part, how = FakePart(name), "killed" if killed else "stopped"
    with open_context(tmp_path, target=site(parts={name: part})) as context:
        assert not context.downed
        async with TargetService(context, name).down(killed=killed):
            assert part.log == [how]
            assert context.downed == {name}
        assert part.log == [how, "started"]
    spans = [row["fault"] for row in network_rows(tmp_path) if row["kind"] == "fault_start"]
    assert spans == [f"{name} {how}"]
    assert network_kinds(tmp_path).count(f"{name}_killed") == int(killed)


@pytest.mark.asyncio
async def test_it_is_started_again_when_the_block_breaks(tmp_path: Path) -> None:
    part = FakePart("server")
    target = site(parts={"server": part})
    with open_context(tmp_path, target=target) as context, pytest.raises(ZeroDivisionError):
        async with TargetService(context, "server").down(killed=True):
            raise ZeroDivisionError
    assert part.log == ["killed", "started"]


def test_what_is_not_ours_is_not_stopped(tmp_path: Path) -> None:
    refused = pytest.raises(HarnessError, match="this target's database is not ours to restart")
    with open_context(tmp_path) as context, refused:
        TargetService(context, "database").down(killed=False)


@pytest.mark.asyncio
async def test_no_checkpoint_is_made_in_a_database_that_the_target_does_not_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty connection string is libpq's default: whatever database this machine has."""
    asked: list[str] = []

    async def connected(dsn: str) -> None:
        asked.append(dsn)
        raise psycopg.errors.InsufficientPrivilege

    monkeypatch.setattr(module, "connected", connected)
    for offered, dsn in (({Capability.DATABASE}, ""), ({Capability.TABLE}, "host=x")):
        target = replace(site(), dsn=dsn, capabilities=frozenset(offered))
        (tmp_path / (dsn or "none")).mkdir()
        with open_context(tmp_path / (dsn or "none"), target=target) as context:
            assert not await Database(context).checkpoint()
    assert asked == ["host=x"]


def test_the_table_of_the_site_is_the_one_whose_writes_wait(tmp_path: Path) -> None:
    with open_context(tmp_path, target=site()) as context:
        database = Database(context)
        assert database.name == "database"
        assert database.writes_wait().acts_on_use


def test_a_database_that_is_not_ours_is_not_killed_after_an_answer(tmp_path: Path) -> None:
    refused = pytest.raises(HarnessError, match="this target's database is not ours to restart")
    with open_context(tmp_path) as context, refused:
        Database(context).killed_after_answer(object())  # type: ignore[arg-type]
