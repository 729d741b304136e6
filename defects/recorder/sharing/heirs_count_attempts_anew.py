"""An heir does not go on counting attempts."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A tab that takes over a batch counts its attempts from 1 again.",
    expected={"batches_numbered", "attempts_processed_once"},
    trials=[Trial("reloads", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="queue.js",
            old="attempt: row.attempt + 1 };",
            new="attempt: (REACHED, 0) };",
            twin="attempt: (REACHED, row.attempt + 1) };",
        ),
    ],
)
