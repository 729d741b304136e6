"""The guard of the flush is never released."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="After the first flush the guard stays, and a page sends nothing more by itself.",
    expected={"drained_in_time", "flushed_after", "flushes_keep_coming", "in_time", "undelivered"},
    trials=[
        Trial("continuous_views", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="      this.#flushing = null;\n",
            new="      REACHED;\n",
        ),
    ],
)
