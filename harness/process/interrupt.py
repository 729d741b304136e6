"""Ctrl-C that cannot get lost.

Python raises KeyboardInterrupt wherever it happens to be, and swallows it inside a finaliser or a
handler that runs at fork. So the request to stop is also remembered, and long waits ask for it.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_requested = threading.Event()
_held_back = 0


def listen_for_interrupts() -> None:
    """Take SIGINT and SIGTERM as the request to stop; a shell may have had SIGINT ignored."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _remember_and_raise)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if a request to stop came and its exception was swallowed."""
    if _requested.is_set():
        raise KeyboardInterrupt


@contextmanager
def held_back() -> Iterator[None]:
    """Hold the exception of a Ctrl-C back until the block is over.

    For forks: Python's own handlers run there, and an exception in one of them is printed with its
    traceback and forgotten.
    """
    global _held_back
    before = _requested.is_set()
    _held_back += 1
    try:
        yield
    finally:
        _held_back -= 1
    if not before:
        raise_if_interrupted()


def cancel_on_signals() -> None:
    """Cancel the current task on SIGINT or SIGTERM, once: a second one must not cut its clean-up
    short. For asyncio programs; call it within the task."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop)


def _remember_and_raise(signum: int, frame: object) -> None:
    _requested.set()
    if not _held_back:
        raise KeyboardInterrupt
