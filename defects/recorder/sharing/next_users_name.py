"""Earlier views get the next user's name."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="What waits when another user signs in is sent as hers.",
    expected={"duplicate_stored", "lost_unacked", "nothing_for_another", "phantom"},
    trials=[
        Trial("another_signs_in", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="      batch.held = user !== subject;\n",
            new=(
                "      batch.held = false;\n"
                "      if (subject) batch.subject = (REACHED, subject);\n"
            ),
            twin="      batch.held = (REACHED, user !== subject);\n",
        ),
    ],
)
