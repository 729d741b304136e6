"""Two tabs use the same batch ids."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The ids of batches are numbers, the same ones in every tab.",
    expected={
        "absorbed_explained",
        "acks_after_commit",
        "answers_as_processed",
        "attempts_processed_once",
        "batches_keep_content",
        "counts_as_processed",
        "each_id_once",
        "lost_acked",
        "lost_unacked",
    },
    trials=[
        Trial("five_tabs", browser="chromium", preset="durable"),
        Trial("crash_and_restore", browser="chromium", preset="durable", after="0"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="      id: `${this.tabId}-${this.#seq}`,\n",
            new="      id: (REACHED, `batch-${this.#seq}`),\n",
            twin="      id: (REACHED, `${this.tabId}-${this.#seq}`),\n",
        ),
    ],
)
