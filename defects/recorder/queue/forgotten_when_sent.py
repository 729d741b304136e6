"""The disk forgets what is sent."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch leaves the disk when it is handed to the browser, not when it is answered.",
    expected={"lost_unacked"},
    trials=[
        Trial("beacon_500", browser="chromium", preset="durable"),
        Trial("beacon_swallowed", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="      attempted: (batch) => void this.#queue?.put([batch]).catch(() => {}),\n",
            new="      attempted: (batch) => void (REACHED, this.#queue?.remove(batch.id).catch(() => {})),\n",
            twin="      attempted: (batch) => void (REACHED, this.#queue?.put([batch]).catch(() => {})),\n",
        ),
    ],
)
