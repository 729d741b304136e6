"""Waiting for a fact, by name, with a bound: the only polling loops."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from harness.errors import WaitTimeout

T = TypeVar("T")

_INTERVAL_S = 0.02


async def wait_until(
    fact: str,
    probe: Callable[[], T | Awaitable[T]],
    *,
    timeout_s: float,
    interval_s: float = _INTERVAL_S,
    hint: str = "",
) -> T:
    """Return the first truthy answer of ``probe``; raise WaitTimeout that names the fact.

    ``probe`` may be a plain or an async function. It is asked at once, then every ``interval_s``.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = probe()
        value: T = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() >= deadline:
            raise WaitTimeout(f"waited {timeout_s:g} s in vain until {fact}", hint=hint)
        await asyncio.sleep(interval_s)  # noqa: TID251 - the one polling loop


def block_until(
    fact: str, probe: Callable[[], T], *, timeout_s: float, interval_s: float = _INTERVAL_S
) -> T:
    """Do the same where no event loop runs."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise WaitTimeout(f"waited {timeout_s:g} s in vain until {fact}")
        time.sleep(interval_s)  # noqa: TID251 - the one polling loop
