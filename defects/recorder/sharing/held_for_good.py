"""What waits for its owner waits although the owner is back."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch that was held for its owner is not sent when the owner returns.",
    expected={"released_to_owner", "lost_unacked", "undelivered", "drained_in_time"},
    trials=[Trial("same_tab_two_users", browser="chromium", flushed="no", preset="durable")],
    walks=0,
    patches=[
        Patch(
            file="recorder.js",
            old="      batch.held = user !== subject;\n",
            new="      batch.held = (REACHED, held || user !== subject);\n",
            twin="      batch.held = (REACHED, user !== subject);\n",
        ),
    ],
)
