"""Ids lose their case."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, Patch, RecorderDefect

DEFECT = RecorderDefect(
    about="Ids are sent in lower case.",
    expected={"lost_acked", "phantom"},
    trials=[
        LOOK_ALIKES,
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
