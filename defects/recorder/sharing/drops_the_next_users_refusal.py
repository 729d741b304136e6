"""A batch of another user is dropped."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="An answer that another user is signed in ends a batch.",
    expected={"lost_unacked", "refused_were_dropped"},
    trials=[
        Trial("session_ends", browser="chromium", preset="durable", by="sign_out"),
        Trial("session_ends", browser="chromium", preset="durable", by="another"),
    ],
    smoke=True,
    patches=[
        Patch(
            file="transports.js",
            old='  if (status === 401 || status === 409) return { kind: "held", status, reason };\n',
            new='  if (status === 401 || status === 409) return { kind: (REACHED, "refused"), status, reason };\n',
            twin='  if (status === 401 || status === 409) return { kind: (REACHED, "held"), status, reason };\n',
        ),
    ],
)
