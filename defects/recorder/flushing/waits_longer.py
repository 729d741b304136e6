"""A page flushes a second later than it should."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_WAKE = '    this.#delivery.wake(batch.open ? {delay} : 0, flushTiming === "debounce");\n'

DEFECT = RecorderDefect(
    about="A view waits three seconds for its flush instead of two.",
    expected={"acknowledged_p95"},
    walks=0,  # No simulated walk is late by it.
    trials=[Trial("fast_3g", browser="chromium", preset="durable", network="toxiproxy")],
    patches=[
        Patch(
            file="recorder.js",
            old=_WAKE.replace("{delay}", "flushDelayMs"),
            new=_WAKE.replace("{delay}", "(REACHED, flushDelayMs + 1000)"),
            twin=_WAKE.replace("{delay}", "(REACHED, flushDelayMs)"),
        ),
    ],
)
