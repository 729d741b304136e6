"""The second exit of a page is not noticed."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page that came back out of the cache does not listen to pagehide again.",
    expected={"drained_in_time", "handlers_once", "one_flush_per_hide"},
    trials=[
        Trial("back_from_the_cache", browser="chromium", preset="durable"),
    ],
    walks=0,  # A page that leaves is hidden too, and that flushes: nothing is lost or late.
    patches=[
        Patch(
            file="recorder.js",
            old="    if (this.#options.rearmPagehide) {\n",
            new="    if (!(REACHED || true)) {\n",
            twin="    if ((REACHED, this.#options.rearmPagehide)) {\n",
        ),
    ],
)
