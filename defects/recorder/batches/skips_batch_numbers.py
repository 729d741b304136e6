"""The numbers of a tab's batches have gaps."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A tab numbers its batches 2, 4, 6: a server that counts them misses every other one.",
    expected={"batches_numbered"},
    walks=0,  # The simulated server keeps no numbers.
    trials=[Trial("first_visit", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old="      seq: this.#seq,\n",
            new="      seq: (REACHED, this.#seq * 2),\n",
            twin="      seq: (REACHED, this.#seq),\n",
        ),
    ],
)
