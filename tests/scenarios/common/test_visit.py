"""Names of an exact length, faults that are waited for, and the end of every visit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.target.capabilities import Capability
from scenarios.common import visit
from scenarios.common.visit import RETURN_S, felt, finish, heavy_ids, long_ids


def run(seed: int = 7) -> Any:
    """Return a run that remembers who returned and whether it settled."""
    log: list[object] = []

    async def return_visit(user: str, *, timeout_s: float) -> None:
        log.append((user, timeout_s))

    async def settle() -> None:
        log.append("settled")

    return SimpleNamespace(
        plan=SimpleNamespace(seed=seed),
        visitor="visitor-7",
        visitors=SimpleNamespace(return_visit=return_visit),
        settle=settle,
        log=log,
    )


@pytest.mark.parametrize("letter", ["x", "画", '"'])
@pytest.mark.parametrize("size", [20, 301, 511])
def test_long_ids_have_exactly_that_many_bytes_and_differ(letter: str, size: int) -> None:
    ids = long_ids(run(), 30, size, letter=letter)
    assert {len(text.encode()) for text in ids} == {size}
    assert len(set(ids)) == 30
    assert all(letter in text for text in ids)


@pytest.mark.parametrize("offered", [set(), {Capability.FREE_IDS}])
def test_a_target_that_takes_no_long_ids_is_shown_as_many_of_its_pool(
    offered: set[Capability],
) -> None:
    made = run()
    made.artworks = lambda count: [f"artwork-{number}" for number in range(count)]
    made.context = SimpleNamespace(site=SimpleNamespace(capabilities=offered))
    found = heavy_ids(made, 3, 50, beside=2)
    plain = ["artwork-2", "artwork-3", "artwork-4"]
    assert found == (long_ids(made, 3, 50) if offered else plain)


def test_long_ids_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert long_ids(run(7), 3, 40) == long_ids(run(7), 3, 40)
    assert not set(long_ids(run(7), 3, 40)) & set(long_ids(run(8), 3, 40))


@pytest.mark.asyncio
async def test_a_fault_that_is_never_felt_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visit, "FELT_S", 0.2)
    fault: Any = SimpleNamespace(name="rain", acts=0)
    await felt(fault)
    assert fault.acts == 0


@pytest.mark.asyncio
async def test_it_is_waited_for_until_it_acted_that_often(monkeypatch: pytest.MonkeyPatch) -> None:
    class ActsWhenAsked:
        name = "rain"
        asked = 0

        @property
        def acts(self) -> int:
            self.asked += 1
            return self.asked

    fault: Any = ActsWhenAsked()
    await felt(fault, acts=3)
    assert fault.asked == 3


@pytest.mark.asyncio
async def test_each_user_returns_once_and_then_the_run_settles() -> None:
    one, two = run(), run()
    await finish(one)
    assert one.log == [("visitor-7", RETURN_S), "settled"]
    await finish(two, "ann", "bob")
    assert two.log == [("ann", RETURN_S), ("bob", RETURN_S), "settled"]
