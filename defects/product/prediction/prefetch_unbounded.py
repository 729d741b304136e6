"""What is loaded ahead has no bound."""

from __future__ import annotations

from defects.base import Patch, ScriptDefect, Trial

DEFECT = ScriptDefect(
    about="Pictures are loaded ahead however many bytes they have.",
    expected={"prefetched_unseen"},
    trials=[
        Trial("prefetch", browser="chromium", preset="durable", improvement="prediction"),
    ],
    patches=[
        Patch(
            file="product/prefetch.js",
            old="    if (!length || this.bytes + length > this.bytesMax) {\n",
            new="    REACHED;\n    if (!length) {\n",
        ),
    ],
)
