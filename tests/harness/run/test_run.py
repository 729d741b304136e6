"""A run's life: what it starts ends in reverse, evidence is kept, and end.json says how it went."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.browsers.evidence import DIRECTORY
from harness.core.errors import HarnessError, PartDied
from harness.core.phases import Phases, own_seconds
from harness.ledger.json_files import read_json
from harness.ledger.kinds import ACTIVITY
from harness.ledger.kinds.activity import DatabaseFigure
from harness.ledger.rundir import END_FILE, Arm, begin_run
from harness.process.owners import Death
from harness.run import network as network_module
from harness.run import run as module
from harness.run.context import RunContext
from harness.run.quiescence import Quiescence
from harness.run.run import Run, RunOptions, watch_run
from tests.harness.fake_run import FakePool, FakeProcesses, FakeTab, plan, site

pytestmark = pytest.mark.asyncio


class Log(list[str]):
    """What was started and ended, in order; what is named ``broken`` fails."""

    broken = ""

    def __call__(self, what: str) -> None:
        self.append(what)
        if what == self.broken:
            raise HarnessError(f"{what} failed")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """Return the log of a path and of witnesses that are not there."""
    found = Log()

    class FakeWitnesses:
        database = None
        probes: Mapping[str, Callable[[], str]] = {}

        def __init__(self, context: RunContext, **_: object) -> None:
            self._context = context

        async def start(self) -> None:
            found("witnesses start")
            self._context.ledger.witness(ACTIVITY).saw(DatabaseFigure(name="locks", value=1.0))
            self._context.exits.callback(found, "witnesses end")

    @asynccontextmanager
    async def no_path(*_: object, **__: object) -> AsyncIterator[None]:
        found("path starts")
        try:
            yield None
        finally:
            found("path ends")

    monkeypatch.setattr(module, "Witnesses", FakeWitnesses)
    monkeypatch.setattr(network_module, "path_to", no_path)
    return found


def watched(
    directory: Path, pool: FakePool | None = None, arm: Arm | None = None, **options: Any
) -> AbstractAsyncContextManager[Run]:
    """Return a run of its own directory."""
    begin_run(directory, plan(arm))
    chosen = RunOptions(browsers=pool, **options)  # type: ignore[arg-type]
    return watch_run(plan(arm), directory, site(), FakeProcesses(), chosen)  # type: ignore[arg-type]


def end_of(directory: Path) -> dict[str, Any]:
    return read_json(directory / END_FILE)


STARTED = ["path starts", "witnesses start"]
ENDED = ["witnesses end", "path ends"]


async def test_a_run_to_its_end_is_complete(tmp_path: Path, log: Log) -> None:
    where = tmp_path / "run"
    async with watched(where):
        assert log == STARTED
    assert log == STARTED + ENDED
    end = end_of(where)
    assert (end["status"], end["reason"]) == ("complete", "")
    assert end["rows"]["activity.arrows"] == 1


async def test_a_run_notes_its_phases_in_the_order_of_their_ends(tmp_path: Path, log: Log) -> None:
    phases = Phases()
    async with watched(tmp_path / "run", FakePool(), phases=phases) as run:
        await run.visitors.browser()
    names = ["witnesses start", "browser start", "scenario", "browser evidence", "parts stop"]
    assert [span.name for span in phases.spans] == names
    own_s = own_seconds(phases.spans)
    covered_ns = phases.spans[-1].ended_ns - phases.spans[0].began_ns
    assert sum(own_s.values()) <= covered_ns / 1e9


async def test_what_starts_later_ends_sooner(tmp_path: Path, log: Log) -> None:
    pool = FakePool()
    pool.log = log
    async with watched(tmp_path / "run", pool) as run:
        await run.visitors.browser()
    assert log == [*STARTED, f"lent chromium {site().direct_url}", "returned", *ENDED]


async def test_a_part_that_fails_to_start_ends_those_before_it(tmp_path: Path, log: Log) -> None:
    log.broken = "witnesses start"
    where = tmp_path / "run"
    with pytest.raises(HarnessError, match="witnesses start failed"):
        async with watched(where):
            pytest.fail("the run began")
    assert log == [*STARTED, "path ends"]
    end = end_of(where)
    assert (end["status"], end["reason"]) == ("broken", "witnesses start failed")


async def test_a_body_that_raises_keeps_evidence_and_ends_the_browser(
    tmp_path: Path, log: Log
) -> None:
    where, pool = tmp_path / "run", FakePool()

    async def broken_run() -> None:
        async with watched(where, pool) as run:
            run.browsers.add_tab(FakeTab(), await run.visitors.browser())
            raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        await broken_run()
    assert pool.lent[0].log == ["console", "ended"]  # in this order: a dead one has no console
    assert (where / DIRECTORY / "console.txt").read_text() == "chromium says\n"
    assert (where / DIRECTORY / "screenshot-1.png").read_bytes() == b"an open page"
    assert pool.log[1:] == ["ended by a bug"]
    assert log == STARTED + ENDED
    end = end_of(where)
    assert (end["status"], end["reason"]) == ("broken", "ZeroDivisionError: a bug")
    assert end["rows"]["activity.arrows"] == 1


async def test_evidence_is_kept_of_a_run_that_went_well_too(tmp_path: Path, log: Log) -> None:
    where, pool = tmp_path / "run", FakePool()
    async with watched(where, pool) as run:
        await run.visitors.browser()
    assert (where / DIRECTORY / "console.txt").exists()
    assert pool.lent[0].log == ["console", "returned"]


async def test_an_interruption_is_called_one(tmp_path: Path, log: Log) -> None:
    where = tmp_path / "run"
    with pytest.raises(asyncio.CancelledError):
        async with watched(where):
            raise asyncio.CancelledError
    assert log == STARTED + ENDED
    assert end_of(where)["status"] == "interrupted"


async def test_a_part_that_fails_to_end_breaks_the_run_and_the_others_end(
    tmp_path: Path, log: Log
) -> None:
    log.broken = "witnesses end"
    where = tmp_path / "run"
    with pytest.raises(HarnessError, match="witnesses end failed"):
        async with watched(where):
            pass
    assert log == STARTED + ENDED
    assert end_of(where)["reason"] == "witnesses end failed"


async def test_a_ledger_that_could_not_be_written_breaks_the_run(tmp_path: Path, log: Log) -> None:
    """The browser that was there is not lent again either."""
    where, pool = tmp_path / "run", FakePool()

    async def on_a_full_disk() -> None:
        async with watched(where, pool) as run:
            await run.visitors.browser()
            run.context.ledger.failure = HarnessError("the disk is full")

    with pytest.raises(HarnessError, match="the disk is full"):
        await on_a_full_disk()
    assert pool.log[1:] == ["ended by the disk is full"]
    assert log == STARTED + ENDED
    end = end_of(where)
    assert (end["status"], end["reason"]) == ("broken", "the disk is full")


@pytest.mark.parametrize(
    ("browser", "url"),
    [("firefox", site().direct_url), ("playwright+ws://far:3000/#webkit", "http://127.0.0.2:")],
)
async def test_only_visitors_from_elsewhere_come_to_the_bound_address(
    tmp_path: Path, log: Log, browser: str, url: str
) -> None:
    async with watched(tmp_path / "run", arm={"browser": browser}, bind="127.0.0.2") as run:
        assert run.network.url.startswith(url)


async def test_a_part_of_the_target_that_died_ends_the_run_with_its_name(
    tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, processes, reads = tmp_path / "run", FakeProcesses(), []

    async def last_read(_: Quiescence, why: str) -> None:
        reads.append(why)

    monkeypatch.setattr(Quiescence, "last_read", last_read)
    begin_run(where, plan())

    async def dies() -> None:
        async with watch_run(plan(), where, site(), processes, RunOptions()):  # type: ignore[arg-type]
            processes.died[7] = Death(name="ingest", exit_code=3)
            await asyncio.Event().wait()

    with pytest.raises(PartDied):
        await dies()
    end = end_of(where)
    assert end["status"] == "broken"
    assert end["reason"].startswith("the target's server ended by itself (exit code 3)")
    assert reads == [end["reason"]]
    assert log == STARTED + ENDED
