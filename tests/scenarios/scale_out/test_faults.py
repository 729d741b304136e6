"""What happens to a part begins and ends by its name, for its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from scenarios.scale_out import faults
from scenarios.scale_out.faults import AWAY_S, FAULTS, LASTS_S, OUT, STILL_S, restart_each_server


class FakeRun:
    """Notes what is done to which part, and how long time passes meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *parts: str) -> None:
        self.story: list[Any] = []
        self.context = SimpleNamespace(site=SimpleNamespace(parts=dict.fromkeys(parts)))
        monkeypatch.setattr(faults, "pause", self._pass)

    async def _pass(self, seconds: float) -> None:
        self.story.append(seconds)

    @asynccontextmanager
    async def _held(self, name: str) -> AsyncIterator[None]:
        self.story.append(name)
        yield
        self.story.append(f"{name} ends")

    def part(self, name: str) -> Any:
        return SimpleNamespace(
            still=lambda: self._held(f"{name} still"),
            down=lambda *, killed: self._held(f"{name} {'killed' if killed else 'stopped'}"),
        )


@pytest.mark.parametrize(
    ("fault", "story"),
    [
        ("none", []),
        ("balancer_killed", ["balancer killed", AWAY_S, "balancer killed ends"]),
        ("one_server_still", ["server-1 still", STILL_S, "server-1 still ends"]),
        ("shard_killed", ["shard-2 killed", AWAY_S, "shard-2 killed ends"]),
    ],
)
def test_a_part_is_out_for_its_time(
    fault: str, story: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run: Any = FakeRun(monkeypatch)
    asyncio.run(FAULTS[fault](run, None))  # type: ignore[arg-type]
    assert run.story == story


ROUND = ["server-1 stopped", "server-1 stopped ends", "server-2 stopped", "server-2 stopped ends"]


def test_each_server_is_restarted_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = FakeRun(monkeypatch, "server-2", "server", "balancer", "server-1")
    asyncio.run(restart_each_server(run, None))  # type: ignore[arg-type]
    assert run.story == ROUND


def test_a_rolling_restart_goes_on_while_the_load_does(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = FakeRun(monkeypatch, "server-1", "server-2")
    asks = iter([False, False, True])
    loading: Any = SimpleNamespace(done=lambda: next(asks))
    asyncio.run(FAULTS["rolling_restart"](run, loading))
    assert run.story == ROUND * 2


def test_what_is_noticed_of_a_fault_is_of_one_that_exists() -> None:
    assert OUT.keys() <= FAULTS.keys()
    assert LASTS_S.keys() <= FAULTS.keys()
    assert {fault for fault in OUT if fault not in LASTS_S} == {"rolling_restart"}
