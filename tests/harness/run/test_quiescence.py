"""When a run is quiet, and what the ledger says when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from harness.core.errors import HarnessError
from harness.run import quiescence as module
from harness.run.browser_registry import BrowserRegistry
from harness.run.context import RunContext
from harness.run.quiescence import Quiescence
from harness.witnesses.truth.witness import TruthWitness
from tests.harness.fake_run import (
    SERVER_URL,
    FakeBrowser,
    FakeDatabase,
    FakePath,
    FakeTab,
    listening,
    network_rows,
    open_context,
    site,
)

SHORT_S = 1.0
QUIET = ("quiescence", "two equal reads")


class FakeServer:
    """A server that says how much is in flight: the numbers one after the other, then the last."""

    def __init__(self, *in_flight: int) -> None:
        self.answers = list(in_flight)
        self.asked = 0

    async def readyz(self, request: web.Request) -> web.Response:
        self.asked += 1
        count = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response({"in_flight": count})


@asynccontextmanager
async def serving(server: FakeServer) -> AsyncIterator[str]:
    """Serve ``/readyz`` on loopback; yields the URL."""
    app = web.Application()
    app.router.add_get("/readyz", server.readyz)
    async with listening(app) as url:
        yield url


@contextmanager
def settling(
    directory: Path,
    url: str,
    database: FakeDatabase | TruthWitness,
    *tabs: FakeTab,
    path: FakePath | None = None,
    **facts: Any,
) -> Iterator[tuple[RunContext, Quiescence]]:
    """Yield a run's context and its quiescence, with these tabs open."""
    registry = BrowserRegistry()
    for tab in tabs:
        registry.add_tab(tab, FakeBrowser())
    with open_context(directory, target=site(url, **facts)) as context:
        yield context, Quiescence(context, path or FakePath(), registry, database)


def ending(directory: Path) -> tuple[str, str]:
    """Return the last row's kind and detail."""
    row = network_rows(directory)[-1]
    return row["kind"], row["detail"]


@pytest.mark.asyncio
async def test_empty_queues_an_idle_server_and_two_equal_reads_are_quiet(tmp_path: Path) -> None:
    tab, database = FakeTab(queue=("a",)), FakeDatabase(stored={("ann", "a")})
    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, database, tab) as (context, quiescence):
            context.add_shown("ann", ["a"])
            await quiescence.settle()
    assert tab.calls == ["drained"]
    assert database.log[-1] == "final"
    assert ending(tmp_path) == QUIET
    assert network_rows(tmp_path)[-1]["value"] == 1.0


@pytest.mark.asyncio
async def test_a_page_with_a_queue_left_makes_it_unquiet(tmp_path: Path) -> None:
    tabs = FakeTab(), FakeTab(queue=("a",), drains=False)
    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, FakeDatabase(), *tabs) as (_, quiescence):
            await quiescence.settle(timeout_s=SHORT_S)
    assert ending(tmp_path) == ("unquiet", "a page still has a queue")


@pytest.mark.asyncio
async def test_a_server_that_is_busy_for_a_while_is_waited_for(tmp_path: Path) -> None:
    server = FakeServer(3, 2, 0)
    async with serving(server) as url:
        with settling(tmp_path, url, FakeDatabase()) as (_, quiescence):
            await quiescence.settle()
    assert server.asked >= 4  # twice busy, then twice idle
    assert ending(tmp_path) == QUIET


@pytest.mark.asyncio
async def test_each_server_behind_a_balancer_is_asked(tmp_path: Path) -> None:
    idle, busy = FakeServer(0), FakeServer(2, 0)
    async with serving(idle) as one, serving(busy) as other:
        urls = {"server_urls": (one, other)}
        with settling(tmp_path, "http://127.0.0.1:1", FakeDatabase(), **urls) as (_, quiescence):
            await quiescence.settle()
    assert (idle.asked >= 2, busy.asked >= 3) == (True, True)
    assert ending(tmp_path) == QUIET


@pytest.mark.asyncio
async def test_a_server_that_gets_busy_between_the_reads_is_not_quiet(tmp_path: Path) -> None:
    server = FakeServer(0, 1, 0)
    async with serving(server) as url:
        with settling(tmp_path, url, FakeDatabase()) as (_, quiescence):
            await quiescence.settle()
    assert server.asked >= 4
    assert ending(tmp_path) == QUIET


@pytest.mark.asyncio
async def test_a_statement_that_ends_between_the_reads_is_not_quiet_yet(tmp_path: Path) -> None:
    class EndsOnce(FakeDatabase):
        looks = 0

        async def active_inserts(self) -> int:
            self.looks += 1
            return int(self.looks == 1)

    database = EndsOnce()
    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, database) as (_, quiescence):
            await quiescence.settle()
    assert database.looks == 3  # once active, then twice idle
    assert ending(tmp_path) == QUIET


