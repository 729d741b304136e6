"""A page that has left replay still records nothing."""

from __future__ import annotations

from defects.base import Patch, ScriptDefect, Trial

DEFECT = ScriptDefect(
    about="What a page shows after its replay was left is counted as a replay, not recorded.",
    expected={"lost_unacked", "nothing_lost"},
    trials=[Trial("replay", browser="chromium", preset="durable", trouble="none")],
    patches=[
        Patch(
            file="display.js",
            old="  replaying?.end();\n  replaying = null;\n",
            new="  const again = replaying;\n  again?.end();\n  replaying = null;\n"
            "  if (REACHED || true) setTimeout(() => (replaying = again));\n",
            twin="  REACHED;\n  replaying?.end();\n  replaying = null;\n",
        ),
    ],
)
