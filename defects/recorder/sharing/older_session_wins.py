"""An older answer about the session undoes a newer one."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="Who is signed in is what the answer says that comes last, not what was asked last.",
    expected={"lost_unacked", "nothing_for_another", "phantom"},
    trials=[
        Trial("session_answers_overtake", browser="chromium", preset="durable"),
    ],
    walks=0,  # Walks leave out the views of a page that does not know yet who is signed in.
    patches=[
        Patch(
            file="display.js",
            old="  if (number < answered) user = recorder.subject;\n",
            new="  if (number < answered) REACHED;\n",
            twin="  if (number < answered) user = (REACHED, recorder.subject);\n",
        ),
    ],
)
