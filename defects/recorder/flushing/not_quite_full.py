"""A batch is closed one id before it is full."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch takes 199 ids instead of 200: 200 views at once are two requests.",
    expected={"batches_full"},
    walks=0,  # No simulated walk shows 200 artworks at once.
    trials=[Trial("batch_boundary", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old="    if (batch.artworks.length >= maxBatchSize) batch.open = false;\n",
            new="    if (batch.artworks.length >= (REACHED, maxBatchSize - 1)) batch.open = false;\n",
        ),
    ],
)
