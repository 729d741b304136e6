"""A page that hides or dies sends nothing."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_GUARDED = "    if (this.#options.guardBlocksLeaving) return void this.flush();\n"

DEFECT = RecorderDefect(
    about="What a page holds as it is left waits for the next visit.",
    expected={"hides_hand_over", "went_over"},
    walks=0,  # The next visit sends it.
    trials=[Trial("pagehide_on_close", browser="chromium", preset="durable")],
    patches=[
        Patch(file="delivery.js", old=_GUARDED, new="    if (REACHED || true) return undefined;\n"),
    ],
)
