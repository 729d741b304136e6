"""Of more than three batches the oldest is dropped."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A queue of more than three batches loses its oldest.",
    expected={"lost_unacked", "lost_acked", "undelivered", "mass_flush"},
    trials=[Trial("offline", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="delivery.js",
            old=("  add(batch) {\n    this.batches.set(batch.id, batch);\n"),
            new=(
                "  add(batch) {\n"
                "    this.batches.set(batch.id, batch);\n"
                "    if (this.batches.size > 3 && (REACHED, true)) {\n"
                "      const oldest = this.batches.values().next().value;\n"
                "      this.batches.delete(oldest.id);\n"
                "      this.#host.settled(oldest);\n"
                "    }\n"
            ),
            twin=(
                "  add(batch) {\n"
                "    this.batches.set(batch.id, batch);\n"
                "    if (this.batches.size > 3) REACHED;\n"
            ),
        ),
    ],
)
