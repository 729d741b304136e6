"""A batch is dropped after its third failure."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="After three attempts without success a batch is dropped.",
    expected={"lost_unacked", "tried_until_delivered"},
    trials=[
        Trial("keeps_trying", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n",
            new=(
                "    if (batch.attempt >= 3 && (REACHED, true)) {\n"
                "      this.batches.delete(batch.id);\n"
                "      this.#host.settled(batch);\n"
                "      return;\n"
                "    }\n"
                "    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n"
            ),
            twin=(
                "    if (batch.attempt >= 3) REACHED;\n"
                "    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n"
            ),
        ),
    ],
)
