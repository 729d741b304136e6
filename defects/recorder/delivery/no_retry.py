"""Nothing is sent twice."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="After a failure a page does not try again by itself.",
    expected={
        "backoff",
        "drained_in_time",
        "first_retry_soon",
        "in_time",
        "nothing_lost",
        "undelivered",
    },
    trials=[
        Trial("503_backoff", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n",
            new=(
                "    if (REACHED || true) {\n"
                "      this.#notBefore = Infinity;\n"
                "      return;\n"
                "    }\n"
                "    const { retryBaseMs, retryCapMs, fullJitter, heedAnswers } = this.#options;\n"
            ),
        ),
    ],
)
