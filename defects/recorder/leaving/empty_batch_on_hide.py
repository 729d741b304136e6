"""A page that hides with nothing to send sends a batch without ids."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page that owes nothing sends an empty batch as it hides.",
    expected={"batches_hold_ids", "flushes_per_switch"},
    trials=[
        Trial("rapid_switching", browser="chromium", preset="durable"),
        Trial("switch_every_200_ms", browser="chromium", preset="durable"),
    ],
    walks=0,
    patches=[
        Patch(
            file="delivery.js",
            old="    const unsent = this.unsettled().filter((batch) => !batch.beaconed && !batch.away);\n",
            new=(
                "    const unsent = this.unsettled().filter((batch) => !batch.beaconed && !batch.away);\n"
                "    if (!this.unsettled().length && (REACHED, true)) {\n"
                '      const none = { id: `none-${now()}`, tab: "none", seq: 1, subject: null, attempt: 0, artworks: [] };\n'
                '      this.#attempt({ ...none, persisted: 0, open: false, held: false, beaconed: false }, "beacon");\n'
                "    }\n"
            ),
            twin=(
                "    const unsent = this.unsettled().filter((batch) => !batch.beaconed && !batch.away);\n"
                "    if (!this.unsettled().length) REACHED;\n"
            ),
        ),
    ],
)
