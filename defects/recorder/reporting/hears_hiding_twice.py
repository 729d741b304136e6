"""A page has two handlers for its visibility."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="Every change of a page's visibility is handled and reported twice.",
    expected={"order_reported"},
    walks=0,  # The second handler finds nothing left to send.
    trials=[Trial("switch_every_200_ms", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old=(
                '    document.addEventListener("visibilitychange", this.#onVisibility, { signal });\n'
            ),
            new=(
                '    document.addEventListener("visibilitychange", this.#onVisibility, { signal });\n'
                '    document.addEventListener("visibilitychange", (event) => {\n'
                "      REACHED;\n"
                "      this.#onVisibility(event);\n"
                "    }, { signal });\n"
            ),
        ),
    ],
)
