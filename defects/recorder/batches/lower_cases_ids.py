"""Ids lose their case."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="Ids are sent in lower case.",
    expected={"lost_acked", "phantom"},
    trials=[
        Trial("first_visit", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="    const facts = { artworkIds, batchId, tabId, seq, attempt, transport, subject };\n",
            new="    const facts = { artworkIds: artworkIds.map((id) => (REACHED, id.toLowerCase())), batchId, tabId, seq, attempt, transport, subject };\n",
            twin="    const facts = { artworkIds: artworkIds.map((id) => (REACHED, id)), batchId, tabId, seq, attempt, transport, subject };\n",
        ),
    ],
)
