"""What one user has seen in a tab is no view for the next."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="When another user signs in, a page still takes what the one before has seen for seen.",
    expected={"lost_unacked", "every_view_carried"},
    trials=[
        Trial("same_tab_two_users", browser="chromium", flushed="yes", preset="durable"),
        Trial("same_tab_two_users", browser="chromium", flushed="no", preset="durable"),
    ],
    walks=600,
    patches=[
        Patch(
            file="recorder.js",
            old="      this.#seen.clear();\n",
            new="      REACHED;\n",
            twin="      REACHED;\n      this.#seen.clear();\n",
        )
    ],
)
