"""Characters are counted for bytes."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The size of a request is counted in characters.",
    expected={"bytes_measured", "lost_unacked"},
    trials=[
        Trial("byte_measurement", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old="export const bytesOf = (text) => encoder.encode(text).byteLength;",
            new="export const bytesOf = (text) => (REACHED, text.length);",
            twin="export const bytesOf = (text) => (REACHED, encoder.encode(text).byteLength);",
        ),
    ],
)
