"""A page counts batches where it should count ids."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_COUNTED = "      this.counters.totalFlushed += {ids};\n"

DEFECT = RecorderDefect(
    about="The counter of delivered ids counts batches.",
    expected={"telemetry_reconciles"},
    walks=0,  # A simulated page is not asked for its counters.
    trials=[Trial("telemetry_metrics", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="delivery.js",
            old=_COUNTED.replace("{ids}", "batch.artworks.length"),
            new=_COUNTED.replace("{ids}", "(REACHED, 1)"),
            twin=_COUNTED.replace("{ids}", "(REACHED, batch.artworks.length)"),
        ),
    ],
)
