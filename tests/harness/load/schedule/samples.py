"""A small valid workload, as arguments."""

from __future__ import annotations

BASE = {"sessions": 200, "impressions": 50, "duration_s": 101.0, "flush_delay_s": 1.0}
