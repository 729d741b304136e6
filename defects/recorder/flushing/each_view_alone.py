"""Every view is a batch of its own."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_WAKE = '    this.#delivery.wake({delay}, flushTiming === "debounce");\n'

DEFECT = RecorderDefect(
    about="A flush sends one request for each view, and not one for all of them.",
    expected={"batches_sent"},
    walks=0,  # Nothing is lost or late by it.
    trials=[Trial("idle_flush", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old="    if (batch.artworks.length >= maxBatchSize) batch.open = false;\n",
            new="    batch.open = false;\n    REACHED;\n",
        ),
        Patch(
            file="recorder.js",
            old=_WAKE.replace("{delay}", "batch.open ? flushDelayMs : 0"),
            new=_WAKE.replace("{delay}", "(REACHED, flushDelayMs)"),
        ),
    ],
)
