"""The page records what it shows again."""

from __future__ import annotations

from defects.base import Patch, ScriptDefect, Trial

DEFECT = ScriptDefect(
    about="An artwork that is replayed is recorded like one that is seen for the first time.",
    expected={"replays_not_recorded"},
    trials=[Trial("replay", browser="chromium", preset="durable", trouble="none")],
    patches=[
        Patch(
            file="display.js",
            old="    ? replaying.shown(artworkIds)\n",
            new="    ? (REACHED, replaying.shown(artworkIds), "
            "Promise.all(artworkIds.map((id) => known.record(id))))\n",
            twin="    ? (REACHED, replaying.shown(artworkIds))\n",
        ),
    ],
)
