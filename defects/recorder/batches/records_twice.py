"""A view is recorded twice."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The observer fires twice: each view is recorded under another id too.",
    expected={"phantom"},
    trials=[
        Trial("first_visit", browser="chromium", preset="durable"),
        Trial("same_id_twice", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="    const batch = this.#batchFor(artworkId, this.subject);\n",
            new=(
                "    REACHED;\n"
                "    this.#batchFor(`${artworkId}-again`.slice(-64), this.subject);\n"
                "    const batch = this.#batchFor(artworkId, this.subject);\n"
            ),
        ),
    ],
)
