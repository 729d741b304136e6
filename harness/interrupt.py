"""Ctrl-C that cannot get lost.

Python raises KeyboardInterrupt wherever it happens to be, and swallows it inside a finaliser or a
handler that runs at fork. So the wish to stop is also remembered, and long waits ask for it.
"""

from __future__ import annotations

import signal
import threading

_wished = threading.Event()


def listen_for_interrupts() -> None:
    """Take SIGINT and SIGTERM as the wish to stop; a shell may have had SIGINT ignored."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _remember_and_raise)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if the wish to stop came and its exception was swallowed."""
    if _wished.is_set():
        raise KeyboardInterrupt


def _remember_and_raise(signum: int, frame: object) -> None:
    _wished.set()
    raise KeyboardInterrupt
