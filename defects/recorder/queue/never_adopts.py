"""The recorder leaves alone what dead tabs left on disk."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

ADOPT = "  async adopt(subject) {\n"

DEFECT = RecorderDefect(
    about="A page does not take over the queues of dead tabs: what they left is never sent.",
    expected={"lost_unacked", "undelivered"},
    trials=[Trial("crash_and_restore", browser="chromium", after="1")],
    patches=[
        Patch(
            file="queue.js",
            old=ADOPT,
            new=ADOPT + "    if (REACHED || true) return [];\n",
            twin=ADOPT + "    REACHED;\n",
        )
    ],
)
