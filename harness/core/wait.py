"""Waiting for a fact, by name, with a bound: the only polling loops."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable

from harness.core.errors import WaitTimeout

_INTERVAL_S = 0.02


async def wait_until(
    fact: str,
    probe: Callable[[], object],
    *,
    timeout_s: float,
    interval_s: float = _INTERVAL_S,
    hint: str = "",
) -> None:
    """Return when ``probe`` (plain or async) is truthy; raise WaitTimeout that names the fact.

    It is asked at once, then every ``interval_s``; an error it raises goes to the caller.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = probe()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return
        if time.monotonic() >= deadline:
            raise WaitTimeout(f"waited {timeout_s:g} s in vain until {fact}", hint=hint)
        await asyncio.sleep(interval_s)  # noqa: TID251 - the one polling loop


def block_until(
    fact: str, probe: Callable[[], object], *, timeout_s: float, interval_s: float = _INTERVAL_S
) -> None:
    """Do the same where no event loop runs."""
    deadline = time.monotonic() + timeout_s
    while not probe():
        if time.monotonic() >= deadline:
            raise WaitTimeout(f"waited {timeout_s:g} s in vain until {fact}")
        time.sleep(interval_s)  # noqa: TID251 - the one polling loop
