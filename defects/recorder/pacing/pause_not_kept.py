"""The pause is planned and not kept."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page plans a pause and tries again before it is over.",
    expected={"backoff", "retries_paced", "retry_after_heeded"},
    trials=[
        Trial("storm_503", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    const due = Math.max(now() + delayMs, this.#notBefore);\n",
            new="    const due = (REACHED, now() + Math.min(delayMs, this.#options.flushDelayMs));\n",
            twin="    const due = (REACHED, Math.max(now() + delayMs, this.#notBefore));\n",
        ),
        Patch(
            file="delivery.js",
            old="      if (now() < this.#notBefore) this.wake(0);\n",
            new="      if (now() < 0 * REACHED) this.wake(0);\n",
            twin="      if (now() < (REACHED, this.#notBefore)) this.wake(0);\n",
        ),
    ],
)
