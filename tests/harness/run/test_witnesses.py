"""Witnesses start in order and end in reverse, also when one of them does not start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.run import witnesses as module
from harness.run.witnesses import Witnesses
from harness.target.target import Site
from tests.harness.fake_run import open_context, site


class Log(list[str]):
    """What was started and stopped, in order; what is named ``broken`` does not start."""

    broken = ""

    def __call__(self, what: str) -> None:
        self.append(what)
        if what == self.broken:
            raise HarnessError(f"cannot {what}")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """Return the log of witnesses that watch nothing."""
    found = Log()

    class Database:
        def __init__(self, *_: object, own_row: bool, own_shapes: object) -> None: ...

        async def start(self) -> None:
            found("start database")

        async def stop(self) -> None:
            found("stop database")

        async def violate(self) -> None:
            found("violate")

    class Machine:
        def __init__(self, processes: Callable[[], Mapping[str, int]], *_: object) -> None:
            self.processes = processes

        def start(self) -> None:
            found(f"start machine {dict(self.processes())}")

        def stop(self) -> None:
            found("stop machine")

    class Activity:
        def __init__(self, *_: object) -> None: ...

        def start(self) -> None:
            found("start activity")

        def stop(self) -> None:
            found("stop activity")

    class Catalogue:
        def __init__(self, *_: object) -> None: ...

        async def ask(self) -> None:
            found("ask catalogue")

        async def ask_again(self) -> None:
            found("ask catalogue again")

    monkeypatch.setattr(module, "DatabaseWitness", Database)
    monkeypatch.setattr(module, "CatalogueWitness", Catalogue)
    monkeypatch.setattr(module, "MachineWitness", Machine)
    monkeypatch.setattr(module, "ActivityWitness", Activity)
    return found


async def watched(directory: Path, target: Site | None = None) -> None:
    """Start the witnesses and end them with the run."""
    with open_context(directory, target=target) as context:
        async with context.exits:
            await Witnesses(context, browser_processes=lambda: {"chromium": 2}).start()


MACHINE = "start machine {'server': 1, 'chromium': 2}"


@pytest.mark.asyncio
async def test_they_start_in_order_and_stop_in_reverse(tmp_path: Path, log: Log) -> None:
    await watched(tmp_path)
    assert log == [
        "start database",
        "ask catalogue",
        MACHINE,
        "start activity",
        "stop activity",
        "stop machine",
        "ask catalogue again",
        "stop database",
    ]


@pytest.mark.asyncio
async def test_a_log_of_the_database_is_violated_before_anything_else(
    tmp_path: Path, log: Log
) -> None:
    await watched(tmp_path, site(database_log=tmp_path / "postgres.log"))
    assert log[:4] == ["start database", "ask catalogue", "violate", MACHINE]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("broken", "stopped"),
    [
        ("start database", ["stop database"]),
        ("ask catalogue", ["stop database"]),
        ("violate", ["ask catalogue again", "stop database"]),
        (MACHINE, ["ask catalogue again", "stop database"]),
        ("start activity", ["stop machine", "ask catalogue again", "stop database"]),
    ],
)
async def test_one_that_does_not_start_ends_those_before_it(
    tmp_path: Path, log: Log, broken: str, stopped: list[str]
) -> None:
    log.broken = broken
    with pytest.raises(HarnessError, match="cannot"):
        await watched(tmp_path, site(database_log=tmp_path / "postgres.log"))
    assert log[log.index(broken) + 1 :] == stopped
