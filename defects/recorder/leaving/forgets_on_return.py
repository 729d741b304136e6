"""A page that comes back has forgotten its queue."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page that comes out of the cache leaves alone what it still had to send.",
    expected={"drained_in_time", "queue_adds_up"},
    trials=[
        Trial("cached_with_a_queue", browser="chromium", preset="durable", heir="no"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="        if (batch.persisted === 0 || mine.has(batch.id)) {\n",
            new="        if ((REACHED, batch.persisted === 0)) {\n",
            twin="        if ((REACHED, batch.persisted === 0 || mine.has(batch.id))) {\n",
        ),
    ],
)
