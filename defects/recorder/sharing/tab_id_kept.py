"""A tab keeps its id in the session storage, which a copy and a restored tab have too."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A tab's id outlives its page: a duplicated or a restored tab has the same.",
    expected={"tabs_distinct", "tabs_restored"},
    walks=0,  # A simulated tab has no session storage.
    trials=[
        Trial("duplicated_tab", browser="chromium", preset="durable"),
        Trial("crash_and_restore", browser="chromium", preset="durable", after="5"),
    ],
    patches=[
        Patch(
            file="recorder.js",
            old="    this.tabId = randomId();\n",
            new=(
                '    this.tabId = (REACHED, sessionStorage.getItem("tab")) ?? randomId();\n'
                '    sessionStorage.setItem("tab", this.tabId);\n'
            ),
        ),
    ],
)
