"""The last third of the receipts is lost before they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from defects.harness.witnesses.receipts_gone import settle


def end_run(switch: Switch, original: Callable[..., None], directory: Path, **more: Any) -> None:
    """End the run, and keep the first lines of the receipts: the server writes its end later."""
    original(directory, **more)
    if switch.memory.get("reached"):
        path = directory / "server.ndjson"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[: 2 * len(lines) // 3]))


DEFECT = HarnessDefect(
    about="The last third of the receipts is not there.",
    expected={"witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={
        "harness.run.quiescence:Quiescence.settle": settle,
        "harness.run.run:end_run": end_run,
    },
)
