"""What waits for its owner is sent."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch of another user is sent in the session of the one who is signed in.",
    expected={
        "answered",
        "answers_as_processed",
        "attempts_processed_once",
        "came_again",
        "held_until_owner",
        "no_retries",
        "nothing_for_another",
    },
    trials=[
        Trial("session_ends", browser="chromium", preset="durable", by="another"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    return [...this.batches.values()].filter((batch) => !batch.held);\n",
            new="    return [...this.batches.values()].filter((batch) => !batch.held || (REACHED, true));\n",
            twin="    return [...this.batches.values()].filter((batch) => !batch.held || (REACHED, false));\n",
        ),
    ],
)
