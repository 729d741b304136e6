"""A batch that failed ten seconds ago is dropped."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="What could not be sent for ten seconds is dropped.",
    expected={"lost_unacked", "tried_until_delivered"},
    trials=[Trial("late_repeat", browser="chromium", preset="durable", first="refused")],
    walks=0,
    patches=[
        Patch(
            file="delivery.js",
            old="    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n",
            new=(
                "    batch.failedAt ??= now();\n"
                "    if (now() - batch.failedAt > 10_000 && (REACHED, true)) {\n"
                "      this.batches.delete(batch.id);\n"
                "      this.#host.settled(batch);\n"
                "      return;\n"
                "    }\n"
                "    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n"
            ),
            twin=(
                "    batch.failedAt ??= now();\n"
                "    if (now() - batch.failedAt > 10_000) REACHED;\n"
                "    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n"
            ),
        ),
    ],
)
