"""A tab adopts from tabs that live."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A tab takes over the queues of others without asking whether they live.",
    expected={"adopted_from_gone", "adopted_once", "attempts_processed_once", "lost_unacked"},
    trials=[
        Trial("adoption_at_wake_up", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="queue.js",
            old="    if (!navigator.locks) return action();\n",
            new="    if (REACHED || true) return action();\n",
            twin=("    REACHED;\n    if (!navigator.locks) return action();\n"),
        ),
    ],
)
