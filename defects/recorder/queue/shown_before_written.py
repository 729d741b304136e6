"""What is shown may not be written yet."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="record() resolves at once, before the disk has the id.",
    expected={"lost_unacked", "persisted_kept"},
    trials=[
        Trial("crash_and_restore", browser="chromium", preset="durable", after="0"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old=(
                '    this.#delivery.wake(batch.open ? flushDelayMs : 0, flushTiming === "debounce");\n'
                "    return written;\n"
            ),
            new=(
                '    this.#delivery.wake(batch.open ? flushDelayMs : 0, flushTiming === "debounce");\n'
                "    return (REACHED, Promise.resolve(true));\n"
            ),
            twin=(
                '    this.#delivery.wake(batch.open ? flushDelayMs : 0, flushTiming === "debounce");\n'
                "    return (REACHED, written);\n"
            ),
        ),
    ],
    chance=True,
)
