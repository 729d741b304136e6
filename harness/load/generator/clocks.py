"""Whose clock says what: the offset of another host's monotonic clock, with its error.

NTP's exchange (RFC 5905, section 8) with one stamp on the far side: who asks at ``asked``, gets
the far clock's ``there`` and has the answer at ``heard`` knows the offset to half the round trip.
The quickest of many exchanges has the smallest error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """What must be added to the near clock to have the far one's, and by how much that may err."""

    offset_ns: int
    error_ns: int


def best_offset(exchanges: Iterable[tuple[int, int, int]]) -> Offset:
    """Return the offset from exchanges of (asked, there, heard), the quickest of which counts.

    Raises ValueError without any.
    """
    asked, there, heard = min(exchanges, key=lambda exchange: exchange[2] - exchange[0])
    return Offset(offset_ns=there - (asked + heard) // 2, error_ns=(heard - asked + 1) // 2)


def error_over(begin: Offset, end: Offset) -> int:
    """Return by how much ``begin`` may err until ``end`` was measured: the clocks drift apart."""
    return max(begin.error_ns, end.error_ns) + abs(end.offset_ns - begin.offset_ns)


def boot_id() -> str:
    """Return what tells this start of this machine from any other, empty where nothing does.

    Processes with the same one read the same monotonic clock.
    """
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
