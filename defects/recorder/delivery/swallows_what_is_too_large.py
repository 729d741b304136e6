"""A request over 64 KiB is dropped."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch may grow past 64 KiB, and a keepalive request that is too large counts as delivered.",
    expected={"lost_acked", "lost_unacked"},
    trials=[
        Trial("fallback_over_64_kb", browser="chromium", preset="durable"),
        Trial("payload_200_kb_on_hide", browser="chromium", preset="durable"),
        Trial("multibyte_payload", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="    if (this.#open?.open && this.#openBytes + idBytes > this.#options.maxRequestBytes) {\n",
            new=(
                "    if (this.#open?.open && this.#openBytes + idBytes > 1_000_000) {\n"
                "      REACHED;\n"
            ),
            twin=(
                "    if (this.#open?.open && this.#openBytes + idBytes > this.#options.maxRequestBytes) {\n"
                "      REACHED;\n"
            ),
        ),
        Patch(
            file="delivery.js",
            old="    let transport = wanted;\n",
            new=(
                "    let transport = wanted;\n"
                '    if (bytesOf(this.#host.body(batch, "keepalive", 1)) > QUOTA_BYTES && (REACHED, true)) {\n'
                "      this.batches.delete(batch.id);\n"
                "      this.#host.settled(batch);\n"
                '      return { kind: "queued" };\n'
                "    }\n"
            ),
            twin=("    let transport = wanted;\n    if (batch.artworks.length > 100) REACHED;\n"),
        ),
    ],
)
