"""A flush under way keeps the last one from happening."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page that hides while a flush is under way sends nothing more.",
    expected={
        "blocked_flush_counted",
        "came_again",
        "hides_hand_over",
        "one_flush_per_hide",
        "went_over",
    },
    trials=[
        Trial("flush_interrupted", browser="chromium", preset="durable", by="hide"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    if (this.#options.guardBlocksLeaving) return void this.flush();\n",
            new="    if ((REACHED, true)) return void this.flush();\n",
            twin="    if ((REACHED, this.#options.guardBlocksLeaving)) return void this.flush();\n",
        ),
    ],
)
