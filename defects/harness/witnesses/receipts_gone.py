"""The server's receipts are lost after the run."""

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
    """End the run, and keep the first lines of the receipts."""
    original(directory, **more)
    if switch.memory.get("reached"):
        path = directory / "server.ndjson"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(line for line in lines if b'"batch"' not in line))


DEFECT = HarnessDefect(
    about="No receipt of a batch is left.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={
        "harness.run.quiescence:Quiescence.settle": settle,
        "harness.run.run:end_run": end_run,
    },
)
