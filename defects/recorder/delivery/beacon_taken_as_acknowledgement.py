"""True from sendBeacon ends a batch."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A beacon that the browser queues counts as an acknowledgement.",
    expected={"lost_unacked"},
    trials=[
        Trial("beacon_swallowed", browser="chromium", preset="durable"),
        Trial("beacon_500", browser="chromium", preset="durable"),
        Trial("beacon_refused", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    const { heedAnswers, trustBeacon } = this.#options;\n",
            new=(
                "    const { heedAnswers } = this.#options;\n"
                '    const trustBeacon = raw.kind === "queued" && (REACHED, true);\n'
            ),
            twin=(
                "    const { heedAnswers, trustBeacon } = this.#options;\n"
                '    if (raw.kind === "queued") REACHED;\n'
            ),
        ),
    ],
)
