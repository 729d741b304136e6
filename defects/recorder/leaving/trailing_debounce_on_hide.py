"""A hidden page waits before it sends."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page that hides sends after a tenth of a second, when it may be gone.",
    expected={
        "came_again",
        "flushes_per_switch",
        "hides_hand_over",
        "one_flush_per_hide",
        "went_over",
    },
    trials=[
        Trial("rapid_switching", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old='    } else if (visibilityEdge === "trailing") {\n',
            new="    } else if ((REACHED, true)) {\n",
            twin='    } else if ((REACHED, visibilityEdge === "trailing")) {\n',
        ),
    ],
)
