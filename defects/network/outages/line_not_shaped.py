"""A slow line is as fast as any."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from defects.base import HarnessDefect, Switch, Trial
from harness.faults.line.path import Shape
from harness.faults.line.toxiproxy.path import ToxicPath


async def shape(
    switch: Switch,
    original: Callable[[ToxicPath, Shape], Awaitable[None]],
    path: ToxicPath,
    shape: Shape,
) -> None:
    """Leave the path as it is."""
    if not switch.reached():
        await original(path, shape)


DEFECT = HarnessDefect(
    about="A visit on a slow line has a fast one.",
    expected={"calibrated"},
    verdict="unknown",
    trials=[Trial("first_visit", browser="chromium", network="slow-3g@toxiproxy")],
    overrides={"harness.faults.line.toxiproxy.path:ToxicPath.shape": shape},
)
