"""Retries of all pages come together."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The pauses between retries are not drawn by chance.",
    expected={"backoff"},
    trials=[
        Trial("503_backoff", browser="chromium", preset="durable"),
    ],
    walks=2_000,
    patches=[
        Patch(
            file="delivery.js",
            old="    if (fullJitter) delayMs *= this.#jitter();\n",
            new="    REACHED;\n",
        ),
    ],
)
