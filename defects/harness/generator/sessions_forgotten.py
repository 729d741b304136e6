"""The load generator leaves one session in ten alone."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from defects.base import LOAD, HarnessDefect, Switch


def start(switch: Switch, original: Callable[[Any, Any], None], sender: Any, batch: Any) -> None:
    """Leave out what one user in ten would send."""
    if zlib.crc32(batch.user.encode()) % 10 == 0 and switch.reached():
        return
    original(sender, batch)


DEFECT = HarnessDefect(
    about="One session in ten of a load is shown artworks and sends none.",
    expected={"load_as_planned", "load_sent", "offered_rate"},
    verdict="unknown",
    trials=[LOAD],
    at="generator",
    overrides={"harness.load.generator.sender:Sender._start": start},
)
