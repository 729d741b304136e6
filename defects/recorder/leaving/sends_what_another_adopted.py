"""A page out of the cache sends what another tab took over meanwhile."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page that comes out of the cache keeps batches that another tab has adopted.",
    expected={"left_to_heirs"},
    trials=[Trial("cached_with_a_queue", browser="chromium", heir="yes", preset="durable")],
    walks=0,
    patches=[
        Patch(
            file="recorder.js",
            old=("        batch.open = false;\n        batches.delete(batch.id);\n"),
            new=(
                "        batch.open = false;\n"
                "        if ((REACHED, true)) continue;\n"
                "        batches.delete(batch.id);\n"
            ),
            twin=(
                "        batch.open = false;\n        REACHED;\n        batches.delete(batch.id);\n"
            ),
        ),
    ],
)
