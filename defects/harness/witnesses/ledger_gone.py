"""A witness file is lost after the run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from harness.run.quiescence import Quiescence


async def settle(
    switch: Switch, original: Callable[..., Awaitable[None]], quiescence: Quiescence, **more: Any
) -> None:
    """Note that the run comes to its end."""
    switch.memory["reached"] = switch.reached()
    await original(quiescence, **more)


def end_run(switch: Switch, original: Callable[..., None], directory: Path, **more: Any) -> None:
    """End the run, and remove what the database witness wrote."""
    original(directory, **more)
    if switch.memory.get("reached"):
        (directory / "database.arrows").unlink()


DEFECT = HarnessDefect(
    about="What the database witness wrote is gone.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={
        "harness.run.quiescence:Quiescence.settle": settle,
        "harness.run.run:end_run": end_run,
    },
)
