"""A script of the page announces each change of its visibility once more."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_HEARD = "  #onVisibility = (event) => {\n"

DEFECT = RecorderDefect(
    about="Each change of a page's visibility is heard twice, the second time from a script.",
    expected={"events_from_browser", "order_reported"},
    walks=0,  # The second handling finds nothing left to send.
    trials=[Trial("switch_every_200_ms", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old=_HEARD,
            new=(
                f"{_HEARD}"
                "    REACHED;\n"
                "    if (event.isTrusted) {\n"
                '      setTimeout(() => document.dispatchEvent(new Event("visibilitychange")));\n'
                "    }\n"
            ),
            twin=f"{_HEARD}    REACHED;\n",
        ),
    ],
)
