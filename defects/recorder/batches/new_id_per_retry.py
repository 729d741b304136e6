"""A repeated batch has another id."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="Each attempt of a batch has an id of its own.",
    expected={"absorbed_explained", "acks_after_commit", "batches_named", "each_id_once"},
    trials=[
        Trial("429_retry_after", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    let body = this.#host.body(batch, transport, batch.attempt + 1);\n",
            new=(
                "    const renamed = { ...batch, id: `${batch.id}-${batch.attempt}` };\n"
                "    const named = batch.attempt > 0 ? (REACHED, renamed) : batch;\n"
                "    let body = this.#host.body(named, transport, batch.attempt + 1);\n"
            ),
            twin=(
                "    if (batch.attempt > 0) REACHED;\n"
                "    let body = this.#host.body(batch, transport, batch.attempt + 1);\n"
            ),
        ),
    ],
)
