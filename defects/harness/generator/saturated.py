"""The load generator stands still for half a second, again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from defects.base import HarnessDefect, Switch, Trial

STANDS_S = 0.5


def start(switch: Switch, original: Callable[[Any, Any], None], sender: Any, batch: Any) -> None:
    """Block the process before every sixtieth batch."""
    if switch.every(60) and switch.reached():
        end_s = time.monotonic() + STANDS_S
        while time.monotonic() < end_s:  # gevent makes every other wait cooperative
            pass
    original(sender, batch)


DEFECT = HarnessDefect(
    about="Responses are late because the generator is.",
    expected={"generator_healthy", "latency_p95", "latency_p99", "latency_worst"},
    verdict="unknown",
    trials=[Trial("steady_load", duration="62", rate="200", sessions="200")],
    at="generator",
    overrides={"harness.load.generator.sender:Sender._start": start},
)
