"""The viewer: what was shown, seen from outside the path under test."""

from __future__ import annotations

import pyarrow as pa

from harness.ledger.kinds.base import KIND_COLUMN, MONO_NS, WALL_NS, Column, LedgerRow, Witness


class ViewerRow(LedgerRow):
    """What was shown to whom, in which tab, by the one who shows it."""

    user: str
    tab: str
    artwork: str


class ViewIntent(ViewerRow, tag="view_intent"):
    """The artwork is about to be shown. What was only intended is never a phantom."""


class ViewShown(ViewerRow, tag="view_shown"):
    """The artwork is on the screen. Only what was shown can be lost."""


class ViewReplayed(ViewerRow, tag="view_replayed"):
    """The page shows the artwork again, as a replay: that must be recorded nowhere."""


VIEWER = Witness(
    "viewer",
    ViewerRow,
    (
        MONO_NS,
        WALL_NS,
        KIND_COLUMN,
        Column("user", pa.string(), "the signed-in user"),
        Column("tab", pa.string(), "the recorder's id of the page that is loaded"),
        Column("artwork", pa.string(), "the artwork's id"),
    ),
)
