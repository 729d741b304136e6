"""What is adopted stays where it was."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A tab copies the queue of a dead one and leaves the original for the next.",
    expected={"absorbed_explained", "adopted_once", "attempts_processed_once"},
    trials=[
        Trial("crash_and_restore", browser="chromium", preset="durable", after="0"),
    ],
    patches=[
        Patch(
            file="queue.js",
            old="          store.delete([tab, row.id]);\n",
            new="          REACHED;\n",
        ),
    ],
)
