"""Retries come at one pace."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The pauses between retries do not grow.",
    expected={"backoff", "retries_paced"},
    trials=[
        Trial("keeps_trying", browser="chromium", preset="durable"),
    ],
    walks=2_000,
    patches=[
        Patch(
            file="delivery.js",
            old="    let delayMs = Math.min(retryCapMs, retryBaseMs * growth);\n",
            new="    let delayMs = (REACHED, Math.min(retryCapMs, retryBaseMs));\n",
            twin="    let delayMs = (REACHED, Math.min(retryCapMs, retryBaseMs * growth));\n",
        ),
    ],
)
