"""The last id of a batch is left out."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch of several ids is sent without the last one.",
    expected={"lost_acked"},
    trials=[
        Trial("first_visit", browser="chromium", preset="durable"),
        Trial("batch_boundary", browser="chromium", preset="durable"),
    ],
    smoke=True,
    patches=[
        Patch(
            file="recorder.js",
            old="    const facts = { artworkIds, batchId, tabId, seq, attempt, transport, subject };\n",
            new="    const facts = { artworkIds: artworkIds.length > 1 ? (REACHED, artworkIds.slice(0, -1)) : artworkIds, batchId, tabId, seq, attempt, transport, subject };\n",
            twin="    const facts = { artworkIds: artworkIds.length > 1 ? (REACHED, artworkIds) : artworkIds, batchId, tabId, seq, attempt, transport, subject };\n",
        ),
    ],
)
