"""The key of an impression is a checksum of 32 bits."""

from __future__ import annotations

import zlib

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import keyed_by

DEFECT = ServerDefect(
    about="A key is a CRC-32: two impressions can have the same one.",
    expected={"lost_acked"},
    trials=[LOOK_ALIKES],
    overrides=keyed_by(lambda user, artwork: zlib.crc32(f"{user}/{artwork}".encode())),
)
