"""Success is reported before the answer."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page reports a batch as acknowledged when it is sent.",
    expected={"acks_after_commit"},
    trials=[
        Trial("ack_lost", browser="chromium", preset="durable"),
        Trial("answer_lost", browser="chromium", preset="durable"),
        Trial("first_visit", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old=("    const started = now();\n    if (keepalive)"),
            new=(
                "    REACHED;\n"
                '    this.#host.emit("acknowledged", { ...factsOf(batch, transport), ...tried, status: 200 });\n'
                "    const started = now();\n"
                "    if (keepalive)"
            ),
        ),
    ],
)
