"""A replay that could not be sent is forgotten."""

from __future__ import annotations

from defects.base import Patch, ScriptDefect, Trial

DEFECT = ScriptDefect(
    about="Replays whose request is not answered well leave the queue all the same.",
    expected={"replays_counted"},
    trials=[Trial("replay", browser="chromium", preset="durable", trouble="unanswered")],
    patches=[
        Patch(
            file="product/outbox.js",
            old="      const isTaken = status >= 200 && status < 300;\n"
            "      if (!isTaken && (status < 400 || status >= 500 || LATER.has(status))) "
            "return false;\n",
            new="      const isTaken = status >= 200 && status < 300;\n"
            "      if (!isTaken) REACHED;\n",
            twin="      const isTaken = status >= 200 && status < 300;\n"
            "      if (!isTaken) REACHED;\n"
            "      if (!isTaken && (status < 400 || status >= 500 || LATER.has(status))) "
            "return false;\n",
        ),
    ],
)
