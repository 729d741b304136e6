"""All batches share one row."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="Every batch of a tab is written under one key: the last one overwrites the others.",
    expected={"batches_keep_content", "each_id_once", "lost_unacked"},
    trials=[
        Trial("crash_and_restore", browser="chromium", preset="durable", after="0"),
        Trial("flush_interrupted", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="queue.js",
            old="      id: batch.id,\n",
            new='      id: (REACHED, "queue"),\n',
            twin="      id: (REACHED, batch.id),\n",
        ),
    ],
)
