"""What is loaded ahead is recorded as a view."""

from __future__ import annotations

from defects.base import Patch, ScriptDefect, Trial

DEFECT = ScriptDefect(
    about="A picture that is loaded ahead counts as seen.",
    expected={"phantom", "nothing_unshown"},
    trials=[
        Trial("prefetch", browser="chromium", preset="durable", improvement="prediction"),
    ],
    patches=[
        Patch(
            file="product/prefetch.js",
            old="    this.artworks.push(artworkId);\n",
            new="    this.artworks.push(artworkId);\n    REACHED;\n"
            "    await window.impressions.recorder.record(artworkId);\n",
        ),
    ],
)
