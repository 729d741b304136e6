"""Every request is sent twice."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="Every request is made twice, with the same attempt number.",
    expected={"attempts_processed_once", "no_retries", "repeats_bounded"},
    trials=[
        Trial("first_visit", browser="chromium", preset="durable"),
        Trial("idle_flush", browser="chromium", preset="durable"),
        Trial("concurrent_flush_guard", browser="chromium", preset="durable"),
        Trial("fast_3g", browser="chromium", preset="durable", network="toxiproxy"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    const outcome = await byFetch(this.#options.endpoint, body, { keepalive, timeoutMs });\n",
            new=(
                "    REACHED;\n"
                "    void byFetch(this.#options.endpoint, body, { keepalive, timeoutMs });\n"
                "    const outcome = await byFetch(this.#options.endpoint, body, { keepalive, timeoutMs });\n"
            ),
        ),
    ],
)
