"""The machine's canary: the same work again and again, which takes longer when others work too."""

from __future__ import annotations

import hashlib
import time

_PIECE = bytes(1 << 20)
_PIECES = 150


def canary_s() -> float:
    """Return how long one core takes for a fixed amount of work (s): 150 MiB of SHA-256, about a
    tenth to half a second."""
    began_s = time.perf_counter()
    digest = hashlib.sha256()
    for _ in range(_PIECES):
        digest.update(_PIECE)
    digest.digest()
    return time.perf_counter() - began_s
