"""The link that a device opens, as a QR code for the terminal."""

from __future__ import annotations

from itertools import groupby

import segno
from rich.text import Text

_QUIET_ZONE = 2
_UPPER_HALF = "▀"
_COLOURS = ("#ffffff", "#000000")


def qr_code(url: str) -> Text:
    """Return the QR code of a URL, two of its rows in a line of text, dark on light in any theme.

    The colours are explicit: in the terminal's own the code would be inverted on dark themes.
    """
    rows = [list(row) for row in segno.make(url, micro=False).matrix_iter(border=_QUIET_ZONE)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    text = Text(no_wrap=True)
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        for (top, bottom), run in groupby(zip(upper, lower, strict=True)):
            colours = f"{_COLOURS[bool(top)]} on {_COLOURS[bool(bottom)]}"
            text.append(_UPPER_HALF * len(list(run)), style=colours)
        text.append("\n")
    return text
