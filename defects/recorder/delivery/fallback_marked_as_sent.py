"""The last transport counts as delivered."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A keepalive request that fails counts as acknowledged.",
    expected={"acks_after_commit", "lost_acked", "queue_peaked"},
    trials=[
        Trial("short_outage", browser="chromium", preset="durable"),
        Trial("offline", browser="chromium", preset="durable", cut="refused", network="toxiproxy"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="    const outcome = await byFetch(this.#options.endpoint, body, { keepalive, timeoutMs });\n",
            new=(
                "    let outcome = await byFetch(this.#options.endpoint, body, { keepalive, timeoutMs });\n"
                '    if (keepalive && outcome.kind === "unknown" && !outcome.status && (REACHED, true)) {\n'
                '      outcome = { kind: "acknowledged", status: 200 };\n'
                "    }\n"
            ),
            twin=(
                "    const outcome = await byFetch(this.#options.endpoint, body, { keepalive, timeoutMs });\n"
                '    if (keepalive && outcome.kind === "unknown" && !outcome.status) REACHED;\n'
            ),
        ),
    ],
)
