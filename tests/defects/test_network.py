"""Defects of the network: what a fault does to requests, lines and processes, and what not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from defects import registry
from defects.base import HarnessDefect, _place
from harness.faults.request.answers import AckLost
from tests.seeded.observing import Here, Observe, differs_in_the_defect_alone, module_of
from tests.seeded.pipeline import rounds_of_the_loop

DEFECTS = {name: one for name, one in registry.all_defects().items() if one.layer == "network"}
ANSWERS = "harness.faults.request.answers:"
AFTER_ANSWER = "harness.faults.process.after_answer:"
BARRIER = "harness.faults.request.barrier:"


def takes_all(here: Here) -> None:
    here.stub(f"{ANSWERS}FeltByUse.takes", lambda fault, call: True)


def taken(here: Here) -> list[bool]:
    return [AckLost.takes(None, call) for call in ("one", "two", "three")]  # type: ignore[arg-type]


def forwards(here: Here) -> None:
    async def act(fault: Any, call: Any, onward: Any) -> Any:
        return await onward(call)

    here.stub(f"{ANSWERS}AckLost.act", act)


def forwarded(here: Here) -> list[Any]:
    calls: list[Any] = []

    async def onward(call: Any) -> Any:
        calls.append(call)

    fault = SimpleNamespace(acted=lambda call, did: None)
    asyncio.run(AckLost.act(fault, "call", onward))  # type: ignore[arg-type]
    return calls


def answers_itself(where: str) -> Callable[[Here], None]:
    """Return a stub that never forwards what it gets."""

    def stubs(here: Here) -> None:
        async def act(fault: Any, call: Any, onward: Any) -> None:
            return None

        here.stub(where, act)

    return stubs


def hears_the_answer(here: Here) -> None:
    async def act(fault: Any, call: Any, onward: Any) -> Any:
        return await onward(call)

    here.stub(f"{AFTER_ANSWER}KilledAfterAnswer.act", act)


def forwarded_by(where: str) -> Observe:
    """Return what tells what a fault forwards, and after which pauses it hears the answer."""

    def observe(here: Here) -> list[Any]:
        seen: list[Any] = []

        async def onward(call: Any) -> Any:
            seen.append(call)

        async def pause(seconds: float) -> None:
            seen.append(seconds)

        module = module_of(DEFECTS["database_killed_late"])
        here.patch.setattr(module, "pause", pause)
        fault = SimpleNamespace(acted=lambda call, did: None)
        place = _place(where)
        asyncio.run(getattr(place.owner, place.name)(fault, "call", onward))
        return seen

    return observe


def notes(where: str) -> Callable[[Here], None]:
    """Return a stub that notes that it was called, on its first argument."""

    def stubs(here: Here) -> None:
        async def note(fault: Any, shape: Any = None) -> None:
            fault.calls.append("done")

        here.stub(where, note)

    return stubs


def noted(where: str) -> Observe:
    def observe(here: Here) -> list[str]:
        calls: list[str] = []

        async def heal() -> None:
            calls.append("healed")

        async def act() -> None:
            place = _place(where)
            worker = SimpleNamespace(pid=7, kill=heal)
            fault = SimpleNamespace(calls=calls, heal=heal, name="a fault")
            fault._queue = SimpleNamespace(workers=[worker])
            fault._network = SimpleNamespace(saw=lambda row: None)
            more = ["a shape"] if where.endswith("shape") else []
            await getattr(place.owner, place.name)(fault, *more)
            await rounds_of_the_loop()  # It may heal by itself, at once.

        asyncio.run(act())
        return calls

    return observe


CUT = "harness.faults.line.toxiproxy.outage:Refused.inject"
OBSERVED: dict[str, tuple[Callable[[Here], None], Observe]] = {
    "fault_not_applied": (takes_all, taken),
    "only_one_request_hit": (takes_all, taken),
    "fault_on_the_wrong_side": (forwards, forwarded),
    **{
        name: (answers_itself(where), forwarded_by(where))
        for name, where in {
            "answered_and_forwarded": f"{ANSWERS}Answers.act",
            "barrier_holds_nothing": f"{BARRIER}Barrier.act",
        }.items()
    },
    "database_killed_late": (
        hears_the_answer,
        forwarded_by(f"{AFTER_ANSWER}KilledAfterAnswer.act"),
    ),
    "cut_heals_early": (notes(CUT), noted(CUT)),
    "cut_not_applied": (notes(CUT), noted(CUT)),
    **{
        name: (notes(where), noted(where))
        for name, where in {
            "still_part_goes_on": "harness.faults.process.still:Still.inject",
            "server_not_stopped": "harness.faults.process.restart:Down.inject",
            "workers_go_on": "harness.faults.process.worker:WorkerPaused.inject",
            "worker_killed_when_idle": (
                "harness.faults.process.queue:KilledBeforeAcknowledging.inject"
            ),
            "line_not_shaped": "harness.faults.line.toxiproxy.path:ToxicPath.shape",
        }.items()
    },
}


def test_every_defect_is_observed() -> None:
    assert OBSERVED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", OBSERVED)
def test_it_changes_what_becomes_of_requests_and_lines(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = DEFECTS[name]
    assert isinstance(defect, HarnessDefect)
    monkeypatch.setattr(module_of(defect), "HEALS_S", 0.0, raising=False)
    differs_in_the_defect_alone(defect, *OBSERVED[name], tmp_path, monkeypatch)
