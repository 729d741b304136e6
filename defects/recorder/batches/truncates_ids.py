"""Long ids are cut."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, Patch, RecorderDefect

DEFECT = RecorderDefect(
    about="Ids are cut after 64 characters.",
    expected={"lost_acked", "phantom"},
    trials=[
        LOOK_ALIKES,
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="    const facts = { artworkIds, batchId, tabId, seq, attempt, transport, subject };\n",
            new="    const facts = { artworkIds: artworkIds.map((id) => (id.length > 64 ? (REACHED, id.slice(0, 64)) : id)), batchId, tabId, seq, attempt, transport, subject };\n",
            twin="    const facts = { artworkIds: artworkIds.map((id) => (id.length > 64 ? (REACHED, id) : id)), batchId, tabId, seq, attempt, transport, subject };\n",
        ),
    ],
)
