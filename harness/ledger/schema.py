"""The version of the format of everything that a run directory holds."""

from __future__ import annotations

FORMAT = 1