@pytest.mark.asyncio
@pytest.mark.parametrize("busy", ["server", "statement"])
async def test_what_is_busy_for_too_long_makes_it_unquiet_and_the_final_read_is_made(
    tmp_path: Path, busy: str
) -> None:
    database = FakeDatabase()
    database.statements = int(busy == "statement")
    async with serving(FakeServer(int(busy == "server"))) as url:
        with settling(tmp_path, url, database) as (_, quiescence):
            await quiescence.settle(timeout_s=SHORT_S)
    kind, reason = ending(tmp_path)
    assert kind == "unquiet"
    assert "quiet" in reason
    assert database.log == ["final"]


@pytest.mark.asyncio
async def test_a_tab_that_never_answers_makes_it_unquiet(tmp_path: Path) -> None:
    class Hangs(FakeTab):
        async def drained(self, timeout_s: float) -> bool:
            await asyncio.Event().wait()
            return False

    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, FakeDatabase(), Hangs()) as (_, quiescence):
            await quiescence.settle(timeout_s=SHORT_S)
    assert ending(tmp_path) == ("unquiet", "not quiet within 1 s")


@pytest.mark.asyncio
async def test_a_row_that_is_missing_is_given_the_grace_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOSS_GRACE_S", 1.0)
    database = FakeDatabase()
    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, database) as (context, quiescence):
            context.add_shown("ann", ["lost"])
            await quiescence.settle(timeout_s=20)
            assert not await quiescence.shown_is_stored()
    assert database.log.count("holds") >= 3
    assert ending(tmp_path) == QUIET


@pytest.mark.asyncio
async def test_a_row_that_comes_late_ends_the_grace(tmp_path: Path) -> None:
    class ComesLate(FakeDatabase):
        async def holds(self, impressions: set[tuple[str, str]]) -> bool:
            held = await super().holds(impressions)
            self.stored.update(impressions)
            return held

    database = ComesLate()
    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, database) as (context, quiescence):
            context.add_shown("ann", ["a"])
            await quiescence.settle(timeout_s=module.LOSS_GRACE_S - 1)
    assert database.log == ["holds", "holds", "final"]
    assert ending(tmp_path) == QUIET


@pytest.mark.asyncio
async def test_a_path_that_died_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    database, path = FakeDatabase(), FakePath()
    path.trouble = "the link is dead"
    async with serving(FakeServer(0)) as url:
        dead = pytest.raises(HarnessError, match="the link is dead")
        with settling(tmp_path, url, database, path=path) as (_, quiescence), dead:
            await quiescence.settle()
    assert database.log == []


@pytest.mark.asyncio
async def test_the_databases_own_log_is_read_after_a_last_violation(tmp_path: Path) -> None:
    database, log = FakeDatabase(), tmp_path / "postgres.log"
    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, database, database_log=log) as (_, quiescence):
            await quiescence.settle()
    assert database.log[-3:] == ["final", "violate", "violations"]


@pytest.mark.asyncio
async def test_a_server_that_does_not_say_what_is_in_flight_is_an_error(tmp_path: Path) -> None:
    mute = pytest.raises(HarnessError, match="in flight")
    with settling(tmp_path, "http://127.0.0.1:1", FakeDatabase()) as (_, quiescence), mute:
        await quiescence.settle(timeout_s=SHORT_S)


@pytest.mark.asyncio
async def test_what_a_user_was_shown_is_waited_for_and_no_other_s(tmp_path: Path) -> None:
    database = FakeDatabase(stored={("ann", "a"), ("bob", "b")})
    with settling(tmp_path, SERVER_URL, database) as (context, quiescence):
        context.add_shown("ann", ["a"])
        assert await quiescence.until_stored("ann", SHORT_S)
        context.add_shown("ann", ["lost"])
        assert not await quiescence.until_stored("ann", 0.2)
        context.add_shown("bob", ["b"])
        assert await quiescence.until_stored("bob", SHORT_S)


@pytest.mark.asyncio
@pytest.mark.parametrize("downed", [True, False])
async def test_truth_is_asked_whether_it_can_be_relied_on_before_the_final_read(
    tmp_path: Path, downed: bool
) -> None:
    class Doubtful(TruthWitness):
        def __init__(self) -> None:
            self.log: list[object] = []

        async def rely(self, shown: Collection[tuple[str, str]], *, was_down: bool) -> None:
            self.log.append((set(shown), was_down))
            raise HarnessError("it ends too early")

        async def count(self) -> int:
            return 0

        async def holds(self, impressions: Iterable[tuple[str, str]]) -> bool:
            return True

        async def final(self) -> int:
            raise AssertionError("what cannot be relied on was read")

    database = Doubtful()
    async with serving(FakeServer(0)) as url:
        with settling(tmp_path, url, database) as (context, quiescence):
            context.add_shown("ann", ["a"])
            context.downed.update({"server"} if downed else ())
            with pytest.raises(HarnessError, match="it ends too early"):
                await quiescence.settle()
    assert database.log == [({("ann", "a")}, downed)]
