"""A page waits eight seconds before it tries again, however lately it failed."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_DRAWN = "    if (fullJitter) delayMs *= this.#jitter();\n"

DEFECT = RecorderDefect(
    about="The first retry comes after eight seconds at the earliest.",
    expected={"first_retry_soon"},
    walks=0,  # Everything arrives in the end.
    trials=[
        Trial("bursts", browser="chromium", preset="durable", cut="refused", network="toxiproxy")
    ],
    patches=[
        Patch(
            file="delivery.js",
            old=_DRAWN,
            new=f"{_DRAWN}    delayMs = Math.max(delayMs, (REACHED, 8000));\n",
        ),
    ],
)
