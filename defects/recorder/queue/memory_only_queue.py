"""Nothing is written to the disk."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The queue lives in memory alone, and every id counts as written.",
    expected={"lost_unacked"},
    trials=[
        Trial("renderer_crash", browser="chromium", preset="durable"),
        Trial("crash_and_restore", browser="chromium", preset="durable", after="0"),
    ],
    patches=[
        Patch(
            file="queue.js",
            old="    return this.#lock?.held ? write() : this.#hold().then(write);\n",
            new="    if (REACHED || true) return Promise.resolve();\n",
        ),
    ],
)
