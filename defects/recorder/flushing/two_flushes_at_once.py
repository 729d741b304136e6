"""A flush begins while another is under way."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The guard that keeps a second flush from beginning is missing.",
    expected={"one_in_flight"},
    walks=0,  # Nothing is lost or sent twice by it.
    trials=[Trial("concurrent_flush_guard", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="delivery.js",
            old="    if (this.#flushing) return this.#flushing;\n",
            new="    if (this.#flushing) REACHED;\n",
            twin="    if (this.#flushing) return (REACHED, this.#flushing);\n",
        ),
    ],
)
