"""The key of an impression is the text of its user and of its artwork, one after the other."""

from __future__ import annotations

from defects.base import ServerDefect, Trial
from defects.overrides.values import keyed_by

DEFECT = ServerDefect(
    about="A key is the user and the artwork, joined: two impressions can have the same text.",
    expected={"lost_acked"},
    trials=[Trial("joined_keys", browser="chromium")],
    overrides=keyed_by(lambda user, artwork: user + artwork),
)
