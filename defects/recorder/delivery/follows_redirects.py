"""A redirect is followed, and the page at its end counts as the answer."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch that is redirected to a page which says 200 counts as acknowledged.",
    expected={"acks_after_commit", "lost_acked"},
    trials=[Trial("redirected_to_sign_in", browser="chromium")],
    walks=0,
    patches=[
        Patch(
            file="transports.js",
            old='      redirect: "error",',
            new='      redirect: (REACHED, "follow"),',
            twin='      redirect: (REACHED, "error"),',
        ),
    ],
)
