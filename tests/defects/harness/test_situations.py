"""Defects of the harness in what happens: what a load sends, and who visits how."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from defects import registry
from defects.base import HarnessDefect
from harness.browsers.visitor import Tab
from harness.core.outcome import Outcome
from harness.run.context import RunContext
from harness.run.visitors import Visitors
from tests.seeded.observing import (
    Here,
    Observe,
    differs_in_the_defect_alone,
    is_of_what_happens,
    module_of,
)

DEFECTS = {
    name: one
    for name, one in registry.all_defects().items()
    if isinstance(one, HarnessDefect) and is_of_what_happens(name)
}
_SENDS = "harness.load.generator.sender:Sender."
_PULSE = "harness.load.generator.pulse:Pulse."


# --- sending --------------------------------------------------------------------------------------


def sends(here: Here) -> None:
    here.stub(f"{_SENDS}_start", lambda sender, batch: sender.sent.append(batch))
    here.stub(f"{_SENDS}_note", lambda sender, *more: sender.noted.append(more))


def what_is_sent(here: Here) -> Any:
    from harness.load.generator.sender import Sender

    sender: Any = SimpleNamespace(sent=[], noted=[])
    for number in range(60):
        Sender._start(sender, SimpleNamespace(user=f"user-{number}"))  # type: ignore[arg-type]
        Sender._note(sender, number, None, True)  # type: ignore[arg-type]
    return [batch.user for batch in sender.sent], sender.noted


def stands_still(here: Here) -> None:
    sends(here)
    ticks = iter(range(1_000))
    here.patch.setattr(
        module_of(DEFECTS["saturated"]), "time", SimpleNamespace(monotonic=lambda: next(ticks))
    )


def how_often_it_looked_at_the_clock(here: Here) -> int:
    what_is_sent(here)
    return int(module_of(DEFECTS["saturated"]).time.monotonic())


def sends_once(here: Here) -> None:
    def attempt(sender: Any, batch: Any, number: int, scheduled_ns: int) -> Any:
        sender.append(number)
        return None, SimpleNamespace(outcome=Outcome.ACKNOWLEDGED), 0

    here.stub(f"{_SENDS}_attempt", attempt)


def attempts_made(here: Here) -> list[int]:
    from harness.load.generator.sender import Sender

    made: list[int] = []
    Sender._attempt(made, None, 1, 0)  # type: ignore[arg-type]
    return made


def beats(here: Here) -> None:
    here.stub(f"{_PULSE}_close_second", lambda pulse, now_ns: pulse.append(now_ns))


def seconds_reported(here: Here) -> list[int]:
    from harness.load.generator.pulse import Pulse

    reported: list[int] = []
    for second in range(9):
        Pulse._close_second(reported, second)  # type: ignore[arg-type]
    return reported


def goes_somewhere(here: Here) -> None:
    async def send(sender: Any, workload: Any, *, through: str = "") -> None:
        sender.went.append(through)

    here.stub("harness.run.load:LoadSender.send", send)


def where_a_load_goes(here: Here) -> list[str]:
    from harness.run.load import LoadSender

    sender: Any = SimpleNamespace(went=[], server_urls=("http://one", "http://other"))
    asyncio.run(LoadSender.send(sender, None, through="http://gateway"))  # type: ignore[arg-type]
    return list(sender.went)


# --- visiting -------------------------------------------------------------------------------------


def visits(here: Here) -> None:
    async def load(tab: Any, url: str) -> None:
        tab.append(url)

    async def open_tab(visitors: Any, user: str = "", *, behind: bool = False) -> bool:
        return behind

    here.stub("harness.browsers.visitor:Tab.load", load)
    here.stub("harness.run.visitors:Visitors.open_tab", open_tab)
    here.stub("harness.run.context:RunContext.two_users", lambda context, stem="": ("ann", "bob"))


def who_visits_how(here: Here) -> Any:
    opened: list[Any] = []

    async def pause(seconds: float) -> None:
        opened.append(seconds)

    here.patch.setattr(module_of(DEFECTS["tabs_one_by_one"]), "pause", pause)

    async def visit() -> bool:
        await asyncio.gather(*(Tab.load(opened, "url") for _ in range(3)))  # type: ignore[arg-type]
        return bool(await Visitors.open_tab(None, behind=True))  # type: ignore[arg-type]

    return asyncio.run(visit()), opened, RunContext.two_users(None)  # type: ignore[arg-type]


OBSERVED: dict[str, tuple[Callable[[Here], None], Observe]] = {
    **dict.fromkeys(
        ("slots_skipped", "sessions_forgotten", "answers_forgotten"), (sends, what_is_sent)
    ),
    "sends_again": (sends_once, attempts_made),
    "past_the_balancer": (goes_somewhere, where_a_load_goes),
    "falls_silent": (beats, seconds_reported),
    "saturated": (stands_still, how_often_it_looked_at_the_clock),
    **dict.fromkeys(
        ("one_user_for_two", "hidden_tab_in_front", "tabs_one_by_one"), (visits, who_visits_how)
    ),
}


def test_every_defect_is_observed() -> None:
    assert OBSERVED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", OBSERVED)
def test_it_changes_what_is_sent_or_who_visits_how(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    differs_in_the_defect_alone(DEFECTS[name], *OBSERVED[name], tmp_path, monkeypatch)
