"""An heir takes one batch of a dead tab."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A tab that finds a dead one takes its first batch and deletes the others.",
    expected={"lost_unacked"},
    trials=[
        Trial("long_queue", browser="chromium", preset="durable", sent_by="heir"),
    ],
    patches=[
        Patch(
            file="queue.js",
            old="          estate.taken.push(ours);\n",
            new=(
                "          estate.taken.push(ours);\n"
                "          if (estate.taken.length > 1 && (REACHED, true)) store.delete([this.owner, row.id]), estate.taken.pop();\n"
            ),
            twin=(
                "          estate.taken.push(ours);\n"
                "          if (estate.taken.length > 1) REACHED;\n"
            ),
        ),
    ],
)
