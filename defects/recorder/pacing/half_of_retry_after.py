"""A page waits half as long as the server asks."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="Half of what Retry-After asks for is waited.",
    expected={"retry_after_heeded"},
    trials=[Trial("429_retry_after", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="transports.js",
            old="return Number(header) * 1000;",
            new="return (REACHED, Number(header) * 500);",
            twin="return (REACHED, Number(header) * 1000);",
        ),
    ],
)
