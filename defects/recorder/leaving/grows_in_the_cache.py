"""A batch grows after another tab may have it."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect

DEFECT = RecorderDefect(
    about="A page that comes out of the cache puts new views into a batch that another tab may have.",
    expected={"batches_keep_content", "lost_unacked"},
    trials=[],
    walks=20_000,
    patches=[
        Patch(
            file="recorder.js",
            old="    if (this.#open) this.#open.open = false;\n",
            new="    if (this.#open) REACHED;\n",
            twin="    if (this.#open) this.#open.open = (REACHED, false);\n",
        ),
    ],
)
