"""What ends by itself ends the run within moments, with its owner, and the table is read."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.core.errors import HarnessError, PartDied
from harness.process.owners import Death
from harness.process.processes import Processes
from harness.run import deaths as module
from harness.run.browser_registry import BrowserRegistry
from harness.run.deaths import Deaths
from tests.harness.fake_run import (
    FakeBrowser,
    FakeProcesses,
    network_rows,
    open_context,
    site,
)

pytestmark = pytest.mark.asyncio

KILLED = -int(signal.SIGKILL)
SERVER = Death(name="ingest", exit_code=KILLED, last_words="listens")


@dataclass
class Watched:
    """A run that is watched: its processes, its browsers, and why the table was read at last."""

    deaths: Deaths
    processes: FakeProcesses
    browsers: BrowserRegistry
    broken: dict[str, str] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    async def last_read(self, why: str) -> None:
        self.reads.append(why)

    async def waits(self) -> None:
        """Wait for ever in the guarded block."""
        async with asyncio.timeout(60), self.deaths.guarded(self.last_read):
            await asyncio.Event().wait()


@contextmanager
def watched(directory: Path, log: Path | None = None) -> Iterator[Watched]:
    with open_context(directory, target=site(database_log=log)) as context:
        broken: dict[str, str] = {}
        browsers = BrowserRegistry()
        probes = {"database witness": lambda: broken.get("database witness", "")}
        deaths = Deaths(context, browsers, probes)
        processes: FakeProcesses = context.processes  # type: ignore[assignment]
        yield Watched(deaths, processes, browsers, broken)


async def dies(run: Watched, *deaths: Death) -> PartDied:
    """Return the error of a run in which these end while it waits."""
    asyncio.get_running_loop().call_later(
        0.05, run.processes.died.update, dict(enumerate(deaths, 1000))
    )
    with pytest.raises(PartDied) as caught:
        await run.waits()
    return caught.value


async def test_a_part_of_the_target_fails_it_and_the_table_is_read(tmp_path: Path) -> None:
    with watched(tmp_path) as run:
        error = await dies(run, SERVER)
        assert str(error).startswith("the target's server ended by itself (killed by SIGKILL)")
        assert run.reads == [str(error)]
    [row] = network_rows(tmp_path)
    assert row["kind"] == "process_died"
    assert '"owner":"target"' in row["detail"].replace(" ", "")
    assert '"accuses_target":true' in row["detail"].replace(" ", "")


async def test_a_part_of_the_instrument_ends_the_run_and_accuses_no_one(tmp_path: Path) -> None:
    with watched(tmp_path) as run:
        error = await dies(run, Death(name="toxiproxy", exit_code=2))
        assert str(error).startswith("Toxiproxy ended by itself (exit code 2)")
        assert run.reads == []
    [row] = network_rows(tmp_path)
    assert '"owner":"instrument"' in row["detail"].replace(" ", "")
    assert '"accuses_target":true' not in row["detail"].replace(" ", "")


async def test_what_was_killed_together_with_an_instrument_accuses_no_one(tmp_path: Path) -> None:
    with watched(tmp_path) as run:
        error = await dies(run, Death(name="toxiproxy", exit_code=KILLED), SERVER)
        assert "Toxiproxy ended at the same moment" in str(error)
        assert run.reads == []


async def test_what_is_asked_to_stop_together_with_an_instrument_accuses_no_one(
    tmp_path: Path,
) -> None:
    """A machine that is shut down ends one process after the other, and each in its own way."""
    with watched(tmp_path) as run:
        loop = asyncio.get_running_loop()
        toxiproxy = Death(name="toxiproxy", exit_code=0)
        loop.call_later(0.3, run.processes.died.update, {2: toxiproxy})
        error = await dies(run, Death(name="ingest", exit_code=0))
        assert "Toxiproxy ended at the same moment" in str(error)
        assert run.reads == []


async def test_a_generator_that_breaks_for_want_of_a_server_does_not_excuse_it(
    tmp_path: Path,
) -> None:
    with watched(tmp_path) as run:
        error = await dies(run, Death(name="locust", exit_code=1), SERVER)
        assert str(error).startswith("the target's server ended by itself")
        assert run.reads


async def test_what_the_kernel_killed_for_lack_of_memory_accuses_no_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([1, 2])
    monkeypatch.setattr(module, "memory_kills", lambda: next(counts))
    with watched(tmp_path) as run:
        error = await dies(run, SERVER)
        assert "for lack of memory" in str(error)
        assert run.reads == []


async def test_an_error_that_comes_before_the_death_is_seen_is_named_by_it(
    tmp_path: Path,
) -> None:
    with watched(tmp_path) as run:

        async def cannot_connect() -> None:
            async with run.deaths.guarded(run.last_read):
                run.processes.died[1] = SERVER
                raise HarnessError("/readyz does not answer")

        with pytest.raises(PartDied, match="target's server") as caught:
            await cannot_connect()
        assert str(caught.value.__cause__) == "/readyz does not answer"
        assert len(run.reads) == 1


async def test_an_error_without_a_death_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FACTS_COME_S", 0.05)
    with watched(tmp_path) as run:

        async def breaks() -> None:
            async with run.deaths.guarded(run.last_read):
                raise ZeroDivisionError("a bug")

        with pytest.raises(ZeroDivisionError):
            await breaks()
        assert run.reads == []


async def test_a_death_at_the_very_end_is_seen(tmp_path: Path) -> None:
    with watched(tmp_path) as run:

        async def ends() -> None:
            async with run.deaths.guarded(run.last_read):
                run.processes.died[1] = SERVER

        with pytest.raises(PartDied):
            await ends()


async def test_what_died_before_the_run_is_none_of_its_business(tmp_path: Path) -> None:
    with watched(tmp_path) as run:
        run.processes.died[1] = SERVER
        async with run.deaths.guarded(run.last_read):
            pass


async def test_a_browser_concerns_the_run_only_while_it_uses_it(tmp_path: Path) -> None:
    idle = Death(name="chromium", exit_code=KILLED)
    with watched(tmp_path) as run:
        async with run.deaths.guarded(run.last_read):
            run.processes.died[1] = idle
        used = FakeBrowser()
        used.processes = {"chromium": 1000}
        run.browsers.add_browser(used)  # type: ignore[arg-type]
        error = await dies(run, idle)
        assert str(error).startswith("the browser chromium ended by itself (killed by SIGKILL)")


async def test_a_browser_that_another_program_started_is_watched_too(tmp_path: Path) -> None:
    sleeper = await asyncio.create_subprocess_exec("sleep", "600")
    with watched(tmp_path) as run:
        used = FakeBrowser()
        used.processes = {"firefox": sleeper.pid}
        run.browsers.add_browser(used)  # type: ignore[arg-type]
        asyncio.get_running_loop().call_later(0.05, sleeper.kill)
        with pytest.raises(PartDied, match="the browser firefox ended by itself"):
            await run.waits()
    await sleeper.wait()


async def test_a_witness_whose_task_ended_is_named(tmp_path: Path) -> None:
    with watched(tmp_path) as run:
        run.broken["database witness"] = "its task ended: KeyError(3)"
        with pytest.raises(PartDied, match=r"the database witness ended by itself .*KeyError"):
            await run.waits()


async def test_a_full_disk_of_postgresql_is_no_loss_of_the_target_s(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("2030-01-01 00:00:00.000 UTC [7] 53100 ERROR:  could not extend file\n")
    with watched(tmp_path, log) as run:

        async def ends() -> None:
            async with run.deaths.guarded(run.last_read):
                pass

        with pytest.raises(HarnessError, match="PostgreSQL's disk is full"):
            await ends()


async def test_only_what_ends_by_itself_is_a_death(tmp_path: Path) -> None:
    with Processes() as processes:
        stopped = processes.spawn("toxiproxy", ["sleep", "600"], log=tmp_path / "a")
        finished = processes.spawn("locust", ["true"], log=tmp_path / "b")
        ended = processes.spawn("ingest", ["sh", "-c", "echo why; exit 3"], log=tmp_path / "c")
        stopped.stop(ask_with=signal.SIGKILL)
        finished.wait(60)
        ended.wait(60)
        assert processes.deaths() == {
            ended.pid: Death(name="ingest", exit_code=3, last_words="why")
        }
        ended.stop()  # as who has started it does at last: it remains one that ended by itself
        processes.forget(ended.pid)
        assert [death.name for death in processes.deaths().values()] == ["ingest"]


async def test_a_cause_is_found_behind_what_was_written_after_it(tmp_path: Path) -> None:
    """PostgreSQL whose disk is full writes a page of lines before it ends."""
    with Processes() as processes:
        writes = 'echo "PANIC:  could not write: No space left on device"; seq 500; exit 1'
        ended = processes.spawn("postgres", ["sh", "-c", writes], log=tmp_path / "log")
        ended.wait(60)
        [death] = processes.deaths().values()
    assert death.lack == "a disk of this machine is full"
    assert death.last_words == "498 | 499 | 500"
    assert not death.accuses_target
