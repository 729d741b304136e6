"""What a client knows of a request that it sent."""

from __future__ import annotations

import enum


class Outcome(enum.Enum):
    """What became of a request as its client can tell; no answer leaves it unknown."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"
