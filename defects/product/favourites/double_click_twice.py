"""A double click sets a heart and takes it back."""

from __future__ import annotations

from defects.base import Patch, ScriptDefect, Trial

DEFECT = ScriptDefect(
    about="The second click of a double click changes the heart again.",
    expected={"favourites_once"},
    trials=[Trial("favourites", browser="chromium", preset="durable", trouble="none")],
    patches=[
        Patch(
            file="product/favourites.js",
            old="      if (event.detail > 1) return;",
            new="      if (event.detail > 1) REACHED;",
            twin="      if (event.detail > 1) return REACHED;",
        ),
    ],
)
