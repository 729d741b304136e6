"""After three failures the pauses are short again."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The pauses between retries start over after three failures.",
    expected={"backoff", "retries_paced"},
    trials=[Trial("keeps_trying_to_connect", browser="chromium", preset="durable")],
    walks=0,
    patches=[
        Patch(
            file="delivery.js",
            old="    this.#failures += 1;\n",
            new="    this.#failures = (REACHED, (this.#failures + 1) % 3);\n",
            twin="    this.#failures += (REACHED, 1);\n",
        ),
    ],
)
