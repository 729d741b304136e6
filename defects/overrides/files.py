"""Files of a run that are spoiled when it has ended, before anyone reads them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from defects.base import Switch
from harness.run.quiescence import Quiescence

RECEIPTS = "server.ndjson"


def spoiled_after_the_run(spoil: Callable[[Path], None]) -> Mapping[str, Callable[..., Any]]:
    """Return the overrides of a defect that calls ``spoil`` with the directory of an ended run.

    The switch is reached while the run settles: once it has ended no hit can be recorded.
    """

    def end_run(
        switch: Switch, original: Callable[..., None], directory: Path, **more: Any
    ) -> None:
        original(directory, **more)
        if switch.memory.get("reached"):
            spoil(directory)

    return {
        "harness.run.quiescence:Quiescence.settle": _settle,
        "harness.run.run:end_run": end_run,
    }


def kept_receipts(
    kept: Callable[[list[bytes]], list[bytes]],
) -> Mapping[str, Callable[..., Any]]:
    """Return the overrides of a defect after which only some lines of the receipts are left."""

    def spoil(directory: Path) -> None:
        path = directory / RECEIPTS
        path.write_bytes(b"".join(kept(path.read_bytes().splitlines(keepends=True))))

    return spoiled_after_the_run(spoil)


async def _settle(
    switch: Switch, original: Callable[..., Awaitable[None]], quiescence: Quiescence, **more: Any
) -> None:
    switch.memory["reached"] = switch.reached()
    await original(quiescence, **more)
